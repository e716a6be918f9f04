"""Units in SQL: one row a unit, what it does now and where it was last."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.patrols.model import PatrolStatus, Position


def rows(conn: Connection) -> dict[str, Row[Any]]:
    """Return what is known of units, by id; one that never told anything has no row."""
    return {row.id: row for row in conn.execute(ALL)}


def hold(conn: Connection, patrols: Iterable[str]) -> dict[str, Row[Any]]:
    """Return the rows of units, made where there is none, held until the transaction ends."""
    names = sorted(set(patrols))
    conn.execute(MAKE, {"patrols": names})
    return {row.id: row for row in conn.execute(HOLD, {"patrols": names})}


def set_status(
    conn: Connection, patrol: str, status: PatrolStatus, alert: int | None, now: datetime
) -> None:
    """Set what a unit does and on which alert it is."""
    values = {"patrol": patrol, "status": status.value, "alert": alert, "now": now}
    conn.execute(SET_STATUS, values)


def place(conn: Connection, patrol: str, position: Position, now: datetime) -> None:
    """Set where a unit is."""
    conn.execute(
        PLACE,
        {
            "patrol": patrol,
            "lat": position.lat,
            "lon": position.lon,
            "camera": position.camera,
            "at": position.at,
            "now": now,
        },
    )


def on_alert(conn: Connection, alert: int) -> str | None:
    """Return the unit that is on an alert."""
    return conn.execute(ON_ALERT, {"alert": alert}).scalar_one_or_none()


def position_from(row: Row[Any]) -> Position | None:
    """Return the place in a row of units, None when it told none yet."""
    return None if row.placed_at is None else Position(row.lat, row.lon, row.placed_at, row.camera)


ALL = text("SELECT * FROM patrols")
MAKE = text("""
    INSERT INTO patrols (id, status, changed_at)
    SELECT name, 'free', timestamptz '1970-01-01'
    FROM unnest(CAST(:patrols AS text[])) AS wanted (name) ORDER BY name
    ON CONFLICT (id) DO NOTHING
""")
HOLD = text("SELECT * FROM patrols WHERE id = ANY(:patrols) ORDER BY id FOR UPDATE")
SET_STATUS = text("""
    UPDATE patrols SET status = :status, alert = :alert, changed_at = :now WHERE id = :patrol
""")
PLACE = text("""
    UPDATE patrols SET lat = :lat, lon = :lon, camera = :camera, placed_at = :at, known_at = :now
    WHERE id = :patrol
""")
ON_ALERT = text("SELECT id FROM patrols WHERE alert = :alert")
