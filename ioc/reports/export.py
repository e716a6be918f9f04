"""Reports in the order in which they came, for systems that follow the city."""

from datetime import datetime

from ioc.centre import Centre
from ioc.db import transact
from ioc.reports import store
from ioc.reports.model import Case
from ioc.reports.service import catalogue


def published_after(centre: Centre, no: int, limit: int) -> list[tuple[int, datetime, Case]]:
    """Return reports of public services after the one with this number: number, when known, it."""
    codes = [code for code, service in catalogue(centre).services.items() if service.is_public]
    found = transact(centre.engine, lambda conn: store.after(conn, no, codes, limit))
    return [(case.no, case.received_at, case) for case in found]
