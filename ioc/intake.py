"""What comes in, once: the ids of a source are entered before the fact, and repeats are told apart.

Same id and content is `repeated`; same id and other content is `refused` with `id_reused`.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, text

from ioc.centre import Centre
from ioc.db import array_literal, transact
from ioc.prepared import Prepared

ID_REUSED = "id: id_reused: this id came before with another content"


class IntakeStatus(StrEnum):
    """What became of one item."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True)
class Receipt:
    """The answer to one item: `id` is the sender's, `ref` the centre's own (None when refused)."""

    id: str
    status: IntakeStatus
    ref: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Entry:
    """An item at the door: the sender's id, the digest of its content, the ref it would get."""

    id: str
    digest: bytes
    ref: str


@dataclass(frozen=True)
class Refusal:
    """An item that was refused: the field at fault, why, and the item as JSON text."""

    item_id: str | None
    field: str
    why: str
    content: str | None


def digest_of(content: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of `content` in canonical JSON; times and enums by their text."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).digest()


def enter_ids(
    conn: Connection, source: str, kind: str, entries: Sequence[Entry], at: datetime
) -> list[Receipt]:
    """Enter the ids of a batch and return one receipt an entry, in the same order.

    Only entries answered `recorded` may be kept as facts. Ids go in sorted, so that writers of
    the same ids wait for one another instead of deadlocking.
    """
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.id, entry)
    ordered = [first[name] for name in sorted(first)]
    ids = [entry.id for entry in ordered]
    arguments = {
        "source": source,
        "kind": kind,
        # As literals: a thousand values one by one cost as much as keeping them.
        "ids": array_literal(ids),
        "digests": array_literal(f"\\x{entry.digest.hex()}" for entry in ordered),
        "refs": array_literal(entry.ref for entry in ordered),
        "at": at,
    }
    new = set(INSERT.scalars(conn, arguments))
    known = {name: (first[name].digest, first[name].ref) for name in new}
    old = [name for name in ids if name not in new]
    if old:
        rows = SELECT.run(conn, {"source": source, "kind": kind, "ids": old})
        known.update((row.id, (bytes(row.content_hash), row.ref)) for row in rows)
    return _receipts(entries, known, new)


def enter_held(
    conn: Connection,
    sender: tuple[str, str],
    entries: Mapping[int, Entry],
    held: Collection[str],
    at: datetime,
) -> dict[int, Receipt]:
    """Enter ids as `enter_ids` does, by index; a fact that is `held` under its ref is `repeated`.

    An id is forgotten sooner than what it was given for. `sender` is (source, kind).
    """
    given = enter_ids(conn, *sender, list(entries.values()), at)
    receipts = dict(zip(entries, given, strict=True))
    for i, receipt in receipts.items():
        if receipt.status is IntakeStatus.RECORDED and receipt.ref in held:
            receipts[i] = replace(receipt, status=IntakeStatus.REPEATED)
    return receipts


def keep_refused(conn: Connection, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was refused, for inspection.

    Each row has source, item_id, field, why, content (JSON text or None) and received_at.
    """
    if rows:
        conn.execute(KEEP, [{"kind": kind, **row} for row in rows])


def refuse(centre: Centre, source: str, kind: str, refusals: Sequence[Refusal]) -> None:
    """Keep what an edge refused before it became a value, in a transaction of its own."""
    now = centre.now()
    rows = [{"source": source, "received_at": now, **asdict(refusal)} for refusal in refusals]
    if rows:
        transact(centre.engine, lambda conn: keep_refused(conn, kind, rows))


INSERT = Prepared(
    """
    INSERT INTO intake (source, kind, id, content_hash, ref, received_at)
    SELECT :source, :kind, item.id, item.digest, item.ref, :at
    FROM unnest(CAST(:ids AS text[]), CAST(:digests AS bytea[]), CAST(:refs AS text[]))
        AS item (id, digest, ref)
    ON CONFLICT DO NOTHING
    RETURNING id
""",
    source="text",
    kind="text",
    ids="text[]",
    digests="bytea[]",
    refs="text[]",
    at="timestamptz",
)
SELECT = Prepared(
    """
    SELECT id, content_hash, ref FROM intake
    WHERE source = :source AND kind = :kind AND id = ANY(:ids)
""",
    source="text",
    kind="text",
    ids="text[]",
)
KEEP = text("""
    INSERT INTO refused (source, kind, item_id, field, why, content, received_at)
    VALUES (:source, :kind, :item_id, :field, :why, :content, :received_at)
""")


def _receipts(
    entries: Sequence[Entry], known: Mapping[str, tuple[bytes, str]], new: set[str]
) -> list[Receipt]:
    waiting = set(new)
    receipts = []
    for entry in entries:
        digest, ref = known[entry.id]
        if digest != entry.digest:
            receipts.append(Receipt(entry.id, IntakeStatus.REFUSED, why=ID_REUSED))
        elif entry.id in waiting:
            waiting.discard(entry.id)
            receipts.append(Receipt(entry.id, IntakeStatus.RECORDED, ref))
        else:
            receipts.append(Receipt(entry.id, IntakeStatus.REPEATED, ref))
    return receipts
