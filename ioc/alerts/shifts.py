"""What a shift lead keeps, in SQL: muted cameras, the shelf, hand-overs."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from ioc.alerts.model import HandOver, Mute, Shelved
from ioc.alerts.store import alert_from


def lift(conn: Connection, camera: str, rule: str, actor: str, now: datetime) -> list[datetime]:
    """End the mutes of a camera and rule that still run; return when each would have ended."""
    arguments = {"camera": camera, "rule": rule, "actor": actor, "now": now}
    return list(conn.execute(LIFT, arguments).scalars())


def add_mute(conn: Connection, mute: Mute) -> None:
    """Insert a mute."""
    conn.execute(
        ADD_MUTE,
        {
            "camera": mute.camera,
            "rule": mute.rule,
            "now": mute.muted_at,
            "until": mute.until_at,
            "actor": mute.actor,
            "reason": mute.reason,
        },
    )


def shelve_all(conn: Connection, mute: Mute) -> list[int]:
    """Shelve what nobody has taken of a muted camera and rule; return the alerts."""
    arguments = {"camera": mute.camera, "rule": mute.rule, "until": mute.until_at}
    return sorted(conn.execute(SHELVE_ALL, arguments).scalars())


def shelved_with(conn: Connection, camera: str, rule: str, untils: list[datetime]) -> list[int]:
    """Return the alerts of a camera and rule that are shelved until one of some instants, held."""
    arguments = {"camera": camera, "rule": rule, "untils": untils}
    return list(conn.execute(SHELVED_WITH, arguments).scalars())


def mutes(conn: Connection, now: datetime) -> list[Mute]:
    """Return the mutes that run now, the one that ends first on top."""
    return [
        Mute(
            camera=row.camera,
            rule=row.rule,
            muted_at=row.muted_at,
            until_at=row.until_at,
            actor=row.actor,
            reason=row.reason,
            alerts=row.alerts,
        )
        for row in conn.execute(MUTES, {"now": now})
    ]


def shelf(conn: Connection, limit: int) -> list[Shelved]:
    """Return what is shelved, what comes back first on top."""
    rows = conn.execute(SHELF, {"limit": limit})
    return [Shelved(alert_from(row), row.step_actor or "", row.why) for row in rows]


def add_handover(conn: Connection, made: HandOver) -> None:
    """Insert a hand-over."""
    summary = json.dumps(made.summary, default=str)
    arguments = {"at": made.at, "giver": made.giver, "taker": made.taker, "note": made.note}
    conn.execute(ADD_HANDOVER, {**arguments, "summary": summary})


def handovers(conn: Connection, limit: int) -> list[HandOver]:
    """Return the latest hand-overs, newest first."""
    return [
        HandOver(row.at, row.giver, row.taker, row.note, _plain(row.summary))
        for row in conn.execute(HANDOVERS, {"limit": limit})
    ]


def _plain(summary: Any) -> Mapping[str, object]:
    return dict(summary)


LIFT = text("""
    UPDATE mutes SET lifted_at = :now, lifted_by = :actor
    WHERE camera = :camera AND rule = :rule AND until_at > :now AND lifted_at IS NULL
    RETURNING until_at
""")
ADD_MUTE = text("""
    INSERT INTO mutes (camera, rule, muted_at, until_at, actor, reason)
    VALUES (:camera, :rule, :now, :until, :actor, :reason)
""")
SHELVE_ALL = text("""
    UPDATE alerts SET state = 'shelved', shelved_from = 'new', shelved_until = :until, level = 0
    WHERE closed_at IS NULL AND state = 'new' AND priority <> 'P1'
      AND camera = :camera AND rule = :rule
    RETURNING id
""")
SHELVED_WITH = text("""
    SELECT id FROM alerts
    WHERE closed_at IS NULL AND state = 'shelved' AND camera = :camera AND rule = :rule
      AND shelved_until = ANY(:untils)
    ORDER BY id FOR UPDATE
""")
MUTES = text("""
    SELECT m.*, (
        SELECT count(*) FROM alerts AS a
        WHERE a.closed_at IS NULL AND a.state = 'shelved' AND a.camera = m.camera
          AND a.rule = m.rule AND a.shelved_until = m.until_at
    ) AS alerts
    FROM mutes AS m WHERE m.until_at > :now AND m.lifted_at IS NULL
    ORDER BY m.until_at, m.camera, m.rule
""")
# An alert that a muted camera raised was put there by nobody: the mute says who and why.
SHELF = text("""
    SELECT a.*, coalesce(s.note, m.reason) AS why,
        CASE WHEN s.note IS NULL THEN coalesce(m.actor, s.actor) ELSE s.actor END AS step_actor
    FROM alerts AS a
    LEFT JOIN LATERAL (
        SELECT actor, note FROM alert_steps
        WHERE alert = a.id AND step = 'shelve' ORDER BY no DESC LIMIT 1
    ) AS s ON true
    LEFT JOIN LATERAL (
        SELECT actor, reason FROM mutes
        WHERE camera = a.camera AND rule = a.rule AND until_at = a.shelved_until LIMIT 1
    ) AS m ON true
    WHERE a.closed_at IS NULL AND a.state = 'shelved'
    ORDER BY a.shelved_until, a.id LIMIT :limit
""")
ADD_HANDOVER = text("""
    INSERT INTO handovers (at, giver, taker, note, summary)
    VALUES (:at, :giver, :taker, :note, CAST(:summary AS jsonb))
""")
HANDOVERS = text("SELECT * FROM handovers ORDER BY at DESC, no DESC LIMIT :limit")
