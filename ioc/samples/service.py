"""What a result does: its sample, the cases it makes, what is held of the person; and look-ups."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from ioc import amendments, audit, sums, tally
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import NotFound
from ioc.health.store import await_writers, hold_persons, put_tests
from ioc.live import Topic
from ioc.samples import store
from ioc.samples.model import (
    Case,
    CaseDone,
    CaseState,
    CaseStep,
    Finding,
    HeldSample,
    Positivity,
    SampleBook,
)
from ioc.samples.rulebook import read_tests
from ioc.samples.rules import (
    CASE_OF,
    RESULT,
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

logger = logging.getLogger(__name__)
MOST = 500


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
        hold_persons(conn, [known.person])
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


def unite_samples(conn: Connection, centre: Centre, person: str, head: str) -> int:
    """Put the samples and cases of a person under whom a merge made one with him; return how many.

    In the caller's transaction. No count changes: a sample stays where it was taken.
    """
    hold_persons(conn, [person, head])
    moved = store.rename(conn, person, head)
    put_standings(conn, centre, [person, head])
    return moved


def cases_in(
    centre: Centre, states: Sequence[CaseState], actor: str, purpose: str | None
) -> list[Case]:
    """Return cases in one of `states`, the longest in it first; the look-up is audited."""

    def work(conn: Connection) -> list[Case]:
        said = {"states": [state.value for state in states]}
        audit.record(conn, actor, "cases_looked_up", "cases", purpose, said)
        return store.find_cases(conn, states, MOST)

    return transact(centre.engine, work)


def case_log(centre: Centre, ref: str) -> list[CaseDone]:
    """Return what was done with a case, oldest first."""
    return transact(centre.engine, lambda conn: store.steps_of(conn, ref))


def find_sample(centre: Centre, ref: str) -> HeldSample:
    """Return a sample.

    Raises:
        NotFound: there is none.
    """
    found = transact(centre.engine, lambda conn: store.find(conn, [ref])).get(ref)
    if found is None:
        raise NotFound("test", ref)
    return found


@dataclass(frozen=True)
class ResultPage:
    """Samples with results that are new to a reader, and where he goes on from."""

    samples: Sequence[HeldSample]
    corrections: frozenset[int]
    resulted: int
    is_last: bool


def results_after(centre: Centre, resulted: int, limit: int) -> ResultPage:
    """Return the next page of a feed: results that came after a number; a corrected one again.

    `corrections` are positions in `samples`. Whoever writes at this moment is waited for.
    """

    def work(conn: Connection) -> ResultPage:
        await_writers(conn)
        rows = store.resulted_after(conn, resulted, limit)
        return ResultPage(
            [sample for _, sample, _ in rows],
            frozenset(i for i, (_, _, why) in enumerate(rows) if why is not None),
            rows[-1][0] if rows else resulted,
            is_last=len(rows) < limit,
        )

    return transact(centre.engine, work)


def positivity(centre: Centre, first: date, last: date) -> list[Positivity]:
    """Return what was found by kind in samples taken from `first` to `last`, both among them."""
    kinds = list(test_kinds(centre).kinds)
    metrics = [f"{TEST}.{kind}" for kind in kinds]
    metrics += [f"{RESULT}{kind}.{finding.value}" for kind in kinds for finding in Finding]
    zone = centre.city.zone
    counted = transact(centre.engine, lambda c: sums.between(c, metrics, first, last, zone))
    by_metric: dict[str, int] = {}
    for (metric, _), n in counted.items():
        by_metric[metric] = by_metric.get(metric, 0) + n
    return [
        Positivity(
            kind,
            by_metric.get(f"{TEST}.{kind}", 0),
            *(by_metric.get(f"{RESULT}{kind}.{finding.value}", 0) for finding in Finding),
        )
        for kind in kinds
    ]


def _follow(conn: Connection, centre: Centre, resulted: Sequence[HeldSample], actor: str) -> Counts:
    """Let results make cases and take them further; return what that counts."""
    book = test_kinds(centre)
    persons = sorted({sample.person for sample in resulted})
    samples, cases = store.of_persons(conn, persons), store.cases_of(conn, persons)
    delta: Counts = Counts()
    for sample in sorted(resulted, key=lambda one: (one.person, one.taken_at, one.ref)):
        own = cases.setdefault(sample.person, [])
        for case in list(own):
            step, note = _step_of(case, sample, samples[sample.person], book)
            if step is not None:
                own[own.index(case)] = _step(conn, centre, case, step, (actor, note), delta)
        is_positive = sample.finding is Finding.POSITIVE and makes_case(sample, book)
        if is_positive and joined_case(own, sample, book) is None:
            own.append(_open(conn, centre, sample, actor, delta))
    put_tests(conn, [standing_of(p, samples.get(p, ()), cases.get(p, ()), book) for p in persons])
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


def put_standings(conn: Connection, centre: Centre, persons: Sequence[str]) -> None:
    """Keep what samples and cases say of persons."""
    book = test_kinds(centre)
    samples: Mapping[str, Sequence[HeldSample]] = store.of_persons(conn, persons)
    cases: Mapping[str, Sequence[Case]] = store.cases_of(conn, persons)
    put_tests(conn, [standing_of(p, samples.get(p, ()), cases.get(p, ()), book) for p in persons])


def _required(case: Case | None, ref: str) -> Case:
    if case is None:
        raise NotFound("case", ref)
    return case


@cache
def _load(folder: Path) -> SampleBook:
    book, faults = read_tests(folder)
    for fault in faults:
        logger.error("%s", fault)
    return book
