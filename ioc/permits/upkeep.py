"""Permits over time: counted anew, sealed when they are deleted."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from ioc import tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.permits import store
from ioc.permits.service import GRANTED
from ioc.tally import Count

PERMIT = "permit"


def drop_permits(centre: Centre, ended_before: datetime) -> int:
    """Seal and delete permits that ended before an instant; return how many rows went."""

    def work(conn: Connection) -> int:
        tally.seal(conn, PERMIT, granted(conn, centre, ended_before), centre.now())
        return store.drop_permits(conn, ended_before)

    return transact(centre.engine, work)


def withdraw_others(centre: Centre, source: str, ids: Sequence[str]) -> int:
    """Withdraw the permits of `source` that its newest list does not name; return how many.

    Reads from now on are judged as if they had never been; their facts stay.
    """
    at = centre.now()
    return transact(centre.engine, lambda conn: store.supersede_others(conn, source, ids, at))


def granted(conn: Connection, centre: Centre, ended_before: datetime | None) -> Count:
    """Return how many permits held were granted by day and source; only those ended before."""
    rows = store.granted_by_day(conn, centre.city.zone.key, ended_before)
    return Counter({(row.day, GRANTED, row.source): row.n for row in rows})
