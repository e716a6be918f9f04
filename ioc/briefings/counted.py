"""What was counted up to a day of the city, read from tallies: the numbers of an issue.

Every sum ends with the day, so that a day that is long past gives what it gave.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from ioc.clock import BUCKET, day_bounds

# A source that counted nothing for longer is as good as gone.
LOOK_BACK = timedelta(days=59)


def to_date(
    conn: Connection, metrics: Sequence[str], day: date, zone: ZoneInfo, since: date | None = None
) -> dict[tuple[str, str], int]:
    """Return counts by metric and place from `since`, or ever, to the end of `day`.

    Without `since` its cost does not grow with history, only with the days after `day`.
    """
    start = None if since is None else day_bounds(since, zone)[0]
    values = {
        "metrics": list(metrics),
        "day": day,
        "since": since,
        "start": start,
        "end": day_bounds(day, zone)[1],
    }
    rows = conn.execute(TO_DATE if since is None else SINCE, values)
    return {(row.metric, row.place): int(row.n) for row in rows if row.n}


def by_day(
    conn: Connection, metrics: Sequence[str], first: date, last: date, zone: ZoneInfo
) -> dict[tuple[str, date], int]:
    """Return counts by metric and day, first <= day <= last."""
    values = {
        "metrics": list(metrics),
        "first": first,
        "last": last,
        "start": day_bounds(first, zone)[0],
        "end": day_bounds(last, zone)[1],
        "zone": zone.key,
    }
    return {(row.metric, row.day): int(row.n) for row in conn.execute(BY_DAY, values)}


def newest(conn: Connection, metrics: Sequence[str], until: datetime) -> dict[str, datetime]:
    """Return until when each metric was counted: the end of its newest quarter-hour before."""
    values = {"metrics": list(metrics), "since": until - LOOK_BACK, "until": until}
    rows = conn.execute(NEWEST, values)
    return {row.metric: row.bucket + BUCKET for row in rows if row.bucket is not None}


def late(conn: Connection, metrics: Sequence[str], day: date) -> dict[str, int]:
    """Return how much of each metric came in after `day` was closed."""
    rows = conn.execute(LATE, {"metrics": list(metrics), "day": day})
    return {row.metric: int(row.n) for row in rows}


TO_DATE = text("""
    SELECT metric, place, sum(n) AS n FROM (
        SELECT metric, place, n FROM tally_total WHERE metric = ANY(:metrics)
        UNION ALL
        SELECT metric, place, -n FROM tally_day WHERE metric = ANY(:metrics) AND day > :day
        UNION ALL
        SELECT metric, place, n - folded FROM tally
        WHERE metric = ANY(:metrics) AND bucket < :end AND n - folded <> 0
    ) AS counted GROUP BY metric, place
""")
SINCE = text("""
    SELECT metric, place, sum(n) AS n FROM (
        SELECT metric, place, n FROM tally_day
        WHERE metric = ANY(:metrics) AND day >= :since AND day <= :day
        UNION ALL
        SELECT metric, place, n - folded FROM tally
        WHERE metric = ANY(:metrics) AND bucket >= :start AND bucket < :end AND n - folded <> 0
    ) AS counted GROUP BY metric, place
""")
BY_DAY = text("""
    SELECT metric, day, sum(n) AS n FROM (
        SELECT metric, day, n FROM tally_day
        WHERE metric = ANY(:metrics) AND day >= :first AND day <= :last
        UNION ALL
        SELECT metric, CAST(timezone(:zone, bucket) AS date), n - folded FROM tally
        WHERE metric = ANY(:metrics) AND bucket >= :start AND bucket < :end AND n - folded <> 0
    ) AS counted GROUP BY metric, day
""")
NEWEST = text("""
    SELECT m.metric, greatest(
        (SELECT max(q.bucket) FROM tally_quarter AS q
         WHERE q.metric = m.metric AND q.bucket >= :since AND q.bucket < :until AND q.n > 0),
        (SELECT max(t.bucket) FROM tally AS t
         WHERE t.metric = m.metric AND t.bucket >= :since AND t.bucket < :until
           AND t.n - t.folded <> 0 AND t.n > 0)
    ) AS bucket
    FROM unnest(CAST(:metrics AS text[])) AS m (metric)
""")
LATE = text("""
    SELECT metric, sum(n) AS n FROM amendments
    WHERE metric = ANY(:metrics) AND day = :day GROUP BY metric
""")
