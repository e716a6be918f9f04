"""The use cases of lists: register one, enter plates, approve them as a second person, withdraw."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from ioc import audit, intake
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.lists import store
from ioc.lists.model import ListEntry, PlateList
from ioc.lists.rules import require_reason
from ioc.notices.model import Notice
from ioc.notices.service import put_all

MOST = 1_000
STALE = "list.stale"


@dataclass(frozen=True)
class Registered:
    """A list as the registry shows it: how many plates, how many wait, whether it is stale."""

    list: PlateList
    approved: int
    waiting: int
    is_stale: bool


def register_list(centre: Centre, plate_list: PlateList, actor: str) -> None:
    """Put a list in the registry, or change what is said of it; its kind stays.

    Raises:
        InvalidInput: the day of review is over already.
        Conflict: the list is there under another kind.
    """
    today = local_day(centre.now(), centre.city.zone)
    if plate_list.is_stale(today):
        raise InvalidInput("review_on", f"{plate_list.review_on} is over")

    def work(conn: Connection) -> None:
        known = store.find_list(conn, plate_list.id, lock=True)
        if known is not None and known.kind is not plate_list.kind:
            raise Conflict(f"list: {known.id} is a list of kind {known.kind}")
        store.put_list(conn, plate_list, centre.now())
        said = {"owner": plate_list.owner, "review_on": plate_list.review_on.isoformat()}
        audit.record(conn, actor, "list_registered", f"list:{plate_list.id}", None, said)

    transact(centre.engine, work)


def review_list(centre: Centre, list_id: str, until: date, actor: str) -> None:
    """Say that the owner has looked through a list, and when he must again.

    Raises:
        NotFound: there is no such list.
        InvalidInput: that day is over already.
    """
    register_list(centre, replace(find_list(centre, list_id), review_on=until), actor)


def find_list(centre: Centre, list_id: str) -> PlateList:
    """Return a list.

    Raises:
        NotFound: there is none of this id.
    """
    found = transact(centre.engine, lambda conn: store.find_list(conn, list_id))
    if found is None:
        raise NotFound("list", list_id)
    return found


def registry(centre: Centre) -> list[Registered]:
    """Return every list with its state, by id."""
    today = local_day(centre.now(), centre.city.zone)

    def work(conn: Connection) -> list[Registered]:
        counts = store.count_entries(conn)
        return [
            Registered(one, *counts.get(one.id, (0, 0)), is_stale=one.is_stale(today))
            for one in store.lists(conn)
        ]

    return transact(centre.engine, work)


def enter(centre: Centre, list_id: str, entries: Sequence[ListEntry], actor: str) -> list[Receipt]:
    """Keep entries for a list in one transaction; none holds before another person approved it.

    The same id again changes nothing; with another content it is refused, and `amend` is meant.

    Raises:
        NotFound: there is no such list.
        InvalidInput: the list takes no such reasons.
    """
    now = centre.now()

    def work(conn: Connection) -> list[Receipt]:
        plate_list = store.find_list(conn, list_id, lock=True)
        if plate_list is None:
            raise NotFound("list", list_id)
        for entry in entries:
            require_reason(plate_list, entry.reason)
        receipts = _enter_ids(conn, list_id, entries, now)
        new = [
            replace(entry, ref=str(receipt.ref), list=list_id, entered_by=actor)
            for entry, receipt in zip(entries, receipts, strict=True)
            if receipt.status is IntakeStatus.RECORDED
        ]
        store.add_entries(conn, new, now)
        store.note_loaded(conn, list_id, now)
        audit.record(conn, actor, "list_entered", f"list:{list_id}", None, {"n": len(new)})
        return receipts

    return transact(centre.engine, work)


def approve(
    centre: Centre, list_id: str, actor: str, refs: Sequence[str] | None = None
) -> list[str]:
    """Approve entries that another person entered; return their refs.

    Args:
        centre: where they wait.
        list_id: the list they are on.
        actor: who approves.
        refs: which ones, None for all that wait.

    Raises:
        NotFound: there is no such list.
        Conflict: one of `refs` does not wait, or `actor` entered it.
    """
    now = centre.now()

    def work(conn: Connection) -> list[str]:
        if store.find_list(conn, list_id) is None:
            raise NotFound("list", list_id)
        approved = store.approve(conn, list_id, refs, actor, now)
        left = set(refs or ()) - set(approved)
        if left:
            why = "does not wait, or was entered by the one who approves"
            raise Conflict(f"entry: {min(left)} {why}")
        audit.record(conn, actor, "list_approved", f"list:{list_id}", None, {"n": len(approved)})
        return sorted(approved)

    return transact(centre.engine, work)


def amend(centre: Centre, ref: str, changed: ListEntry, actor: str) -> ListEntry:
    """Change an entry: a new version, which waits for an approval of its own; return it.

    Raises:
        NotFound: there is no such entry.
    """
    now = centre.now()

    def work(conn: Connection) -> ListEntry:
        old = _held(conn, ref)
        new = replace(
            changed,
            id=old.id,
            list=old.list,
            ref=ref,
            version=old.version + 1,
            entered_by=actor,
            approved_by=None,
            approved_at=None,
        )
        store.supersede(conn, old, now)
        store.add_entries(conn, [new], now)
        audit.record(conn, actor, "list_amended", f"entry:{ref}", None, {"version": new.version})
        return new

    return transact(centre.engine, work)


def withdraw(centre: Centre, ref: str, actor: str, note: str) -> None:
    """Take a vehicle off its list; reads from now on are judged without it.

    Raises:
        NotFound: there is no such entry.
    """
    now = centre.now()

    def work(conn: Connection) -> None:
        store.supersede(conn, _held(conn, ref), now)
        audit.record(conn, actor, "list_withdrawn", f"entry:{ref}", note, {})

    transact(centre.engine, work)


def waiting(
    centre: Centre, list_id: str | None = None, limit: int = 100
) -> list[tuple[ListEntry, datetime]]:
    """Return entries that nobody has approved yet with when they came in, oldest first."""
    return transact(centre.engine, lambda conn: store.waiting(conn, list_id, min(limit, MOST)))


def tell_stale(centre: Centre) -> int:
    """Tell of lists whose review is overdue, once for each day of review missed.

    Returns:
        How many letters went into the outbox.
    """
    today = local_day(centre.now(), centre.city.zone)

    def work(conn: Connection) -> int:
        stale = [one for one in store.lists(conn) if one.is_stale(today)]
        return put_all(conn, centre, [_notice(one) for one in stale])

    return transact(centre.engine, work)


def drop_entries(centre: Centre, ended_before: datetime) -> int:
    """Delete entries that ended before an instant; return how many rows went."""
    return transact(centre.engine, lambda conn: store.drop_entries(conn, ended_before))


def _notice(plate_list: PlateList) -> Notice:
    return Notice(
        topic=STALE,
        about=f"list:{plate_list.id}",
        subject="notice.list_stale",
        body="notice.list_stale_body",
        dedupe=f"list:{plate_list.id}:stale:{plate_list.review_on}",
        words={
            "list": plate_list.id,
            "owner": plate_list.owner,
            "day": plate_list.review_on.isoformat(),
        },
    )


def _enter_ids(
    conn: Connection, list_id: str, entries: Sequence[ListEntry], now: datetime
) -> list[Receipt]:
    ids = [Entry(one.id, intake.digest_of(asdict(one)), uuid.uuid4().hex) for one in entries]
    return intake.enter_ids(conn, f"list:{list_id}", "list_entry", ids, now)


def _held(conn: Connection, ref: str) -> ListEntry:
    found = store.find_entry(conn, ref, lock=True)
    if found is None:
        raise NotFound("entry", ref)
    return found
