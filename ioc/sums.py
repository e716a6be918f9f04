"""Sums of tallies over days of the city, and on which days a place had a metric. Reads only."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from ioc.clock import day_bounds


def between(
    conn: Connection, metrics: Sequence[str], first: date, last: date, zone: ZoneInfo
) -> dict[tuple[str, str], int]:
    """Return counts by metric and place over whole days of the city, `last` among them."""
    start, _ = day_bounds(first, zone)
    _, end = day_bounds(last, zone)
    values = {"metrics": list(metrics), "first": first, "last": last, "start": start, "end": end}
    rows = conn.execute(BETWEEN, values)
    return {(row.metric, row.place): int(row.n) for row in rows if row.n}


def totals(conn: Connection, metrics: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return counts by metric and place over all time; the cost does not grow with history."""
    rows = conn.execute(TOTALS, {"metrics": list(metrics)})
    return {(row.metric, row.place): int(row.n) for row in rows if row.n}


def by_metric(conn: Connection, metrics: Sequence[str]) -> dict[str, int]:
    """Return the count of each metric over all time, those without as 0."""
    rows = conn.execute(BY_METRIC, {"metrics": list(metrics)})
    return {**dict.fromkeys(metrics, 0), **{row.metric: int(row.n) for row in rows}}


def days_present(conn: Connection, metric: str, since: date) -> dict[str, list[date]]:
    """Return on which days since `since` each place had a metric, in their order."""
    days: dict[str, list[date]] = {}
    for row in conn.execute(DAYS_PRESENT, {"metric": metric, "since": since}):
        days.setdefault(row.place, []).append(row.day)
    return days


BETWEEN = text("""
    SELECT metric, place, sum(n) AS n FROM (
        SELECT metric, place, n FROM tally_day
        WHERE metric = ANY(:metrics) AND day >= :first AND day <= :last
        UNION ALL
        SELECT metric, place, n - folded FROM tally
        WHERE metric = ANY(:metrics) AND bucket >= :start AND bucket < :end AND n <> folded
    ) AS counted GROUP BY metric, place
""")
TOTALS = text("""
    SELECT metric, place, sum(n) AS n FROM (
        SELECT metric, place, n FROM tally_total WHERE metric = ANY(:metrics)
        UNION ALL
        SELECT metric, place, n - folded FROM tally WHERE metric = ANY(:metrics) AND n <> folded
    ) AS counted GROUP BY metric, place
""")
BY_METRIC = text("""
    SELECT metric, sum(n) AS n FROM (
        SELECT metric, n FROM tally_total WHERE metric = ANY(:metrics)
        UNION ALL
        SELECT metric, n - folded FROM tally WHERE metric = ANY(:metrics) AND n <> folded
    ) AS counted GROUP BY metric
""")
DAYS_PRESENT = text("""
    SELECT place, day FROM presence WHERE metric = :metric AND day >= :since ORDER BY place, day
""")
