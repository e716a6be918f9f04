"""A day against the one before it, for the briefing."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from ioc import tally
from ioc.alerts.load import handled
from ioc.centre import Centre
from ioc.clock import bucket_of, day_bounds
from ioc.db import transact
from ioc.hours import by_hour, sums_of
from ioc.snapshot import BriefingSnapshot, Compared
from ioc.vehicles.model import Outcome, Reason
from ioc.wallboard import ENTRIES

Counted = dict[tuple[str, datetime], int]

BRIEFED = (
    *("entry.vehicle", "read", *ENTRIES),
    *(f"verdict.{outcome}" for outcome in Outcome),
    *(f"reason.{reason}" for reason in Reason),
)


def briefing(centre: Centre, day: date) -> BriefingSnapshot:
    """Return `day` so far against the day before until the same time, and all of that day."""
    now = centre.now()
    start, end = day_bounds(day, centre.city.zone)
    before, _ = day_bounds(day - timedelta(days=1), centre.city.zone)
    until = min(bucket_of(now), end)
    spans = [(start, until), (before, before + (until - start)), (before, start)]
    lines, gates, entries, entries_before = transact(
        centre.engine, partial(_compared, spans=spans, end=end)
    )
    return BriefingSnapshot(
        as_of=now,
        day=day,
        until=until,
        lines=lines,
        entries=by_hour(entries, start),
        entries_day_before=by_hour(entries_before, before),
        gates=gates,
        alerts=handled(centre, start, end),
        alerts_day_before=handled(centre, before, start),
    )


def _compared(
    conn: Connection, spans: Sequence[tuple[datetime, datetime]], end: datetime
) -> tuple[dict[str, Compared], dict[str, Compared], Counted, Counted]:
    """Return lines, gates, and the entries of the day and of the day before by bucket.

    `spans`: the day so far, the day before until the same time, and all of the day before.
    """
    sums = [sums_of(tally.by_bucket(conn, BRIEFED, *span)) for span in spans]
    gates = [tally.by_place(conn, "entry.vehicle", *span) for span in spans]
    names = sorted({name for found in gates for name in found})
    return (
        {metric: Compared(*(found.get(metric, 0) for found in sums)) for metric in BRIEFED},
        {name: Compared(*(found.get(name, 0) for found in gates)) for name in names},
        tally.by_bucket(conn, ENTRIES, spans[0][0], end),
        tally.by_bucket(conn, ENTRIES, *spans[2]),
    )
