"""Days that changed after they were closed: by how much, when first and when last.

Kept by metric, place, the day that changed and the day on which it was learnt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import array_literal

Counts = Mapping[tuple[str, str, datetime], int]


@dataclass(frozen=True)
class Amendment:
    """By how much the figure of a closed day was changed, and when."""

    n: int
    first_at: datetime
    last_at: datetime


def note(conn: Connection, centre: Centre, counts: Counts, closes: timedelta) -> None:
    """Note what of `counts` (metric, place, instant) falls on days closed by now.

    A day of the city is closed `closes` after its midnight. Call it with the tallies, last.
    """
    now, zone = centre.now(), centre.city.zone
    open_days: dict[date, bool] = {}
    late: dict[tuple[str, date, str], int] = {}
    for (metric, place, at), n in counts.items():
        day = local_day(at, zone)
        if day not in open_days:
            open_days[day] = now <= day_bounds(day, zone)[1] + closes
        if not open_days[day] and n:
            late[metric, day, place] = late.get((metric, day, place), 0) + n
    keys = sorted(key for key, n in late.items() if n)
    if not keys:
        return
    metrics, days, places = zip(*keys, strict=True)
    values = {
        "metrics": array_literal(metrics),
        "days": array_literal(days),
        "places": array_literal(places),
        "counts": array_literal(late[key] for key in keys),
        "noted_on": local_day(now, zone),
        "now": now,
    }
    conn.execute(NOTE, values)


def between(
    conn: Connection, metric: str, first: date, last: date
) -> dict[tuple[str, date], Amendment]:
    """Return the amendments of days first <= day <= last, by place and day."""
    rows = conn.execute(BETWEEN, {"metric": metric, "first": first, "last": last})
    return {(row.place, row.day): Amendment(int(row.n), row.first_at, row.last_at) for row in rows}


def merged(amendments: Sequence[Amendment]) -> Amendment | None:
    """Return several amendments as one, None where there are none."""
    if not amendments:
        return None
    return Amendment(
        sum(one.n for one in amendments),
        min(one.first_at for one in amendments),
        max(one.last_at for one in amendments),
    )


def drop(conn: Connection, before: date) -> int:
    """Delete the amendments of days before `before`; return how many."""
    return conn.execute(DROP, {"before": before}).rowcount


NOTE = text("""
    INSERT INTO amendments AS a (metric, day, place, noted_on, n, first_at, last_at)
    SELECT metric, day, place, :noted_on, n, :now, :now
    FROM unnest(CAST(:metrics AS text[]), CAST(:days AS date[]), CAST(:places AS text[]),
        CAST(:counts AS bigint[])) AS item (metric, day, place, n)
    ON CONFLICT (metric, day, place, noted_on)
    DO UPDATE SET n = a.n + excluded.n, last_at = excluded.last_at
""")
BETWEEN = text("""
    SELECT place, day, sum(n) AS n, min(first_at) AS first_at, max(last_at) AS last_at
    FROM amendments WHERE metric = :metric AND day >= :first AND day <= :last
    GROUP BY place, day
""")
DROP = text("DELETE FROM amendments WHERE day < :before")
