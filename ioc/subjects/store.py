"""Requests, the ledger of erasures, and what is held on somebody, in SQL."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from ioc.subjects.holdings import Holding
from ioc.subjects.model import About, Erasure, Section

MOST = 100_000


@dataclass(frozen=True)
class Staying:
    """How many rows stay, and the time of the last of them."""

    rows: int
    last_at: datetime | None


def section(conn: Connection, holding: Holding, asked: Mapping[str, Any]) -> Section:
    """Return what a table holds on somebody, oldest first."""
    statement = (
        f"SELECT {', '.join(holding.columns)} FROM {holding.table}"
        f" WHERE {holding.where} ORDER BY {holding.at} LIMIT {MOST}"
    )
    rows = conn.execute(text(statement), asked).mappings()
    return Section(holding.kind, holding.table, [dict(row) for row in rows])


def count(conn: Connection, holding: Holding, asked: Mapping[str, Any]) -> int:
    """Return how many rows would be cut."""
    statement = f"SELECT count(*) FROM {holding.table} WHERE {holding.rows}"
    return int(conn.execute(text(statement), asked).scalar_one())


def cut(conn: Connection, holding: Holding, asked: Mapping[str, Any]) -> None:
    """Cut the tie of the rows that may be cut."""
    for statement in holding.cut:
        conn.execute(text(statement.replace("{rows}", holding.rows)), asked)


def staying(conn: Connection, holding: Holding, asked: Mapping[str, Any]) -> Staying:
    """Return how many rows stay."""
    statement = (
        f"SELECT count(*) AS n, max({holding.at}) AS last FROM {holding.table}"
        f" WHERE {holding.staying}"
    )
    row = conn.execute(text(statement), asked).one()
    return Staying(row.n, row.last)


def pictures_of(conn: Connection, holding: Holding, asked: Mapping[str, Any]) -> list[str]:
    """Return the pictures that only sightings name which are to be cut, and forget them."""
    rows = f"SELECT unnest(ARRAY[plate_picture, frame_picture]) FROM sightings WHERE {holding.rows}"
    return list(conn.execute(text(FORGET_PICTURES.replace("{rows}", rows)), asked).scalars())


def add_request(conn: Connection, values: Mapping[str, Any]) -> int:
    """Keep a request and return its number."""
    return int(conn.execute(ADD_REQUEST, values).scalar_one())


def find_request(conn: Connection, no: int) -> Row[Any] | None:
    """Return a request, held against a second answer; None where there is none."""
    return conn.execute(FIND_REQUEST, {"no": no}).one_or_none()


def requests(conn: Connection, *, is_open: bool, limit: int) -> Sequence[Row[Any]]:
    """Return requests: the open ones by when an answer is due, or all, newest first."""
    return conn.execute(OPEN_REQUESTS if is_open else REQUESTS, {"limit": limit}).all()


def answer(conn: Connection, no: int, at: datetime, actor: str, outcome: Mapping[str, Any]) -> None:
    """Note that a request was answered, and with what."""
    values = {"no": no, "at": at, "actor": actor, "outcome": json.dumps(dict(outcome))}
    conn.execute(ANSWER, values)


def add_erasures(conn: Connection, erasures: Sequence[Erasure]) -> None:
    """Keep lines of the ledger; those that stand there already change nothing."""
    for one in erasures:
        conn.execute(
            ADD_ERASURE,
            {
                "mark": str(one.mark),
                "about": one.about.value,
                "sealed": one.sealed,
                "at": one.erased_at,
                "actor": one.actor,
            },
        )


def erasures(conn: Connection) -> list[Erasure]:
    """Return the ledger, oldest first."""
    return [
        Erasure(UUID(str(row.mark)), About(row.about), bytes(row.sealed), row.erased_at, row.actor)
        for row in conn.execute(ERASURES)
    ]


def drop(conn: Connection, before: datetime) -> int:
    """Delete requests and erasures of before an instant; return how many requests."""
    conn.execute(DROP_ERASURES, {"before": before})
    return conn.execute(DROP_REQUESTS, {"before": before}).rowcount


# A picture that another row names stays: it is of more than this vehicle.
FORGET_PICTURES = """
    WITH named AS (SELECT DISTINCT one FROM ({rows}) AS his (one) WHERE one IS NOT NULL)
    DELETE FROM evidence AS e USING named AS n WHERE e.sha256 = n.one
        AND NOT EXISTS (SELECT 1 FROM alerts AS a
            WHERE a.plate_picture = n.one OR a.frame_picture = n.one)
        AND NOT EXISTS (SELECT 1 FROM hold_pictures AS h WHERE h.sha256 = n.one)
        AND NOT EXISTS (SELECT 1 FROM reviews AS r
            WHERE r.plate_picture = n.one OR r.frame_picture = n.one)
        AND NOT EXISTS (SELECT 1 FROM sightings AS s
            WHERE (s.plate_picture = n.one OR s.frame_picture = n.one)
                AND (s.plate <> :plate OR s.alert IS NOT NULL)
                AND s.seen_at >= e.taken_at - interval '1 hour'
                AND s.seen_at <= e.taken_at + interval '1 hour')
    RETURNING e.sha256
"""
ADD_REQUEST = text("""
    INSERT INTO subject_requests (kind, about, sealed, checked, received_at, received_by,
        acknowledge_by, answer_by)
    VALUES (:kind, :about, :sealed, :checked, :received_at, :received_by, :acknowledge_by,
        :answer_by) RETURNING no
""")
FIND_REQUEST = text("SELECT * FROM subject_requests WHERE no = :no FOR UPDATE")
REQUESTS = text("SELECT * FROM subject_requests ORDER BY no DESC LIMIT :limit")
OPEN_REQUESTS = text("""
    SELECT * FROM subject_requests WHERE answered_at IS NULL ORDER BY answer_by, no LIMIT :limit
""")
ANSWER = text("""
    UPDATE subject_requests
    SET answered_at = :at, answered_by = :actor, outcome = CAST(:outcome AS jsonb) WHERE no = :no
""")
ADD_ERASURE = text("""
    INSERT INTO erasures (mark, about, sealed, erased_at, actor)
    VALUES (CAST(:mark AS uuid), :about, :sealed, :at, :actor) ON CONFLICT (mark) DO NOTHING
""")
ERASURES = text("SELECT mark, about, sealed, erased_at, actor FROM erasures ORDER BY erased_at, no")
DROP_ERASURES = text("DELETE FROM erasures WHERE erased_at < :before")
DROP_REQUESTS = text("DELETE FROM subject_requests WHERE received_at < :before")
