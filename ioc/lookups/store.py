"""Plates seen, in SQL, each once and findable by both ends; requests to look further back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.lookups.model import Anchor, TrailRequest
from ioc.vehicles.model import Sighting
from ioc.vehicles.store import sighting_from

# A batch of reads may commit after one with later numbers: what lies just behind is gathered again.
OVERLAP, BATCH = 5_000, 50_000


def gather(conn: Connection, folding: tuple[str, str]) -> int:
    """Note the plates of the sightings since the last time; return how many rows were looked at.

    `folding` are the characters that are folded, and those they become.
    """
    values = {
        "folded": folding[0],
        "into": folding[1],
        "overlap": OVERLAP,
        "batch": OVERLAP + BATCH,
    }
    return int(conn.execute(GATHER, values).scalar_one())


@dataclass(frozen=True)
class Near:
    """How many plates have an end, and when those that fit were last seen."""

    width: int
    last_seen_at: Mapping[str, datetime]


def plates_like(
    conn: Connection, anchor: Anchor, like: str, folded_like: str, since: datetime, most: int
) -> Near:
    """Return the plates seen since an instant that fit, the last seen first.

    Args:
        conn: where they are kept.
        anchor: the known end; at most `most` + 1 plates with it are looked at, and counted.
        like: what the plate must be like as it was read, `%` for anything.
        folded_like: what its fold must be like.
        since: plates last seen before are left out.
        most: how many are looked at.
    """
    statement = BY_TAIL if anchor.backwards else BY_HEAD
    values = {"anchor": f"{anchor.text}%", "like": like, "folded": folded_like}
    rows = conn.execute(statement, {**values, "since": since, "most": most + 1}).all()
    found = {row.plate: row.last_seen_at for row in rows if row.plate is not None}
    return Near(rows[0].width, found)


def last_of(
    conn: Connection, plates: Mapping[str, datetime], cameras: Sequence[str] | None
) -> dict[str, Sighting]:
    """Return the last sighting of each plate since an instant, before these cameras only.

    The instant is each plate's own: the nearer it lies, the fewer days are looked into.
    """
    values = {"plates": list(plates), "instants": list(plates.values())}
    values |= {"cameras": None if cameras is None else list(cameras)}
    return {row.plate: sighting_from(row) for row in conn.execute(LAST_OF, values)}


def add_request(conn: Connection, request: TrailRequest) -> int:
    """Insert a request and return its number."""
    return int(conn.execute(ADD_REQUEST, vars(request)).scalar_one())


def find_request(conn: Connection, number: int, *, lock: bool = False) -> TrailRequest | None:
    """Return a request, held until the transaction ends when `lock`."""
    row = conn.execute(FIND_LOCKED if lock else FIND, {"id": number}).one_or_none()
    return None if row is None else _request_from(row)


def decide(conn: Connection, request: TrailRequest) -> None:
    """Note who decided a request, and how."""
    conn.execute(DECIDE, vars(request))


def waiting(conn: Connection, since: datetime, limit: int) -> list[TrailRequest]:
    """Return the requests nobody has decided, oldest first."""
    rows = conn.execute(WAITING, {"since": since, "limit": limit})
    return [_request_from(row) for row in rows]


def requests_of(conn: Connection, actor: str, since: datetime, limit: int) -> list[TrailRequest]:
    """Return what somebody asked since an instant, newest first."""
    rows = conn.execute(REQUESTS_OF, {"actor": actor, "since": since, "limit": limit})
    return [_request_from(row) for row in rows]


def purge(conn: Connection, seen_before: datetime, asked_before: datetime) -> int:
    """Delete plates last seen before an instant, and old requests; return how many."""
    plates = conn.execute(DROP_PLATES, {"before": seen_before}).rowcount
    return plates + conn.execute(DROP_REQUESTS, {"before": asked_before}).rowcount


def _request_from(row: Row[Any]) -> TrailRequest:
    return TrailRequest(**row._mapping)


GATHER = text("""
    WITH fresh AS (
        SELECT plate, seen_at, no FROM sightings
        WHERE no > (SELECT coalesce(max(last_no), 0) FROM plates_seen) - :overlap
        ORDER BY no LIMIT :batch
    ), noted AS (
        INSERT INTO plates_seen AS p (plate, fold, backwards, last_seen_at, last_no)
        SELECT plate, translate(plate, :folded, :into), reverse(translate(plate, :folded, :into)),
            max(seen_at), max(no)
        FROM fresh GROUP BY plate ORDER BY plate
        ON CONFLICT (plate) DO UPDATE SET
            last_seen_at = greatest(p.last_seen_at, excluded.last_seen_at),
            last_no = excluded.last_no
        WHERE p.last_no < excluded.last_no
    )
    SELECT count(*) FROM fresh
""")
FITTING = """
    WITH near AS MATERIALIZED (
        SELECT plate, fold, last_seen_at FROM plates_seen WHERE {column} LIKE :anchor LIMIT :most
    )
    SELECT counted.width, fits.plate, fits.last_seen_at
    FROM (SELECT count(*) AS width FROM near) AS counted
    LEFT JOIN (
        SELECT plate, last_seen_at FROM near
        WHERE fold LIKE :folded AND plate LIKE :like AND last_seen_at >= :since
    ) AS fits ON true
    ORDER BY fits.last_seen_at DESC, fits.plate
"""
BY_HEAD = text(FITTING.format(column="fold"))
BY_TAIL = text(FITTING.format(column="backwards"))
LAST_OF = text("""
    SELECT s.* FROM unnest(CAST(:plates AS text[]), CAST(:instants AS timestamptz[]))
        AS w (plate, since)
    CROSS JOIN LATERAL (
        SELECT * FROM sightings
        WHERE plate = w.plate AND seen_at >= w.since
          AND (CAST(:cameras AS text[]) IS NULL OR camera = ANY(CAST(:cameras AS text[])))
        ORDER BY seen_at DESC LIMIT 1
    ) AS s
""")
ADD_REQUEST = text("""
    INSERT INTO trail_requests (plate, since, purpose, case_number, asked_by, asked_at)
    VALUES (:plate, :since, :purpose, :case, :asked_by, :asked_at) RETURNING id
""")
COLUMNS = """
    id, plate, since, purpose, case_number AS "case", asked_by, asked_at, decided_by, decided_at,
    is_approved, usable_until
"""
FIND = text(f"SELECT {COLUMNS} FROM trail_requests WHERE id = :id")
FIND_LOCKED = text(f"SELECT {COLUMNS} FROM trail_requests WHERE id = :id FOR UPDATE")
DECIDE = text("""
    UPDATE trail_requests SET decided_by = :decided_by, decided_at = :decided_at,
        is_approved = :is_approved, usable_until = :usable_until
    WHERE id = :id
""")
WAITING = text(f"""
    SELECT {COLUMNS} FROM trail_requests WHERE decided_at IS NULL AND asked_at >= :since
    ORDER BY asked_at, id LIMIT :limit
""")
REQUESTS_OF = text(f"""
    SELECT {COLUMNS} FROM trail_requests WHERE asked_by = :actor AND asked_at >= :since
    ORDER BY asked_at DESC, id DESC LIMIT :limit
""")
DROP_PLATES = text("DELETE FROM plates_seen WHERE last_seen_at < :before")
DROP_REQUESTS = text("DELETE FROM trail_requests WHERE asked_at < :before")
