"""The sightings next to a read of the same plate, before and after it, in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc.prepared import Prepared
from ioc.vehicles.model import PlateRead


@dataclass(frozen=True)
class Fresh:
    """A read with the ref under which it is, or will be, kept.

    `known_by` leaves out what was learnt later; None for all that is known.
    """

    read: PlateRead
    ref: str
    known_by: datetime | None = None


@dataclass(frozen=True)
class Neighbour:
    """A sighting next to the read at `index` in time."""

    index: int
    ref: str
    camera: str
    seen_at: datetime


def neighbours(
    conn: Connection, batch: Sequence[Fresh], window: timedelta, sure: float
) -> list[Neighbour]:
    """Return for each read the sightings of its plate next before and next after it.

    Only those within `window` of it and as certain as `sure` count.
    """
    if not batch:
        return []
    instants = [fresh.read.seen_at for fresh in batch]
    arguments = {
        "plates": [fresh.read.plate for fresh in batch],
        "instants": instants,
        "refs": [fresh.ref for fresh in batch],
        "known": [fresh.known_by for fresh in batch],
        "sure": sure,
        "window": window,
        # Bounds that the planner sees: it looks at the days they cover, and at no other.
        "low": min(instants) - window,
        "high": max(instants) + window,
    }
    return [
        Neighbour(row.number - 1, row.ref, row.camera, row.seen_at)
        for row in NEIGHBOURS.run(conn, arguments)
    ]


ALIKE = """
    s.plate = r.plate AND s.confidence >= :sure AND s.ref <> r.ref
    AND s.seen_at > :low AND s.seen_at < :high AND s.known_at <= coalesce(r.known, 'infinity')
"""
NEIGHBOURS = Prepared(
    f"""
    SELECT r.number, n.ref, n.camera, n.seen_at
    FROM unnest(CAST(:plates AS text[]), CAST(:instants AS timestamptz[]), CAST(:refs AS text[]),
        CAST(:known AS timestamptz[])) WITH ORDINALITY AS r (plate, seen_at, ref, known, number)
    CROSS JOIN LATERAL (
        (SELECT ref, camera, seen_at FROM sightings AS s
         WHERE {ALIKE} AND s.seen_at <= r.seen_at AND s.seen_at > r.seen_at - :window
         ORDER BY s.seen_at DESC LIMIT 1)
        UNION ALL
        (SELECT ref, camera, seen_at FROM sightings AS s
         WHERE {ALIKE} AND s.seen_at > r.seen_at AND s.seen_at < r.seen_at + :window
         ORDER BY s.seen_at LIMIT 1)
    ) AS n
""",
    plates="text[]",
    instants="timestamptz[]",
    refs="text[]",
    known="timestamptz[]",
    sure="double precision",
    window="interval",
    low="timestamptz",
    high="timestamptz",
)
