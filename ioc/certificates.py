"""What a purge removed, signed: one certificate a night, each naming the one before it.

It stands in the store and in a file outside it, and can be checked with the public key alone.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc import audit
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import IocError
from ioc.signing import is_signed, public_text, signing_key

ACTION, ACTOR = "purge_certified", "timekeeper"
FOLDER = "certificates"
CERTIFY_LOCK = 0x10C0006


class WrongCertificate(IocError):
    """A certificate was changed, or one is missing; the text names which."""


@dataclass(frozen=True)
class Certificate:
    """One purge: what it says is the text `content`, signed by the key `signer` (both base64).

    `says` holds city, day, made_at, removed (how much by name), kept_since (by kind: what is older
    is gone), backups (how many went, the oldest left), held (holds, rows, pictures),
    previous (SHA-256 of the one before).
    """

    no: int
    day: date
    made_at: datetime
    content: str = field(repr=False)
    signature: str = field(repr=False)
    signer: str
    says: Mapping[str, Any]


def certify(
    centre: Centre,
    removed: Mapping[str, int],
    backups: Mapping[str, object],
    held: Mapping[str, int] | None = None,
) -> Certificate:
    """Sign what a purge removed; it is kept in the store and in a file, and noted in the audit."""
    now, kept = centre.now(), centre.city.limits.retention
    day = local_day(now, centre.city.zone)
    key = signing_key(centre.settings)

    def work(conn: Connection) -> Certificate:
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CERTIFY_LOCK})
        before = conn.execute(LAST).one_or_none()
        says = {
            "city": centre.city.id,
            "day": day.isoformat(),
            "made_at": now.isoformat(),
            "removed": dict(removed),
            "kept_since": {kind: (now - kept[kind]).isoformat() for kind in sorted(kept)},
            "backups": dict(backups),
            "held": dict(held or {}),
            "previous": None if before is None else _digest(before.content),
        }
        content = json.dumps(says, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        signature = base64.b64encode(key.sign(content.encode())).decode()
        row = {"day": day, "at": now, "content": content, "signature": signature}
        no = conn.execute(ADD, {**row, "signer": public_text(key)}).scalar_one()
        detail = {"sha256": _digest(content), "removed": sum(removed.values())}
        audit.record(conn, ACTOR, ACTION, f"certificate:{no}", None, detail)
        return Certificate(no, day, now, content, signature, public_text(key), says)

    made = transact(centre.engine, work)
    _note(centre, made)
    return made


def last_day(centre: Centre) -> date | None:
    """Return the day of the last certificate, None before the first."""
    return transact(centre.engine, lambda conn: conn.execute(LAST_DAY).scalar_one_or_none())


def certificates(centre: Centre, limit: int = 60) -> list[Certificate]:
    """Return the last certificates, newest first."""
    rows = transact(centre.engine, lambda conn: conn.execute(NEWEST, {"limit": limit}).all())
    return [_certificate(row) for row in rows]


def verify(centre: Centre) -> int:
    """Check the signature of every certificate kept, and that none is missing; return how many.

    Raises:
        WrongCertificate: one was changed or removed, or signed by a key that is not ours.
    """
    previous, ours = None, public_text(signing_key(centre.settings))
    rows = transact(centre.engine, lambda conn: conn.execute(ALL).all())
    for at, row in enumerate(rows):
        one = _certificate(row)
        raw = base64.b64decode(one.signature)
        if one.signer != ours or not is_signed(one.content.encode(), raw, ours):
            raise WrongCertificate(
                f"certificate {one.no} of {one.day} was not signed by us as it stands"
            )
        # What is older than the audit is purged: the first one left names one that is gone.
        if at and one.says["previous"] != previous:
            raise WrongCertificate(f"a certificate before {one.no} of {one.day} is missing")
        previous = _digest(one.content)
    return len(rows)


def drop(conn: Connection, before: datetime) -> int:
    """Delete the certificates made before an instant; return how many."""
    return conn.execute(DROP, {"before": before}).rowcount


def _certificate(row: Row[Any]) -> Certificate:
    says = json.loads(row.content)
    return Certificate(row.no, row.day, row.made_at, row.content, row.signature, row.signer, says)


def _note(centre: Centre, made: Certificate) -> None:
    """Keep it outside the database as well, where whoever restores an old store finds it."""
    folder = centre.settings.state_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = {"content": made.content, "signature": made.signature, "signer": made.signer}
    file = folder / f"{made.day}-{made.no:06d}.json"
    file.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


LAST = text("SELECT content FROM purge_certificates ORDER BY no DESC LIMIT 1")
LAST_DAY = text("SELECT day FROM purge_certificates ORDER BY no DESC LIMIT 1")
ADD = text("""
    INSERT INTO purge_certificates (day, made_at, content, signature, signer)
    VALUES (:day, :at, :content, :signature, :signer) RETURNING no
""")
NEWEST = text("SELECT * FROM purge_certificates ORDER BY no DESC LIMIT :limit")
ALL = text("SELECT * FROM purge_certificates ORDER BY no")
DROP = text("DELETE FROM purge_certificates WHERE made_at < :before")
