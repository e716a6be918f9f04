"""Paper totals in SQL: a total is never changed, only followed by a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from ioc.db import array_literal
from ioc.paper.model import PaperKind, PaperTotal, PaperVersion

Key = tuple[str, date, str]
SPACE = 0x10C0007


@dataclass(frozen=True)
class Kept:
    """A version as it is kept, with whose it is."""

    total: PaperTotal
    version: int
    source: str
    ref: str
    is_in_force: bool


def versions_for(conn: Connection, keys: Sequence[Key]) -> list[Kept]:
    """Hold the totals of facilities, days and kinds, and return every version of them in order."""
    conn.execute(HOLD, {"space": SPACE})
    facilities, days, kinds = zip(*keys, strict=True)
    values = {
        "facilities": array_literal(facilities),
        "days": array_literal(days),
        "kinds": array_literal(kinds),
    }
    return [
        Kept(
            PaperTotal(row.total_id, row.facility, row.day, PaperKind(row.kind), row.n),
            row.version,
            row.source,
            row.ref,
            row.superseded_at is None,
        )
        for row in conn.execute(VERSIONS, values)
    ]


def add(conn: Connection, kept: Sequence[Kept], at: datetime) -> None:
    """Insert versions; the ones before them end."""
    if not kept:
        return
    values = {
        "facilities": array_literal(one.total.facility for one in kept),
        "days": array_literal(one.total.day for one in kept),
        "kinds": array_literal(one.total.kind for one in kept),
        "versions": array_literal(one.version for one in kept),
        "counts": array_literal(one.total.n for one in kept),
        "refs": array_literal(one.ref for one in kept),
        "sources": array_literal(one.source for one in kept),
        "ids": array_literal(one.total.id for one in kept),
        "at": at,
    }
    conn.execute(END, values)
    conn.execute(ADD, values)


def history(conn: Connection, facility: str, day: date, kind: str) -> list[PaperVersion]:
    """Return every version of one total, oldest first."""
    rows = conn.execute(HISTORY, {"facility": facility, "day": day, "kind": kind})
    return [PaperVersion(*row) for row in rows]


def facilities_with(conn: Connection, kind: str, first: date, last: date) -> Mapping[str, int]:
    """Return for how many days each facility reported on paper, first <= day <= last."""
    rows = conn.execute(WITH, {"kind": kind, "first": first, "last": last})
    return {row.facility: row.n for row in rows}


def counts_held(conn: Connection, before: date | None) -> Sequence[tuple[date, str, str, int]]:
    """Return day, kind, facility and number of every total in force; only of days before."""
    rows = conn.execute(COUNTS, {"before": before})
    return [(row.day, row.kind, row.facility, row.n) for row in rows]


def drop(conn: Connection, before: date) -> int:
    """Delete the totals of days before `before`, all their versions; return how many."""
    return conn.execute(DROP, {"before": before}).rowcount


# One writer at a time: there are few totals, and two of one day must not both become its next.
HOLD = text("SELECT pg_advisory_xact_lock(:space)")
VERSIONS = text("""
    SELECT p.* FROM (
        SELECT DISTINCT * FROM unnest(CAST(:facilities AS text[]), CAST(:days AS date[]),
            CAST(:kinds AS text[])) AS item (facility, day, kind)
    ) AS wanted JOIN paper_totals AS p USING (facility, day, kind)
    ORDER BY p.facility, p.day, p.kind, p.version
""")
END = text("""
    UPDATE paper_totals AS p SET superseded_at = :at
    FROM unnest(CAST(:facilities AS text[]), CAST(:days AS date[]), CAST(:kinds AS text[]),
        CAST(:versions AS integer[])) AS item (facility, day, kind, version)
    WHERE (p.facility, p.day, p.kind) = (item.facility, item.day, item.kind)
        AND p.superseded_at IS NULL
""")
ADD = text("""
    INSERT INTO paper_totals (facility, day, kind, version, n, ref, source, total_id, known_at,
        superseded_at)
    SELECT facility, day, kind, version, n, ref, source, id, :at,
        CASE WHEN version < max(version) OVER (PARTITION BY facility, day, kind)
            THEN CAST(:at AS timestamptz) END
    FROM unnest(CAST(:facilities AS text[]), CAST(:days AS date[]), CAST(:kinds AS text[]),
        CAST(:versions AS integer[]), CAST(:counts AS integer[]), CAST(:refs AS text[]),
        CAST(:sources AS text[]), CAST(:ids AS text[]))
        AS item (facility, day, kind, version, n, ref, source, id)
""")
HISTORY = text("""
    SELECT version, n, source, known_at, superseded_at FROM paper_totals
    WHERE facility = :facility AND day = :day AND kind = :kind ORDER BY version
""")
WITH = text("""
    SELECT facility, count(*) AS n FROM paper_totals
    WHERE superseded_at IS NULL AND kind = :kind AND day >= :first AND day <= :last
    GROUP BY facility
""")
COUNTS = text("""
    SELECT day, kind, facility, n FROM paper_totals
    WHERE superseded_at IS NULL AND (CAST(:before AS date) IS NULL OR day < :before)
""")
DROP = text("DELETE FROM paper_totals WHERE day < :before")
