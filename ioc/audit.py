"""Who looked whom up, and why: rows at once, sealed each second into a chain of hashes.

A row changed or removed breaks the chain; a chain cut off at its end shows against the daily
heads, which also stand in a file outside the database.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import IocError

SEAL_LOCK = 0x10C0003
BATCH = 5_000
GENESIS = bytes(32)
HEADS = "audit-heads.log"


class BrokenChain(IocError):
    """The audit was changed behind its back; the text names the first row."""


def record(
    where: Connection | Centre,
    actor: str,
    action: str,
    subject: str,
    purpose: str | None,
    detail: Mapping[str, Any],
) -> None:
    """Write one row: in the caller's transaction, or in one of its own on a centre.

    Its time is the store's own, whatever day the centre's clock is set to.
    """
    row = {
        "actor": actor,
        "action": action,
        "subject": subject,
        "purpose": purpose,
        "detail": json.dumps(dict(detail), sort_keys=True, default=str),
    }
    if isinstance(where, Centre):
        transact(where.engine, lambda conn: conn.execute(RECORD, row))
    else:
        where.execute(RECORD, row)


def seal(centre: Centre) -> int:
    """Chain the rows that are not yet; return how many. One writer at a time."""
    now = centre.now()

    def work(conn: Connection) -> tuple[int, bytes | None]:
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SEAL_LOCK})
        seq, link = _head(conn)
        rows = conn.execute(UNSEALED, {"limit": BATCH}).all()
        for row in rows:
            seq, link = seq + 1, _link(link, row)
            conn.execute(SEAL, {"seq": seq, "no": row.no, "hash": link, "at": now})
        return len(rows), link if rows else None

    count, head = transact(centre.engine, work)
    if head is not None:
        _note_head(centre, now, head)
    return count


def verify(centre: Centre) -> int:
    """Recompute the whole chain and return its length.

    Raises:
        BrokenChain: a row was changed, removed, or the end was cut off.
    """

    def work(conn: Connection) -> tuple[int, set[str]]:
        link, seq, seen = GENESIS, 0, {GENESIS.hex()}
        for row in conn.execution_options(yield_per=BATCH).execute(CHAIN):
            seq += 1
            if row.seq != seq:
                raise BrokenChain(f"audit: link {seq} is missing")
            link = _link(link, row)
            if link != bytes(row.hash):
                raise BrokenChain(f"audit: row {row.no} was changed")
            seen.add(link.hex())
        return seq, seen

    length, seen = transact(centre.engine, work)
    for line in _heads(centre.settings.state_dir / HEADS):
        if line.split()[-1] not in seen:
            raise BrokenChain(f"audit: the head of {line.split()[0]} is no longer in the chain")
    return length


def _head(conn: Connection) -> tuple[int, bytes]:
    row = conn.execute(LAST).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, bytes(row.hash))


def _link(previous: bytes, row: Row[Any]) -> bytes:
    content = [
        row.no,
        row.at.isoformat(),
        row.actor,
        row.action,
        row.subject,
        row.purpose,
        row.detail,
    ]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous + canonical.encode()).digest()


def _note_head(centre: Centre, now: datetime, head: bytes) -> None:
    """Keep the day's last head: the file holds one line a day, the newest replaced."""
    file = centre.settings.state_dir / HEADS
    day = local_day(now, centre.city.zone).isoformat()
    lines = [line for line in _heads(file) if not line.startswith(day)]
    lines.append(f"{day} {head.hex()}")
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fresh.replace(file)


def _heads(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split("\n")[:-1] if file.exists() else []


RECORD = text("""
    INSERT INTO audit (at, actor, action, subject, purpose, detail)
    VALUES (clock_timestamp(), :actor, :action, :subject, :purpose, CAST(:detail AS jsonb))
""")
# A row with a smaller number may commit after one with a larger: what is not linked is taken,
# in the order of numbers, whenever it becomes visible.
UNSEALED = text("""
    SELECT a.no, a.at, a.actor, a.action, a.subject, a.purpose, a.detail FROM audit AS a
    WHERE NOT EXISTS (SELECT 1 FROM audit_link AS l WHERE l.no = a.no)
    ORDER BY a.no LIMIT :limit
""")
SEAL = text("INSERT INTO audit_link (seq, no, hash, sealed_at) VALUES (:seq, :no, :hash, :at)")
LAST = text("SELECT seq, hash FROM audit_link ORDER BY seq DESC LIMIT 1")
CHAIN = text("""
    SELECT l.seq, l.hash, a.no, a.at, a.actor, a.action, a.subject, a.purpose, a.detail
    FROM audit_link AS l LEFT JOIN audit AS a ON a.no = l.no ORDER BY l.seq
""")
