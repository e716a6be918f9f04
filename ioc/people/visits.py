"""The tasks of health stations in SQL: one row a call or a visit, and what was done about it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.people.model import Call, Task, TaskKind, TaskState, TaskStep


def add(conn: Connection, tasks: Sequence[Task]) -> None:
    """Insert tasks; one that its declaration has already is left as it is."""
    if tasks:
        rows = json.dumps([vars(task) for task in tasks], default=str)
        conn.execute(ADD, {"rows": rows})


def find(conn: Connection, ref: str, *, lock: bool = False) -> Task | None:
    """Return a task, None where there is none."""
    row = conn.execute(FIND_LOCKED if lock else FIND, {"ref": ref}).one_or_none()
    return None if row is None else task_from(row)


def search(
    conn: Connection,
    units: Sequence[str] | None,
    states: Sequence[TaskState],
    begun: tuple[datetime | None, datetime],
    limit: int,
) -> list[Task]:
    """Return tasks of units (None: of all) whose time begins in a span, what is due first."""
    values = {
        "units": None if units is None else list(units),
        "states": list(states),
        "since": begun[0],
        "begun": begun[1],
        "limit": limit,
    }
    return [task_from(row) for row in conn.execute(SEARCH, values)]


def take(conn: Connection, call: Call) -> None:
    """Keep what was done about a task, and how it stands after it."""
    conn.execute(ADD_CALL, asdict(call))
    conn.execute(TAKE, asdict(call))


def calls_of(conn: Connection, ref: str) -> list[Call]:
    """Return what was done about a task, oldest first."""
    return [
        Call(row.task, TaskStep(row.step), TaskState(row.state), row.at, row.actor, row.note)
        for row in conn.execute(CALLS, {"ref": ref})
    ]


def late(conn: Connection, now: datetime, limit: int) -> list[Task]:
    """Return and hold the open tasks past their time that are not marked as late as they are."""
    return [task_from(row) for row in conn.execute(LATE, {"now": now, "limit": limit})]


def mark(conn: Connection, levels: Sequence[tuple[str, int]]) -> None:
    """Note how late tasks are, by ref."""
    refs, values = [ref for ref, _ in levels], [level for _, level in levels]
    conn.execute(MARK, {"refs": refs, "levels": values})


def late_by_unit(conn: Connection, now: datetime) -> dict[str, int]:
    """Return how many open tasks are past their time, by unit."""
    return {row.unit: row.n for row in conn.execute(LATE_BY_UNIT, {"now": now})}


def task_from(row: Row[Any]) -> Task:
    """Return the value of a row."""
    return Task(
        row.ref,
        row.declaration,
        row.unit,
        TaskKind(row.kind),
        row.day,
        row.from_at,
        row.due_at,
        TaskState(row.state),
        row.level,
        row.tries,
        row.done_at,
        row.done_by,
    )


ADD = text("""
    INSERT INTO tasks (ref, declaration, unit, kind, day, from_at, due_at, state, level, tries)
    SELECT ref, declaration, unit, kind, day, from_at, due_at, 'open', 0, 0
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, declaration text, unit text, kind text, day integer, from_at timestamptz,
        due_at timestamptz)
    ON CONFLICT (declaration, kind, day) DO NOTHING
""")
FIND = text("SELECT * FROM tasks WHERE ref = :ref")
FIND_LOCKED = text("SELECT * FROM tasks WHERE ref = :ref FOR UPDATE")
SEARCH = text("""
    SELECT * FROM tasks WHERE state = ANY(:states) AND from_at <= :begun
        AND (CAST(:since AS timestamptz) IS NULL OR from_at >= :since)
        AND (CAST(:units AS text[]) IS NULL OR unit = ANY(CAST(:units AS text[])))
    ORDER BY due_at, ref LIMIT :limit
""")
ADD_CALL = text("""
    INSERT INTO task_calls (task, step, state, at, actor, note)
    VALUES (:task, :step, :state, :at, :actor, :note)
""")
TAKE = text("""
    UPDATE tasks SET state = :state,
        tries = tries + CASE WHEN :step = 'no_answer' THEN 1 ELSE 0 END,
        done_at = CASE WHEN :state = 'open' THEN NULL ELSE CAST(:at AS timestamptz) END,
        done_by = CASE WHEN :state = 'open' THEN NULL ELSE :actor END
    WHERE ref = :task
""")
CALLS = text("SELECT * FROM task_calls WHERE task = :ref ORDER BY no")
LATE = text("""
    SELECT * FROM tasks WHERE state = 'open' AND (
        (level = 0 AND due_at <= :now) OR (level = 1 AND due_at + 2 * (due_at - from_at) <= :now))
    ORDER BY ref LIMIT :limit FOR UPDATE SKIP LOCKED
""")
MARK = text("""
    UPDATE tasks AS t SET level = item.level
    FROM unnest(CAST(:refs AS text[]), CAST(:levels AS integer[])) AS item (ref, level)
    WHERE t.ref = item.ref
""")
LATE_BY_UNIT = text("""
    SELECT unit, count(*) AS n FROM tasks WHERE state = 'open' AND due_at <= :now GROUP BY unit
""")
