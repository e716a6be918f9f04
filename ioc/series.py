"""Tallies in the order of time: by hour of several days, by day, and when the newest came in.

Each asks for a bounded span, so that it costs the same on day 1 and on day 1,000.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, TextClause, text

from ioc.clock import BUCKET, day_bounds

HOURS = 24


def by_hour(
    conn: Connection, metrics: Sequence[str], days: Sequence[date], zone: ZoneInfo
) -> dict[tuple[str, date], tuple[int, ...]]:
    """Return the 24 hourly counts of each metric on each of `days`; where none was, noughts.

    A day on which clocks change counts its 25th hour with the 24th.
    """
    bounds = [day_bounds(day, zone) for day in days]
    values = {
        "metrics": list(metrics),
        "starts": [start for start, _ in bounds],
        "ends": [end for _, end in bounds],
    }
    hours = {(metric, day): [0] * HOURS for metric in metrics for day in days}
    for metric, no, hour, n in conn.execute(BY_HOUR, values):
        hours[metric, days[no - 1]][min(hour, HOURS - 1)] += n
    return {key: tuple(counts) for key, counts in hours.items()}


def by_day(
    conn: Connection, metrics: Sequence[str], first: date, last: date, zone: ZoneInfo
) -> dict[date, int]:
    """Return the sum of the metrics on each day, first <= day <= last; none where none was.

    Of days whose quarter-hours are still kept: those of any day are `of_old_days`.
    """
    return _by_day(conn, BY_DAY, metrics, (first, last), zone)


def of_old_days(
    conn: Connection, metrics: Sequence[str], first: date, last: date, zone: ZoneInfo
) -> dict[date, int]:
    """Return the same of days however long ago, from the sums of every place: ask for few."""
    return _by_day(conn, BY_OLD_DAY, metrics, (first, last), zone)


def places_by_day(
    conn: Connection, metrics: Sequence[str], first: date, last: date
) -> dict[date, int]:
    """Return at how many places one of the metrics happened on each day."""
    values: dict[str, object] = {"metrics": list(metrics), "first": first, "last": last}
    # Of one metric a place stands there once a day already, and nothing need be sorted.
    statement = ROWS_BY_DAY if len(metrics) == 1 else PLACES_BY_DAY
    return {row.day: row.n for row in conn.execute(statement, values)}


def places(conn: Connection, metrics: Sequence[str], first: date, last: date) -> list[str]:
    """Return the places at which one of the metrics happened on first <= day <= last."""
    values = {"metrics": list(metrics), "first": first, "last": last}
    return list(conn.execute(PLACES, values).scalars())


def newest(conn: Connection, metrics: Sequence[str], since: datetime) -> dict[str, datetime]:
    """Return until when each metric was counted last: the end of its newest quarter-hour.

    Only what was counted after `since` is found.
    """
    rows = conn.execute(NEWEST, {"metrics": list(metrics), "since": since})
    return {row.metric: row.bucket + BUCKET for row in rows if row.bucket is not None}


def _by_day(
    conn: Connection,
    statement: TextClause,
    metrics: Sequence[str],
    days: tuple[date, date],
    zone: ZoneInfo,
) -> dict[date, int]:
    first, last = days
    values = {
        "metrics": list(metrics),
        "first": first,
        "last": last,
        "start": day_bounds(first, zone)[0],
        "end": day_bounds(last, zone)[1],
        "zone": zone.key,
    }
    return {day: n for day, n in conn.execute(statement, values) if n}


BY_HOUR = text("""
    SELECT q.metric, d.no, CAST(floor(extract(epoch FROM q.bucket - d.start) / 3600) AS int)
        AS hour, CAST(sum(q.n) AS bigint) AS n
    FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
        WITH ORDINALITY AS d (start, until, no)
    CROSS JOIN LATERAL (
        SELECT metric, bucket, n FROM tally_quarter
        WHERE metric = ANY(:metrics) AND bucket >= d.start AND bucket < d.until
        UNION ALL
        SELECT metric, bucket, n - folded FROM tally
        WHERE metric = ANY(:metrics) AND bucket >= d.start AND bucket < d.until AND n - folded <> 0
    ) AS q
    GROUP BY 1, 2, 3
""")
BY_DAY = text("""
    SELECT CAST(timezone(:zone, bucket) AS date) AS day, CAST(sum(n) AS bigint) AS n FROM (
        SELECT bucket, n FROM tally_quarter
        WHERE metric = ANY(:metrics) AND bucket >= :start AND bucket < :end
        UNION ALL
        SELECT bucket, n - folded FROM tally
        WHERE metric = ANY(:metrics) AND bucket >= :start AND bucket < :end AND n - folded <> 0
    ) AS counted GROUP BY 1
""")
BY_OLD_DAY = text("""
    SELECT day, CAST(sum(n) AS bigint) AS n FROM (
        SELECT day, n FROM tally_day
        WHERE metric = ANY(:metrics) AND day >= :first AND day <= :last
        UNION ALL
        SELECT CAST(timezone(:zone, bucket) AS date), n - folded FROM tally
        WHERE metric = ANY(:metrics) AND bucket >= :start AND bucket < :end AND n - folded <> 0
    ) AS counted GROUP BY day
""")
ROWS_BY_DAY = text("""
    SELECT day, count(*) AS n FROM presence
    WHERE metric = ANY(:metrics) AND day >= :first AND day <= :last GROUP BY day
""")
PLACES_BY_DAY = text("""
    SELECT day, count(DISTINCT place) AS n FROM presence
    WHERE metric = ANY(:metrics) AND day >= :first AND day <= :last GROUP BY day
""")
PLACES = text("""
    SELECT DISTINCT place FROM presence
    WHERE metric = ANY(:metrics) AND day >= :first AND day <= :last
""")
NEWEST = text("""
    SELECT m.metric, greatest(
        (SELECT max(q.bucket) FROM tally_quarter AS q
         WHERE q.metric = m.metric AND q.bucket >= :since AND q.n > 0),
        (SELECT max(t.bucket) FROM tally AS t
         WHERE t.metric = m.metric AND t.bucket >= :since AND t.n - t.folded <> 0 AND t.n > 0)
    ) AS bucket
    FROM unnest(CAST(:metrics AS text[])) AS m (metric)
""")
