"""What is kept of cameras that read themselves, and what their readings show, in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.db import array_literal
from ioc.readers.model import Arrival, Calibration, KeyState, Labelled


def arrivals(conn: Connection, camera: str, since: datetime, limit: int) -> list[Arrival]:
    """Return when a camera's live messages said they were of and when they came, newest first."""
    rows = conn.execute(ARRIVALS, {"camera": camera, "since": since, "limit": limit})
    return [Arrival(row.claimed_at, row.known_at) for row in rows]


def arrivals_of(
    conn: Connection, cameras: Sequence[str], since: datetime, limit: int
) -> dict[str, list[Arrival]]:
    """Return the same of several cameras, each by its index."""
    values = {"cameras": array_literal(cameras), "since": since, "limit": limit}
    found: dict[str, list[Arrival]] = {}
    for row in conn.execute(ARRIVALS_OF, values):
        found.setdefault(row.camera, []).append(Arrival(row.claimed_at, row.known_at))
    return found


def known(conn: Connection) -> dict[str, Row[Any]]:
    """Return the rows of cameras, by id; one that was never measured and has no key has none."""
    return {row.camera: row for row in conn.execute(KNOWN)}


def calibration_from(row: Row[Any] | None) -> Calibration | None:
    """Return what was learned of a camera, None for nothing."""
    if row is None or row.learned_at is None:
        return None
    return Calibration(row.slope, row.shift, row.unsaid, row.labelled, row.right_n, row.learned_at)


def key_from(row: Row[Any] | None) -> KeyState:
    """Return the state of a camera's key."""
    if row is None:
        return KeyState()
    return KeyState(row.key_version, row.key_made_at, row.former_until)


def heard_at(conn: Connection, cameras: Sequence[str]) -> dict[str, datetime]:
    """Return when cameras last sent a read of their own; those that never did are left out."""
    rows = conn.execute(HEARD, {"cameras": array_literal(cameras)})
    return {row.camera: row.at for row in rows if row.at is not None}


def turn_key(conn: Connection, camera: str, at: datetime, former_until: datetime) -> int:
    """Give a camera its next key; return its number."""
    values = {"camera": camera, "at": at, "until": former_until}
    return int(conn.execute(TURN, values).scalar_one())


def keep_calibration(conn: Connection, camera: str, learned: Calibration) -> None:
    """Keep what was learned of a camera."""
    conn.execute(KEEP, {"camera": camera, **vars(learned)})


def labelled(conn: Connection, camera: str, since: datetime, sure: float) -> list[Labelled]:
    """Return what a camera claimed and whether it was right.

    By what a person said of the sighting, else by our own reading where that was sure.
    """
    values = {"camera": camera, "since": since, "sure": sure}
    return [Labelled(row.claimed, row.is_right) for row in conn.execute(LABELLED, values)]


ARRIVALS = text("""
    SELECT claimed_at, known_at FROM readings
    WHERE camera = :camera AND known_at >= :since AND is_claim AND NOT is_late
      AND claimed_at IS NOT NULL
    ORDER BY known_at DESC LIMIT :limit
""")
KNOWN = text("SELECT * FROM self_readers")
ARRIVALS_OF = text("""
    SELECT c.camera, a.claimed_at, a.known_at
    FROM unnest(CAST(:cameras AS text[])) AS c (camera)
    CROSS JOIN LATERAL (
        SELECT claimed_at, known_at FROM readings
        WHERE camera = c.camera AND known_at >= :since AND is_claim AND NOT is_late
          AND claimed_at IS NOT NULL
        ORDER BY known_at DESC LIMIT :limit
    ) AS a
    ORDER BY c.camera, a.known_at DESC
""")
# The newest of each by its index: the readings of all would be all that were kept.
HEARD = text("""
    SELECT c.camera, (
        SELECT max(known_at) FROM readings
        WHERE camera = c.camera AND is_claim AND NOT is_late
    ) AS at
    FROM unnest(CAST(:cameras AS text[])) AS c (camera)
""")
TURN = text("""
    INSERT INTO self_readers (camera, key_version, key_made_at, former_until)
    VALUES (:camera, 1, :at, :until)
    ON CONFLICT (camera) DO UPDATE SET key_version = self_readers.key_version + 1,
        key_made_at = :at, former_until = :until
    RETURNING key_version
""")
KEEP = text("""
    INSERT INTO self_readers (camera, slope, shift, unsaid, labelled, right_n, learned_at)
    VALUES (:camera, :slope, :shift, :unsaid, :labelled, :right, :learned_at)
    ON CONFLICT (camera) DO UPDATE SET slope = :slope, shift = :shift, unsaid = :unsaid,
        labelled = :labelled, right_n = :right, learned_at = :learned_at
""")
LABELLED = text("""
    SELECT r.claimed, r.plate = coalesce(w.truth, o.plate) AS is_right
    FROM readings AS r
    LEFT JOIN LATERAL (
        SELECT truth FROM reviews
        WHERE sighting = r.sighting AND seen_at = r.seen_at AND undone_at IS NULL
          AND truth IS NOT NULL AND decided_by <> 'second-camera'
        ORDER BY decided_at DESC LIMIT 1
    ) AS w ON true
    LEFT JOIN LATERAL (
        SELECT plate FROM readings
        WHERE sighting = r.sighting AND NOT is_claim AND not_read IS NULL AND confidence >= :sure
        LIMIT 1
    ) AS o ON true
    WHERE r.camera = :camera AND r.is_claim AND r.not_read IS NULL AND r.read_at >= :since
      AND coalesce(w.truth, o.plate) IS NOT NULL
    ORDER BY r.read_at DESC LIMIT 5000
""")
