"""Alerts whose time is over, in SQL: past a limit, or back from the shelf."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text


def waiting_past_due(conn: Connection, now: datetime) -> list[Row[Any]]:
    """Return alerts that wait past a limit and are not yet at the last level, held.

    What became known too late goes up to nobody: there is nothing to hurry for.
    """
    return list(conn.execute(PAST_DUE, {"now": now}).all())


def set_levels(conn: Connection, levels: Mapping[int, int]) -> None:
    """Set how far alerts have escalated, by their id."""
    if levels:
        conn.execute(SET_LEVELS, {"alerts": list(levels), "levels": list(levels.values())})


def freshen(conn: Connection, dues: Mapping[int, tuple[datetime, datetime | None]]) -> set[int]:
    """Let late alerts that nobody has taken be in time, each with its limits; return which were."""
    if not dues:
        return set()
    limits = list(dues.values())
    values = {
        "alerts": list(dues),
        "dues": [due for due, _ in limits],
        "unit_dues": [due for _, due in limits],
    }
    return set(conn.execute(FRESHEN, values).scalars())


def shelf_over(conn: Connection, now: datetime, limit: int) -> list[int]:
    """Return alerts whose shelf time is over, held; what somebody works on now is left out."""
    return list(conn.execute(SHELF_OVER, {"now": now, "limit": limit}).scalars())


PAST_DUE = text("""
    SELECT * FROM alerts
    WHERE closed_at IS NULL AND level < 2 AND late_s IS NULL AND (
        (state = 'new' AND due_at <= :now) OR (state = 'acknowledged' AND unit_due_at <= :now))
    ORDER BY id FOR UPDATE SKIP LOCKED
""")
SET_LEVELS = text("""
    UPDATE alerts AS a SET level = l.level
    FROM unnest(CAST(:alerts AS bigint[]), CAST(:levels AS smallint[])) AS l (alert, level)
    WHERE a.id = l.alert
""")
FRESHEN = text("""
    UPDATE alerts AS a SET late_s = NULL, due_at = f.due_at, unit_due_at = f.unit_due_at
    FROM unnest(
        CAST(:alerts AS bigint[]), CAST(:dues AS timestamptz[]), CAST(:unit_dues AS timestamptz[])
    ) AS f (alert, due_at, unit_due_at)
    WHERE a.id = f.alert AND a.late_s IS NOT NULL AND a.state = 'new' RETURNING a.id
""")
SHELF_OVER = text("""
    SELECT id FROM alerts
    WHERE closed_at IS NULL AND state = 'shelved' AND shelved_until <= :now
    ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
