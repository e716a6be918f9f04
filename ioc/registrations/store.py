"""Registrations in SQL: what was asked for never changes, where it stands does; steps are facts."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.registrations.model import (
    Choice,
    Done,
    Filing,
    Registration,
    RegistrationState,
    RegistrationStep,
    VehicleKind,
    Violation,
    Waiting,
)

OLD = "received_at < :before AND state NOT IN ('received', 'asked', 'appealed')"


def add(conn: Connection, source: str, new: Mapping[str, Registration], at: datetime) -> None:
    """Insert registrations that were received now, by ref."""
    if new:
        rows = json.dumps([{**vars(what), "ref": ref} for ref, what in new.items()], default=str)
        conn.execute(ADD, {"rows": rows, "source": source, "at": at})


def find(conn: Connection, refs: Sequence[str], *, lock: bool = False) -> dict[str, Filing]:
    """Return those of the registrations that exist, by ref; held in order of ref when `lock`."""
    rows = conn.execute(FIND_LOCKED if lock else FIND, {"refs": sorted(set(refs))})
    return {row.ref: filing_from(row) for row in rows}


def colours_of(conn: Connection, refs: Sequence[str]) -> dict[str, str]:
    """Return the ground of the plate that registrations name, by ref; those that name one."""
    if not refs:
        return {}
    return {row.ref: row.colour for row in conn.execute(COLOURS, {"refs": list(refs)})}


def move(conn: Connection, moved: Sequence[tuple[str, Done]], *, is_decision: bool) -> None:
    """Lead registrations, by ref, to the state of a step, and keep the step."""
    rows = json.dumps([{"ref": ref, **vars(done)} for ref, done in moved], default=str)
    conn.execute(DECIDE if is_decision else MOVE, {"rows": rows})
    note_steps(conn, moved)


def note_steps(conn: Connection, steps: Sequence[tuple[str, Done]]) -> None:
    """Keep steps that were taken, by the ref of their registration."""
    if steps:
        rows = json.dumps([{"ref": ref, **vars(done)} for ref, done in steps], default=str)
        conn.execute(ADD_STEPS, {"rows": rows})


def steps_of(conn: Connection, ref: str) -> list[Done]:
    """Return what was done with a registration, oldest first."""
    return [
        Done(
            RegistrationStep(row.step),
            RegistrationState(row.state),
            row.at,
            row.actor,
            row.note,
            row.permit,
        )
        for row in conn.execute(STEPS, {"ref": ref})
    ]


def search(conn: Connection, choice: Choice, limit: int) -> list[Filing]:
    """Return the registrations of a choice: what has waited longest first, or was decided last."""
    statement = SEARCH if choice.decided_since is None else SEARCH_DECIDED
    return [filing_from(row) for row in conn.execute(statement, {**_asked(choice), "limit": limit})]


def count_by(conn: Connection, choice: Choice, column: str, limit: int) -> dict[str, int]:
    """Return how many of a choice have each value of `column`, kind or origin; most first."""
    rows = conn.execute(COUNT_BY[column], {**_asked(choice), "limit": limit})
    return {row.value: row.n for row in rows}


def waiting(conn: Connection, day_start: datetime, now: datetime) -> Waiting:
    """Return what waits, and what was decided since the start of the day."""
    still = conn.execute(STILL, {"now": now}).one()
    counts = {
        RegistrationState.RECEIVED: still.received,
        RegistrationState.APPEALED: still.appealed,
        RegistrationState.ASKED: conn.execute(ASKED).scalar_one(),
    }
    decided = conn.execute(DECIDED, {"start": day_start}).one()
    return Waiting(
        {state: n for state, n in counts.items() if n},
        still.oldest,
        None if still.median is None else float(still.median),
        decided.approved,
        decided.refused,
        None if decided.median is None else float(decided.median),
        conn.execute(LAST_STEP).scalar_one(),
    )


def of_plate(conn: Connection, plate: str, limit: int) -> list[Filing]:
    """Return the registrations of exactly this plate, newest first."""
    rows = conn.execute(OF_PLATE, {"plate": plate, "limit": limit})
    return [filing_from(row) for row in rows]


def violations_of(conn: Connection, plate: str, limit: int) -> list[Violation]:
    """Return the alerts that exactly this plate was the cause of, newest first."""
    rows = conn.execute(VIOLATIONS, {"plate": plate, "limit": limit})
    return [Violation(str(row.id), row.reason, row.raised_at, row.outcome) for row in rows]


def drop(conn: Connection, received_before: datetime) -> int:
    """Delete registrations that are decided and were received before an instant."""
    conn.execute(DROP_STEPS, {"before": received_before})
    return conn.execute(DROP, {"before": received_before}).rowcount


def filing_from(row: Row[Any]) -> Filing:
    """Return the value of a row of registrations."""
    registration = Registration(
        id=row.registration_id,
        plate=row.plate,
        kind=VehicleKind(row.kind),
        seats=row.seats,
        colour=row.colour,
        holder=row.holder,
        driver=row.driver,
        phone=row.phone,
        mail=row.mail,
        origin=row.origin,
        destination=row.destination,
        route=row.route,
        roads=tuple(row.roads),
        from_at=row.from_at,
        until_at=row.until_at,
        goods=row.goods,
        companions=row.companions,
        people=tuple(row.people),
    )
    return Filing(
        row.ref,
        row.source,
        registration,
        RegistrationState(row.state),
        row.received_at,
        row.waits_since,
        row.decided_at,
        row.decided_by,
        row.permit,
    )


def _asked(choice: Choice) -> dict[str, Any]:
    return {
        "states": [state.value for state in choice.states],
        "kind": None if choice.kind is None else choice.kind.value,
        "origin": choice.origin,
        "before": choice.waiting_before,
        "since": choice.decided_since,
    }


ADD = text("""
    INSERT INTO registrations (ref, source, registration_id, plate, kind, seats, colour, holder,
        driver, phone, mail, origin, destination, route, roads, from_at, until_at, goods,
        companions, people, received_at, state, waits_since)
    SELECT ref, :source, id, plate, kind, seats, colour, holder, driver, phone, mail, origin,
        destination, route, roads, from_at, until_at, goods, companions, people, :at,
        'received', :at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, id text, plate text, kind text, seats integer, colour text, holder text,
        driver text, phone text, mail text, origin text, destination text, route text,
        roads text[], from_at timestamptz, until_at timestamptz, goods text, companions integer,
        people text[])
""")
FIND = text("SELECT * FROM registrations WHERE ref = ANY(:refs) ORDER BY ref")
COLOURS = text("""
    SELECT ref, colour FROM registrations
    WHERE ref = ANY(:refs) AND colour IS NOT NULL AND colour <> 'unknown'
""")
FIND_LOCKED = text("SELECT * FROM registrations WHERE ref = ANY(:refs) ORDER BY ref FOR UPDATE")
ITEMS = """
    jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, step text, state text, at timestamptz, actor text, note text, permit text)
"""
MOVE = text(f"""
    UPDATE registrations AS r SET state = item.state, waits_since = item.at, decided_at = NULL,
        decided_by = NULL, permit = item.permit
    FROM {ITEMS} WHERE r.ref = item.ref
""")
DECIDE = text(f"""
    UPDATE registrations AS r SET state = item.state, waits_since = item.at,
        decided_at = item.at, decided_by = item.actor, permit = item.permit
    FROM {ITEMS} WHERE r.ref = item.ref
""")
ADD_STEPS = text(f"""
    INSERT INTO registration_steps (registration, step, state, at, actor, note, permit)
    SELECT ref, step, state, at, actor, note, permit FROM {ITEMS}
""")
STEPS = text("SELECT * FROM registration_steps WHERE registration = :ref ORDER BY no")
CHOSEN = """
    state = ANY(:states)
    AND (CAST(:kind AS text) IS NULL OR kind = :kind)
    AND (CAST(:origin AS text) IS NULL OR origin = :origin)
    AND (CAST(:before AS timestamptz) IS NULL OR waits_since < :before)
    AND (CAST(:since AS timestamptz) IS NULL OR decided_at >= :since)
"""
SEARCH = text(f"""
    SELECT * FROM registrations WHERE {CHOSEN} ORDER BY waits_since, no LIMIT :limit
""")
SEARCH_DECIDED = text(f"""
    SELECT * FROM registrations WHERE {CHOSEN} AND decided_at IS NOT NULL
    ORDER BY decided_at DESC, no LIMIT :limit
""")
COUNT_BY = {
    column: text(f"""
        SELECT {column} AS value, count(*) AS n FROM registrations
        WHERE {CHOSEN} AND {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :limit
    """)
    for column in ("kind", "origin")
}
STILL = text("""
    SELECT count(*) FILTER (WHERE state = 'received') AS received,
        count(*) FILTER (WHERE state = 'appealed') AS appealed, min(waits_since) AS oldest,
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY extract(epoch FROM CAST(:now AS timestamptz) - waits_since)) AS median
    FROM registrations WHERE state IN ('received', 'appealed')
""")
ASKED = text("SELECT count(*) FROM registrations WHERE state = 'asked'")
DECIDED = text("""
    SELECT count(*) FILTER (WHERE state = 'approved') AS approved,
        count(*) FILTER (WHERE state IN ('refused', 'rejected')) AS refused,
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY extract(epoch FROM decided_at - received_at)) AS median
    FROM registrations WHERE decided_at >= :start AND decided_at IS NOT NULL
""")
LAST_STEP = text("SELECT coalesce(max(no), 0) FROM registration_steps")
OF_PLATE = text("""
    SELECT * FROM registrations WHERE plate = :plate ORDER BY received_at DESC, no DESC LIMIT :limit
""")
VIOLATIONS = text("""
    SELECT id, reason, raised_at, outcome FROM alerts WHERE plate = :plate
    ORDER BY raised_at DESC LIMIT :limit
""")
DROP_STEPS = text(f"""
    DELETE FROM registration_steps
    WHERE registration IN (SELECT ref FROM registrations WHERE {OLD})
""")
DROP = text(f"DELETE FROM registrations WHERE {OLD}")
