"""The register of breaches, with the clock in which the authority must be told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from ioc import audit
from ioc.breaches import store
from ioc.breaches.model import Breach, BreachStep, ClockState, Noted
from ioc.breaches.rules import clock_of, require_note, require_possible, require_said
from ioc.centre import Centre
from ioc.clock import require_aware
from ioc.db import transact
from ioc.errors import InvalidInput, NotFound

MOST = 200


def open_breach(
    centre: Centre,
    what: str,
    kinds: Sequence[str],
    people: int | None,
    discovered_at: datetime,
    actor: str,
) -> Breach:
    """Enter a breach; its clock runs from its discovery, not from now.

    Raises:
        InvalidInput: a field is missing or wrong, or it was discovered ahead of now.
    """
    policy = centre.city.policy
    require_said(what, kinds, people, policy.kinds)
    found_at = require_aware("discovered_at", discovered_at)
    if found_at > centre.now():
        raise InvalidInput("discovered_at", "lies ahead of now")
    breach = Breach(0, what.strip(), tuple(kinds), people, found_at, found_at + policy.breach)

    def work(conn: Connection) -> Breach:
        no = store.add(conn, breach)
        store.note(conn, no, Noted(BreachStep.FOUND, centre.now(), actor, breach.what))
        audit.record(conn, actor, "breach_entered", f"breach:{no}", None, {"kinds": list(kinds)})
        return replace(breach, no=no)

    return transact(centre.engine, work)


def note_step(centre: Centre, no: int, step: BreachStep, note: str, actor: str) -> Breach:
    """Note what was done about a breach, and return how it stands then.

    Raises:
        NotFound: there is no such breach.
        Conflict: the step cannot follow.
        InvalidInput: the note says nothing.
    """
    now, said = centre.now(), require_note("note", note)

    def work(conn: Connection) -> Breach:
        held = store.find(conn, no)
        if held is None:
            raise NotFound("breach", str(no))
        require_possible(held, step)
        told_at = now if step is BreachStep.AUTHORITY_TOLD else held.told_at
        closed_at = now if step is BreachStep.CLOSED else None
        store.mark(conn, no, told_at, closed_at)
        store.note(conn, no, Noted(step, now, actor, said))
        audit.record(conn, actor, "breach_step", f"breach:{no}", None, {"step": step.value})
        return replace(held, told_at=told_at, closed_at=closed_at)

    return transact(centre.engine, work)


def breaches(centre: Centre) -> list[tuple[Breach, ClockState]]:
    """Return breaches with their clocks: the open ones first, the most pressing at the top."""
    now = centre.now()
    found = transact(centre.engine, lambda conn: store.newest(conn, MOST))
    return [(one, clock_of(one, now)) for one in found]


def untold(centre: Centre) -> list[Breach]:
    """Return the breaches of which the authority was not told yet, the most pressing first."""
    return transact(centre.engine, store.untold)


def breach_of(centre: Centre, no: int) -> Breach:
    """Return a breach.

    Raises:
        NotFound: there is none of that number.
    """
    found = transact(centre.engine, lambda conn: store.read(conn, no))
    if found is None:
        raise NotFound("breach", str(no))
    return found


def file_of(centre: Centre, no: int) -> Sequence[Noted]:
    """Return what was noted of a breach, oldest first."""
    return transact(centre.engine, lambda conn: store.steps(conn, no))


def drop_breaches(centre: Centre, closed_before: datetime) -> int:
    """Delete breaches closed before an instant; return how many."""
    return transact(centre.engine, lambda conn: store.drop(conn, closed_before))
