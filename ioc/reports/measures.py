"""How the city stands with its reports: open, overdue, in time; what its tallies must equal."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.db import text_array
from ioc.reports.model import Ageing, Standing, Workload

# What a bigint holds.
LARGEST_NUMBER = 2**63 - 1


def standing(conn: Connection, now: datetime) -> Standing:
    """Return how many reports are open, and how many of them overdue."""
    row = conn.execute(STANDING, {"now": now}).one()
    return Standing(row.open, row.overdue)


def standing_by_unit(conn: Connection, now: datetime) -> dict[str, Standing]:
    """Return the same by the unit in which reports lie; "" is where that is not known."""
    rows = conn.execute(STANDING_BY_UNIT, {"now": now})
    return {row.unit: Standing(row.open, row.overdue) for row in rows}


def ageing(conn: Connection, now: datetime) -> Ageing:
    """Return how long open reports have waited."""
    row = conn.execute(AGEING, {"now": now}).one()
    return Ageing((row.day, row.three, row.week, row.longer), row.oldest_at)


def overdue_at(conn: Connection, at: datetime) -> dict[str, tuple[int, datetime]]:
    """Return how many reports were open and overdue at an instant, and the oldest, by agency."""
    rows = conn.execute(OVERDUE_AT, {"at": at})
    return {row.agency: (row.n, row.oldest_at) for row in rows}


def workloads(conn: Connection, start: datetime, end: datetime, now: datetime) -> list[Workload]:
    """Return how each agency stands that has anything open, or closed anything in the span."""
    rows = conn.execute(WORKLOADS, {"start": start, "end": end, "now": now})
    return [Workload(**row._mapping) for row in rows]


def standings(
    conn: Connection, seen: frozenset[str] | None, now: datetime, centre: str
) -> list[Row[Any]]:
    """Return open reports by agency, service and unit, by how long they have waited."""
    return list(conn.execute(STANDINGS, {**_named(seen), "now": now, "centre": centre}))


def median(conn: Connection, seen: frozenset[str] | None, since: datetime) -> timedelta | None:
    """Return how long half of the reports took at most that were answered since an instant."""
    seconds = conn.execute(MEDIAN, {**_named(seen), "since": since}).scalar_one()
    return None if seconds is None else timedelta(seconds=float(seconds))


def flow(
    conn: Connection, seen: frozenset[str] | None, today: datetime, since: datetime
) -> Row[Any]:
    """Return what agencies received and closed since `today`, and what was reopened `since`."""
    return conn.execute(FLOW, {**_named(seen), "today": today, "since": since}).one()


def ref_of_number(conn: Connection, number: int) -> str | None:
    """Return the id of the report with a number, None when there is none."""
    if number > LARGEST_NUMBER:
        return None
    ref: str | None = conn.execute(OF_NUMBER, {"no": number}).scalar_one_or_none()
    return ref


def last_step(conn: Connection) -> int:
    """Return the number of the newest step of any report."""
    return int(conn.execute(LAST_STEP).scalar_one())


def _named(seen: frozenset[str] | None) -> dict[str, str | None]:
    return {"agencies": None if seen is None else text_array(sorted(seen))}


def counts_held(
    conn: Connection, zone: str, received_before: datetime | None
) -> Sequence[Row[Any]]:
    """Return lines of the log by day, step, state, service, unit and whether they were in time."""
    return conn.execute(COUNTS, {"zone": zone, "before": received_before}).all()


OF_NUMBER = text("SELECT ref FROM reports WHERE no = :no")
LAST_STEP = text("SELECT coalesce(max(no), 0) FROM report_steps")
STANDING = text("""
    SELECT count(*) AS open, count(*) FILTER (WHERE due_at <= :now) AS overdue
    FROM reports WHERE closed_at IS NULL
""")
STANDING_BY_UNIT = text("""
    SELECT coalesce(unit, '') AS unit, count(*) AS open,
        count(*) FILTER (WHERE due_at <= :now) AS overdue
    FROM reports WHERE closed_at IS NULL GROUP BY 1
""")
AGEING = text("""
    SELECT count(*) FILTER (WHERE age < interval '1 day') AS day,
        count(*) FILTER (WHERE age >= interval '1 day' AND age < interval '3 days') AS three,
        count(*) FILTER (WHERE age >= interval '3 days' AND age <= interval '7 days') AS week,
        count(*) FILTER (WHERE age > interval '7 days') AS longer,
        min(received_at) AS oldest_at
    FROM (
        SELECT received_at, CAST(:now AS timestamptz) - received_at AS age
        FROM reports WHERE closed_at IS NULL
    ) AS waiting
""")
SEEN = "(CAST(:agencies AS text[]) IS NULL OR {0}agency = ANY(CAST(:agencies AS text[])))"
STANDINGS = text(f"""
    SELECT agency, service, unit, min(received_at) AS oldest_at,
        count(*) FILTER (WHERE due_at <= :now) AS overdue,
        count(*) FILTER (WHERE age < interval '1 day') AS day,
        count(*) FILTER (WHERE age >= interval '1 day' AND age < interval '3 days') AS three,
        count(*) FILTER (WHERE age >= interval '3 days' AND age <= interval '7 days') AS week,
        count(*) FILTER (WHERE age > interval '7 days') AS longer,
        count(*) FILTER (WHERE state = 'received' AND agency = :centre) AS unassigned,
        min(received_at) FILTER (WHERE state = 'received' AND agency = :centre) AS unassigned_at
    FROM (
        SELECT agency, service, coalesce(unit, '') AS unit, state, due_at, received_at,
            CAST(:now AS timestamptz) - received_at AS age
        FROM reports WHERE closed_at IS NULL AND {SEEN.format("")}
    ) AS waiting GROUP BY agency, service, unit
""")
MEDIAN = text(f"""
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.at - r.received_at))
    FROM report_steps AS s JOIN reports AS r ON r.ref = s.report
    WHERE s.is_in_time IS NOT NULL AND s.step IN ('fix', 'dismiss') AND s.at >= :since
      AND {SEEN.format("s.")}
""")
FLOW = text(f"""
    SELECT count(*) FILTER (WHERE step = 'receive' AND at >= :today) AS received,
        count(*) FILTER (WHERE is_in_time IS NOT NULL AND step <> 'escalate' AND at >= :today)
            AS closed,
        count(*) FILTER (WHERE step = 'reopen') AS reopened
    FROM report_steps AS s WHERE at >= :since AND {SEEN.format("s.")}
""")
OVERDUE_AT = text("""
    SELECT agency, count(*) AS n, min(received_at) AS oldest_at FROM reports
    WHERE received_at < :at AND due_at <= :at AND (closed_at IS NULL OR closed_at >= :at)
    GROUP BY agency
""")
WORKLOADS = text("""
    SELECT agency, sum(open)::int AS open, sum(overdue)::int AS overdue,
        min(oldest_at) AS oldest_at, sum(closed)::int AS closed,
        sum(in_time)::int AS in_time, sum(rated)::int AS rated, sum(stars)::int AS stars
    FROM (
        SELECT agency, 1 AS open, (due_at <= :now)::int AS overdue, received_at AS oldest_at,
            0 AS closed, 0 AS in_time, 0 AS rated, 0 AS stars
        FROM reports WHERE closed_at IS NULL
        UNION ALL
        SELECT s.agency, 0, 0, NULL, 1, s.is_in_time::int, 0, 0
        FROM report_steps AS s
        WHERE s.is_in_time IS NOT NULL AND s.step <> 'escalate' AND s.at >= :start AND s.at <= :end
        UNION ALL
        SELECT agency, 0, 0, NULL, 0, 0, 1, stars FROM reports
        WHERE stars IS NOT NULL AND changed_at >= :start AND closed_at >= :start
          AND closed_at <= :end
    ) AS counted GROUP BY agency ORDER BY agency
""")
COUNTS = text("""
    SELECT CAST(timezone(:zone, s.at) AS date) AS day, s.step, s.state, s.service, s.unit,
        s.is_in_time, count(*) AS n
    FROM report_steps AS s
    WHERE CAST(:before AS timestamptz) IS NULL OR s.report IN (
        SELECT ref FROM reports WHERE received_at < :before)
    GROUP BY 1, 2, 3, 4, 5, 6
""")
