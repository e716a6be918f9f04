"""Sightings in the order in which they were kept, for systems that follow the city."""

from datetime import datetime

from sqlalchemy import Connection, text

from ioc.centre import Centre
from ioc.db import transact
from ioc.vehicles.model import Sighting
from ioc.vehicles.store import sighting_from


def sightings_after(centre: Centre, no: int, limit: int) -> list[tuple[int, datetime, Sighting]]:
    """Return sightings kept after the one with this number: number, when known, sighting."""

    def work(conn: Connection) -> list[tuple[int, datetime, Sighting]]:
        rows = conn.execute(AFTER, {"no": no, "limit": limit})
        return [(row.no, row.known_at, sighting_from(row)) for row in rows]

    return transact(centre.engine, work)


AFTER = text("SELECT * FROM sightings WHERE no > :no ORDER BY no LIMIT :limit")
