"""The use cases of permits: grant, change, look up."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from ioc import audit, intake, tally
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import NotFound
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.permits import store
from ioc.permits.model import Change, Order, Permit, PermitClass, PermitVersion
from ioc.permits.rules import changed

GRANTED = "permit.granted"
# What a sender says of a permit, and so what tells a repeat from another content: never changed,
# or everything that was sent before would look new.
SENT = (
    *("id", "plate", "permit_class", "valid_from", "valid_until", "ref", "version"),
    *("holder", "destination", "roads", "deadline", "revoked_at"),
)


def grant_permits(centre: Centre, source: str, permits: Sequence[Permit]) -> list[Receipt]:
    """Keep permits granted by `source` in one transaction; one receipt each, in order."""
    now = centre.now()

    def work(conn: Connection) -> list[Receipt]:
        entries = [Entry(permit.id, _digest(permit), uuid.uuid4().hex) for permit in permits]
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


def arrival_watched(centre: Centre, permit: Permit) -> bool | None:
    """Tell whether a camera would see a red vehicle arrive; None for one that is led nowhere."""
    if permit.permit_class is not PermitClass.RED or permit.destination is None:
        return None
    today = local_day(centre.now(), centre.city.zone)
    return centre.city.sees_arrivals(permit.destination, today)


def grant_decided(
    conn: Connection, centre: Centre, source: str, permits: Sequence[Permit], made: tuple[str, str]
) -> list[Permit]:
    """Keep permits that Transport decided, in the caller's transaction; return them with refs.

    `made` says who decided, and why. The caller announces them.
    """
    now = centre.now()
    new = [replace(permit, ref=uuid.uuid4().hex, version=1) for permit in permits]
    store.add_permits(conn, source, new, now, (Change.GRANT, *made))
    tally.add(conn, {(GRANTED, source, now): len(new)})
    return new


def change_permit(centre: Centre, ref: str, order: Order) -> Permit:
    """Make a new version of a permit and return it.

    Raises:
        NotFound: there is no such permit.
        Conflict: its state does not allow the change.
        InvalidInput: a value of the order cannot be.
    """
    permit = transact(centre.engine, lambda conn: change_in(conn, centre, ref, order))
    centre.live.announce(Topic.PERMITS)
    return permit


def change_in(conn: Connection, centre: Centre, ref: str, order: Order) -> Permit:
    """Make a new version of a permit in the caller's transaction; see `change_permit`."""
    now = centre.now()
    old = store.find_permit(conn, ref, lock=True)
    if old is None:
        raise NotFound("permit", ref)
    new = changed(old, order, now)
    source, known_at = store.supersede(conn, new, now)
    store.add_permits(conn, source, [new], known_at, (order.change, order.actor, order.why))
    detail = {"change": order.change.value, "version": new.version, "why": order.why}
    audit.record(conn, order.actor, "permit_changed", f"permit:{ref}", None, detail)
    return new


def revoke_permit(centre: Centre, ref: str, actor: str, at: datetime | None = None) -> Permit:
    """End a permit early, as a new version of it; return that version.

    Raises:
        NotFound: there is no such permit.
        Conflict: it is revoked already.
    """
    return change_permit(centre, ref, Order(Change.REVOKE, actor, "revoked", holds_from=at))


def permits_of(centre: Centre, plate: str) -> list[Permit]:
    """Return the permits now known of exactly this plate."""
    return transact(centre.engine, lambda conn: store.permits_of(conn, [plate]).get(plate, []))


def find_permit(centre: Centre, ref: str, version: int | None = None) -> Permit:
    """Return a version of a permit, the newest when None.

    Raises:
        NotFound: there is no such permit.
    """

    def work(conn: Connection) -> Permit | None:
        if version is None:
            return store.find_permit(conn, ref)
        return store.find_version(conn, ref, version)

    permit = transact(centre.engine, work)
    if permit is None:
        raise NotFound("permit", ref)
    return permit


def versions_of(centre: Centre, ref: str) -> list[PermitVersion]:
    """Return every version of a permit with who made it and why, oldest first.

    Raises:
        NotFound: there is no such permit.
    """
    versions = transact(centre.engine, lambda conn: store.versions_of(conn, ref))
    if not versions:
        raise NotFound("permit", ref)
    return versions


def way_to(centre: Centre, site: str) -> tuple[str, ...]:
    """Return the roads by which the last red permit led to a quarantine site, to be used again."""
    return transact(centre.engine, lambda conn: store.way_to(conn, site))


def _digest(permit: Permit) -> bytes:
    return intake.digest_of({name: getattr(permit, name) for name in SENT})
