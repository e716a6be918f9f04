"""Breaches and their files, in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.breaches.model import Breach, BreachStep, Noted


def add(conn: Connection, breach: Breach) -> int:
    """Keep a breach and return its number."""
    values = {**vars(breach), "kinds": list(breach.kinds)}
    return int(conn.execute(ADD, values).scalar_one())


def find(conn: Connection, no: int) -> Breach | None:
    """Return a breach, held against a second step at once; None where there is none."""
    row = conn.execute(FIND, {"no": no}).one_or_none()
    return None if row is None else _breach(row)


def read(conn: Connection, no: int) -> Breach | None:
    """Return a breach as it stands; None where there is none."""
    row = conn.execute(READ, {"no": no}).one_or_none()
    return None if row is None else _breach(row)


def untold(conn: Connection) -> list[Breach]:
    """Return the open breaches that were not told, by when they are due."""
    return [_breach(row) for row in conn.execute(UNTOLD)]


def newest(conn: Connection, limit: int) -> list[Breach]:
    """Return the open breaches by when they are due, then closed ones, newest first."""
    return [_breach(row) for row in conn.execute(NEWEST, {"limit": limit})]


def note(conn: Connection, no: int, noted: Noted) -> None:
    """Add a line to the file of a breach."""
    values: Mapping[str, Any] = {**vars(noted), "step": noted.step.value, "no": no}
    conn.execute(NOTE, values)


def mark(conn: Connection, no: int, told_at: datetime | None, closed_at: datetime | None) -> None:
    """Note when the authority was told, and when it was closed."""
    conn.execute(MARK, {"no": no, "told_at": told_at, "closed_at": closed_at})


def steps(conn: Connection, no: int) -> Sequence[Noted]:
    """Return the file of a breach, oldest first."""
    return [
        Noted(BreachStep(row.step), row.at, row.actor, row.note)
        for row in conn.execute(STEPS, {"no": no})
    ]


def drop(conn: Connection, closed_before: datetime) -> int:
    """Delete breaches closed before an instant, with their files; return how many."""
    conn.execute(DROP_STEPS, {"before": closed_before})
    return conn.execute(DROP, {"before": closed_before}).rowcount


def _breach(row: Row[Any]) -> Breach:
    return Breach(
        row.no,
        row.what,
        tuple(row.kinds),
        row.people,
        row.discovered_at,
        row.due_at,
        row.told_at,
        row.closed_at,
    )


ADD = text("""
    INSERT INTO breaches (what, kinds, people, discovered_at, due_at)
    VALUES (:what, :kinds, :people, :discovered_at, :due_at) RETURNING no
""")
FIND = text("SELECT * FROM breaches WHERE no = :no FOR UPDATE")
READ = text("SELECT * FROM breaches WHERE no = :no")
UNTOLD = text("""
    SELECT * FROM breaches WHERE closed_at IS NULL AND told_at IS NULL ORDER BY due_at, no
""")
NEWEST = text("""
    SELECT * FROM breaches
    ORDER BY closed_at IS NOT NULL, CASE WHEN closed_at IS NULL THEN due_at END, no DESC
    LIMIT :limit
""")
NOTE = text("""
    INSERT INTO breach_steps (breach, step, at, actor, note)
    VALUES (:no, :step, :at, :actor, :note)
""")
MARK = text("UPDATE breaches SET told_at = :told_at, closed_at = :closed_at WHERE no = :no")
STEPS = text("SELECT step, at, actor, note FROM breach_steps WHERE breach = :no ORDER BY no")
DROP_STEPS = text("""
    DELETE FROM breach_steps WHERE breach IN (SELECT no FROM breaches WHERE closed_at < :before)
""")
DROP = text("DELETE FROM breaches WHERE closed_at < :before")
