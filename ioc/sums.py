"""Sums of tallies over days of the city, and on which days a place had a metric. Reads only."""

from collections.abc import Container, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from ioc.clock import day_bounds


def between(
    conn: Connection, metrics: Sequence[str], first: date, last: date, zone: ZoneInfo
) -> dict[tuple[str, str], int]:
    """Return counts by metric and place over whole days of the city, `last` among them."""
    rows = conn.execute(BETWEEN, _asked(metrics, first, last, zone))
    return {(metric, place): n for metric, place, n in rows if n}


def of_places(
    conn: Connection, metrics: Sequence[str], first: date, last: date, zone: ZoneInfo
) -> dict[str, int]:
    """Return the same by place, of all the metrics together."""
    rows = conn.execute(OF_PLACES, _asked(metrics, first, last, zone))
    return {place: n for place, n in rows if n}


def by_day_and_place(
    conn: Connection, metrics: Sequence[str], days: Sequence[date], zone: ZoneInfo
) -> dict[str, dict[date, int]]:
    """Return counts of some days of the city by place and day, of all the metrics together."""
    values = {"metrics": list(metrics), "days": list(days), "zone": zone.key}
    found: dict[str, dict[date, int]] = {}
    for place, day, n in conn.execute(OF_DAYS, values):
        found.setdefault(place, {})[day] = n
    return found


def within(counts: Mapping[tuple[str, str], int], places: Container[str] | None) -> dict[str, int]:
    """Return counts by metric, of those places alone that lie in a scope; None: of all."""
    found: dict[str, int] = {}
    for (metric, place), n in counts.items():
        if places is None or place in places:
            found[metric] = found.get(metric, 0) + n
    return found


def totals(conn: Connection, metrics: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return counts by metric and place over all time; the cost does not grow with history."""
    rows = conn.execute(TOTALS, {"metrics": list(metrics)})
    return {(metric, place): n for metric, place, n in rows if n}


def today_and_to_date(
    conn: Connection,
    daily: Sequence[str],
    whole: Sequence[str],
    span: tuple[datetime, datetime],
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the counts of `daily` metrics in start <= t < end, and of `whole` ones over all time.

    What is not folded yet is looked through once for both.
    """
    start, end = span
    both = sorted({*daily, *whole})
    values = {"daily": list(daily), "whole": list(whole), "both": both, "start": start, "end": end}
    today, to_date = dict.fromkeys(daily, 0), dict.fromkeys(whole, 0)
    for metric, of_today, n in conn.execute(TODAY_AND_TO_DATE, values):
        if metric in today:
            today[metric] = of_today
        if metric in to_date:
            to_date[metric] = n
    return today, to_date


def days_present(conn: Connection, metric: str, since: date) -> dict[str, list[date]]:
    """Return on which days since `since` each place had a metric, in their order."""
    days: dict[str, list[date]] = {}
    for row in conn.execute(DAYS_PRESENT, {"metric": metric, "since": since}):
        days.setdefault(row.place, []).append(row.day)
    return days


def _asked(metrics: Sequence[str], first: date, last: date, zone: ZoneInfo) -> dict[str, object]:
    start, _ = day_bounds(first, zone)
    _, end = day_bounds(last, zone)
    return {"metrics": list(metrics), "first": first, "last": last, "start": start, "end": end}


# The sum of counts has more digits than a count, and takes ten times as long to be read as one.
_BETWEEN = """
    FROM (
        SELECT metric, place, n FROM tally_day
        WHERE metric = ANY(:metrics) AND day >= :first AND day <= :last
        UNION ALL
        SELECT metric, place, n - folded FROM tally
        WHERE metric = ANY(:metrics) AND bucket >= :start AND bucket < :end AND n - folded <> 0
    ) AS counted
"""
BETWEEN = text(f"SELECT metric, place, CAST(sum(n) AS bigint) {_BETWEEN} GROUP BY metric, place")
OF_PLACES = text(f"SELECT place, CAST(sum(n) AS bigint) {_BETWEEN} GROUP BY place")
OF_DAYS = text("""
    SELECT place, day, CAST(sum(n) AS bigint) FROM (
        SELECT place, day, n FROM tally_day
        WHERE metric = ANY(:metrics) AND day = ANY(CAST(:days AS date[]))
        UNION ALL
        SELECT place, CAST(timezone(:zone, bucket) AS date), n - folded FROM tally
        WHERE metric = ANY(:metrics) AND n - folded <> 0
          AND CAST(timezone(:zone, bucket) AS date) = ANY(CAST(:days AS date[]))
    ) AS counted GROUP BY place, day HAVING sum(n) <> 0
""")
TOTALS = text("""
    SELECT metric, place, CAST(sum(n) AS bigint) FROM (
        SELECT metric, place, n FROM tally_total WHERE metric = ANY(:metrics)
        UNION ALL
        SELECT metric, place, n - folded FROM tally WHERE metric = ANY(:metrics) AND n - folded <> 0
    ) AS counted GROUP BY metric, place
""")
TODAY_AND_TO_DATE = text("""
    SELECT metric, CAST(sum(today) AS bigint), CAST(sum(n) AS bigint) FROM (
        SELECT metric, n AS today, 0 AS n FROM tally_quarter
        WHERE metric = ANY(:daily) AND bucket >= :start AND bucket < :end
        UNION ALL
        SELECT metric, 0, n FROM tally_total WHERE metric = ANY(:whole)
        UNION ALL
        SELECT metric, CASE WHEN bucket >= :start AND bucket < :end THEN n - folded ELSE 0 END,
            n - folded
        FROM tally
        WHERE metric = ANY(:both) AND n - folded <> 0
    ) AS counted GROUP BY metric
""")
DAYS_PRESENT = text("""
    SELECT place, day FROM presence WHERE metric = :metric AND day >= :since ORDER BY place, day
""")
