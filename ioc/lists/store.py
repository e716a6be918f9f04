"""Lists and their entries in SQL: a change is a new version; an approval is written once."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.db import text_array
from ioc.lists.model import ListEntry, ListKind, ListReason, PlateList
from ioc.prepared import Prepared


def put_list(conn: Connection, plate_list: PlateList, at: datetime) -> None:
    """Insert a list, or change what is said of one that is there."""
    conn.execute(PUT_LIST, {**asdict(plate_list), "kind": plate_list.kind.value, "at": at})


def lists(conn: Connection) -> list[PlateList]:
    """Return every list, by id."""
    return [list_from(row) for row in conn.execute(LISTS)]


def find_list(conn: Connection, list_id: str, *, lock: bool = False) -> PlateList | None:
    """Return a list, held until the transaction ends when `lock`."""
    row = conn.execute(FIND_LIST_LOCKED if lock else FIND_LIST, {"id": list_id}).one_or_none()
    return None if row is None else list_from(row)


def note_loaded(conn: Connection, list_id: str, at: datetime) -> None:
    """Remember when entries last came in."""
    conn.execute(LOADED, {"id": list_id, "at": at})


def entries_of(conn: Connection, plates: Sequence[str]) -> dict[str, list[ListEntry]]:
    """Return the approved entries now known of exactly these plates, by plate."""
    found: dict[str, list[ListEntry]] = {}
    for row in ENTRIES_OF.run(conn, {"plates": text_array(sorted(set(plates)))}):
        found.setdefault(row.plate, []).append(entry_from(row))
    return found


def plates_listed(conn: Connection, plates: Sequence[str]) -> frozenset[str]:
    """Return which of these plates have an approved entry that is now known."""
    asked = {"plates": text_array(sorted(set(plates)))}
    return frozenset(PLATES_LISTED.scalars(conn, asked))


def entries_known(
    conn: Connection, plates: Sequence[str], since: datetime
) -> dict[str, list[tuple[ListEntry, datetime | None]]]:
    """Return the approved entries of these plates with the instant at which each was superseded.

    Those superseded before `since` are left out.
    """
    found: dict[str, list[tuple[ListEntry, datetime | None]]] = {}
    for row in conn.execute(ENTRIES_KNOWN, {"plates": sorted(set(plates)), "since": since}):
        found.setdefault(row.plate, []).append((entry_from(row), row.superseded_at))
    return found


def add_entries(conn: Connection, entries: Sequence[ListEntry], known_at: datetime) -> None:
    """Insert entries as they are known from now on; `ref`, `version`, `entered_by` are set."""
    if entries:
        rows = json.dumps([asdict(entry) for entry in entries], default=str)
        conn.execute(ADD_ENTRIES, {"rows": rows, "known_at": known_at})


def waiting(conn: Connection, list_id: str | None, limit: int) -> list[tuple[ListEntry, datetime]]:
    """Return entries that nobody has approved yet with when they came in, oldest first."""
    rows = conn.execute(WAITING, {"list": list_id, "limit": limit})
    return [(entry_from(row), row.known_at) for row in rows]


def approve(
    conn: Connection, list_id: str, refs: Sequence[str] | None, actor: str, at: datetime
) -> list[str]:
    """Approve what waits on a list and another person entered; return the refs.

    `refs` are those meant, None for all.
    """
    values = {"list": list_id, "refs": refs and list(refs), "actor": actor, "at": at}
    return list(conn.execute(APPROVE, values).scalars())


def find_entry(conn: Connection, ref: str, *, lock: bool = False) -> ListEntry | None:
    """Return the newest version of an entry that is not withdrawn."""
    row = conn.execute(FIND_ENTRY_LOCKED if lock else FIND_ENTRY, {"ref": ref}).one_or_none()
    return None if row is None else entry_from(row)


def supersede(conn: Connection, entry: ListEntry, at: datetime) -> None:
    """End a version; where no other follows, the entry is withdrawn."""
    conn.execute(SUPERSEDE, {"ref": entry.ref, "version": entry.version, "at": at})


def count_entries(conn: Connection) -> dict[str, tuple[int, int]]:
    """Return by list how many entries are approved and how many wait."""
    return {row.list: (row.approved, row.waiting) for row in conn.execute(COUNT)}


def drop_entries(conn: Connection, ended_before: datetime) -> int:
    """Delete entries that ended before an instant, all their versions; return how many rows."""
    return conn.execute(DROP, {"before": ended_before}).rowcount


def list_from(row: Row[Any]) -> PlateList:
    """Return the value of a row of lists."""
    review: date = row.review_on
    return PlateList(
        id=row.id,
        kind=ListKind(row.kind),
        owner=row.owner,
        source=row.source,
        purpose=row.purpose,
        review_on=review,
        loaded_at=row.loaded_at,
    )


def entry_from(row: Row[Any]) -> ListEntry:
    """Return the value of a row of entries."""
    return ListEntry(
        id=row.entry_id,
        list=row.list,
        plate=row.plate,
        reason=ListReason(row.reason),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        priority=row.priority,
        note=row.note,
        ref=row.ref,
        version=row.version,
        entered_by=row.entered_by,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
    )


PUT_LIST = text("""
    INSERT INTO plate_lists (id, kind, owner, source, purpose, review_on, known_at)
    VALUES (:id, :kind, :owner, :source, :purpose, :review_on, :at)
    ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, source = excluded.source,
        purpose = excluded.purpose, review_on = excluded.review_on, known_at = excluded.known_at
""")
LISTS = text("SELECT * FROM plate_lists ORDER BY id")
FIND_LIST = text("SELECT * FROM plate_lists WHERE id = :id")
FIND_LIST_LOCKED = text("SELECT * FROM plate_lists WHERE id = :id FOR UPDATE")
LOADED = text("UPDATE plate_lists SET loaded_at = :at WHERE id = :id")
ENTRIES_OF = Prepared(
    """
    SELECT * FROM list_entries
    WHERE plate = ANY(CAST(:plates AS text[])) AND superseded_at IS NULL AND approved_at IS NOT NULL
    ORDER BY plate, valid_from, ref
""",
    plates="text[]",
)
PLATES_LISTED = Prepared(
    """
    SELECT plate FROM list_entries
    WHERE plate = ANY(CAST(:plates AS text[])) AND superseded_at IS NULL AND approved_at IS NOT NULL
""",
    plates="text[]",
)
ENTRIES_KNOWN = text("""
    SELECT * FROM list_entries
    WHERE plate = ANY(:plates) AND approved_at IS NOT NULL
      AND (superseded_at IS NULL OR superseded_at > :since)
    ORDER BY plate, valid_from, ref
""")
ADD_ENTRIES = text("""
    INSERT INTO list_entries (ref, version, list, entry_id, plate, reason, priority, valid_from,
        valid_until, note, entered_by, known_at)
    SELECT ref, version, list, id, plate, reason, priority, valid_from,
        valid_until, note, entered_by, :known_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, version integer, list text, id text, plate text, reason text, priority text,
        valid_from timestamptz, valid_until timestamptz, note text, entered_by text)
""")
WAITING = text("""
    SELECT * FROM list_entries
    WHERE approved_at IS NULL AND superseded_at IS NULL
      AND (CAST(:list AS text) IS NULL OR list = :list)
    ORDER BY known_at, ref LIMIT :limit
""")
APPROVE = text("""
    UPDATE list_entries SET approved_by = :actor, approved_at = :at
    WHERE list = :list AND approved_at IS NULL AND superseded_at IS NULL
      AND entered_by <> :actor
      AND (CAST(:refs AS text[]) IS NULL OR ref = ANY(CAST(:refs AS text[])))
    RETURNING ref
""")
FIND_ENTRY = text("SELECT * FROM list_entries WHERE ref = :ref AND superseded_at IS NULL")
FIND_ENTRY_LOCKED = text(
    "SELECT * FROM list_entries WHERE ref = :ref AND superseded_at IS NULL FOR UPDATE"
)
SUPERSEDE = text("""
    UPDATE list_entries SET superseded_at = :at WHERE ref = :ref AND version = :version
""")
COUNT = text("""
    SELECT list, count(*) FILTER (WHERE approved_at IS NOT NULL) AS approved,
        count(*) FILTER (WHERE approved_at IS NULL) AS waiting
    FROM list_entries WHERE superseded_at IS NULL GROUP BY list
""")
DROP = text("DELETE FROM list_entries WHERE valid_until < :before")
