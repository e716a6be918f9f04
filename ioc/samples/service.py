"""What a result does: its sample, the cases it makes, what is held of the person; and look-ups."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from ioc import amendments, audit, tally
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.config import noted
from ioc.db import transact
from ioc.errors import NotFound
from ioc.health.store import hold_persons, put_tests
from ioc.live import Topic
from ioc.persons.service import circles_of
from ioc.samples import store
from ioc.samples.model import (
    Case,
    CaseDone,
    CaseState,
    CaseStep,
    Finding,
    HeldSample,
    SampleBook,
)
from ioc.samples.rulebook import read_tests
from ioc.samples.rules import (
    CASE_OF,
    TEST,
    Counts,
    case_counts,
    counts_of,
    is_groundless,
    joined_case,
    leads_to,
    makes_case,
    standing_of,
    step_after,
    step_after_negative,
)


@dataclass(frozen=True)
class Change:
    """A sample before and after a result, and why one was corrected; None: it is new."""

    before: HeldSample | None
    after: HeldSample
    why: str | None = None


def test_kinds(centre: Centre) -> SampleBook:
    """Return the kinds of tests of the city, read once a process."""
    return _load(centre.settings.city_dir)


def settle(conn: Connection, centre: Centre, changes: Sequence[Change], actor: str) -> None:
    """Keep samples and results, in the caller's transaction that holds their persons.

    Cases and what is held of the persons follow; tallies come last.
    """
    book, now, zone = test_kinds(centre), centre.now(), centre.city.zone
    fresh = [one.after for one in changes if one.before is None]
    store.add(conn, fresh, now)
    resulted = [(one.after, one.why) for one in changes if one.after.finding is not None]
    store.set_results(conn, [c.after for c in changes if c.before is not None], now)
    store.note_results(conn, resulted, actor, now)
    delta = counts_of([one.after for one in changes])
    delta.subtract(counts_of([one.before for one in changes if one.before is not None]))
    if resulted:
        delta.update(_follow(conn, centre, [sample for sample, _ in resulted], actor))
    present = [(TEST, sample.facility, local_day(sample.taken_at, zone)) for sample in fresh]
    tally.mark_present(conn, present)
    tally.add(conn, delta)
    late = {key: n for key, n in delta.items() if key[0] == TEST}
    amendments.note(conn, centre, late, book.closes)


def take_case_step(centre: Centre, ref: str, step: CaseStep, actor: str, note: str | None) -> Case:
    """Take a step with a case and return it; it is audited.

    Raises:
        NotFound: there is no such case.
        Conflict: its state does not allow the step.
        InvalidInput: the step needs a reason.
    """

    def work(conn: Connection) -> Case:
        known = _required(store.find_case(conn, ref), ref)
        hold_circles(conn, [known.person])
        case = _required(store.find_case(conn, ref), ref)
        delta: Counts = Counts()
        after = _step(conn, centre, case, step, (actor, note), delta)
        put_standings(conn, centre, [case.person])
        audit.record(conn, actor, "case_step", f"case:{ref}", note, {"step": step.value})
        tally.add(conn, delta)
        return after

    case = transact(centre.engine, work)
    centre.live.announce(Topic.HEALTH)
    return case


def regroup_samples(conn: Connection, centre: Centre, persons: Sequence[str]) -> None:
    """Say anew what is held of persons after a merge made them one, or took it back.

    In the caller's transaction. No count changes: a sample stays where it was taken.
    """
    hold_persons(conn, persons)
    put_standings(conn, centre, persons)


def _follow(conn: Connection, centre: Centre, resulted: Sequence[HeldSample], actor: str) -> Counts:
    """Let results make cases and take them further; return what that counts."""
    book = test_kinds(centre)
    persons = sorted({sample.person for sample in resulted})
    known = _known(conn, persons)
    delta: Counts = Counts()
    for sample in sorted(resulted, key=lambda one: (one.person, one.taken_at, one.ref)):
        samples, own = known[sample.person]
        for case in list(own):
            step, note = _step_of(case, sample, samples, book)
            if step is not None:
                own[own.index(case)] = _step(conn, centre, case, step, (actor, note), delta)
        is_positive = sample.finding is Finding.POSITIVE and makes_case(sample, book)
        if is_positive and joined_case(own, sample, book) is None:
            own.append(_open(conn, centre, sample, actor, delta))
    put_tests(conn, [standing_of(ref, *about, book) for ref, about in known.items()])
    return delta


def _step_of(
    case: Case, sample: HeldSample, samples: Sequence[HeldSample], book: SampleBook
) -> tuple[CaseStep | None, str | None]:
    if sample.finding is Finding.POSITIVE and makes_case(sample, book):
        is_own = joined_case([case], sample, book) is not None
        return (step_after(case, sample, book) if is_own else None), f"test {sample.ref}"
    is_over = case.state in (CaseState.RECOVERED, CaseState.DIED, CaseState.DISCARDED)
    if not is_over and is_groundless(case, samples, book):
        return CaseStep.DISCARD, f"test {sample.ref} was corrected"
    if sample.finding is Finding.NEGATIVE:
        return step_after_negative(case, sample, book), f"test {sample.ref} is negative"
    return None, None


def _open(conn: Connection, centre: Centre, sample: HeldSample, actor: str, delta: Counts) -> Case:
    now = centre.now()
    state = CASE_OF[test_kinds(centre).kinds[sample.kind].makes]
    case = Case(
        ref=uuid.uuid4().hex,
        person=sample.person,
        state=state,
        test=sample.ref,
        facility=sample.facility,
        unit=sample.unit,
        positive_at=sample.taken_at,
        opened_at=now,
        state_since=now,
    )
    store.put_case(conn, case, CaseDone(CaseStep.OPEN, state, now, actor, f"test {sample.ref}"))
    delta.update(case_counts(case))
    return case


def _step(
    conn: Connection,
    centre: Centre,
    case: Case,
    step: CaseStep,
    done: tuple[str, str | None],
    delta: Counts,
) -> Case:
    actor, note = done
    state, now = leads_to(case.state, step, note), centre.now()
    after = replace(case, state=state, state_since=now)
    store.put_case(conn, after, CaseDone(step, state, now, actor, note))
    delta.update(case_counts(after))
    delta.subtract(case_counts(case))
    return after


def hold_circles(conn: Connection, persons: Sequence[str]) -> None:
    """Hold persons, and all whom merges made one with them, until the transaction ends."""
    circles = circles_of(conn, persons)
    hold_persons(conn, sorted({ref for _, members in circles.values() for ref in members}))


def put_standings(conn: Connection, centre: Centre, persons: Sequence[str]) -> None:
    """Keep what samples and cases say of persons, and of whom merges made one with them."""
    book, known = test_kinds(centre), _known(conn, persons)
    put_tests(conn, [standing_of(ref, *about, book) for ref, about in known.items()])


def _known(
    conn: Connection, persons: Sequence[str]
) -> dict[str, tuple[list[HeldSample], list[Case]]]:
    """Return the samples and cases of persons, and of all whom merges made one with each.

    Who is one with another shares his lists: what is added for one is there for all.
    """
    circles = dict(circles_of(conn, persons).values())
    refs = sorted({ref for members in circles.values() for ref in members})
    samples, cases = store.of_persons(conn, refs), store.cases_of(conn, refs)
    known: dict[str, tuple[list[HeldSample], list[Case]]] = {}
    for members in circles.values():
        taken = [one for ref in members for one in samples.get(ref, ())]
        made = [one for ref in members for one in cases.get(ref, ())]
        known.update(dict.fromkeys(members, (taken, made)))
    return known


def _required(case: Case | None, ref: str) -> Case:
    if case is None:
        raise NotFound("case", ref)
    return case


@cache
def _load(folder: Path) -> SampleBook:
    return noted(read_tests(folder))
