"""Legal holds: what the purge would take of somebody is kept apart until the hold is released.

Nothing lives longer at a desk for it: rows go on their day, numbers stay right, and a copy lies
where only whoever answers for the hold reads it (docs/adr/0062).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row

from ioc import audit
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import text_array, transact
from ioc.errors import Conflict, InvalidInput, NotFound, require_text
from ioc.holds import store
from ioc.holds.model import HeldKind, LegalHold
from ioc.holds.rules import LONGEST, kept_for, require_review
from ioc.persons.service import circles_of
from ioc.subjects.erasing import key_of
from ioc.subjects.model import About, Subject

MOST = 1000


def hold(
    centre: Centre, kind: HeldKind, said: str, reason: str, review_on: date, actor: str
) -> int:
    """Hold a person (by the number of a document), a plate or an alert; return the hold's number.

    What is held now is kept apart at once, what comes in later before each purge.

    Raises:
        InvalidInput: a field is wrong, or there is no such alert.
        Conflict: it is held already.
    """
    now = centre.now()
    review = require_review(review_on, local_day(now, centre.city.zone))
    subject, why = subject_of(centre, kind, said), require_text("reason", reason, LONGEST)

    def work(conn: Connection) -> int:
        if kind is HeldKind.ALERT and not store.is_alert(conn, int(subject)):
            raise InvalidInput("subject", "there is no such alert")
        no = store.add(conn, LegalHold(0, kind, subject, why, review, now, actor))
        if no is None:
            raise Conflict(f"hold: the {kind.value} is held already")
        audit.record(conn, actor, "hold_placed", f"hold:{no}", None, {"kind": kind.value})
        return no

    return transact(centre.engine, work)


def subject_of(centre: Centre, kind: HeldKind, said: str) -> str:
    """Return by what a subject is found: a person's reference, a plate, an alert's number.

    Raises:
        InvalidInput: it is none.
    """
    wanted = said.strip()
    if kind is HeldKind.ALERT:
        if not wanted.isdecimal() or len(wanted) > 18:
            raise InvalidInput("subject", "needs the number of an alert")
        return str(int(wanted))
    about = About.PERSON if kind is HeldKind.PERSON else About.PLATE
    try:
        return key_of(centre, Subject(about, wanted))
    except InvalidInput as fault:
        raise InvalidInput("subject", fault.why) from None


def release(centre: Centre, no: int, why: str, actor: str) -> None:
    """Release a hold: the next purge deletes what was kept for it.

    Raises:
        InvalidInput: it is not said why.
        NotFound: no hold of that number stands.
    """
    said, now = require_text("why_released", why, LONGEST), centre.now()

    def work(conn: Connection) -> None:
        if not store.release(conn, no, now, actor, said):
            raise NotFound("hold", str(no))
        audit.record(conn, actor, "hold_released", f"hold:{no}", None, {})

    transact(centre.engine, work)


def holds(centre: Centre) -> list[LegalHold]:
    """Return holds: those that stand by their day of review, then released ones."""
    return transact(centre.engine, lambda conn: store.holds(conn, MOST))


def keep_new(centre: Centre) -> int:
    """Keep what is held for holds that were placed since the last time; return how many rows."""
    return _keep(centre, only_new=True)


def keep_all(centre: Centre) -> int:
    """Keep what every hold that stands is on, before a purge; return how many rows are new."""
    return _keep(centre, only_new=False)


def forget(centre: Centre, released_before: datetime) -> int:
    """Delete what was kept for holds that were released, and such holds themselves on their day."""

    def work(conn: Connection) -> int:
        gone = store.forget_released(conn)
        store.drop(conn, released_before)
        return gone

    return transact(centre.engine, work)


def counted(centre: Centre) -> dict[str, int]:
    """Return holds, rows and pictures: what stands, and what is kept apart for it."""
    row = transact(centre.engine, store.count_kept)
    return {"holds": row.holds, "rows": row.rows, "pictures": row.pictures}


def read(centre: Centre, no: int, actor: str, purpose: str) -> Sequence[Row[Any]]:
    """Return of_table, content, kept_at of what is kept for a hold; it is noted who reads it.

    Raises:
        InvalidInput: it is not said what for.
        NotFound: there is no such hold, or nothing is kept for it.
    """

    def work(conn: Connection) -> Sequence[Row[Any]]:
        rows = store.rows_of(conn, no)
        if not rows:
            raise NotFound("hold", str(no))
        audit.record(conn, actor, "hold_read", f"hold:{no}", purpose, {"rows": len(rows)})
        return rows

    return transact(centre.engine, work)


def _keep(centre: Centre, *, only_new: bool) -> int:
    now = centre.now()

    def work(conn: Connection) -> int:
        kept = 0
        for one in store.standing(conn, only_new=only_new):
            asked = _asked(conn, one)
            kept += sum(store.keep(conn, one.no, table, asked, now) for table in kept_for(one.kind))
            store.keep_pictures(conn, one.no)
            store.mark(conn, one.no, now)
        return kept

    return transact(centre.engine, work)


def _asked(conn: Connection, one: LegalHold) -> Mapping[str, Any]:
    """Return by what its rows are found: all references of a person, a plate, an alert."""
    if one.kind is HeldKind.ALERT:
        return {"alert": int(one.subject)}
    if one.kind is HeldKind.PLATE:
        return {"plate": one.subject}
    _, refs = circles_of(conn, [one.subject])[one.subject]
    return {"refs": text_array(refs)}
