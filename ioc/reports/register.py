"""The whole list of reports, as a desk pages through it: who sent one stands nowhere in it."""

from ioc.centre import Centre
from ioc.db import transact
from ioc.listing import Ask, Listed, Source, by_age, named, one_of, read
from ioc.reports.model import ReportState
from ioc.reports.offered import ReportSort

# How far back a list can be asked to begin, by the name of the span; "" is all that is kept.
SPANS = {"day": "1 day", "week": "7 days", "month": "30 days"}
# What is due of the open ones, and what has ended.
STANDING = {
    "overdue": "r.closed_at IS NULL AND r.due_at <= CAST(:now AS timestamptz)",
    "open": "r.closed_at IS NULL",
    "closed": "r.closed_at IS NOT NULL",
}
REPORTS = Source(
    tables="reports AS r",
    columns={
        "ref": "r.ref",
        "no": "r.no",
        "service": "r.service",
        "agency": "r.agency",
        "unit": "r.unit",
        "state": "r.state",
        "requested_at": "r.requested_at",
        "due_at": "r.due_at",
        "closed_at": "r.closed_at",
        "stars": "r.stars",
        "is_overdue": "r.closed_at IS NULL AND r.due_at <= CAST(:now AS timestamptz)",
    },
    gaps=frozenset({"unit", "closed_at", "stars"}),
    key="r.no",
    order=(("requested_at", True),),
    filters={
        "standing": named(STANDING),
        "state": one_of("r.state", ReportState),
        "sort": one_of("r.sort", ReportSort),
        "agency": one_of("r.agency"),
        "unit": one_of("r.unit"),
        "span": named(by_age("r.requested_at", SPANS)),
    },
    # Not by the unit: whoever handles a report sees it, wherever it lies.
    scope="r.agency",
)


def list_reports(centre: Centre, ask: Ask, seen: frozenset[str] | None) -> Listed:
    """Return one page of the reports of the agencies `seen`, of all for None."""
    agencies, now = None if seen is None else sorted(seen), centre.now()
    return transact(centre.engine, lambda conn: read(conn, REPORTS, ask, agencies, now=now))
