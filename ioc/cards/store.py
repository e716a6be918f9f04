"""Cards in SQL: what was issued never changes, how it stands does; steps are facts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.cards.model import Card, CardDone, CardMedium, CardState, CardStep
from ioc.db import text_array


def add(
    conn: Connection, source: str, cards: Sequence[tuple[str, Card]], known_at: datetime
) -> None:
    """Insert cards of a source, each with the sender's id."""
    if cards:
        rows = json.dumps([{**asdict(card), "card_id": name} for name, card in cards], default=str)
        conn.execute(ADD, {"rows": rows, "source": source, "at": known_at})


def find(conn: Connection, qids: Sequence[str], *, lock: bool = False) -> dict[str, Card]:
    """Return those of the cards that exist, by QID; held in that order when `lock`."""
    if not qids:
        return {}
    rows = conn.execute(FIND_LOCKED if lock else FIND, {"qids": text_array(sorted(set(qids)))})
    return {row.qid: card_from(row) for row in rows}


def replaced_by(conn: Connection, qids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return source and sender's id of what was issued in place of cards, by their QID."""
    if not qids:
        return {}
    rows = conn.execute(REPLACED_BY, {"qids": text_array(qids)})
    return {row.replaces: (row.source, row.card_id) for row in rows}


def of_person(conn: Connection, persons: Sequence[str], limit: int) -> list[Card]:
    """Return the cards of persons, newest first."""
    rows = conn.execute(OF_PERSON, {"persons": text_array(persons), "limit": limit})
    return [card_from(row) for row in rows]


def end(conn: Connection, done: Mapping[str, CardDone]) -> None:
    """Lead cards, by QID, to the state of a step, keep the step, and tell the gates."""
    if done:
        rows = [{"card": qid, **asdict(done[qid])} for qid in sorted(done)]
        conn.execute(MOVE, {"rows": json.dumps(rows, default=str)})


def steps_of(conn: Connection, qid: str) -> list[CardDone]:
    """Return what was done with a card, oldest first."""
    return [
        CardDone(CardStep(row.step), CardState(row.state), row.at, row.actor, row.why)
        for row in conn.execute(STEPS, {"qid": qid})
    ]


def ends_since(conn: Connection, number: int) -> list[tuple[int, str, CardState, datetime]]:
    """Return number, QID, state and time of what ended or was restored after a number."""
    rows = conn.execute(ENDS, {"no": number})
    return [(row.no, row.qid, CardState(row.state), row.at) for row in rows]


def unprinted(
    conn: Connection, medium: CardMedium, unit: str | None, after: Card | None, limit: int
) -> list[Card]:
    """Return cards that nobody printed yet, in their order, those that follow `after`."""
    values = {
        "medium": medium.value,
        "unit": unit,
        "limit": limit,
        "issued_at": datetime.min.replace(tzinfo=UTC) if after is None else after.issued_at,
        "qid": "" if after is None else after.qid,
    }
    return [card_from(row) for row in conn.execute(UNPRINTED, values)]


def mark_printed(conn: Connection, qids: Sequence[str], at: datetime) -> None:
    """Note that cards were printed; one that was printed before keeps its time."""
    conn.execute(MARK_PRINTED, {"qids": text_array(sorted(qids)), "at": at})


def count_unprinted(conn: Connection, medium: CardMedium, unit: str | None) -> int:
    """Return how many cards nobody printed yet."""
    values = {"medium": medium.value, "unit": unit}
    return int(conn.execute(COUNT_UNPRINTED, values).scalar_one())


def issued_by_day(conn: Connection, zone: str, before: datetime | None) -> list[Row[Any]]:
    """Return day, place, is_anew, n of cards held; only of those that may be deleted, if given."""
    statement = ISSUED if before is None else ISSUED_OF_OLD
    return list(conn.execute(statement, {"zone": zone, "before": before}))


def revoked_by_day(conn: Connection, zone: str, before: datetime | None) -> list[Row[Any]]:
    """Return day, place, n of revocations held; only of cards that may be deleted, if given."""
    statement = REVOKED if before is None else REVOKED_OF_OLD
    return list(conn.execute(statement, {"zone": zone, "before": before}))


def drop(conn: Connection, before: datetime) -> int:
    """Delete cards that were issued, and ended if they did, before an instant; return how many."""
    conn.execute(DROP_STEPS, {"before": before})
    return conn.execute(DROP, {"before": before}).rowcount


def drop_ends(conn: Connection, before: datetime) -> None:
    """Delete what gates must know of cards that ended before an instant."""
    conn.execute(DROP_ENDS, {"before": before})


def card_from(row: Row[Any]) -> Card:
    """Return the value of a row."""
    return Card(
        row.qid,
        row.person,
        CardMedium(row.medium),
        CardState(row.state),
        row.source,
        row.issued_at,
        row.unit,
        row.replaces,
        row.ended_at,
        row.printed_at,
    )


ADD = text("""
    INSERT INTO cards (qid, person, medium, state, unit, replaces, source, card_id, issued_at,
        known_at)
    SELECT qid, person, medium, state, unit, replaces, :source, card_id, issued_at, :at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        qid text, person text, medium text, state text, unit text, replaces text, card_id text,
        issued_at timestamptz)
""")
FIND = text("SELECT * FROM cards WHERE qid = ANY(CAST(:qids AS text[])) ORDER BY qid")
FIND_LOCKED = text(
    "SELECT * FROM cards WHERE qid = ANY(CAST(:qids AS text[])) ORDER BY qid FOR UPDATE"
)
REPLACED_BY = text("""
    SELECT replaces, source, card_id FROM cards WHERE replaces = ANY(CAST(:qids AS text[]))
""")
OF_PERSON = text("""
    SELECT * FROM cards WHERE person = ANY(CAST(:persons AS text[]))
    ORDER BY issued_at DESC, qid LIMIT :limit
""")
MOVE = text("""
    WITH item AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
            card text, step text, state text, at timestamptz, actor text, why text)
    ), kept AS (
        INSERT INTO card_steps (card, step, state, at, actor, why)
        SELECT card, step, state, at, actor, why FROM item
    ), told AS (
        INSERT INTO card_ends (qid, state, at) SELECT card, state, at FROM item
    )
    UPDATE cards AS c SET state = item.state,
        ended_at = CASE WHEN item.state = 'issued' THEN NULL ELSE item.at END
    FROM item WHERE c.qid = item.card
""")
STEPS = text("SELECT * FROM card_steps WHERE card = :qid ORDER BY no")
ENDS = text("SELECT no, qid, state, at FROM card_ends WHERE no > :no ORDER BY no")
WAITING = """
    printed_at IS NULL AND state = 'issued' AND medium <> 'phone' AND medium = :medium
    AND (CAST(:unit AS text) IS NULL OR unit = :unit)
"""
UNPRINTED = text(f"""
    SELECT * FROM cards WHERE {WAITING} AND (issued_at, qid) > (:issued_at, :qid)
    ORDER BY issued_at, qid LIMIT :limit
""")
MARK_PRINTED = text("""
    UPDATE cards SET printed_at = :at
    WHERE qid = ANY(CAST(:qids AS text[])) AND printed_at IS NULL
""")
COUNT_UNPRINTED = text(f"SELECT count(*) FROM cards WHERE {WAITING}")
OLD = "c.issued_at < :before AND coalesce(c.ended_at, c.issued_at) < :before"
COUNT_ISSUED = """
    SELECT CAST(timezone(:zone, c.issued_at) AS date) AS day, coalesce(c.unit, c.source) AS place,
        c.replaces IS NOT NULL AS is_anew, count(*) AS n
    FROM cards AS c
"""
ISSUED = text(f"{COUNT_ISSUED} GROUP BY 1, 2, 3")
ISSUED_OF_OLD = text(f"{COUNT_ISSUED} WHERE {OLD} GROUP BY 1, 2, 3")
COUNT_REVOKED = """
    SELECT CAST(timezone(:zone, s.at) AS date) AS day, coalesce(c.unit, c.source) AS place,
        count(*) AS n
    FROM card_steps AS s JOIN cards AS c ON c.qid = s.card
"""
REVOKED = text(f"{COUNT_REVOKED} WHERE s.step = 'revoke' GROUP BY 1, 2")
REVOKED_OF_OLD = text(f"{COUNT_REVOKED} WHERE s.step = 'revoke' AND {OLD} GROUP BY 1, 2")
DROP_STEPS = text(f"""
    DELETE FROM card_steps WHERE card IN (SELECT c.qid FROM cards AS c WHERE {OLD})
""")
DROP = text(f"DELETE FROM cards AS c WHERE {OLD}")
DROP_ENDS = text("DELETE FROM card_ends WHERE at < :before")
