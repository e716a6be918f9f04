"""The use cases of registrations: take in, decide, reply, look up."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ioc import audit, intake
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, IocError, NotFound
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.permits.model import Change, Order, Permit, PermitState
from ioc.permits.service import change_in, grant_decided
from ioc.permits.store import find_permit, permits_of
from ioc.registrations import store
from ioc.registrations.model import (
    Choice,
    Decided,
    Decision,
    Done,
    Filing,
    Registration,
    RegistrationState,
    RegistrationStep,
    Violation,
    Waiting,
)
from ioc.registrations.rules import OF_REGISTRANT, leads_to, permit_of

# What a step of the registrant does to a permit that was granted, and revoked since.
PLEAS = {RegistrationStep.APPEAL: Change.APPEAL, RegistrationStep.WITHDRAW: Change.DISMISS}
# Whose permits those are that Transport grants.
GRANTOR = "transport"
MOST = 400
EARLIER = 20
VERDICTS = {
    RegistrationStep.APPROVE: Change.UPHOLD,
    RegistrationStep.REFUSE: Change.DISMISS,
}
FACETS = ("kind", "origin")
MOST_VALUES = 12


@dataclass(frozen=True)
class History:
    """What is known of a vehicle: earlier registrations, permits, and alerts."""

    filings: Sequence[Filing]
    permits: Sequence[Permit]
    violations: Sequence[Violation]


def record_registrations(
    centre: Centre, source: str, registrations: Sequence[Registration]
) -> list[Receipt]:
    """Keep registrations of `source` in one transaction; one receipt each, in order."""
    now = centre.now()

    def work(conn: Connection) -> list[Receipt]:
        entries = [Entry(one.id, _digest(one), uuid.uuid4().hex) for one in registrations]
        receipts = intake.enter_ids(conn, source, "registration", entries, now)
        new = {
            str(receipt.ref): one
            for one, receipt in zip(registrations, receipts, strict=True)
            if receipt.status is IntakeStatus.RECORDED
        }
        store.add(conn, source, new, now)
        came = Done(RegistrationStep.RECEIVE, RegistrationState.RECEIVED, now, f"source:{source}")
        store.note_steps(conn, [(ref, came) for ref in sorted(new)])
        return receipts

    receipts = transact(centre.engine, work)
    centre.live.announce(Topic.REGISTRATIONS)
    return receipts


def reply(centre: Centre, ref: str, step: RegistrationStep, actor: str, note: str | None) -> Filing:
    """Take a step of the registrant: answer what was asked, appeal, withdraw.

    An appeal is against a refusal, or against the revocation of the permit that was granted.

    Raises:
        NotFound: there is no such registration.
        Conflict: its state does not allow the step, or its permit is not revoked.
        InvalidInput: the step is none of the registrant's, or says nothing.
    """
    if step not in OF_REGISTRANT:
        raise InvalidInput("reply", f"{step.value} is none of the registrant's")

    def work(conn: Connection) -> Filing:
        filing = _required(store.find(conn, [ref], lock=True), ref)
        state = leads_to(filing.state, step, note)
        change = PLEAS.get(step) if filing.permit is not None else None
        if change is not None:
            order = Order(change, actor, note or "withdrawn")
            change_in(conn, centre, str(filing.permit), order)
        kept = filing.permit if change is Change.APPEAL else None
        done = Done(step, state, centre.now(), actor, note, kept)
        store.move(conn, [(ref, done)], is_decision=False)
        return store.find(conn, [ref])[ref]

    filing = transact(centre.engine, work)
    centre.live.announce(Topic.REGISTRATIONS)
    return filing


def filing_in(conn: Connection, ref: str | None) -> Filing | None:
    """Return a registration, None where there is none or no longer."""
    return None if ref is None else store.find(conn, [ref]).get(ref)


def find_filing(centre: Centre, ref: str) -> Filing:
    """Return a registration as it stands.

    Raises:
        NotFound: there is no such registration.
    """
    return _required(transact(centre.engine, lambda conn: store.find(conn, [ref])), ref)


def log_of(centre: Centre, ref: str) -> list[Done]:
    """Return what was done with a registration, oldest first."""
    return transact(centre.engine, lambda conn: store.steps_of(conn, ref))


def search(centre: Centre, choice: Choice, limit: int = MOST) -> list[Filing]:
    """Return the registrations of a choice: what has waited longest first, or was decided last."""
    return transact(centre.engine, lambda conn: store.search(conn, choice, min(limit, MOST)))


def facets(centre: Centre, choice: Choice) -> dict[str, dict[str, int]]:
    """Return the most frequent kinds and origins of a choice, with how many there are."""
    return transact(
        centre.engine,
        lambda conn: {name: store.count_by(conn, choice, name, MOST_VALUES) for name in FACETS},
    )


def waiting(centre: Centre) -> Waiting:
    """Return what waits for Transport, and how the city's day has gone so far."""
    now, zone = centre.now(), centre.city.zone
    start, _ = day_bounds(local_day(now, zone), zone)
    return transact(centre.engine, lambda conn: store.waiting(conn, start, now))


def history(centre: Centre, plate: str) -> History:
    """Return what is known of exactly this plate, newest first."""

    def work(conn: Connection) -> History:
        return History(
            store.of_plate(conn, plate, EARLIER),
            permits_of(conn, [plate]).get(plate, [])[-EARLIER:][::-1],
            store.violations_of(conn, plate, EARLIER),
        )

    return transact(centre.engine, work)


def decide_in(
    conn: Connection, centre: Centre, refs: Sequence[str], decision: Decision
) -> list[Decided]:
    """Take a step of Transport with registrations, in the caller's transaction.

    One that cannot be decided so is left as it is, with the fault that says why.
    """
    found = store.find(conn, refs, lock=True)
    now, faults = centre.now(), dict[str, IocError]()
    states: dict[str, RegistrationState] = {}
    permits: dict[str, Permit] = {}
    for ref in dict.fromkeys(refs):
        try:
            filing = _required(found, ref)
            states[ref] = leads_to(filing.state, decision.step, decision.note)
            if decision.step is RegistrationStep.APPROVE and filing.permit is None:
                permits[ref] = permit_of(filing, decision, now)
        except (NotFound, Conflict, InvalidInput) as fault:
            faults[ref] = fault
    good = sorted(ref for ref in states if ref not in faults)
    made = (decision.actor, decision.note or "registration approved")
    given = [permits[ref] for ref in good if ref in permits]
    new = {permit.id: permit for permit in grant_decided(conn, centre, GRANTOR, given, made)}
    if decision.step is RegistrationStep.REOPEN:
        _take_back(conn, centre, [found[ref] for ref in good], decision)
    elif decision.step in VERDICTS:
        new |= _settle(conn, centre, [found[ref] for ref in good], decision)
    moved = [
        (ref, Done(decision.step, states[ref], now, decision.actor, decision.note, _ref(new, ref)))
        for ref in good
    ]
    is_decision = decision.step in (RegistrationStep.APPROVE, RegistrationStep.REFUSE)
    store.move(conn, moved, is_decision=is_decision)
    for ref, done in moved:
        detail = {"step": done.step.value, "note": done.note, "permit": done.permit}
        audit.record(conn, done.actor, "registration_decided", f"registration:{ref}", None, detail)
    after = store.find(conn, good)
    return [Decided(ref, after.get(ref), new.get(ref), faults.get(ref)) for ref in refs]


def _take_back(
    conn: Connection, centre: Centre, filings: Sequence[Filing], decision: Decision
) -> None:
    """Revoke the permits that approvals now taken back had granted; the way back is a fact too."""
    order = Order(Change.REVOKE, decision.actor, decision.note or "")
    for filing in filings:
        permit = None if filing.permit is None else find_permit(conn, filing.permit)
        if permit is not None and permit.state is PermitState.GRANTED:
            change_in(conn, centre, permit.ref, order)


def _digest(registration: Registration) -> bytes:
    """Return the digest of what was said: a field that comes later changes none of before."""
    said = {name: value for name, value in vars(registration).items() if value not in (None, ())}
    return intake.digest_of(said)


def _settle(
    conn: Connection, centre: Centre, filings: Sequence[Filing], decision: Decision
) -> dict[str, Permit]:
    """Decide appeals against revocations; return the permits they end with, by registration."""
    settled = {}
    for filing in filings:
        permit = None if filing.permit is None else find_permit(conn, filing.permit)
        if permit is None:
            continue
        if permit.state is PermitState.APPEALED:
            why = decision.note or "appeal upheld"
            order = Order(VERDICTS[decision.step], decision.actor, why)
            permit = _reclassed(conn, centre, change_in(conn, centre, permit.ref, order), decision)
        settled[filing.ref] = permit
    return settled


def _reclassed(conn: Connection, centre: Centre, permit: Permit, decision: Decision) -> Permit:
    """Return a restored permit, amended where it is restored as another class."""
    wanted, is_over = decision.permit_class, permit.valid_until <= centre.now()
    if permit.state is not PermitState.GRANTED or wanted in (None, permit.permit_class) or is_over:
        return permit
    order = Order(
        Change.AMEND,
        decision.actor,
        decision.note or "appeal upheld",
        permit_class=wanted,
        destination=decision.destination,
        roads=decision.roads,
        deadline=decision.deadline,
    )
    return change_in(conn, centre, permit.ref, order)


def _ref(permits: Mapping[str, Permit], ref: str) -> str | None:
    return permits[ref].ref if ref in permits else None


def _required(found: Mapping[str, Any], ref: str) -> Filing:
    if ref not in found:
        raise NotFound("registration", ref)
    filing: Filing = found[ref]
    return filing
