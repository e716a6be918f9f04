"""Calls in SQL: facts, never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.calls.model import Call, CallDirection, Rung
from ioc.db import text_array


def add(
    conn: Connection, source: str, new: Mapping[str, Call], tickets: Mapping[str, str], at: datetime
) -> None:
    """Insert calls by ref; `tickets` are the refs of reports that calls opened, by call id."""
    if not new:
        return
    calls = list(new.values())
    arguments = {
        "refs": text_array(new),
        "ids": text_array(call.id for call in calls),
        "lines": text_array(call.line for call in calls),
        # An empty text stands for none: a branch is a digit, a ticket a ref.
        "branches": text_array(call.branch or "" for call in calls),
        "directions": text_array(call.direction.value for call in calls),
        "ats": text_array(call.at.isoformat() for call in calls),
        "topics": text_array(call.topic for call in calls),
        "tickets": text_array(tickets.get(call.id) or call.ticket or "" for call in calls),
        "source": source,
        "at": at,
    }
    conn.execute(ADD, arguments)


def known_tickets(conn: Connection, refs: Sequence[str]) -> set[str]:
    """Return those of the refs under which there is a report."""
    return set(conn.execute(TICKETS, {"refs": text_array(refs)}).scalars())


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


ADD = text("""
    INSERT INTO calls (ref, source, call_id, line, branch, direction, at, known_at, topic, ticket)
    SELECT ref, :source, id, line, nullif(branch, ''), direction, called_at, :at, topic,
        nullif(ticket, '')
    FROM unnest(
        CAST(:refs AS text[]), CAST(:ids AS text[]), CAST(:lines AS text[]),
        CAST(:branches AS text[]), CAST(:directions AS text[]), CAST(:ats AS timestamptz[]),
        CAST(:topics AS text[]), CAST(:tickets AS text[])
    ) AS item (ref, id, line, branch, direction, called_at, topic, ticket)
""")
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
