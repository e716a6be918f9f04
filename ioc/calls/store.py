"""Calls in SQL: facts, never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.calls.model import Call, CallDirection, Rung
from ioc.db import array_literal
from ioc.prepared import Prepared


def add(
    conn: Connection, source: str, new: Mapping[str, Call], tickets: Mapping[str, str], at: datetime
) -> None:
    """Insert calls by ref; `tickets` are the refs of reports that calls opened, by call id."""
    if not new:
        return
    calls = list(new.values())
    arguments = {
        "refs": array_literal(new),
        "ids": array_literal(call.id for call in calls),
        "lines": array_literal(call.line for call in calls),
        "branches": array_literal(call.branch for call in calls),
        "directions": array_literal(call.direction.value for call in calls),
        "ats": array_literal(call.at for call in calls),
        "topics": array_literal(call.topic for call in calls),
        "tickets": array_literal(tickets.get(call.id) or call.ticket for call in calls),
        "source": source,
        "at": at,
    }
    ADD.run(conn, arguments)


def known_tickets(conn: Connection, refs: Sequence[str]) -> set[str]:
    """Return those of the refs under which there is a report."""
    return set(conn.execute(TICKETS, {"refs": array_literal(refs)}).scalars())


def rung(conn: Connection, start: datetime, end: datetime) -> list[Rung]:
    """Return how often each line and branch was rung, or rang, in start <= at < end."""
    rows = conn.execute(RUNG, {"start": start, "end": end})
    return [Rung(row.line, row.branch, CallDirection(row.direction), row.n) for row in rows]


def counts_held(conn: Connection, zone: str, before: datetime | None) -> Sequence[Row[Any]]:
    """Return how many calls are held by day, line and direction; only those before an instant."""
    return conn.execute(COUNTS, {"zone": zone, "before": before}).all()


def drop(conn: Connection, before: datetime) -> int:
    """Delete calls before an instant; return how many."""
    return conn.execute(DROP, {"before": before}).rowcount


ADD = Prepared(
    """
    INSERT INTO calls (ref, source, call_id, line, branch, direction, at, known_at, topic, ticket)
    SELECT ref, :source, id, line, branch, direction, called_at, :at, topic, ticket
    FROM unnest(:refs, :ids, :lines, :branches, :directions, :ats, :topics, :tickets)
        AS item (ref, id, line, branch, direction, called_at, topic, ticket)
""",
    source="text",
    at="timestamptz",
    refs="text[]",
    ids="text[]",
    lines="text[]",
    branches="text[]",
    directions="text[]",
    ats="timestamptz[]",
    topics="text[]",
    tickets="text[]",
)
TICKETS = text("SELECT ref FROM reports WHERE ref = ANY(CAST(:refs AS text[]))")
RUNG = text("""
    SELECT line, branch, direction, count(*) AS n FROM calls WHERE at >= :start AND at < :end
    GROUP BY line, branch, direction ORDER BY line, branch, direction
""")
COUNTS = text("""
    SELECT CAST(timezone(:zone, at) AS date) AS day, line, direction, count(*) AS n FROM calls
    WHERE CAST(:before AS timestamptz) IS NULL OR at < :before
    GROUP BY 1, 2, 3
""")
DROP = text("DELETE FROM calls WHERE at < :before")
