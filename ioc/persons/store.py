"""Persons in SQL: one row a reference, its number sealed beside it, what was said otherwise."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, text

from ioc.db import text_array
from ioc.persons.model import NumberKind, Person, Sex
from ioc.prepared import Prepared


class Known(NamedTuple):
    """What is kept of a person, as far as another meeting could add to it."""

    key: str
    born_on: date | None
    birth_year: int | None
    sex: str | None
    unit: str | None
    last_met_on: date


def known(conn: Connection, refs: Sequence[str]) -> dict[str, Known]:
    """Return what is known of those who were met before, by reference."""
    rows = KNOWN.run(conn, {"refs": text_array(refs)})
    return {
        row.ref: Known(
            row.name_key, row.born_on, row.birth_year, row.sex, row.unit, row.last_met_on
        )
        for row in rows
    }


def add(conn: Connection, rows: Sequence[Mapping[str, Any]], at: datetime) -> set[str]:
    """Insert persons, sorted by reference, and queue them for comparison; return whose were new."""
    if not rows:
        return set()
    return set(conn.execute(ADD, {"rows": json.dumps(rows, default=str), "at": at}).scalars())


def fill(conn: Connection, rows: Sequence[Mapping[str, Any]], on: date) -> None:
    """Note what was unknown of persons until now, and that they were met on a day."""
    if rows:
        conn.execute(FILL, {"rows": json.dumps(rows, default=str), "on": on})


def add_variants(conn: Connection, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Keep what was said of persons otherwise than before, once each."""
    if rows:
        conn.execute(ADD_VARIANTS, {"rows": json.dumps(rows, default=str), "at": at})


def find(conn: Connection, refs: Sequence[str], *, opened: bool = False) -> dict[str, Person]:
    """Return persons by reference; with their sealed numbers where they are to be opened."""
    statement = FIND_WITH_NUMBERS if opened else FIND
    rows = conn.execute(statement, {"refs": text_array(refs)})
    return {row.ref: person_from(row) for row in rows}


def other_names(conn: Connection, refs: Sequence[str]) -> dict[str, list[str]]:
    """Return by reference the names that persons were said to have otherwise, oldest first."""
    found: dict[str, list[str]] = {}
    for row in conn.execute(OTHER_NAMES, {"refs": text_array(refs)}):
        found.setdefault(row.person, []).append(row.name)
    return found


def variants_of(conn: Connection, ref: str) -> list[tuple[str, date | None, int | None]]:
    """Return name, day and year of birth as they were said otherwise, oldest first."""
    rows = conn.execute(VARIANTS, {"ref": ref})
    return [(row.name, row.born_on, row.birth_year) for row in rows]


def heads(conn: Connection, refs: Sequence[str]) -> dict[str, str]:
    """Return who stands for each person that a merge made one with another; others are absent."""
    return {row.ref: row.head for row in HEADS.run(conn, {"refs": text_array(refs)})}


def group(conn: Connection, refs: Sequence[str]) -> dict[str, list[str]]:
    """Return everybody whom merges made one with a person, himself among them, by head."""
    found: dict[str, list[str]] = {}
    for row in GROUP.run(conn, {"refs": text_array(refs)}):
        found.setdefault(row.head, []).append(row.ref)
    return found


def set_heads(conn: Connection, heads_of: Mapping[str, str]) -> None:
    """Let each person be stood for by another, or by himself again."""
    refs = sorted(heads_of)
    values = {"refs": text_array(refs), "heads": text_array(heads_of[ref] for ref in refs)}
    conn.execute(SET_HEADS, values)


def take_fresh(conn: Connection, limit: int) -> list[str]:
    """Take persons out of the queue for comparison, so that nobody else does; sorted."""
    return sorted(conn.execute(TAKE_FRESH, {"limit": limit}).scalars())


def near(conn: Connection, refs: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Return pairs of a person and another worth comparing, and whether a document names both."""
    rows = conn.execute(NEAR, {"refs": text_array(refs)})
    return [(row.ref, row.other, row.is_named) for row in rows]


def drop(conn: Connection, met_before: date) -> int:
    """Delete persons whom nobody met since a day, and what is kept of them; return how many."""
    conn.execute(DROP_NUMBERS, {"before": met_before})
    conn.execute(DROP_VARIANTS, {"before": met_before})
    return conn.execute(DROP, {"before": met_before}).rowcount


def person_from(row: Row[Any]) -> Person:
    """Return the value of a row."""
    return Person(
        row.ref,
        NumberKind(row.kind),
        row.name,
        row.name_key,
        row.born_on,
        row.birth_year,
        None if row.sex is None else Sex(row.sex),
        row.unit,
        row.head,
        bytes(row.sealed) if "sealed" in row._fields else b"",
    )


KNOWN = Prepared(
    """
    SELECT ref, name_key, born_on, birth_year, sex, unit, last_met_on
    FROM persons WHERE ref = ANY(CAST(:refs AS text[]))
""",
    refs="text[]",
)
ADD = text("""
    WITH item AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
            ref text, kind text, name text, name_key text, born_on date, birth_year integer,
            sex text, unit text, number_head bigint, number_tail bigint, also text[],
            sealed text, on_day date)
    ), added AS (
        INSERT INTO persons (ref, kind, name, name_key, born_on, birth_year, sex, unit, head,
            number_head, number_tail, also, met_at, last_met_on)
        SELECT ref, kind, name, name_key, born_on, birth_year, sex, unit, ref,
            number_head, number_tail, also, :at, on_day FROM item
        ON CONFLICT DO NOTHING RETURNING ref
    ), numbered AS (
        INSERT INTO person_numbers (person, sealed)
        SELECT ref, decode(sealed, 'hex') FROM item JOIN added USING (ref)
    ), queued AS (
        INSERT INTO persons_fresh (person) SELECT ref FROM added ON CONFLICT DO NOTHING
    )
    SELECT ref FROM added
""")
FILL = text("""
    WITH item AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
            ref text, born_on date, birth_year integer, sex text, unit text, is_learnt boolean)
    ), held AS (
        SELECT p.ref FROM persons AS p JOIN item USING (ref) ORDER BY p.ref FOR UPDATE OF p
    ), queued AS (
        INSERT INTO persons_fresh (person) SELECT ref FROM item WHERE is_learnt
        ON CONFLICT DO NOTHING
    )
    UPDATE persons AS p SET
        born_on = coalesce(p.born_on, item.born_on),
        birth_year = coalesce(p.birth_year, item.birth_year),
        sex = coalesce(p.sex, item.sex),
        unit = coalesce(item.unit, p.unit),
        last_met_on = greatest(p.last_met_on, CAST(:on AS date))
    FROM item JOIN held USING (ref) WHERE p.ref = item.ref
""")
ADD_VARIANTS = text("""
    INSERT INTO person_variants (person, name, name_key, born_on, birth_year, said_at)
    SELECT ref, name, name_key, born_on, birth_year, :at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, name text, name_key text, born_on date, birth_year integer)
    ON CONFLICT DO NOTHING
""")
COLUMNS = "p.ref, p.kind, p.name, p.name_key, p.born_on, p.birth_year, p.sex, p.unit, p.head"
FIND = text(f"SELECT {COLUMNS} FROM persons AS p WHERE ref = ANY(CAST(:refs AS text[]))")
FIND_WITH_NUMBERS = text(f"""
    SELECT {COLUMNS}, n.sealed FROM persons AS p JOIN person_numbers AS n ON n.person = p.ref
    WHERE p.ref = ANY(CAST(:refs AS text[]))
""")
VARIANTS = text("""
    SELECT name, born_on, birth_year FROM person_variants WHERE person = :ref ORDER BY said_at, name
""")
OTHER_NAMES = text("""
    SELECT person, name FROM person_variants WHERE person = ANY(CAST(:refs AS text[]))
    ORDER BY person, said_at, name
""")
HEADS = Prepared(
    """
    SELECT ref, head FROM persons WHERE ref = ANY(CAST(:refs AS text[])) AND head <> ref
""",
    refs="text[]",
)
GROUP = Prepared(
    """
    WITH asked AS MATERIALIZED (
        SELECT ARRAY(
            SELECT DISTINCT head FROM persons WHERE ref = ANY(CAST(:refs AS text[]))) AS heads)
    SELECT head, ref FROM persons
    WHERE ref = ANY(CAST((SELECT heads FROM asked) AS text[])) AND head = ref
    UNION ALL
    SELECT head, ref FROM persons
    WHERE head = ANY(CAST((SELECT heads FROM asked) AS text[])) AND head <> ref
    ORDER BY head, ref
""",
    refs="text[]",
)
SET_HEADS = text("""
    WITH item AS (
        SELECT * FROM unnest(CAST(:refs AS text[]), CAST(:heads AS text[])) AS item (ref, head)
    ), held AS (
        SELECT p.ref FROM persons AS p JOIN item USING (ref) ORDER BY p.ref FOR UPDATE OF p
    )
    UPDATE persons AS p SET head = item.head FROM item JOIN held USING (ref) WHERE p.ref = item.ref
""")
TAKE_FRESH = text("""
    DELETE FROM persons_fresh WHERE person IN (
        SELECT person FROM persons_fresh ORDER BY person LIMIT :limit FOR UPDATE SKIP LOCKED
    ) RETURNING person
""")
# The same name in the same year; the same day with a number of which a part is the same; a
# document that names another number. Each by an index of its own.
NEAR = text("""
    WITH fresh AS (SELECT * FROM persons WHERE ref = ANY(CAST(:refs AS text[])))
    SELECT f.ref, p.ref AS other, false AS is_named FROM fresh AS f
    JOIN persons AS p ON p.name_key = f.name_key AND p.birth_year = f.birth_year
    WHERE p.ref <> f.ref
    UNION
    SELECT f.ref, p.ref, false FROM fresh AS f
    JOIN persons AS p ON p.born_on = f.born_on
    WHERE p.ref <> f.ref AND p.kind = f.kind
        AND (p.number_head = f.number_head OR p.number_tail = f.number_tail)
    UNION
    SELECT f.ref, p.ref, true FROM fresh AS f JOIN persons AS p ON p.ref = ANY(f.also)
    WHERE p.ref <> f.ref
    UNION
    SELECT f.ref, p.ref, true FROM fresh AS f JOIN persons AS p ON p.also @> ARRAY[f.ref]
    WHERE p.ref <> f.ref AND p.also <> '{}'
""")
GONE = "SELECT ref FROM persons WHERE last_met_on < :before"
DROP_NUMBERS = text(f"DELETE FROM person_numbers WHERE person IN ({GONE})")
DROP_VARIANTS = text(f"DELETE FROM person_variants WHERE person IN ({GONE})")
DROP = text("DELETE FROM persons WHERE last_met_on < :before")
