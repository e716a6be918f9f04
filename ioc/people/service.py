"""The use cases of declarations: take in, decide, withdraw, look up."""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from ioc import audit, intake, tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, IocError, NotFound
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.people import stays, store
from ioc.people.arrivals import Counts, note_passages
from ioc.people.model import (
    Declaration,
    DeclarationState,
    DeclarationStep,
    Declared,
    Manner,
    Noted,
    Passage,
)
from ioc.people.rules import OF_HEALTH, counts_of, leads_to
from ioc.persons.model import Identity
from ioc.persons.service import meet

MOST_AT_ONCE = 1_000


@dataclass(frozen=True)
class Order:
    """What Health decides, or what is withdrawn, and why."""

    step: DeclarationStep
    actor: str
    note: str | None = None


@dataclass(frozen=True)
class Decided:
    """What became of one declaration of a batch: how it stands, or why it was left as it was."""

    ref: str
    declared: Declared | None = None
    fault: IocError | None = None


def record_declarations(
    centre: Centre, source: str, declarations: Sequence[Declaration]
) -> list[Receipt]:
    """Keep declarations of `source` in one transaction; one receipt each, in order.

    One of a wave that nobody announced is refused; who declares at a post has arrived there.
    """
    now = centre.now()

    def work(conn: Connection) -> list[Receipt]:
        named = sorted({one.wave for one in declarations if one.wave})
        waves = stays.known_waves(conn, named) if named else set[str]()
        good = [one for one in declarations if one.wave is None or one.wave in waves]
        entries = [Entry(one.id, _digest(one), uuid.uuid4().hex) for one in good]
        receipts = iter(intake.enter_ids(conn, source, "declaration", entries, now))
        answers = [
            next(receipts)
            if one.wave is None or one.wave in waves
            else Receipt(one.id, IntakeStatus.REFUSED, why=f"wave: there is no wave {one.wave!r}")
            for one in declarations
        ]
        new = [
            (str(receipt.ref), one)
            for one, receipt in zip(declarations, answers, strict=True)
            if receipt.status is IntakeStatus.RECORDED
        ]
        tally.add(conn, _keep(conn, centre, source, new, now))
        return answers

    receipts = transact(centre.engine, work)
    if any(receipt.status is IntakeStatus.RECORDED for receipt in receipts):
        centre.live.announce(Topic.DECLARATIONS)
    return receipts


def decide(centre: Centre, ref: str, order: Order) -> Declared:
    """Take a step of Health with a declaration.

    Raises:
        NotFound: there is no such declaration.
        Conflict: its state does not allow the step.
        InvalidInput: the step is none of Health's, or it says no reason.
    """
    [decided] = decide_many(centre, [ref], order)
    if decided.fault is not None:
        raise decided.fault
    assert decided.declared is not None
    return decided.declared


def decide_many(centre: Centre, refs: Sequence[str], order: Order) -> list[Decided]:
    """Take the same step of Health with many declarations in one transaction.

    One that cannot be decided so is left as it is, with the fault that says why.

    Raises:
        InvalidInput: the step is none of Health's, or these are too many.
    """
    if order.step not in OF_HEALTH:
        raise InvalidInput("decision", f"{order.step.value} is none of Health's")
    if len(refs) > MOST_AT_ONCE:
        raise InvalidInput("refs", f"at most {MOST_AT_ONCE} are decided at once")
    decided = transact(centre.engine, lambda conn: _step_all(conn, centre, refs, order))
    if any(one.fault is None for one in decided):
        centre.live.announce(Topic.DECLARATIONS)
    return decided


def withdraw(centre: Centre, ref: str, actor: str, note: str | None) -> Declared:
    """Withdraw a declaration of which nobody has arrived.

    Raises:
        NotFound: there is no such declaration.
        Conflict: somebody has arrived, or it is over.
    """
    order = Order(DeclarationStep.WITHDRAW, actor, note)
    [decided] = transact(centre.engine, lambda conn: _step_all(conn, centre, [ref], order))
    if decided.fault is not None:
        raise decided.fault
    centre.live.announce(Topic.DECLARATIONS)
    assert decided.declared is not None
    return decided.declared


def find_declaration(centre: Centre, ref: str) -> Declared:
    """Return a declaration as it stands.

    Raises:
        NotFound: there is no such declaration.
    """
    return _required(transact(centre.engine, lambda conn: store.find(conn, [ref])), ref)


def log_of(centre: Centre, ref: str) -> list[Noted]:
    """Return what happened to a declaration, oldest first."""
    return transact(centre.engine, lambda conn: store.steps_of(conn, ref))


def _keep(
    conn: Connection,
    centre: Centre,
    source: str,
    new: Sequence[tuple[str, Declaration]],
    now: datetime,
) -> Counts:
    """Keep declarations, by ref, with the persons they name; return what counts."""
    said = [identity for _, one in new for identity in _identities(one)]
    met = iter(meet(conn, centre, said, now))
    rows, steps, passages = [], [], list[Passage]()
    for ref, one in new:
        refs = [next(met) for _ in _identities(one)]
        declared_by = refs.pop() if one.declared_by is not None else None
        people = list(dict.fromkeys(refs))
        rows.append(_row(ref, one, people, declared_by))
        noted = Noted(
            DeclarationStep.RECEIVE,
            None,
            DeclarationState.RECEIVED,
            now,
            f"source:{source}",
            one.unit,
            len(people),
        )
        steps.append((ref, noted))
        if one.manner is Manner.AT_POST and one.post is not None:
            passages += [Passage(person, now, one.post) for person in people]
    store.add(conn, rows, source, now)
    store.note_steps(conn, steps)
    counts = _counts([noted for _, noted in steps])
    counts.update(note_passages(conn, centre, passages) if passages else {})
    return counts


def _step_all(conn: Connection, centre: Centre, refs: Sequence[str], order: Order) -> list[Decided]:
    found = store.find(conn, refs, lock=True)
    moved, faults = list[tuple[str, Noted]](), dict[str, IocError]()
    for ref in sorted(set(refs)):
        try:
            declared = _required(found, ref)
            moved.append((ref, _noted(centre, declared, order)))
        except (NotFound, Conflict, InvalidInput) as fault:
            faults[ref] = fault
    store.move(conn, moved)
    for ref, noted in moved:
        detail = {"step": noted.step.value, "note": noted.note}
        audit.record(conn, noted.actor, "declaration_decided", f"declaration:{ref}", None, detail)
    after = store.find(conn, [ref for ref, _ in moved])
    tally.add(conn, _counts([noted for _, noted in moved]))
    return [Decided(ref, after.get(ref), faults.get(ref)) for ref in refs]


def _noted(centre: Centre, declared: Declared, order: Order) -> Noted:
    state = leads_to(declared.state, order.step, order.note)
    taken_back = declared.decided_at if order.step is DeclarationStep.REOPEN else None
    people = len(declared.people)
    was = declared.state
    line = Noted(order.step, was, state, centre.now(), order.actor, declared.unit, people)
    return Noted(**{**vars(line), "note": order.note, "of_at": taken_back})


def _counts(steps: Sequence[Noted]) -> Counts:
    counts: Counts = Counter()
    for noted in steps:
        for metric, unit, at, n in counts_of(noted):
            counts[metric, unit, at] += n
    return counts


def _identities(one: Declaration) -> Iterator[Identity]:
    """Yield who comes, the one who declares first, and after them who declares for him."""
    yield one.identity
    yield from one.companions
    if one.declared_by is not None:
        yield one.declared_by


def _row(
    ref: str, one: Declaration, people: Sequence[str], declared_by: str | None
) -> dict[str, Any]:
    plain = {name: value for name, value in vars(one).items() if name not in PERSONAL}
    # Who declares at a post is there, whenever he meant to come.
    expected = {"expected_at": None} if one.post is not None else {}
    return {**plain, **expected, "ref": ref, "people": people, "declared_by": declared_by}


PERSONAL = frozenset({"identity", "companions", "declared_by"})


def _digest(one: Declaration) -> bytes:
    """Return the digest of what was said: a field that comes later changes none of before."""
    # By hand: copying every dataclass deep took half of a batch's time.
    said = {name: value for name, value in vars(one).items() if value not in (None, ())}
    for name in PERSONAL & said.keys():
        persons = said[name] if name == "companions" else (said[name],)
        said[name] = [vars(person) for person in persons]
    return intake.digest_of(said)


def _required(found: Mapping[str, Declared], ref: str) -> Declared:
    if ref not in found:
        raise NotFound("declaration", ref)
    return found[ref]
