"""Sightings in SQL. Facts are append-only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.permits.model import PermitClass
from ioc.prepared import Prepared
from ioc.vehicles.model import (
    Doubt,
    Ground,
    Heading,
    Layout,
    NotRead,
    Outcome,
    PlateCharacter,
    PlateRead,
    Reason,
    Sighting,
    Verdict,
)

# check_violation: "no partition of relation found for row"
NO_PARTITION = "23514"


def add_sightings(conn: Connection, sightings: Sequence[Sighting]) -> None:
    """Insert sightings that are new."""
    rows = [_row_of(sighting) for sighting in sightings]
    if rows:
        ADD_SIGHTINGS.run(conn, {"rows": json.dumps(rows, default=str)})


def change_sightings(conn: Connection, sightings: Sequence[Sighting]) -> None:
    """Let sightings say what their two readings, which are kept already, say together."""
    rows = [_row_of(sighting) for sighting in sightings]
    if rows:
        conn.execute(CHANGE_SIGHTINGS, {"rows": json.dumps(rows, default=str)})


def sightings_by_ref(conn: Connection, refs: Mapping[str, datetime]) -> dict[str, Sighting]:
    """Return sightings by ref, given when each was seen (which finds its day)."""
    if not refs:
        return {}
    rows = conn.execute(BY_REF, {"refs": list(refs), "instants": list(refs.values())})
    return {row.ref: sighting_from(row) for row in rows}


def latest(conn: Connection, since: datetime, camera: str | None, limit: int) -> list[Sighting]:
    """Return sightings seen since an instant, newest first."""
    statement = LATEST if camera is None else LATEST_OF
    rows = conn.execute(statement, {"since": since, "camera": camera, "limit": limit})
    return [sighting_from(row) for row in rows]


def newest_known_at(conn: Connection, since: datetime) -> datetime | None:
    """Return when the newest sighting seen since an instant became known."""
    return conn.execute(NEWEST, {"since": since}).scalar_one_or_none()


def trail(conn: Connection, plate: str, since: datetime, limit: int) -> list[Sighting]:
    """Return where a plate was seen since an instant, newest first."""
    rows = conn.execute(TRAIL, {"plate": plate, "since": since, "limit": limit})
    return [sighting_from(row) for row in rows]


def of_alert(
    conn: Connection, alert: int, start: datetime, end: datetime, limit: int
) -> list[Sighting]:
    """Return the sightings that joined an alert, seen in start <= t <= end, oldest first."""
    arguments = {"alert": alert, "start": start, "end": end, "limit": limit}
    return [sighting_from(row) for row in conn.execute(OF_ALERT, arguments)]


def add_doubts(conn: Connection, pairs: Sequence[tuple[Sighting, Doubt]]) -> None:
    """Keep what sightings that raised an alert may be of; each has its alert."""
    rows = [
        {
            "sighting": sighting.ref,
            "seen_at": sighting.read.seen_at,
            "alert": int(str(sighting.alert)),
            "camera": sighting.read.camera,
            "plate": sighting.read.plate,
            "band": doubt.band.value,
            "accused": doubt.accused,
            "reason": doubt.accusation.reason.value,
            "rule": doubt.accusation.rule,
            "candidates": [asdict(candidate) for candidate in doubt.candidates],
            "known_at": sighting.known_at,
        }
        for sighting, doubt in pairs
    ]
    if rows:
        ADD_DOUBTS.run(conn, {"rows": json.dumps(rows, default=str)})


def page(
    conn: Connection, start: datetime, end: datetime, after: Sighting | None, limit: int
) -> list[Sighting]:
    """Return sightings in start <= seen_at < end in their order, those that follow `after`."""
    values = {
        "start": start if after is None else after.read.seen_at,
        "ref": "" if after is None else after.ref,
        "end": end,
        "limit": limit,
    }
    return [sighting_from(row) for row in conn.execute(PAGE, values)]


def create_day(conn: Connection, day: date, starts: datetime, ends: datetime) -> None:
    """Make the partition of one day of the city; again changes nothing."""
    conn.execute(CREATE_DAY, {"name": f"{day:%Y%m%d}", "starts": starts, "ends": ends})


def days_held(conn: Connection) -> list[date]:
    """Return the days of the city whose facts are held, oldest first."""
    return [date.fromisoformat(name) for name in conn.execute(DAYS).scalars()]


def drop_day(conn: Connection, day: date) -> None:
    """Drop the facts of a day; its seal is written in the same transaction."""
    conn.execute(DROP_DAY, {"name": f"{day:%Y%m%d}"})


def counts_held(conn: Connection, start: datetime, end: datetime) -> list[Row[Any]]:
    """Return outcome, reason, camera, permit_class, is_entry, n in start <= seen_at < end."""
    return list(conn.execute(COUNTS, {"start": start, "end": end}))


def sighting_from(row: Row[Any]) -> Sighting:
    """Return the value of a row of sightings."""
    read = PlateRead(
        id=row.read_id,
        camera=row.camera,
        plate=row.plate,
        confidence=row.confidence,
        seen_at=row.seen_at,
        direction=Heading(row.direction),
        lane=row.lane,
        characters=tuple(PlateCharacter(char, sure) for char, sure in row.characters),
        colour=Ground(row.colour),
        layout=None if row.layout is None else Layout(row.layout),
        plate_picture=row.plate_picture,
        frame_picture=row.frame_picture,
        not_read=None if row.not_read is None else NotRead(row.not_read),
    )
    verdict = Verdict(
        outcome=Outcome(row.outcome),
        reason=Reason(row.reason),
        rule=row.rule,
        permit=row.permit,
        permit_class=None if row.permit_class is None else PermitClass(row.permit_class),
        permit_version=row.permit_version,
        rule_version=row.rule_version,
        rests_on=row.rests_on,
    )
    alert = None if row.alert is None else str(row.alert)
    return Sighting(row.ref, row.source, read, verdict, row.known_at, alert, row.is_entry)


def _row_of(sighting: Sighting) -> dict[str, Any]:
    read, verdict = sighting.read, sighting.verdict
    return {
        "ref": sighting.ref,
        "source": sighting.source,
        "read_id": read.id,
        "camera": read.camera,
        "plate": read.plate,
        "confidence": read.confidence,
        "characters": [(c.char, round(c.confidence, 4)) for c in read.characters],
        "colour": read.colour.value,
        "layout": None if read.layout is None else read.layout.value,
        "direction": read.direction.value,
        "lane": read.lane,
        "seen_at": read.seen_at,
        "known_at": sighting.known_at,
        "outcome": verdict.outcome.value,
        "reason": verdict.reason.value,
        "rule": verdict.rule,
        "permit": verdict.permit,
        "permit_class": None if verdict.permit_class is None else verdict.permit_class.value,
        "permit_version": verdict.permit_version,
        "alert": None if sighting.alert is None else int(sighting.alert),
        "is_entry": sighting.is_entry,
        "plate_picture": read.plate_picture,
        "frame_picture": read.frame_picture,
        "not_read": None if read.not_read is None else read.not_read.value,
        "rule_version": verdict.rule_version,
        "rests_on": verdict.rests_on,
    }


# One statement a batch: a thousand rows cost one round trip and one plan.
ADD_SIGHTINGS = Prepared(
    """
    INSERT INTO sightings (ref, source, read_id, camera, plate, confidence, characters, colour,
        layout, direction, lane, seen_at, known_at, outcome, reason, rule, permit, permit_class,
        permit_version, alert, is_entry, plate_picture, frame_picture,
        not_read, rule_version, rests_on)
    SELECT ref, source, read_id, camera, plate, confidence, characters, colour,
        layout, direction, lane, seen_at, known_at, outcome, reason, rule, permit, permit_class,
        permit_version, alert, is_entry, plate_picture, frame_picture,
        not_read, rule_version, rests_on
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, source text, read_id text, camera text, plate text,
        confidence double precision, characters jsonb, colour text, layout text, direction text,
        lane integer, seen_at timestamptz, known_at timestamptz, outcome text, reason text,
        rule text, permit text, permit_class text, permit_version integer, alert bigint,
        is_entry boolean, plate_picture text, frame_picture text, not_read text,
        rule_version integer, rests_on text)
""",
    rows="jsonb",
)
CHANGE_SIGHTINGS = text("SELECT join_sightings(CAST(:rows AS jsonb))")
ADD_DOUBTS = Prepared(
    """
    INSERT INTO doubts (sighting, seen_at, alert, camera, plate, band, accused, reason, rule,
        candidates, known_at)
    SELECT sighting, seen_at, alert, camera, plate, band, accused, reason, rule,
        candidates, known_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        sighting text, seen_at timestamptz, alert bigint, camera text, plate text, band text,
        accused double precision, reason text, rule text, candidates jsonb, known_at timestamptz)
    ON CONFLICT DO NOTHING
""",
    rows="jsonb",
)
BY_REF = text("""
    SELECT s.* FROM sightings AS s
    JOIN unnest(CAST(:refs AS text[]), CAST(:instants AS timestamptz[])) AS w (ref, seen_at)
      ON s.ref = w.ref AND s.seen_at = w.seen_at
    WHERE s.seen_at = ANY(CAST(:instants AS timestamptz[]))
""")
LATEST = text("""
    SELECT * FROM sightings WHERE seen_at >= :since ORDER BY seen_at DESC, ref DESC LIMIT :limit
""")
LATEST_OF = text("""
    SELECT * FROM sightings WHERE camera = :camera AND seen_at >= :since
    ORDER BY seen_at DESC LIMIT :limit
""")
NEWEST = text("""
    SELECT known_at FROM sightings WHERE seen_at >= :since ORDER BY seen_at DESC LIMIT 1
""")
TRAIL = text("""
    SELECT * FROM sightings WHERE plate = :plate AND seen_at >= :since
    ORDER BY seen_at DESC LIMIT :limit
""")
# The span names the days to look into: an incident never lies in more than two.
OF_ALERT = text("""
    SELECT * FROM sightings WHERE alert = :alert AND seen_at >= :start AND seen_at <= :end
    ORDER BY seen_at, ref LIMIT :limit
""")
PAGE = text("""
    SELECT * FROM sightings
    WHERE seen_at >= :start AND seen_at < :end AND (seen_at, ref) > (:start, :ref)
    ORDER BY seen_at, ref LIMIT :limit
""")
CREATE_DAY = text("SELECT create_sightings_day(:name, :starts, :ends)")
DAYS = text("""
    SELECT substr(c.relname, 11) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'sightings'::regclass ORDER BY 1
""")
DROP_DAY = text("SELECT drop_sightings_day(:name)")
COUNTS = text("""
    SELECT outcome, reason, camera, permit_class, is_entry, count(*) AS n FROM sightings
    WHERE seen_at >= :start AND seen_at < :end GROUP BY 1, 2, 3, 4, 5
""")
