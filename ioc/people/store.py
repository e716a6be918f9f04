"""Declarations in SQL: what was said never changes, where it stands does; steps are facts."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.db import text_array
from ioc.people.model import DeclarationState, DeclarationStep, Declared, Means, Noted
from ioc.prepared import Prepared


def add(conn: Connection, rows: Sequence[Mapping[str, Any]], source: str, at: datetime) -> None:
    """Insert declarations that were received now, and who comes with each."""
    if rows:
        conn.execute(ADD, {"rows": json.dumps(rows, default=str), "source": source, "at": at})


def find(conn: Connection, refs: Sequence[str], *, lock: bool = False) -> dict[str, Declared]:
    """Return those of the declarations that exist, by ref; held in order of ref when `lock`."""
    statement = FIND_LOCKED if lock else FIND
    rows = conn.execute(statement, {"refs": text_array(sorted(set(refs)))})
    return {row.ref: declared_from(row) for row in rows}


def coming_in(conn: Connection, plates: Sequence[str], refs: Sequence[str]) -> list[Declared]:
    """Return and hold the declarations of people who have not arrived, by plate or by ref."""
    values = {"plates": text_array(plates), "refs": text_array(refs)}
    return [declared_from(row) for row in COMING_IN.run(conn, values)]


def coming(conn: Connection, persons: Sequence[str]) -> list[Declared]:
    """Return and hold the declarations of persons who have not arrived, in order of ref."""
    values = {"persons": text_array(persons)}
    return [declared_from(row) for row in COMING_OF.run(conn, values)]


def move(conn: Connection, moved: Sequence[tuple[str, Noted]]) -> None:
    """Lead declarations, by ref, to the state of a step of Health or of theirs; keep the step."""
    conn.execute(MOVE, {"rows": _steps(moved)})
    note_steps(conn, moved)


def arrive(conn: Connection, moved: Sequence[tuple[str, Noted, str]]) -> None:
    """Lead declarations to where an arrival leads them, at a place; keep the step."""
    rows = [
        {"ref": ref, **_step(noted), "place": place, "came_at": noted.at}
        for ref, noted, place in moved
    ]
    if rows:
        conn.execute(ARRIVE, {"rows": json.dumps(rows, default=str)})
        note_steps(conn, [(ref, noted) for ref, noted, _ in moved])


def note_steps(conn: Connection, steps: Sequence[tuple[str, Noted]]) -> None:
    """Keep steps that were taken, by the ref of their declaration."""
    if steps:
        conn.execute(ADD_STEPS, {"rows": _steps(steps)})


def steps_of(conn: Connection, ref: str) -> list[Noted]:
    """Return what happened to a declaration, oldest first."""
    return [
        Noted(
            DeclarationStep(row.step),
            None if row.was is None else DeclarationState(row.was),
            DeclarationState(row.state),
            row.at,
            row.actor,
            row.unit,
            row.people,
            row.note,
            row.of_at,
        )
        for row in conn.execute(STEPS, {"ref": ref})
    ]


def said_of(conn: Connection, ref: str) -> Row[Any] | None:
    """Return how somebody who declared is reached, and from where he comes."""
    return conn.execute(SAID, {"ref": ref}).one_or_none()


def waiting(conn: Connection, units: Sequence[str] | None, limit: int) -> list[Declared]:
    """Return the declarations that wait for Health, the longest first; `units` None: of all."""
    values = {"units": None if units is None else list(units), "limit": limit}
    return [declared_from(row) for row in conn.execute(WAITING, values)]


def queue(conn: Connection) -> dict[str, tuple[int, datetime]]:
    """Return by unit how many declarations wait for Health, and since when the longest does."""
    return {row.unit: (row.n, row.since) for row in conn.execute(QUEUE)}


def steps_counted(conn: Connection, zone: str, before: datetime | None) -> list[Row[Any]]:
    """Return how often each step was taken by day, unit and state it was taken from.

    With `before`, only of declarations that are dropped with those received before it.
    """
    return list(conn.execute(STEPS_COUNTED, {"zone": zone, "before": before}))


def drop(conn: Connection, before: datetime) -> int:
    """Delete the declarations received before an instant, with everything about them."""
    for statement in (DROP_CALLS, DROP_TASKS, DROP_STEPS, DROP_PEOPLE):
        conn.execute(statement, {"before": before})
    return conn.execute(DROP, {"before": before}).rowcount


def declared_from(row: Row[Any]) -> Declared:
    """Return the value of a row."""
    return Declared(
        ref=row.ref,
        source=row.source,
        id=row.declaration_id,
        people=tuple(row.people),
        unit=row.unit,
        cell=row.cell,
        plate=row.plate,
        means=Means(row.means),
        wave=row.wave,
        origin=row.origin,
        expected_at=row.expected_at,
        state=DeclarationState(row.state),
        received_at=row.received_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        arrived_at=row.arrived_at,
        arrived_by=row.arrived_by,
    )


def _step(noted: Noted) -> dict[str, Any]:
    return vars(noted)


def _steps(moved: Sequence[tuple[str, Noted]]) -> str:
    return json.dumps([{"ref": ref, **_step(noted)} for ref, noted in moved], default=str)


ADD = text("""
    WITH item AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
            ref text, id text, people text[], declared_by text, manner text, phone text,
            origin text, route text, unit text, cell text, address text, plate text, means text,
            wave text, expected_at timestamptz, post text)
    ), people AS (
        INSERT INTO declaration_people (person, declaration)
        SELECT unnest(people), ref FROM item
    )
    INSERT INTO declarations (ref, source, declaration_id, people, declared_by, manner, phone,
        origin, route, unit, cell, address, plate, means, wave, expected_at, post, received_at,
        state, waits_since)
    SELECT ref, :source, id, people, declared_by, manner, phone, origin, route, unit, cell,
        address, plate, means, wave, expected_at, post, :at, 'received', :at
    FROM item
""")
# Not how somebody is reached: whoever lets people arrive needs no phone and no address.
COLUMNS = (
    "ref, source, declaration_id, people, unit, cell, plate, means, wave, origin, expected_at,"
    " state, received_at, decided_at, decided_by, arrived_at, arrived_by"
)
WANTED = f"SELECT {COLUMNS} FROM declarations WHERE ref = ANY(CAST(:refs AS text[])) ORDER BY ref"
FIND = text(WANTED)
FIND_LOCKED = text(f"{WANTED} FOR UPDATE")
COMING_IN = Prepared(
    f"""
    SELECT {COLUMNS} FROM declarations WHERE state IN ('received', 'approved', 'refused') AND (
        plate = ANY(CAST(:plates AS text[])) OR ref = ANY(CAST(:refs AS text[])))
    ORDER BY ref FOR UPDATE
""",
    plates="text[]",
    refs="text[]",
)
COMING_OF = Prepared(
    f"""
    SELECT {COLUMNS} FROM declarations WHERE state IN ('received', 'approved', 'refused')
        AND ref = ANY(ARRAY(
            SELECT declaration FROM declaration_people
            WHERE person = ANY(CAST(:persons AS text[]))))
    ORDER BY ref FOR UPDATE
""",
    persons="text[]",
)
ITEMS = """
    jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, step text, was text, state text, at timestamptz, actor text, unit text,
        people integer, note text, of_at timestamptz, place text, came_at timestamptz)
"""
MOVE = text(f"""
    UPDATE declarations AS d SET state = item.state, waits_since = item.at,
        decided_at = CASE item.step WHEN 'reopen' THEN NULL WHEN 'withdraw' THEN d.decided_at
            ELSE item.at END,
        decided_by = CASE item.step WHEN 'reopen' THEN NULL WHEN 'withdraw' THEN d.decided_by
            ELSE item.actor END
    FROM {ITEMS} WHERE d.ref = item.ref
""")
ARRIVE = text(f"""
    UPDATE declarations AS d SET state = item.state, arrived_at = item.came_at,
        arrived_by = item.place
    FROM {ITEMS} WHERE d.ref = item.ref
""")
ADD_STEPS = text(f"""
    INSERT INTO declaration_steps (declaration, step, was, state, at, actor, unit, people, note,
        of_at)
    SELECT ref, step, was, state, at, actor, unit, people, note, of_at FROM {ITEMS}
""")
STEPS = text("SELECT * FROM declaration_steps WHERE declaration = :ref ORDER BY no")
SAID = text("SELECT phone, cell, address, origin, route FROM declarations WHERE ref = :ref")
WAITING = text(f"""
    SELECT {COLUMNS} FROM declarations WHERE state IN ('received', 'came')
        AND (CAST(:units AS text[]) IS NULL OR unit = ANY(CAST(:units AS text[])))
    ORDER BY waits_since, no LIMIT :limit
""")
QUEUE = text("""
    SELECT unit, count(*) AS n, min(waits_since) AS since FROM declarations
    WHERE state IN ('received', 'came') GROUP BY unit
""")
STEPS_COUNTED = text("""
    SELECT s.step, s.was, s.unit, CAST(timezone(:zone, s.at) AS date) AS day,
        CAST(timezone(:zone, s.of_at) AS date) AS of_day, count(*) AS n, sum(s.people) AS people
    FROM declaration_steps AS s JOIN declarations AS d ON d.ref = s.declaration
    WHERE CAST(:before AS timestamptz) IS NULL OR d.received_at < :before
    GROUP BY 1, 2, 3, 4, 5
""")
OLD = "SELECT ref FROM declarations WHERE received_at < :before"
DROP_CALLS = text(f"""
    DELETE FROM task_calls
    WHERE task IN (SELECT ref FROM tasks WHERE declaration IN ({OLD}))
""")
DROP_TASKS = text(f"DELETE FROM tasks WHERE declaration IN ({OLD})")
DROP_STEPS = text(f"DELETE FROM declaration_steps WHERE declaration IN ({OLD})")
DROP_PEOPLE = text(f"DELETE FROM declaration_people WHERE declaration IN ({OLD})")
DROP = text("DELETE FROM declarations WHERE received_at < :before")
