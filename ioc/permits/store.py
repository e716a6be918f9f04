"""Permits in SQL: a change is a new version, and no version is ever changed but to end it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.permits.model import Permit, PermitClass


def permits_of(conn: Connection, plates: Sequence[str]) -> dict[str, list[Permit]]:
    """Return the permits now known of exactly these plates, by plate."""
    found: dict[str, list[Permit]] = {}
    for row in conn.execute(PERMITS_OF, {"plates": sorted(set(plates))}):
        found.setdefault(row.plate, []).append(permit_from(row))
    return found


def find_permit(conn: Connection, ref: str, *, lock: bool = False) -> Permit | None:
    """Return the newest version of a permit, held until the transaction ends when `lock`."""
    row = conn.execute(FIND_LOCKED if lock else FIND, {"ref": ref}).one_or_none()
    return None if row is None else permit_from(row)


def add_permits(
    conn: Connection, source: str, permits: Sequence[Permit], known_at: datetime
) -> None:
    """Insert permits as they are known from now on; `ref` and `version` are set."""
    if permits:
        rows = json.dumps([asdict(permit) for permit in permits], default=str)
        conn.execute(ADD_PERMITS, {"rows": rows, "source": source, "known_at": known_at})


def supersede(conn: Connection, permit: Permit, at: datetime) -> str:
    """End a version; return its source. The next version is added by the caller."""
    values = {"ref": permit.ref, "version": permit.version, "at": at}
    return str(conn.execute(SUPERSEDE, values).scalar_one())


def supersede_others(conn: Connection, source: str, ids: Sequence[str], at: datetime) -> int:
    """End the versions of a source's permits whose ids are not among `ids`; return how many."""
    values = {"source": source, "ids": list(ids), "at": at}
    return conn.execute(SUPERSEDE_OTHERS, values).rowcount


def granted_by_day(conn: Connection, zone: str, ended_before: datetime | None) -> list[Row[Any]]:
    """Return day, source, n of permits granted; only of those that ended before, if given."""
    return list(conn.execute(GRANTED, {"zone": zone, "before": ended_before}))


def drop_permits(conn: Connection, ended_before: datetime) -> int:
    """Delete permits that ended before an instant, all their versions; return how many rows."""
    return conn.execute(DROP_PERMITS, {"before": ended_before}).rowcount


def permit_from(row: Row[Any]) -> Permit:
    """Return the value of a row of permits."""
    return Permit(
        id=row.permit_id,
        plate=row.plate,
        permit_class=PermitClass(row.permit_class),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        ref=row.ref,
        version=row.version,
        holder=row.holder,
        destination=row.destination,
        roads=tuple(row.roads),
        deadline=row.deadline,
        revoked_at=row.revoked_at,
    )


PERMITS_OF = text("""
    SELECT * FROM permits WHERE plate = ANY(:plates) AND superseded_at IS NULL
    ORDER BY plate, valid_from, ref
""")
FIND = text("SELECT * FROM permits WHERE ref = :ref AND superseded_at IS NULL")
FIND_LOCKED = text("SELECT * FROM permits WHERE ref = :ref AND superseded_at IS NULL FOR UPDATE")
ADD_PERMITS = text("""
    INSERT INTO permits (ref, version, source, permit_id, plate, permit_class, valid_from,
        valid_until, holder, destination, roads, deadline, revoked_at, known_at)
    SELECT ref, version, :source, id, plate, permit_class, valid_from,
        valid_until, holder, destination, roads, deadline, revoked_at, :known_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, version integer, id text, plate text, permit_class text,
        valid_from timestamptz, valid_until timestamptz, holder text, destination text,
        roads text[], deadline timestamptz, revoked_at timestamptz)
""")
SUPERSEDE = text("""
    UPDATE permits SET superseded_at = :at WHERE ref = :ref AND version = :version
    RETURNING source
""")
SUPERSEDE_OTHERS = text("""
    UPDATE permits SET superseded_at = :at
    WHERE source = :source AND superseded_at IS NULL AND permit_id <> ALL(:ids)
""")
GRANTED = text("""
    SELECT CAST(timezone(:zone, known_at) AS date) AS day, source, count(*) AS n FROM permits
    WHERE version = 1
      AND (CAST(:before AS timestamptz) IS NULL OR valid_until < :before)
    GROUP BY 1, 2
""")
DROP_PERMITS = text("DELETE FROM permits WHERE valid_until < :before")
