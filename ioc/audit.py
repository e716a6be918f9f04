"""Who looked whom up, and why: rows at once, sealed each second into a chain of hashes.

A row changed or removed breaks the chain; a chain cut off at its end shows against the daily
heads, which also stand in a file outside the database.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import InvalidInput, IocError

SEAL_LOCK = 0x10C0003
BATCH = 5_000
# An action that ends so is a look-up of somebody or something: nobody looks without saying why. The
# store holds to the same, see the migration `privacy`.
LOOKUP = re.compile(
    r"_(seen|read|searched|traced|looked_up|opened|printed|page|shown|exported|told)$"
)
GENESIS = bytes(32)
HEADS = "audit-heads.log"
PURGED = "audit_purged"


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

    Raises:
        InvalidInput: a look-up without a purpose.
    """
    if LOOKUP.search(action) and not (purpose or "").strip():
        raise InvalidInput("purpose", f"is needed: {action} is a look-up")
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
            seq, prior, link = seq + 1, link, _link(link, row)
            values = {"seq": seq, "no": row.no, "prior": prior, "hash": link, "at": now}
            conn.execute(SEAL, values)
        conn.execute(SEALED, {"numbers": [row.no for row in rows]})
        return len(rows), link if rows else None

    count, head = transact(centre.engine, work)
    if head is not None:
        _note_head(centre, now, head)
    return count


def verify(centre: Centre) -> int:
    """Recompute the whole chain and return its length.

    Raises:
        BrokenChain: a row was changed, removed or never chained, or an end was cut off.
    """

    def work(conn: Connection) -> tuple[int, set[str], date | None]:
        conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        length, first, seen = 0, None, {GENESIS.hex()}
        for seq, sealed_at, link in _links(conn):
            first = first or local_day(sealed_at, centre.city.zone)
            seen.add(link.hex())
            length = seq
        stray = conn.execute(STRAY).scalar_one_or_none()
        if stray is not None:
            raise BrokenChain(f"audit: row {stray} was never chained")
        return length, seen, first

    length, seen, first = transact(centre.engine, work)
    for line in _heads(centre.settings.state_dir / HEADS):
        day, head = line.split()
        if head not in seen and (first is None or date.fromisoformat(day) >= first):
            raise BrokenChain(f"audit: the head of {day} is no longer in the chain")
    return length


def _links(conn: Connection) -> Iterator[tuple[int, datetime, bytes]]:
    """Yield number, time and hash of every link, each recomputed from its row."""
    seq, link = 0, None
    for row in conn.execute(CHAIN, execution_options={"yield_per": BATCH}):
        if link is None:
            seq, link = _begin(conn, row)
        seq += 1
        if row.seq != seq:
            raise BrokenChain(f"audit: link {seq} is missing")
        if row.at is None:
            raise BrokenChain(f"audit: row {row.no} was removed")
        link = _link(link, row)
        if link != bytes(row.hash):
            raise BrokenChain(f"audit: row {row.no} was changed")
        yield seq, row.sealed_at, link


def purge(centre: Centre, before: datetime) -> int:
    """Delete the rows written before an instant; the chain keeps what it then begins from."""

    def work(conn: Connection) -> int:
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SEAL_LOCK})
        last = conn.execute(OLD, {"before": before}).one_or_none()
        if last is None:
            return 0
        numbers = list(conn.execute(DROP_LINKS, {"seq": last.seq}).scalars())
        conn.execute(DROP_ROWS, {"numbers": numbers})
        detail = {"seq": last.seq, "hash": bytes(last.hash).hex()}
        record(conn, "timekeeper", PURGED, f"audit:{last.seq}", None, detail)
        return len(numbers)

    return transact(centre.engine, work)


def _begin(conn: Connection, first: Row[Any]) -> tuple[int, bytes]:
    """Return where the chain begins: at its very start, or where a purge left it."""
    if first.seq == 1:
        return 0, GENESIS
    detail = json.dumps({"seq": first.seq - 1, "hash": bytes(first.prior).hex()})
    if not conn.execute(PURGE_OF, {"action": PURGED, "detail": detail}).scalar_one():
        raise BrokenChain(f"audit: link {first.seq - 1} is missing")
    return first.seq - 1, bytes(first.prior)


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
    WITH entry AS (
        INSERT INTO audit (at, actor, action, subject, purpose, detail)
        VALUES (clock_timestamp(), :actor, :action, :subject, :purpose, CAST(:detail AS jsonb))
        RETURNING no
    )
    INSERT INTO audit_open (no) SELECT no FROM entry
""")
# A row with a smaller number may commit after one with a larger: what is open is taken, in the
# order of numbers, whenever it becomes visible.
UNSEALED = text("""
    SELECT a.no, a.at, a.actor, a.action, a.subject, a.purpose, a.detail
    FROM audit_open AS o JOIN audit AS a ON a.no = o.no
    ORDER BY o.no LIMIT :limit
""")
SEAL = text("""
    INSERT INTO audit_link (seq, no, prior, hash, sealed_at)
    VALUES (:seq, :no, :prior, :hash, :at)
""")
SEALED = text("DELETE FROM audit_open WHERE no = ANY(:numbers)")
LAST = text("SELECT seq, hash FROM audit_link ORDER BY seq DESC LIMIT 1")
CHAIN = text("""
    SELECT l.seq, l.prior, l.hash, l.sealed_at, l.no,
           a.at, a.actor, a.action, a.subject, a.purpose, a.detail
    FROM audit_link AS l LEFT JOIN audit AS a ON a.no = l.no ORDER BY l.seq
""")
STRAY = text("""
    SELECT min(a.no) FROM audit AS a
    WHERE NOT EXISTS (SELECT 1 FROM audit_link AS l WHERE l.no = a.no)
      AND NOT EXISTS (SELECT 1 FROM audit_open AS o WHERE o.no = a.no)
""")
OLD = text("""
    SELECT l.seq, l.hash FROM audit_link AS l JOIN audit AS a ON a.no = l.no
    WHERE a.at < :before ORDER BY l.seq DESC LIMIT 1
""")
DROP_LINKS = text("DELETE FROM audit_link WHERE seq <= :seq RETURNING no")
DROP_ROWS = text("DELETE FROM audit WHERE no = ANY(:numbers)")
PURGE_OF = text("""
    SELECT EXISTS (
        SELECT 1 FROM audit WHERE action = :action AND detail = CAST(:detail AS jsonb)
    )
""")
