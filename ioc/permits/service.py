"""The use cases of permits: grant, end early, look up."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Connection

from ioc import audit, intake, tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, NotFound
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.permits import store
from ioc.permits.model import Permit

GRANTED = "permit.granted"


def grant_permits(centre: Centre, source: str, permits: Sequence[Permit]) -> list[Receipt]:
    """Keep permits granted by `source` in one transaction; one receipt each, in order."""
    now = centre.now()

    def work(conn: Connection) -> list[Receipt]:
        entries = [
            Entry(permit.id, intake.digest_of(asdict(permit)), uuid.uuid4().hex)
            for permit in permits
        ]
        receipts = intake.enter_ids(conn, source, "permit", entries, now)
        new = [
            replace(permit, ref=str(receipt.ref), version=1)
            for permit, receipt in zip(permits, receipts, strict=True)
            if receipt.status is IntakeStatus.RECORDED
        ]
        store.add_permits(conn, source, new, now)
        tally.add(conn, {(GRANTED, source, now): len(new)})
        return receipts

    receipts = transact(centre.engine, work)
    centre.live.announce(Topic.PERMITS)
    return receipts


def revoke_permit(centre: Centre, ref: str, actor: str, at: datetime | None = None) -> Permit:
    """End a permit early, as a new version of it; return that version.

    Raises:
        NotFound: there is no such permit.
        Conflict: it is revoked already.
    """
    now = centre.now()

    def work(conn: Connection) -> Permit:
        old = store.find_permit(conn, ref, lock=True)
        if old is None:
            raise NotFound("permit", ref)
        if old.revoked_at is not None:
            raise Conflict(f"permit: {ref} is revoked already")
        new = replace(old, version=old.version + 1, revoked_at=at or now)
        source = store.supersede(conn, old, now)
        store.add_permits(conn, source, [new], now)
        audit.record(conn, actor, "permit_revoked", f"permit:{ref}", None, {})
        return new

    permit = transact(centre.engine, work)
    centre.live.announce(Topic.PERMITS)
    return permit


def permits_of(centre: Centre, plate: str) -> list[Permit]:
    """Return the permits now known of exactly this plate."""
    return transact(centre.engine, lambda conn: store.permits_of(conn, [plate]).get(plate, []))


def find_permit(centre: Centre, ref: str) -> Permit:
    """Return the newest version of a permit.

    Raises:
        NotFound: there is no such permit.
    """
    permit = transact(centre.engine, lambda conn: store.find_permit(conn, ref))
    if permit is None:
        raise NotFound("permit", ref)
    return permit
