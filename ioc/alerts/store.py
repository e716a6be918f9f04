"""Alerts in SQL: lock rows of incidents, alerts, the log of steps."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.alerts.model import (
    Alert,
    AlertOutcome,
    AlertState,
    Cause,
    Desk,
    Incident,
    Priority,
    StepTaken,
)
from ioc.prepared import Prepared

# Until when it must be taken, and until when a unit must be on it.
Dues = tuple[datetime, datetime | None]
# A look back without a since goes so far; what is open is found however old it is.
LOOK_BACK = timedelta(days=30)


def lock_incidents(conn: Connection, causes: Sequence[Cause], at: datetime) -> None:
    """Hold the lock rows of incidents until the transaction ends, in the order of plates."""
    keys = sorted({f"{cause.plate}|{cause.reason}" for cause in causes})
    HOLD_KEYS.run(conn, {"keys": keys, "at": at})


def incidents_near(conn: Connection, causes: Sequence[Cause], window: timedelta) -> list[Incident]:
    """Return the incidents that a cause may belong to, by the time of their first sighting."""
    arguments = {
        "plates": [cause.plate for cause in causes],
        "reasons": [cause.reason for cause in causes],
        "instants": [cause.seen_at for cause in causes],
        "window": window,
    }
    return [
        Incident(
            (row.plate, row.reason, row.desk),
            row.first_seen_at,
            row.last_seen_at,
            row.id,
            late_s=row.late_s,
        )
        for row in NEAR.run(conn, arguments)
    ]


def join(conn: Connection, incidents: Sequence[Incident]) -> None:
    """Count the sightings that joined incidents already raised."""
    if incidents:
        arguments = {
            "alerts": [incident.alert for incident in incidents],
            "joined": [incident.joined for incident in incidents],
            "lasts": [incident.last_seen_at for incident in incidents],
        }
        conn.execute(JOIN, arguments)


def add(
    conn: Connection,
    incidents: Sequence[Incident],
    raised_at: datetime,
    dues: Mapping[tuple[Desk, Priority], Dues],
    late: Dues,
) -> None:
    """Insert an alert and the first lines of its log for each new incident; note its id there.

    `dues` are the limits of those in time, `late` of those that became known too late.
    """
    rows = [
        {
            **vars(incident.cause),
            "first_seen_at": incident.first_seen_at,
            "last_seen_at": incident.last_seen_at,
            "raised_at": raised_at,
            "due_at": due_at,
            "unit_due_at": unit_due_at,
            "sightings": incident.joined,
            "late_s": incident.late_s,
        }
        for incident in incidents
        if incident.cause is not None
        for due_at, unit_due_at in [
            dues[incident.cause.desk, incident.cause.priority] if incident.late_s is None else late
        ]
    ]
    if not rows:
        return
    inserted = ADD.run(conn, {"rows": json.dumps(rows, default=str)})
    made = {row.sighting: row for row in inserted}
    for incident in incidents:
        if incident.cause is not None:
            incident.alert = made[incident.cause.sighting].id
            incident.shelved_until = made[incident.cause.sighting].shelved_until


def add_steps(conn: Connection, steps: Sequence[StepTaken]) -> None:
    """Append lines to the logs of alerts."""
    if steps:
        ADD_STEPS.run(conn, {"rows": json.dumps([asdict(s) for s in steps], default=str)})


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
    """Return alerts by priority, then by what is due first; last what came too late."""
    is_open = not any(state.is_over for state in states)
    found = conn.execute(
        SEARCH_OPEN if is_open else SEARCH,
        {
            "desk": None if desk is None else desk.value,
            "states": [state.value for state in states],
            "since": since,
            "look_back": LOOK_BACK,
            "limit": limit,
        },
    )
    return [alert_from(row) for row in found]


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
        unit_due_at=row.unit_due_at,
        level=row.level,
        shelved_until=row.shelved_until,
        outcome=None if row.outcome is None else AlertOutcome(row.outcome),
        closed_at=row.closed_at,
        late_s=row.late_s,
    )


# Entering and locking in one statement, so that a row purged in between is simply made again.
HOLD_KEYS = Prepared(
    """
    INSERT INTO incident (key, held_at)
    SELECT item.key, :at FROM unnest(CAST(:keys AS text[])) WITH ORDINALITY AS item (key, place)
    ORDER BY item.place
    ON CONFLICT (key) DO UPDATE SET held_at = excluded.held_at
""",
    keys="text[]",
    at="timestamptz",
)
NEAR = Prepared(
    """
    SELECT DISTINCT a.id, a.plate, a.reason, a.desk, a.first_seen_at, a.last_seen_at, a.late_s
    FROM unnest(
        CAST(:plates AS text[]), CAST(:reasons AS text[]), CAST(:instants AS timestamptz[])
    ) AS c (plate, reason, seen_at)
    JOIN alerts AS a ON a.plate = c.plate AND a.reason = c.reason
        AND a.first_seen_at > c.seen_at - :window AND a.first_seen_at < c.seen_at + :window
""",
    plates="text[]",
    reasons="text[]",
    instants="timestamptz[]",
    window="interval",
)
JOIN = text("""
    UPDATE alerts AS a SET sightings = a.sightings + j.joined,
        last_seen_at = greatest(a.last_seen_at, j.last_seen_at)
    FROM unnest(
        CAST(:alerts AS bigint[]), CAST(:joined AS integer[]), CAST(:lasts AS timestamptz[])
    ) AS j (alert, joined, last_seen_at)
    WHERE a.id = j.alert
""")
# What a muted camera cries over its muted rule is shelved as it comes, but for the first priority.
ADD = Prepared(
    """
    WITH made AS (
        INSERT INTO alerts (desk, priority, state, plate, reason, rule, camera, sighting, permit,
            first_seen_at, last_seen_at, raised_at, due_at, unit_due_at, sightings, plate_picture,
            frame_picture, shelved_until, shelved_from, late_s)
        SELECT desk, priority, CASE WHEN mute.until_at IS NULL THEN 'new' ELSE 'shelved' END, plate,
            reason, rule, camera, sighting, permit, first_seen_at, last_seen_at, raised_at, due_at,
            unit_due_at, sightings, plate_picture, frame_picture, mute.until_at,
            CASE WHEN mute.until_at IS NOT NULL THEN 'new' END, late_s
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
            desk text, priority text, plate text, reason text, rule text, camera text,
            sighting text, permit text, first_seen_at timestamptz, last_seen_at timestamptz,
            raised_at timestamptz, due_at timestamptz, unit_due_at timestamptz, sightings integer,
            plate_picture text, frame_picture text, late_s integer)
        CROSS JOIN LATERAL (
            SELECT max(m.until_at) AS until_at FROM mutes AS m
            WHERE m.lifted_at IS NULL AND m.until_at > item.raised_at
              AND m.camera = item.camera AND m.rule = item.rule AND item.priority <> 'P1'
        ) AS mute
        RETURNING id, sighting, shelved_until, raised_at, rule
    ), logged AS (
        INSERT INTO alert_steps (alert, step, at, actor, state)
        SELECT id, 'raise', raised_at, rule, 'new' FROM made
        UNION ALL
        SELECT id, 'shelve', raised_at, 'timekeeper', 'shelved' FROM made
        WHERE shelved_until IS NOT NULL
    )
    SELECT id, sighting, shelved_until FROM made
""",
    rows="jsonb",
)
ADD_STEPS = Prepared(
    """
    INSERT INTO alert_steps (alert, step, at, actor, state, unit, note)
    SELECT alert, step, at, actor, state, unit, note
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        alert bigint, step text, at timestamptz, actor text, state text, unit text, note text)
""",
    rows="jsonb",
)
FIND = text("SELECT * FROM alerts WHERE id = :alert")
FIND_LOCKED = text("SELECT * FROM alerts WHERE id = :alert FOR UPDATE")
CHANGE = text("""
    UPDATE alerts SET state = :state, owner = :owner, unit = :unit, outcome = :outcome,
        shelved_from = :shelved_from, shelved_until = :shelved_until, closed_at = :closed_at,
        due_at = :due_at, unit_due_at = :unit_due_at, level = :level
    WHERE id = :alert
""")
SEARCH_OPEN = text("""
    SELECT * FROM alerts
    WHERE closed_at IS NULL AND state = ANY(:states)
      AND (CAST(:desk AS text) IS NULL OR desk = :desk)
      AND (CAST(:since AS timestamptz) IS NULL OR raised_at >= :since)
    ORDER BY late_s IS NOT NULL, priority, due_at, id LIMIT :limit
""")
# Two halves, each with an index of its own: what is open, and what was raised lately.
SEARCH = text("""
    SELECT * FROM (
        SELECT * FROM alerts WHERE closed_at IS NULL
          AND (CAST(:since AS timestamptz) IS NULL OR raised_at >= :since)
        UNION ALL
        SELECT * FROM alerts WHERE closed_at IS NOT NULL AND raised_at >= coalesce(
            :since, (SELECT max(raised_at) FROM alerts) - :look_back)
    ) AS a
    WHERE state = ANY(:states) AND (CAST(:desk AS text) IS NULL OR desk = :desk)
    ORDER BY late_s IS NOT NULL, priority, due_at, id LIMIT :limit
""")
LOG = text("SELECT * FROM alert_steps WHERE alert = :alert ORDER BY no")
