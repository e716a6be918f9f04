"""Reports in the order in which they came, for systems that follow the city."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from ioc.centre import Centre
from ioc.db import array_literal, transact
from ioc.reports import store
from ioc.reports.model import Case, Done, ReportStep
from ioc.reports.service import catalogue

# What is told of a report's way; what desks say among themselves, and the clock, is not.
TOLD = frozenset(ReportStep) - {
    *(ReportStep.RECEIVE, ReportStep.REROUTE, ReportStep.RATE, ReportStep.ESCALATE),
    *(ReportStep.URGE, ReportStep.SECURE, ReportStep.PUBLISH),
}


def published_after(centre: Centre, no: int, limit: int) -> list[tuple[int, datetime, Case]]:
    """Return reports of public services after the one with this number: number, when known, it."""
    codes = [code for code, service in catalogue(centre).services.items() if service.is_public]
    found = transact(centre.engine, lambda conn: store.after(conn, no, codes, limit))
    return [(case.no, case.received_at, case) for case in found]


def updates_between(
    centre: Centre, span: tuple[datetime, datetime], codes: Sequence[str], limit: int
) -> list[tuple[int, Done, Case]]:
    """Return what was done in start <= at < end with reports of services: number, step, report."""
    arguments = {
        "start": span[0],
        "end": span[1],
        "services": array_literal(codes),
        "steps": array_literal(step.value for step in TOLD),
        "limit": limit,
    }

    def work(conn: Connection) -> list[tuple[int, Done, Case]]:
        rows = conn.execute(UPDATES, arguments).all()
        cases = store.find(conn, sorted({row.report for row in rows}))
        return [
            (row.no, store.done_from(row), cases[row.report]) for row in rows if row.report in cases
        ]

    return transact(centre.engine, work)


UPDATES = text("""
    SELECT * FROM report_steps
    WHERE at >= :start AND at < :end AND service = ANY(CAST(:services AS text[]))
      AND step = ANY(CAST(:steps AS text[]))
    ORDER BY at, no LIMIT :limit
""")
