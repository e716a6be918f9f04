"""Answer a person: what is held on him, and its deletion, as far as the law lets it go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row

from ioc import audit
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import Conflict, NotFound
from ioc.evidence import path_of
from ioc.subjects import store
from ioc.subjects.erasing import asked_of, erase_subject, key_of, opened, sealed_of
from ioc.subjects.holdings import told
from ioc.subjects.ledger import keep_ledger
from ioc.subjects.model import About, Erasure, Outcome, Request, RequestKind, Section, Subject
from ioc.subjects.rules import answer_by, require_checked, workdays_after

MOST = 1_000


def receive(
    centre: Centre, kind: RequestKind, subject: Subject, checked: str, actor: str
) -> Request:
    """Take a request in, with the days on which it is to be acknowledged and answered.

    Raises:
        InvalidInput: the number is of no document, or nobody says how it was checked who asks.
    """
    now, policy = centre.now(), centre.city.policy
    key_of(centre, subject)
    today = local_day(now, centre.city.zone)
    values = {
        "kind": kind.value,
        "about": subject.about.value,
        "sealed": sealed_of(centre, subject),
        "checked": require_checked(checked),
        "received_at": now,
        "received_by": actor,
        "acknowledge_by": workdays_after(today, policy.acknowledge_workdays),
        "answer_by": answer_by(kind, now, policy.access, policy.erasure),
    }

    def work(conn: Connection) -> Request:
        no = store.add_request(conn, values)
        detail = {"kind": kind.value, "about": subject.about.value}
        audit.record(conn, actor, "request_received", f"request:{no}", None, detail)
        return _found(conn, centre, no)

    return transact(centre.engine, work)


def tell(centre: Centre, no: int, actor: str) -> tuple[Request, list[Section]]:
    """Return everything that is held on who asks, and note that he was answered.

    Raises:
        NotFound: there is no such request.
    """

    def work(conn: Connection) -> tuple[Request, list[Section]]:
        request = _found(conn, centre, no)
        purpose, subject = f"request {no}", f"request:{no}"
        audit.record(conn, actor, "subject_told", subject, purpose, {})
        asked = asked_of(conn, centre, request.subject)
        sections = [store.section(conn, one, asked) for one in told(request.subject.about)]
        filled = [section for section in sections if section.rows]
        rows = {section.table: len(section.rows) for section in filled}
        if request.kind is RequestKind.ACCESS:
            store.answer(conn, no, centre.now(), actor, {"told": rows})
        return _found(conn, centre, no), filled

    return transact(centre.engine, work)


def erase(centre: Centre, no: int, actor: str, *, dry_run: bool = False) -> Outcome:
    """Cut what is held from who asks, as far as nothing forbids it; the ledger keeps that it was.

    Raises:
        NotFound: there is no such request.
        Conflict: it asks for something else, or was answered.
    """
    now = centre.now()

    def work(conn: Connection) -> tuple[Outcome, list[str]]:
        request = _found(conn, centre, no)
        if request.kind is not RequestKind.ERASURE:
            raise Conflict(f"request {no} does not ask for deletion")
        if request.answered_at is not None:
            raise Conflict(f"request {no} was answered already")
        outcome, names = erase_subject(conn, centre, request.subject, dry_run=dry_run)
        if dry_run:
            return outcome, []
        sealed = sealed_of(centre, request.subject)
        line = Erasure(uuid4(), request.subject.about, sealed, now, actor)
        store.add_erasures(conn, [line])
        held = {hold.table: hold.rows for hold in outcome.holds}
        store.answer(conn, no, now, actor, {"erased": dict(outcome.erased), "held": held})
        detail = {"erased": sum(outcome.erased.values()), "held": sum(held.values())}
        audit.record(conn, actor, "subject_erased", f"request:{no}", None, detail)
        return outcome, names

    outcome, names = transact(centre.engine, work)
    if not dry_run:
        _unlink(centre, names)
        keep_ledger(centre)
    return outcome


def erase_again(centre: Centre) -> int:
    """Do every erasure of the ledger again in a store put back; return of how many rows."""
    done = 0
    for line in keep_ledger(centre):
        subject = opened(centre, line.about, line.sealed)

        def work(conn: Connection, subject: Subject = subject) -> tuple[Outcome, list[str]]:
            return erase_subject(conn, centre, subject, dry_run=False)

        outcome, names = transact(centre.engine, work)
        _unlink(centre, names)
        done += sum(outcome.erased.values())
    return done


def requests(centre: Centre, *, is_open: bool = True) -> list[Request]:
    """Return the requests that wait, the most pressing first; or all, newest first."""

    def work(conn: Connection) -> list[Request]:
        rows = store.requests(conn, is_open=is_open, limit=MOST)
        return [_request(centre, row) for row in rows]

    return transact(centre.engine, work)


def drop_requests(centre: Centre, before: datetime) -> int:
    """Delete requests received, and erasures done, before an instant; return how many requests."""
    return transact(centre.engine, lambda conn: store.drop(conn, before))


def _found(conn: Connection, centre: Centre, no: int) -> Request:
    row = store.find_request(conn, no)
    if row is None:
        raise NotFound("request", str(no))
    return _request(centre, row)


def _request(centre: Centre, row: Row[Any]) -> Request:
    return Request(
        row.no,
        RequestKind(row.kind),
        opened(centre, About(row.about), bytes(row.sealed)),
        row.checked,
        row.received_at,
        row.received_by,
        row.acknowledge_by,
        row.answer_by,
        row.answered_at,
        row.answered_by,
        row.outcome,
    )


def _unlink(centre: Centre, names: Sequence[str]) -> None:
    for name in names:
        path_of(centre, name).unlink(missing_ok=True)
