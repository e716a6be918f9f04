"""Journeys of red vehicles in SQL: one row a permit, from the first sure entry on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

# More at once would hold the timekeeper up; the rest comes a tick later.
MOST = 200


@dataclass(frozen=True)
class Journey:
    """A red vehicle on its way: seen to enter by `sighting`, due at `site` (None: at any)."""

    permit: str
    plate: str
    site: str | None
    sighting: str
    camera: str
    entered_at: datetime
    due_at: datetime
    alert: str | None = None
    arrived_at: datetime | None = None


@dataclass(frozen=True)
class Due:
    """A journey past its deadline, with what its permit says now; None where it is gone."""

    journey: Journey
    permit_class: str | None
    is_revoked: bool


def open_journeys(conn: Connection, journeys: Sequence[Journey]) -> None:
    """Keep journeys that begin; one that is known goes on as it is."""
    if journeys:
        conn.execute(OPEN, [_values(journey) for journey in journeys])


def arrive(conn: Connection, seen_at: Mapping[str, datetime]) -> None:
    """Note that vehicles were seen at their sites, by permit; whoever has no alert is done."""
    if seen_at:
        values = {"permits": sorted(seen_at), "instants": [seen_at[p] for p in sorted(seen_at)]}
        conn.execute(ARRIVE, values)


def due(conn: Connection, now: datetime) -> list[Due]:
    """Return the journeys past their deadline that nobody was told of, held."""
    return [
        Due(journey_from(row), row.permit_class, row.revoked_at is not None)
        for row in conn.execute(DUE, {"now": now, "limit": MOST})
    ]


def end(conn: Connection, permit: str, at: datetime, arrived_at: datetime | None = None) -> None:
    """End a journey that needs no alert, or whose alert is cleared."""
    conn.execute(END, {"permit": permit, "at": at, "arrived_at": arrived_at})


def withdraw(conn: Connection, sighting: str) -> None:
    """Forget the journeys that a sighting began which says something else now."""
    conn.execute(WITHDRAW, {"sighting": sighting})


def note_overdue(conn: Connection, permit: str, alert: str, at: datetime) -> None:
    """Remember the alert of a journey: it is never raised again."""
    conn.execute(OVERDUE, {"permit": permit, "alert": int(alert), "at": at})


def arrived_late(conn: Connection) -> list[Journey]:
    """Return the journeys with an alert whose vehicles have arrived meanwhile."""
    return [journey_from(row) for row in conn.execute(LATE, {"limit": MOST})]


def first_at(
    conn: Connection, plate: str, cameras: Sequence[str], since: datetime
) -> datetime | None:
    """Return when a plate was first seen at one of the cameras since an instant."""
    values = {"plate": plate, "cameras": list(cameras), "since": since}
    return conn.execute(FIRST_AT, values).scalar_one_or_none()


def drop_journeys(conn: Connection, entered_before: datetime) -> int:
    """Delete the journeys that began before an instant; return how many."""
    return conn.execute(DROP, {"before": entered_before}).rowcount


def journey_from(row: Row[Any]) -> Journey:
    """Return the value of a row of journeys."""
    return Journey(
        permit=row.permit,
        plate=row.plate,
        site=row.site,
        sighting=row.sighting,
        camera=row.camera,
        entered_at=row.entered_at,
        due_at=row.due_at,
        alert=None if row.alert is None else str(row.alert),
        arrived_at=row.arrived_at,
    )


def _values(journey: Journey) -> dict[str, object]:
    return {
        "permit": journey.permit,
        "plate": journey.plate,
        "site": journey.site,
        "sighting": journey.sighting,
        "camera": journey.camera,
        "entered_at": journey.entered_at,
        "due_at": journey.due_at,
    }


OPEN = text("""
    INSERT INTO journeys (permit, plate, site, sighting, camera, entered_at, due_at)
    VALUES (:permit, :plate, :site, :sighting, :camera, :entered_at, :due_at)
    ON CONFLICT (permit) DO NOTHING
""")
ARRIVE = text("""
    UPDATE journeys AS j SET arrived_at = w.seen_at,
        ended_at = CASE WHEN j.alert IS NULL THEN w.seen_at END
    FROM unnest(CAST(:permits AS text[]), CAST(:instants AS timestamptz[])) AS w (permit, seen_at)
    WHERE j.permit = w.permit AND j.arrived_at IS NULL AND j.entered_at <= w.seen_at
""")
# What the permit says now: its deadline may have been moved since the vehicle came in.
DUE = text("""
    SELECT j.*, p.permit_class, p.revoked_at
    FROM journeys AS j
    LEFT JOIN permits AS p ON p.ref = j.permit AND p.superseded_at IS NULL
    WHERE j.ended_at IS NULL AND j.overdue_at IS NULL
      AND coalesce(p.deadline, j.due_at) <= :now
    ORDER BY j.permit LIMIT :limit FOR UPDATE OF j SKIP LOCKED
""")
END = text("""
    UPDATE journeys SET ended_at = :at, arrived_at = coalesce(arrived_at, :arrived_at)
    WHERE permit = :permit
""")
WITHDRAW = text("""
    DELETE FROM journeys WHERE sighting = :sighting AND ended_at IS NULL AND alert IS NULL
""")
OVERDUE = text("UPDATE journeys SET overdue_at = :at, alert = :alert WHERE permit = :permit")
LATE = text("""
    SELECT * FROM journeys WHERE arrived_at IS NOT NULL AND ended_at IS NULL
    ORDER BY permit LIMIT :limit
""")
FIRST_AT = text("""
    SELECT min(seen_at) FROM sightings
    WHERE plate = :plate AND camera = ANY(:cameras) AND seen_at >= :since
""")
DROP = text("DELETE FROM journeys WHERE entered_at < :before")
