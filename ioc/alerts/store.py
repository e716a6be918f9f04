"""Alerts in SQL: lock rows of incidents, alerts, the log of steps."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.alerts.model import (
    Alert,
    AlertOutcome,
    AlertState,
    Backlog,
    Cause,
    Desk,
    Handled,
    Priority,
    StepTaken,
)


def lock_incidents(conn: Connection, keys: Sequence[str]) -> None:
    """Hold the lock rows of incidents until the transaction ends, in the order of keys."""
    ordered = sorted(set(keys))
    if ordered:
        conn.execute(ENTER_KEYS, {"keys": ordered})
        conn.execute(LOCK_KEYS, {"keys": ordered}).all()


def alert_of_incident(conn: Connection, cause: Cause, window: timedelta) -> int | None:
    """Return the alert whose first sighting lies within `window` of the cause's."""
    return conn.execute(
        FIND_INCIDENT,
        {
            "plate": cause.plate,
            "reason": cause.reason,
            "desk": cause.desk.value,
            "after": cause.seen_at - window,
            "before": cause.seen_at + window,
        },
    ).scalar_one_or_none()


def join(conn: Connection, alert: int, seen_at: datetime) -> None:
    """Count one more sighting of the incident."""
    conn.execute(JOIN, {"alert": alert, "seen_at": seen_at})


def add(conn: Connection, cause: Cause, raised_at: datetime, due_at: datetime) -> int:
    """Insert a new alert and return its id."""
    values = {
        "desk": cause.desk.value,
        "priority": cause.priority.value,
        "plate": cause.plate,
        "reason": cause.reason,
        "rule": cause.rule,
        "camera": cause.camera,
        "sighting": cause.sighting,
        "permit": cause.permit,
        "seen_at": cause.seen_at,
        "raised_at": raised_at,
        "due_at": due_at,
        "plate_picture": cause.plate_picture,
        "frame_picture": cause.frame_picture,
    }
    return int(conn.execute(ADD, values).scalar_one())


def add_step(conn: Connection, step: StepTaken) -> None:
    """Append one line to an alert's log."""
    conn.execute(
        ADD_STEP,
        {
            "alert": int(step.alert),
            "step": step.step,
            "at": step.at,
            "actor": step.actor,
            "state": step.state.value,
            "unit": step.unit,
            "note": step.note,
        },
    )


def find(conn: Connection, alert: int, *, lock: bool = False) -> Row[Any] | None:
    """Return an alert's row, held until the transaction ends when `lock`."""
    statement = FIND_LOCKED if lock else FIND
    return conn.execute(statement, {"alert": alert}).one_or_none()


def change(conn: Connection, alert: int, values: dict[str, Any]) -> None:
    """Set what a step changes."""
    conn.execute(CHANGE, {"alert": alert, **values})


def search(
    conn: Connection,
    desk: Desk | None,
    states: Sequence[AlertState],
    since: datetime | None,
    limit: int,
) -> list[Alert]:
    """Return alerts by priority, then by what is due first."""
    rows = conn.execute(
        SEARCH,
        {
            "desk": None if desk is None else desk.value,
            "states": [state.value for state in states],
            "since": since,
            "limit": limit,
        },
    )
    return [alert_from(row) for row in rows]


def log(conn: Connection, alert: int) -> list[StepTaken]:
    """Return the steps of an alert, oldest first."""
    return [
        StepTaken(
            alert=str(row.alert),
            step=row.step,
            at=row.at,
            actor=row.actor,
            state=AlertState(row.state),
            unit=row.unit,
            note=row.note,
        )
        for row in conn.execute(LOG, {"alert": alert})
    ]


def waiting_past_due(conn: Connection, now: datetime) -> list[Row[Any]]:
    """Return new alerts past their limit and not yet at the last level, held."""
    return list(conn.execute(PAST_DUE, {"now": now}).all())


def set_level(conn: Connection, alert: int, level: int) -> None:
    """Set how far an alert has escalated."""
    conn.execute(SET_LEVEL, {"alert": alert, "level": level})


def shelved_until(conn: Connection, now: datetime) -> list[int]:
    """Return alerts whose shelf time is over."""
    return list(conn.execute(SHELF_OVER, {"now": now}).scalars())


def backlog(conn: Connection, now: datetime) -> Backlog:
    """Return how many alerts are open and overdue."""
    rows = conn.execute(BACKLOG, {"now": now}).all()
    counts = {**dict.fromkeys(Priority, 0), **{Priority(row.priority): row.n for row in rows}}
    return Backlog(counts, sum(row.overdue for row in rows))


def raised_by(
    conn: Connection, start: datetime, end: datetime, step: timedelta
) -> dict[datetime, int]:
    """Return how many were raised in each `step` from `start`; steps without one are left out."""
    rows = conn.execute(RAISED_BY, {"start": start, "end": end, "step": step})
    return {row.bin: row.n for row in rows}


def handled(conn: Connection, start: datetime, end: datetime) -> Handled:
    """Return what was raised and closed in start <= t < end, and the median acknowledgement."""
    row = conn.execute(HANDLED, {"start": start, "end": end}).one()
    return Handled(row.raised, row.closed, row.median_ack_s)


def alert_from(row: Row[Any]) -> Alert:
    """Return the value of a row of alerts."""
    return Alert(
        id=str(row.id),
        desk=Desk(row.desk),
        priority=Priority(row.priority),
        state=AlertState(row.state),
        plate=row.plate,
        reason=row.reason,
        rule=row.rule,
        camera=row.camera,
        sighting=row.sighting,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        raised_at=row.raised_at,
        due_at=row.due_at,
        sightings=row.sightings,
        permit=row.permit,
        plate_picture=row.plate_picture,
        frame_picture=row.frame_picture,
        owner=row.owner,
        unit=row.unit,
        level=row.level,
        shelved_until=row.shelved_until,
        outcome=None if row.outcome is None else AlertOutcome(row.outcome),
        closed_at=row.closed_at,
    )


ENTER_KEYS = text("""
    INSERT INTO incident (key) SELECT unnest(CAST(:keys AS text[])) ON CONFLICT DO NOTHING
""")
LOCK_KEYS = text("SELECT key FROM incident WHERE key = ANY(:keys) ORDER BY key FOR UPDATE")
FIND_INCIDENT = text("""
    SELECT id FROM alerts
    WHERE plate = :plate AND reason = :reason AND desk = :desk
      AND first_seen_at > :after AND first_seen_at < :before
    ORDER BY first_seen_at, id LIMIT 1
""")
JOIN = text("""
    UPDATE alerts SET sightings = sightings + 1,
        last_seen_at = greatest(last_seen_at, :seen_at)
    WHERE id = :alert
""")
ADD = text("""
    INSERT INTO alerts (desk, priority, state, plate, reason, rule, camera, sighting, permit,
        first_seen_at, last_seen_at, raised_at, due_at, sightings, plate_picture, frame_picture)
    VALUES (:desk, :priority, 'new', :plate, :reason, :rule, :camera, :sighting, :permit,
        :seen_at, :seen_at, :raised_at, :due_at, 1, :plate_picture, :frame_picture)
    RETURNING id
""")
ADD_STEP = text("""
    INSERT INTO alert_steps (alert, step, at, actor, state, unit, note)
    VALUES (:alert, :step, :at, :actor, :state, :unit, :note)
""")
FIND = text("SELECT * FROM alerts WHERE id = :alert")
FIND_LOCKED = text("SELECT * FROM alerts WHERE id = :alert FOR UPDATE")
CHANGE = text("""
    UPDATE alerts SET state = :state, owner = :owner, unit = :unit, outcome = :outcome,
        shelved_from = :shelved_from, shelved_until = :shelved_until, closed_at = :closed_at
    WHERE id = :alert
""")
SEARCH = text("""
    SELECT * FROM alerts
    WHERE state = ANY(:states)
      AND (CAST(:desk AS text) IS NULL OR desk = :desk)
      AND (CAST(:since AS timestamptz) IS NULL OR raised_at >= :since)
    ORDER BY priority, due_at, id LIMIT :limit
""")
LOG = text("SELECT * FROM alert_steps WHERE alert = :alert ORDER BY no")
PAST_DUE = text("""
    SELECT id, raised_at, due_at, level FROM alerts
    WHERE state = 'new' AND level < 2 AND due_at <= :now
    ORDER BY id FOR UPDATE SKIP LOCKED
""")
SET_LEVEL = text("UPDATE alerts SET level = :level WHERE id = :alert")
SHELF_OVER = text("SELECT id FROM alerts WHERE state = 'shelved' AND shelved_until <= :now")
BACKLOG = text("""
    SELECT priority, count(*) AS n, count(*) FILTER (WHERE state = 'new' AND due_at <= :now)
        AS overdue
    FROM alerts WHERE state <> 'closed' GROUP BY priority
""")
RAISED_BY = text("""
    SELECT date_bin(:step, raised_at, :start) AS bin, count(*) AS n FROM alerts
    WHERE raised_at >= :start AND raised_at < :end GROUP BY 1 ORDER BY 1
""")
HANDLED = text("""
    SELECT
        (SELECT count(*) FROM alerts WHERE raised_at >= :start AND raised_at < :end) AS raised,
        (SELECT count(*) FROM alerts WHERE closed_at >= :start AND closed_at < :end) AS closed,
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.at - a.raised_at))
         FROM alerts AS a JOIN alert_steps AS s ON s.alert = a.id AND s.step = 'acknowledge'
         WHERE a.raised_at >= :start AND a.raised_at < :end) AS median_ack_s
""")
