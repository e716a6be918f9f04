"""Readings in SQL: who read what at cameras that read plates themselves, and of which sighting.

Two readings of one vehicle are one sighting; what each of them said stays here as it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.vehicles.model import NotRead, PlateRead, Sighting

# First of the two keys of the locks that are held a camera.
LOCKS = 0x10C0020


@dataclass(frozen=True)
class Reading:
    """One reading: `ref` is its own, `sighting` that of the sighting it is part of."""

    ref: str
    sighting: str
    seen_at: datetime
    camera: str
    source: str
    read_id: str
    plate: str
    not_read: NotRead | None
    confidence: float
    read_at: datetime
    known_at: datetime
    claimed_at: datetime | None = None
    claimed: float | None = None
    is_claim: bool = False
    is_late: bool = False


def reading_of(ref: str, source: str, read: PlateRead, part_of: Sighting) -> Reading:
    """Return the reading that a read is of a sighting."""
    claim = read.claim
    return Reading(
        ref=ref,
        sighting=part_of.ref,
        seen_at=part_of.read.seen_at,
        camera=read.camera,
        source=source,
        read_id=read.id,
        plate=read.plate,
        not_read=read.not_read,
        confidence=read.confidence,
        read_at=read.seen_at,
        known_at=part_of.known_at,
        claimed_at=None if claim is None else claim.at,
        claimed=None if claim is None else claim.confidence,
        is_claim=claim is not None,
        is_late=claim is not None and claim.is_late,
    )


def hold(conn: Connection, cameras: Sequence[str]) -> None:
    """Let nobody else record reads of these cameras until the transaction ends."""
    for camera in sorted(cameras):
        conn.execute(HOLD, {"group": LOCKS, "camera": camera})


def near(
    conn: Connection, camera: str, start: datetime, end: datetime, *, is_claim: bool
) -> list[Reading]:
    """Return the readings of a camera in start <= read <= end by itself, or by us."""
    values = {"camera": camera, "start": start, "end": end, "is_claim": is_claim}
    return [_reading(row) for row in conn.execute(NEAR, values)]


def of_refs(conn: Connection, refs: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    """Return of which sighting readings are, and when it was seen, by ref of the reading."""
    if not refs:
        return {}
    rows = conn.execute(OF_REFS, {"refs": list(refs)})
    return {row.ref: (row.sighting, row.seen_at) for row in rows}


def of_sightings(conn: Connection, refs: Sequence[str]) -> dict[str, list[Reading]]:
    """Return the readings of sightings, in the order they came."""
    found: dict[str, list[Reading]] = {}
    for row in conn.execute(OF_SIGHTINGS, {"refs": list(refs)}) if refs else ():
        found.setdefault(row.sighting, []).append(_reading(row))
    return found


def add(conn: Connection, readings: Sequence[Reading]) -> None:
    """Keep readings that are new."""
    if readings:
        conn.execute(ADD, [_values(reading) for reading in readings])


def add_pictures(conn: Connection, ref: str, plate: str | None, frame: str | None) -> bool:
    """Add pictures to the sighting of a reading where it has none; tell whether it lacked any."""
    values = {"ref": ref, "plate": plate, "frame": frame}
    return bool(conn.execute(PICTURES, values).scalar_one())


def drop(conn: Connection, known_before: datetime) -> int:
    """Delete the readings learnt before an instant; return how many."""
    return conn.execute(DROP, {"before": known_before}).rowcount


def span_of(reads: Sequence[PlateRead], together: timedelta) -> tuple[datetime, datetime]:
    """Return between when a reading of the same vehicle as one of these may lie."""
    instants = [read.seen_at for read in reads]
    return min(instants) - together, max(instants) + together


def _values(reading: Reading) -> Mapping[str, Any]:
    not_read = None if reading.not_read is None else reading.not_read.value
    return {**vars(reading), "not_read": not_read}


def _reading(row: Row[Any]) -> Reading:
    not_read = None if row.not_read is None else NotRead(row.not_read)
    return Reading(**{**row._mapping, "not_read": not_read})


COLUMNS = """ref, sighting, seen_at, camera, source, read_id, plate, not_read, confidence, read_at,
    known_at, claimed_at, claimed, is_claim, is_late"""
HOLD = text("SELECT pg_advisory_xact_lock(:group, hashtext(:camera))")
NEAR = text(f"""
    SELECT {COLUMNS} FROM readings
    WHERE camera = :camera AND read_at >= :start AND read_at <= :end AND is_claim = :is_claim
    ORDER BY read_at, ref
""")
OF_REFS = text("SELECT ref, sighting, seen_at FROM readings WHERE ref = ANY(:refs)")
OF_SIGHTINGS = text(f"""
    SELECT {COLUMNS} FROM readings WHERE sighting = ANY(:refs) ORDER BY sighting, known_at, ref
""")
ADD = text("""
    INSERT INTO readings (ref, sighting, seen_at, camera, source, read_id, plate, not_read,
        confidence, read_at, known_at, claimed_at, claimed, is_claim, is_late)
    VALUES (:ref, :sighting, :seen_at, :camera, :source, :read_id, :plate, :not_read,
        :confidence, :read_at, :known_at, :claimed_at, :claimed, :is_claim, :is_late)
""")
PICTURES = text("SELECT add_pictures(:ref, CAST(:plate AS text), CAST(:frame AS text))")
DROP = text("DELETE FROM readings WHERE known_at < :before")
