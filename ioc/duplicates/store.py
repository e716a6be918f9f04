"""Persons who may be one, in SQL: pairs, what was decided of them, and what speaks of each."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.db import text_array
from ioc.duplicates.model import Pair, PairDone, PairState, PairStep
from ioc.listing import Ask, Listed, Source, one_of, read
from ioc.persons.model import Alike, Likeness

MERGE_LOCK = 0x10C0021


def add(conn: Connection, found: Sequence[Alike], at: datetime) -> int:
    """Keep pairs that were found now; one that is known stays as it is. Return how many are new."""
    rows = [{**asdict(alike), "ref": uuid.uuid4().hex} for alike in found]
    if not rows:
        return 0
    return conn.execute(ADD, {"rows": json.dumps(rows), "at": at}).rowcount


def search(conn: Connection, state: PairState, limit: int) -> list[Pair]:
    """Return the pairs in a state, the surest first."""
    return [pair_from(row) for row in conn.execute(SEARCH, {"state": state, "limit": limit})]


def listed(conn: Connection, ask: Ask, units: Sequence[str] | None) -> Listed:
    """Return a page of pairs of whom one lives in `units`, of all for None."""
    return read(conn, PAIRS, ask, units)


def count(conn: Connection, state: PairState) -> int:
    """Return how many pairs are in a state."""
    return int(conn.execute(COUNT, {"state": state}).scalar_one())


def find(conn: Connection, ref: str, *, lock: bool = False) -> Pair | None:
    """Return a pair; with `lock` nobody else decides anything of any pair meanwhile."""
    if lock:
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MERGE_LOCK})
    row = conn.execute(FIND, {"ref": ref}).one_or_none()
    return None if row is None else pair_from(row)


def merged_among(conn: Connection, refs: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return one, other and whom was kept of the merged pairs that lie within a group."""
    rows = conn.execute(MERGED, {"refs": text_array(refs)})
    return [(row.one, row.other, row.kept) for row in rows]


def decide(conn: Connection, pair: Pair, step: PairStep) -> None:
    """Keep how a pair stands after a step, and the step."""
    values = {**asdict(pair), "step": step}
    conn.execute(DECIDE, values)
    conn.execute(ADD_STEP, values)


def steps_of(conn: Connection, ref: str) -> list[PairDone]:
    """Return what was decided of a pair, oldest first."""
    return [
        PairDone(PairStep(row.step), PairState(row.state), row.at, row.actor, row.note)
        for row in conn.execute(STEPS, {"ref": ref})
    ]


def facts_about(conn: Connection, refs: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how many declarations, stays and passages speak of each person."""
    found: dict[str, dict[str, int]] = {ref: {} for ref in refs}
    for row in conn.execute(FACTS, {"refs": text_array(refs)}):
        found[row.person][row.kind] = row.n
    return found


def drop(conn: Connection, found_before: datetime) -> int:
    """Delete pairs found before an instant of whom one is kept no longer; return how many."""
    conn.execute(DROP_STEPS, {"before": found_before})
    return conn.execute(DROP, {"before": found_before}).rowcount


def pair_from(row: Row[Any]) -> Pair:
    """Return the value of a row."""
    return Pair(
        row.ref,
        row.one,
        row.other,
        Likeness(row.why),
        float(row.share),
        row.found_at,
        PairState(row.state),
        row.kept,
        row.decided_at,
        row.decided_by,
        row.note,
    )


# Nobody's name or number: who they are is asked of one pair, with its purpose.
PAIRS = Source(
    tables="""
        person_pairs AS p LEFT JOIN persons AS o ON o.ref = p.one
        LEFT JOIN persons AS q ON q.ref = p.other""",
    columns={
        "ref": "p.ref",
        "why": "p.why",
        "share": "p.share",
        "found_at": "p.found_at",
        "state": "p.state",
        "one_unit": "o.unit",
        "other_unit": "q.unit",
        "decided_at": "p.decided_at",
        "decided_by": "p.decided_by",
        "note": "p.note",
    },
    gaps=frozenset({"one_unit", "other_unit", "decided_at", "decided_by", "note"}),
    key="p.ref",
    order=(("share", True), ("found_at", False)),
    filters={
        "state": one_of("p.state", PairState),
        "why": one_of("p.why", Likeness),
    },
    scope="(o.unit = ANY(:units) OR q.unit = ANY(:units))",
)
ADD = text("""
    INSERT INTO person_pairs (ref, one, other, why, share, found_at, state)
    SELECT ref, one, other, why, share, :at, 'open'
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, one text, other text, why text, share real)
    ON CONFLICT (one, other) DO NOTHING
""")
SEARCH = text("""
    SELECT * FROM person_pairs WHERE state = :state ORDER BY share DESC, found_at, ref LIMIT :limit
""")
COUNT = text("SELECT count(*) FROM person_pairs WHERE state = :state")
FIND = text("SELECT * FROM person_pairs WHERE ref = :ref")
MERGED = text("""
    SELECT one, other, kept FROM person_pairs WHERE state = 'merged'
        AND one = ANY(CAST(:refs AS text[])) AND other = ANY(CAST(:refs AS text[]))
    ORDER BY decided_at, ref
""")
DECIDE = text("""
    UPDATE person_pairs SET state = :state, kept = :kept, decided_at = :decided_at,
        decided_by = :decided_by, note = :note WHERE ref = :ref
""")
ADD_STEP = text("""
    INSERT INTO person_pair_steps (pair, step, state, kept, at, actor, note)
    VALUES (:ref, :step, :state, :kept, :decided_at, :decided_by, :note)
""")
STEPS = text("SELECT * FROM person_pair_steps WHERE pair = :ref ORDER BY no")
FACTS = text("""
    WITH asked AS (SELECT unnest(CAST(:refs AS text[])) AS person)
    SELECT person, 'declarations' AS kind, count(*) AS n
    FROM declaration_people JOIN asked USING (person) GROUP BY 1
    UNION ALL
    SELECT person, 'lodgings', count(*) FROM lodgings JOIN asked USING (person) GROUP BY 1
    UNION ALL
    SELECT person, 'passages', count(*) FROM passages JOIN asked USING (person) GROUP BY 1
""")
GONE = """
    SELECT ref FROM person_pairs AS p WHERE found_at < :before AND NOT (
        EXISTS (SELECT 1 FROM persons WHERE ref = p.one)
        AND EXISTS (SELECT 1 FROM persons WHERE ref = p.other))
"""
DROP_STEPS = text(f"DELETE FROM person_pair_steps WHERE pair IN ({GONE})")
DROP = text(f"DELETE FROM person_pairs WHERE ref IN ({GONE})")
