"""Permits in SQL: a change is a new version, and no version is ever changed but to end it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.db import text_array
from ioc.permits.model import Appeal, Change, Permit, PermitClass, PermitVersion
from ioc.prepared import Prepared


def permits_of(conn: Connection, plates: Sequence[str]) -> dict[str, list[Permit]]:
    """Return the newest versions of the permits of exactly these plates, by plate."""
    return _by_plate(conn.execute(PERMITS_OF, {"plates": sorted(set(plates))}))


def speaking_of(conn: Connection, plates: Sequence[str]) -> dict[str, list[Permit]]:
    """Return every version now known that speaks of any time, of exactly these plates."""
    return _by_plate(SPEAKING.run(conn, {"plates": text_array(sorted(set(plates)))}))


def plates_held(conn: Connection, plates: Sequence[str]) -> frozenset[str]:
    """Return which of these plates have a version now known that speaks of any time.

    It is read from the indexes alone, some 2 µs a plate.
    """
    asked = {"plates": text_array(sorted(set(plates)))}
    return frozenset(PLATES_HELD.scalars(conn, asked))


def versions_to(conn: Connection, plates: Sequence[str], at: datetime) -> list[PermitVersion]:
    """Return the versions known at an instant or before of the permits of these plates."""
    rows = conn.execute(VERSIONS_TO, {"plates": sorted(set(plates)), "at": at})
    return [version_from(row) for row in rows]


def find_permit(conn: Connection, ref: str, *, lock: bool = False) -> Permit | None:
    """Return the newest version of a permit, held until the transaction ends when `lock`."""
    row = conn.execute(FIND_LOCKED if lock else FIND, {"ref": ref}).one_or_none()
    return None if row is None else permit_from(row)


def find_version(conn: Connection, ref: str, version: int) -> Permit | None:
    """Return one version of a permit."""
    row = conn.execute(FIND_VERSION, {"ref": ref, "version": version}).one_or_none()
    return None if row is None else permit_from(row)


def versions_of(conn: Connection, ref: str) -> list[PermitVersion]:
    """Return every version of a permit, oldest first."""
    return [version_from(row) for row in conn.execute(VERSIONS, {"ref": ref})]


def add_permits(
    conn: Connection,
    source: str,
    permits: Sequence[Permit],
    known_at: datetime,
    made: tuple[Change, str | None, str | None] = (Change.GRANT, None, None),
) -> None:
    """Insert permits as they are known from now on; `ref` and `version` are set.

    `made` says by which change, by whom, and why.
    """
    if permits:
        rows = json.dumps([vars(permit) for permit in permits], default=str)
        change, actor, why = made
        values = {"source": source, "known_at": known_at, "change": change.value}
        conn.execute(ADD_PERMITS, {"rows": rows, "actor": actor, "why": why, **values})


def supersede(conn: Connection, new: Permit, at: datetime) -> tuple[str, datetime]:
    """End the versions that `new` follows, as far as it speaks in their place.

    Returns:
        Their source, and from when `new` is known: never before the one it follows.
    """
    values = {"ref": new.ref, "version": new.version, "at": at, "held_from": new.held_from}
    known_at = conn.execute(KNOWN_FROM, values).scalar_one()
    source = conn.execute(SUPERSEDE, {**values, "at": known_at}).scalars().first()
    return str(source), known_at


def way_to(conn: Connection, site: str) -> tuple[str, ...]:
    """Return the roads of the red permit that was last made for this destination."""
    return tuple(conn.execute(WAY_TO, {"site": site}).scalar_one_or_none() or ())


def supersede_others(conn: Connection, source: str, ids: Sequence[str], at: datetime) -> int:
    """End the versions of a source's permits whose ids are not among `ids`; return how many."""
    values = {"source": source, "ids": list(ids), "at": at}
    return conn.execute(SUPERSEDE_OTHERS, values).rowcount


def granted_by_day(conn: Connection, zone: str, ended_before: datetime | None) -> list[Row[Any]]:
    """Return day, source, n of permits granted; only of those that ended before, if given."""
    statement = GRANTED if ended_before is None else GRANTED_OF_ENDED
    return list(conn.execute(statement, {"zone": zone, "before": ended_before}))


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
        appeal=None if row.appeal is None else Appeal(row.appeal),
        registration=row.registration,
        people=tuple(row.people),
        held_from=row.held_from,
        held_until=row.held_until,
    )


def version_from(row: Row[Any]) -> PermitVersion:
    """Return a row of permits with who made it, and why."""
    return PermitVersion(
        permit_from(row),
        Change(row.change),
        row.known_at,
        row.superseded_at,
        row.actor,
        row.why,
        row.is_void,
    )


def _by_plate(rows: Any) -> dict[str, list[Permit]]:
    found: dict[str, list[Permit]] = {}
    for row in rows:
        found.setdefault(row.plate, []).append(permit_from(row))
    return found


PERMITS_OF = text("""
    SELECT * FROM permits WHERE plate = ANY(:plates) AND superseded_at IS NULL
    ORDER BY plate, valid_from, ref
""")
# Two indexes, each partial: most permits never change, and a million of them must cost no more.
SPEAKING = Prepared(
    """
    SELECT * FROM permits WHERE plate = ANY(CAST(:plates AS text[])) AND superseded_at IS NULL
    UNION ALL
    SELECT * FROM permits
    WHERE plate = ANY(CAST(:plates AS text[])) AND superseded_at IS NOT NULL AND NOT is_void
    ORDER BY plate, valid_from, ref
""",
    plates="text[]",
)
PLATES_HELD = Prepared(
    """
    SELECT plate FROM permits WHERE plate = ANY(CAST(:plates AS text[])) AND superseded_at IS NULL
    UNION ALL
    SELECT plate FROM permits
    WHERE plate = ANY(CAST(:plates AS text[])) AND superseded_at IS NOT NULL AND NOT is_void
""",
    plates="text[]",
)
VERSIONS_TO = text("""
    SELECT * FROM permits WHERE plate = ANY(:plates) AND known_at <= :at
    ORDER BY plate, valid_from, ref, version
""")
FIND = text("SELECT * FROM permits WHERE ref = :ref AND superseded_at IS NULL")
FIND_LOCKED = text("SELECT * FROM permits WHERE ref = :ref AND superseded_at IS NULL FOR UPDATE")
FIND_VERSION = text("SELECT * FROM permits WHERE ref = :ref AND version = :version")
VERSIONS = text("SELECT * FROM permits WHERE ref = :ref ORDER BY version")
ADD_PERMITS = text("""
    INSERT INTO permits (ref, version, source, permit_id, plate, permit_class, valid_from,
        valid_until, holder, destination, roads, deadline, revoked_at, appeal, registration,
        people, held_from, known_at, change, actor, why)
    SELECT ref, version, :source, id, plate, permit_class, valid_from,
        valid_until, holder, destination, roads, deadline, revoked_at, appeal, registration,
        people, held_from, :known_at, :change, :actor, :why
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, version integer, id text, plate text, permit_class text,
        valid_from timestamptz, valid_until timestamptz, holder text, destination text,
        roads text[], deadline timestamptz, revoked_at timestamptz, appeal text,
        registration text, people text[], held_from timestamptz)
""")
KNOWN_FROM = text("""
    SELECT greatest(CAST(:at AS timestamptz), known_at) FROM permits
    WHERE ref = :ref AND superseded_at IS NULL
""")
SUPERSEDE = text("""
    UPDATE permits SET superseded_at = coalesce(superseded_at, :at),
        held_until = least(held_until, CAST(:held_from AS timestamptz)),
        is_void = CAST(:held_from AS timestamptz) IS NULL
            OR coalesce(held_from >= CAST(:held_from AS timestamptz), false)
    WHERE ref = :ref AND version < :version AND NOT is_void
    RETURNING source
""")
WAY_TO = text("""
    SELECT roads FROM permits
    WHERE destination = :site AND permit_class = 'red' AND roads <> '{}'
    ORDER BY known_at DESC LIMIT 1
""")
SUPERSEDE_OTHERS = text("""
    UPDATE permits SET superseded_at = :at, is_void = true
    WHERE source = :source AND superseded_at IS NULL AND permit_id <> ALL(:ids)
""")
GRANTED = text("""
    SELECT CAST(timezone(:zone, known_at) AS date) AS day, source, count(*) AS n FROM permits
    WHERE version = 1 GROUP BY 1, 2
""")
# A permit has ended when its last version has: an extension keeps what it extended.
ENDED = """
    valid_until < :before AND NOT EXISTS (
        SELECT 1 FROM permits AS other
        WHERE other.ref = permits.ref AND other.valid_until >= :before)
"""
GRANTED_OF_ENDED = text(f"""
    SELECT CAST(timezone(:zone, known_at) AS date) AS day, source, count(*) AS n FROM permits
    WHERE version = 1 AND {ENDED} GROUP BY 1, 2
""")
DROP_PERMITS = text(f"DELETE FROM permits WHERE {ENDED}")
