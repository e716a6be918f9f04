"""Numbers on screens: counted as facts come in, never by counting facts.

A row is (metric, place, UTC quarter-hour, slot); the slot is the writer's backend pid mod 16, so
that many writers do not queue on one row. How they fold, so that a sum costs the same on
day 1,000: docs/adr/0006.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from ioc.clock import bucket_of, day_bounds
from ioc.db import array_literal, text_array
from ioc.prepared import Prepared

Counts = Mapping[tuple[str, str, datetime], int]
# How often each (day, metric, place) was counted.
Count = Counter[tuple[date, str, str]]

SLOTS = 16
FOLD_LOCK = 0x10C0002
# Rows folded at once: whoever writes one of them waits so long.
MOST_FOLDED = 2_000


def add(conn: Connection, counts: Counts) -> None:
    """Add pre-summed counts, keyed by metric, place and instant; call it last in a transaction.

    Keys go in sorted, so that two writers never wait for each other crosswise.
    """
    summed: dict[tuple[str, str, datetime], int] = {}
    buckets: dict[datetime, datetime] = {}
    for (metric, place, at), n in counts.items():
        bucket = buckets.get(at)
        if bucket is None:
            bucket = buckets[at] = bucket_of(at)
        key = (metric, place, bucket)
        summed[key] = summed.get(key, 0) + n
    keys = sorted(key for key, n in summed.items() if n)
    if not keys:
        return
    spelled = {bucket: str(bucket) for bucket in buckets.values()}
    ADD.run(
        conn,
        {
            "metrics": text_array(key[0] for key in keys),
            "places": text_array(key[1] for key in keys),
            "buckets": text_array(spelled[key[2]] for key in keys),
            "counts": f"{{{','.join(str(summed[key]) for key in keys)}}}",
        },
    )


def mark_present(conn: Connection, rows: Sequence[tuple[str, str, date]]) -> None:
    """Remember that a place had a metric on a day; again changes nothing."""
    keys = sorted(set(rows))
    if keys:
        metrics, places, days = (array_literal(column) for column in zip(*keys, strict=True))
        conn.execute(PRESENT, {"metrics": metrics, "places": places, "days": days})


def total(conn: Connection, metrics: Sequence[str]) -> int:
    """Return the sum over all time; its cost does not grow with history."""
    return int(conn.execute(TOTAL, {"metrics": list(metrics)}).scalar_one())


def since(conn: Connection, metrics: Sequence[str], day: date, zone: ZoneInfo) -> int:
    """Return the sum from a day of the city on."""
    start, _ = day_bounds(day, zone)
    rows = {"metrics": list(metrics), "day": day, "start": start}
    return int(conn.execute(SINCE, rows).scalar_one())


def on_day(conn: Connection, metrics: Sequence[str], day: date, zone: ZoneInfo) -> dict[str, int]:
    """Return the sum of each metric on a day of the city; a metric without a count is 0."""
    start, end = day_bounds(day, zone)
    rows = conn.execute(ON_DAY, {"metrics": list(metrics), "day": day, "start": start, "end": end})
    return {**dict.fromkeys(metrics, 0), **{row.metric: int(row.n) for row in rows}}


def by_bucket(
    conn: Connection, metrics: Sequence[str], start: datetime, end: datetime
) -> dict[tuple[str, datetime], int]:
    """Return counts by metric and quarter-hour in start <= bucket < end."""
    rows = conn.execute(BY_BUCKET, {"metrics": list(metrics), "start": start, "end": end})
    return {(metric, bucket): n for metric, bucket, n in rows}


def by_place(conn: Connection, metric: str, start: datetime, end: datetime) -> dict[str, int]:
    """Return counts by place in start <= bucket < end."""
    rows = conn.execute(BY_PLACE, {"metric": metric, "start": start, "end": end})
    return {str(place): int(n) for place, n in rows}


def count_present(conn: Connection, metrics: Sequence[str], day: date) -> int:
    """Return at how many places one of the metrics happened on `day`."""
    return int(conn.execute(COUNT_PRESENT, {"metrics": list(metrics), "day": day}).scalar_one())


def fold(conn: Connection, before: datetime, zone: ZoneInfo) -> int:
    """Fold rows of quarter-hours before an instant into their sums; return how many changed.

    At most MOST_FOLDED, and none that somebody is writing: ask again until fewer come. Folding
    again, or a day that goes on, changes no number that is asked for.
    """
    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": FOLD_LOCK})
    arguments = {"end": bucket_of(before), "zone": zone.key, "most": MOST_FOLDED}
    return int(conn.execute(FOLD, arguments).scalar_one())


def by_day(
    conn: Connection, zone: ZoneInfo, prefixes: Sequence[str]
) -> dict[tuple[date, str, str], int]:
    """Return every count of metrics that begin with one of `prefixes`, by day, metric, place."""
    rows = conn.execute(BY_DAY, {"zone": zone.key})
    return {
        (row.day, row.metric, row.place): int(row.n)
        for row in rows
        if row.metric.startswith(tuple(prefixes))
    }


def differences(
    conn: Connection, zone: ZoneInfo, prefixes: Sequence[str], expected: Count
) -> list[str]:
    """Return where the counts of metrics that begin with one of `prefixes` are not as expected."""
    found = by_day(conn, zone, prefixes)
    return [
        f"{day} {metric} {place}: tally {found.get((day, metric, place), 0)},"
        f" facts {expected[day, metric, place]}"
        for day, metric, place in sorted(expected.keys() | found.keys())
        if found.get((day, metric, place), 0) != expected[day, metric, place]
    ]


def unequal_sums(conn: Connection, zone: ZoneInfo) -> list[str]:
    """Return where the folded sums of days, totals and quarter-hours do not agree."""
    totals = [
        f"total of {row.metric} {row.place}: {row.total}, its days: {row.days}"
        for row in conn.execute(UNEQUAL_TOTALS)
    ]
    quarters = [
        f"quarter-hours of {row.metric} on {row.day}: {row.quarters}, its places: {row.days}"
        for row in conn.execute(UNEQUAL_QUARTERS, {"zone": zone.key})
    ]
    return totals + quarters


def drop_folded(conn: Connection, before: datetime) -> int:
    """Delete folded quarter-hours older than any chart looks; return how many."""
    conn.execute(DROP_QUARTERS, {"before": before})
    return conn.execute(DROP, {"before": before}).rowcount


def seal(conn: Connection, kind: str, counts: Count, at: datetime) -> None:
    """Keep the counts of facts of a kind that are about to be deleted."""
    rows = [
        {"kind": kind, "day": day, "metric": metric, "place": place, "n": n, "at": at}
        for (day, metric, place), n in sorted(counts.items())
    ]
    if rows:
        conn.execute(SEAL, rows)


def sealed(conn: Connection, kinds: Sequence[str]) -> Count:
    """Return the counts of facts of these kinds that were deleted."""
    rows = conn.execute(SEALED, {"kinds": list(kinds)})
    return Counter({(row.day, row.metric, row.place): row.n for row in rows})


ADD = Prepared(
    """
    INSERT INTO tally (metric, place, bucket, slot, n)
    SELECT item.metric, item.place, item.bucket, mod(pg_backend_pid(), 16), item.n
    FROM unnest(
        CAST(:metrics AS text[]), CAST(:places AS text[]),
        CAST(:buckets AS timestamptz[]), CAST(:counts AS bigint[])
    ) AS item (metric, place, bucket, n)
    ON CONFLICT (metric, bucket, place, slot) DO UPDATE SET n = tally.n + excluded.n
""",
    metrics="text[]",
    places="text[]",
    buckets="timestamptz[]",
    counts="bigint[]",
)
PRESENT = text("""
    INSERT INTO presence (metric, place, day)
    SELECT * FROM unnest(
        CAST(:metrics AS text[]), CAST(:places AS text[]), CAST(:days AS date[]))
    ON CONFLICT DO NOTHING
""")
TOTAL = text("""
    SELECT coalesce((SELECT sum(n) FROM tally_total WHERE metric = ANY(:metrics)), 0)
         + coalesce((
               SELECT sum(n - folded) FROM tally WHERE metric = ANY(:metrics) AND n - folded <> 0
           ), 0)
""")
SINCE = text("""
    SELECT coalesce((
               SELECT sum(n) FROM tally_day WHERE metric = ANY(:metrics) AND day >= :day
           ), 0)
         + coalesce((
               SELECT sum(n - folded) FROM tally
               WHERE metric = ANY(:metrics) AND bucket >= :start AND n - folded <> 0
           ), 0)
""")
ON_DAY = text("""
    SELECT metric, sum(n) AS n FROM (
        SELECT metric, n FROM tally_day WHERE metric = ANY(:metrics) AND day = :day
        UNION ALL
        SELECT metric, n - folded FROM tally
        WHERE metric = ANY(:metrics) AND bucket >= :start AND bucket < :end AND n - folded <> 0
    ) AS counted GROUP BY metric
""")
BY_BUCKET = text("""
    SELECT metric, bucket, CAST(sum(n) AS bigint) FROM (
        SELECT metric, bucket, n FROM tally_quarter
        WHERE metric = ANY(:metrics) AND bucket >= :start AND bucket < :end
        UNION ALL
        SELECT metric, bucket, n - folded FROM tally
        WHERE metric = ANY(:metrics) AND bucket >= :start AND bucket < :end AND n - folded <> 0
    ) AS counted GROUP BY metric, bucket
""")
BY_PLACE = text("""
    SELECT place, CAST(sum(n) AS bigint) FROM tally
    WHERE metric = :metric AND bucket >= :start AND bucket < :end
    GROUP BY place
""")
COUNT_PRESENT = text("""
    SELECT count(DISTINCT place) FROM presence WHERE metric = ANY(:metrics) AND day = :day
""")
# One statement, one snapshot: what the rows below add is exactly what they mark as folded.
FOLD = text("""
    WITH due AS (
        SELECT metric, place, bucket, slot, n - folded AS more,
               CAST(timezone(:zone, bucket) AS date) AS day
        FROM tally WHERE n - folded <> 0 AND bucket < :end
        ORDER BY metric, place, bucket, slot LIMIT :most
        FOR UPDATE SKIP LOCKED
    ), marked AS (
        UPDATE tally AS t SET folded = t.folded + due.more FROM due
        WHERE (t.metric, t.place, t.bucket, t.slot)
            = (due.metric, due.place, due.bucket, due.slot)
        RETURNING 1
    ), days AS (
        INSERT INTO tally_day AS d (metric, place, day, n)
        SELECT metric, place, day, sum(more) FROM due GROUP BY metric, place, day
        ON CONFLICT (metric, day, place) DO UPDATE SET n = d.n + excluded.n
        RETURNING 1
    ), quarters AS (
        INSERT INTO tally_quarter AS q (metric, bucket, n)
        SELECT metric, bucket, sum(more) FROM due GROUP BY metric, bucket
        ON CONFLICT (metric, bucket) DO UPDATE SET n = q.n + excluded.n
        RETURNING 1
    ), totals AS (
        INSERT INTO tally_total AS s (metric, place, n)
        SELECT metric, place, sum(more) FROM due GROUP BY metric, place
        ON CONFLICT (metric, place) DO UPDATE SET n = s.n + excluded.n
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM marked)
""")
DROP = text("DELETE FROM tally WHERE bucket < :before AND n = folded")
DROP_QUARTERS = text("DELETE FROM tally_quarter WHERE bucket < :before")
BY_DAY = text("""
    SELECT day, metric, place, sum(n) AS n FROM (
        SELECT day, metric, place, n FROM tally_day
        UNION ALL
        SELECT CAST(timezone(:zone, bucket) AS date), metric, place, n - folded FROM tally
        WHERE n - folded <> 0
    ) AS counted GROUP BY day, metric, place
""")
UNEQUAL_TOTALS = text("""
    SELECT metric, place, coalesce(t.n, 0) AS total, coalesce(d.n, 0) AS days
    FROM tally_total AS t
    FULL JOIN (SELECT metric, place, sum(n) AS n FROM tally_day GROUP BY metric, place) AS d
        USING (metric, place)
    WHERE coalesce(t.n, 0) <> coalesce(d.n, 0)
""")
# Only days that no quarter-hour was deleted of: the oldest one held may be cut.
UNEQUAL_QUARTERS = text("""
    SELECT metric, day, coalesce(q.n, 0) AS quarters, coalesce(d.n, 0) AS days
    FROM (
        SELECT metric, CAST(timezone(:zone, bucket) AS date) AS day, sum(n) AS n
        FROM tally_quarter GROUP BY 1, 2
    ) AS q
    FULL JOIN (SELECT metric, day, sum(n) AS n FROM tally_day GROUP BY 1, 2) AS d
        USING (metric, day)
    WHERE coalesce(q.n, 0) <> coalesce(d.n, 0)
      AND day > (SELECT min(CAST(timezone(:zone, bucket) AS date)) FROM tally_quarter)
""")
SEAL = text("""
    INSERT INTO seal (kind, day, metric, place, n, sealed_at)
    VALUES (:kind, :day, :metric, :place, :n, :at)
    ON CONFLICT (kind, day, metric, place) DO UPDATE SET n = seal.n + excluded.n
""")
SEALED = text("SELECT day, metric, place, n FROM seal WHERE kind = ANY(:kinds)")
