"""What a sample must be, what its result counts for, and which step a case may take. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ioc.errors import InvalidInput
from ioc.health.model import Standing
from ioc.samples.model import (
    Case,
    CaseState,
    CaseStep,
    Finding,
    HeldSample,
    Makes,
    Outcome,
    Sample,
    SampleBook,
)
from ioc.steps import follow, require_reason

TEST, RESULT, CASE = "test", "result.", "case"
CASE_OF: Mapping[Makes, CaseState] = {
    Makes.CONFIRMED: CaseState.CONFIRMED,
    Makes.SUSPECT: CaseState.SUSPECT,
}
LEADS: Mapping[CaseState, Mapping[CaseStep, CaseState]] = {
    CaseState.SUSPECT: {
        CaseStep.CONFIRM: CaseState.CONFIRMED,
        CaseStep.DISCARD: CaseState.DISCARDED,
    },
    CaseState.CONFIRMED: {
        CaseStep.TREAT: CaseState.TREATED,
        CaseStep.RECOVER: CaseState.RECOVERED,
        CaseStep.DIE: CaseState.DIED,
        CaseStep.DISCARD: CaseState.DISCARDED,
    },
    CaseState.TREATED: {
        CaseStep.RECOVER: CaseState.RECOVERED,
        CaseStep.DIE: CaseState.DIED,
        CaseStep.DISCARD: CaseState.DISCARDED,
    },
    CaseState.RECOVERED: {CaseStep.REOPEN: CaseState.CONFIRMED},
    CaseState.DIED: {},
    CaseState.DISCARDED: {
        CaseStep.REOPEN: CaseState.SUSPECT,
        CaseStep.CONFIRM: CaseState.CONFIRMED,
    },
}
# Not a figure of cases: nobody found him infected, or not any more.
UNCOUNTED = frozenset({CaseState.SUSPECT, CaseState.DISCARDED})
REASONED = frozenset({CaseStep.DISCARD, CaseStep.REOPEN, CaseStep.DIE})
Counts = Counter[tuple[str, str, datetime]]


def require_sound(sample: Sample, book: SampleBook) -> Sample:
    """Return `sample` with the id of its kind and its barcode in capitals.

    Raises:
        InvalidInput: `kind` or `tube` cannot be, or the result is older than the sample.
    """
    kind = book.kind_of(sample.kind)
    if kind is None:
        raise InvalidInput("kind", f"{sample.kind!r} is none of {', '.join(book.kinds)}")
    require_after(sample.outcome, sample.taken_at)
    return replace(sample, kind=kind.id, tube=barcode_of(sample.tube, book))


def barcode_of(tube: str, book: SampleBook) -> str:
    """Return a barcode in capitals.

    Raises:
        InvalidInput: it is none of the form of the city's tubes.
    """
    plain = tube.strip().upper()
    if not re.fullmatch(book.barcode, plain):
        raise InvalidInput("tube", f"{plain!r} is no barcode of a tube")
    return plain


def require_after(outcome: Outcome | None, taken_at: datetime) -> None:
    """Refuse a result from before its sample.

    Raises:
        InvalidInput: `resulted_at` lies before it.
    """
    if outcome is not None and outcome.resulted_at is not None and outcome.resulted_at < taken_at:
        raise InvalidInput("resulted_at", "lies before the sample was taken")


def require_tube(sample: Sample, others: Iterable[HeldSample], book: SampleBook) -> None:
    """Refuse a tube that was used already; `others` are samples with the same barcode.

    Raises:
        InvalidInput: `tube` holds another sample, or more persons than a pool may.
    """
    near = [one for one in others if abs(one.taken_at - sample.taken_at) < book.tube]
    same = next((one for one in near if one.person == sample.person), None)
    if same is not None:
        why = f"{sample.tube} holds the sample {same.ref} of this person already"
        raise InvalidInput("tube", why)
    kind = book.kinds[sample.kind]
    if near and (kind.pool == 1 or any(one.kind != sample.kind for one in near)):
        first = min(near, key=lambda one: one.taken_at)
        why = f"{sample.tube} was used on {first.taken_at.date()} for another person ({first.ref})"
        raise InvalidInput("tube", why)
    if len(near) >= kind.pool:
        raise InvalidInput(
            "tube", f"{sample.tube} holds {len(near)} persons, as many as a pool may"
        )


def require_result(held: HeldSample, outcome: Outcome, why: str | None) -> bool:
    """Tell whether a result is news for a sample, False where it stands already.

    Raises:
        InvalidInput: another result stands and no reason is given, or it is from before the sample.
    """
    require_after(outcome, held.taken_at)
    if held.finding is outcome.finding:
        return False
    if held.finding is not None and not (why or "").strip():
        stands = f"{held.finding.value} stands; a correction says why"
        raise InvalidInput("result", stands)
    return True


def with_outcome(sample: HeldSample, outcome: Outcome, now: datetime) -> HeldSample:
    """Return a sample with its result; one that says no time is from now."""
    resulted_at = outcome.resulted_at or max(now, sample.taken_at)
    return replace(sample, finding=outcome.finding, resulted_at=resulted_at)


def counts_of(samples: Sequence[HeldSample]) -> Counts:
    """Return what samples and their results count towards, when they were taken."""
    counts: Counts = Counter()
    for sample in samples:
        for metric in metrics_of(sample.kind, sample.finding):
            counts[metric, sample.facility, sample.taken_at] += 1
    return counts


def metrics_of(kind: str, finding: Finding | None) -> tuple[str, ...]:
    """Return the metrics that one sample counts in."""
    if finding is None:
        return TEST, f"{TEST}.{kind}"
    return TEST, f"{TEST}.{kind}", f"{RESULT}{kind}.{finding.value}"


def leads_to(state: CaseState, step: CaseStep, note: str | None) -> CaseState:
    """Return the state that `step` leads to.

    Raises:
        Conflict: it cannot follow.
        InvalidInput: it says no reason and needs one.
    """
    then = follow("case", LEADS, state, step)
    require_reason(step, note, REASONED)
    return then


def is_open(state: CaseState) -> bool:
    """Tell whether a case is not over."""
    return state in (CaseState.SUSPECT, CaseState.CONFIRMED, CaseState.TREATED)


def case_counts(case: Case) -> Counts:
    """Return what a case counts towards: a confirmed one once, when its first sample was taken."""
    if case.state in UNCOUNTED:
        return Counter()
    return Counter({(CASE, case.facility, case.positive_at): 1})


def joined_case(cases: Sequence[Case], sample: HeldSample, book: SampleBook) -> Case | None:
    """Return the case that a positive belongs to: one within the city's days of it, if any."""
    near = [case for case in cases if abs(case.positive_at - sample.taken_at) < book.case]
    return max(near, key=lambda case: (case.positive_at, case.ref), default=None)


def step_after_negative(case: Case, sample: HeldSample, book: SampleBook) -> CaseStep | None:
    """Return the step that a negative takes a case: a sure test clears a suspicion before it."""
    is_sure = book.kinds[sample.kind].makes is Makes.CONFIRMED
    is_later = case.positive_at <= sample.taken_at < case.positive_at + book.case
    if is_sure and is_later and case.state is CaseState.SUSPECT:
        return CaseStep.DISCARD
    return None


def step_after(case: Case, sample: HeldSample, book: SampleBook) -> CaseStep | None:
    """Return the step that a positive takes a case it belongs to; None where it says nothing new.

    A sure test confirms a suspicion, and what was discarded.
    """
    is_sure = book.kinds[sample.kind].makes is Makes.CONFIRMED
    if is_sure and case.state in (CaseState.SUSPECT, CaseState.DISCARDED):
        return CaseStep.CONFIRM
    return CaseStep.REOPEN if case.state is CaseState.DISCARDED else None


def is_groundless(case: Case, samples: Sequence[HeldSample], book: SampleBook) -> bool:
    """Tell whether no positive that makes a case is left for `case` among the person's samples."""
    return not any(
        sample.finding is Finding.POSITIVE
        and makes_case(sample, book)
        and abs(case.positive_at - sample.taken_at) < book.case
        for sample in samples
    )


def makes_case(sample: HeldSample, book: SampleBook) -> bool:
    """Tell whether a positive of this sample's kind makes a case."""
    return sample.kind in book.kinds and book.kinds[sample.kind].makes in CASE_OF


def standing_of(
    person: str, samples: Sequence[HeldSample], cases: Sequence[Case], book: SampleBook
) -> Standing:
    """Return what the samples and cases of one person say of him.

    A positive stops counting with the case that was made of it and discarded.
    """
    discarded = [case for case in cases if case.state is CaseState.DISCARDED]
    positives = [
        sample.taken_at
        for sample in samples
        if sample.finding is Finding.POSITIVE
        and makes_case(sample, book)
        and joined_case(discarded, sample, book) is None
    ]
    negatives = [
        sample.taken_at + book.kinds[sample.kind].negative_holds
        for sample in samples
        if sample.finding is Finding.NEGATIVE and sample.kind in book.kinds
    ]
    recovered = [case.state_since for case in cases if case.state is CaseState.RECOVERED]
    return Standing(
        person,
        positive_at=max(positives, default=None),
        recovered_at=max(recovered, default=None),
        negative_until=max(negatives, default=None),
    )
