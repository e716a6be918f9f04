"""Samples: a tube is one sample, a result comes once, a positive makes a case; sums stay exact."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc import tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.health.model import PersonColour
from ioc.health.service import colours_of, standings_of
from ioc.persons.rules import identify
from ioc.persons.service import meet
from ioc.persons.store import set_heads
from ioc.samples.facts import case_log, cases_in, find_sample, positivity
from ioc.samples.model import (
    CaseState,
    CaseStep,
    Finding,
    Outcome,
    Sample,
    TubeResult,
)
from ioc.samples.recording import record_samples
from ioc.samples.resulting import give_result, record_results
from ioc.samples.rulebook import read_tests
from ioc.samples.rules import LEADS, REASONED, leads_to, require_sound
from ioc.samples.service import regroup_samples, take_case_step
from ioc.samples.upkeep import drop_samples, recount_samples
from tests.conftest import ROOT

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AT = datetime(2021, 10, 3, 2, 0, tzinfo=UTC)
LAB = "xn-bvtw"
ALL = list(CaseState)
BOOK, FAULTS = read_tests(ROOT / "config" / "hue")
POSITIVE, NEGATIVE = Outcome(Finding.POSITIVE), Outcome(Finding.NEGATIVE)


def a_sample(number: int = 1, person: str = "p", **changes: object) -> Sample:
    sample = Sample(f"t-{number}", person * 32, "pcr", f"TUBE{number:04}", LAB, AT)
    return replace(sample, **changes)


def send(centre: Centre, *samples: Sample, source: str = "clinic") -> list[str]:
    return [one.receipt.status.value for one in record_samples(centre, source, samples)]


def why(centre: Centre, sample: Sample) -> str:
    [result] = record_samples(centre, "clinic", [sample])
    return str(result.receipt.why)


def counted(centre: Centre, *metrics: str) -> list[int]:
    return [transact(centre.engine, lambda c, m=m: tally.total(c, [m])) for m in metrics]


def states(centre: Centre) -> list[str]:
    return [case.state.value for case in cases_in(centre, ALL, "user:a", "thử")]


def test_the_shipped_kinds_have_no_fault() -> None:
    assert not FAULTS
    assert BOOK.kind_of("RT-PCR").id == "pcr"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "litmus"}, "kind"),
        ({"tube": "a b"}, "tube"),
        ({"outcome": Outcome(Finding.NEGATIVE, AT - HOUR)}, "resulted_at"),
    ],
)
def test_what_cannot_be_is_refused_by_field(changes: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_sound(a_sample(**changes), BOOK)
    assert refused.value.field == field


def test_a_result_comes_with_the_same_sample_again(centre: Centre) -> None:
    assert send(centre, a_sample(1), a_sample(1)) == ["recorded", "repeated"]
    assert counted(centre, "test", "test.pcr", "result.pcr.negative") == [1, 1, 0]
    assert send(centre, a_sample(1, outcome=NEGATIVE)) == ["recorded"]
    assert send(centre, a_sample(1, outcome=NEGATIVE), a_sample(1)) == ["repeated", "repeated"]
    assert why(centre, a_sample(1, outcome=POSITIVE)).startswith("result: negative stands")
    assert counted(centre, "test", "result.pcr.negative") == [1, 1]
    assert recount_samples(centre) == []


def test_a_tube_used_again_is_named(centre: Centre) -> None:
    [first] = record_samples(centre, "clinic", [a_sample(1)])
    told = why(centre, a_sample(2, "q", tube="tube0001", taken_at=AT + DAY))
    ref = first.receipt.ref
    assert told == f"tube: TUBE0001 was used on 2021-10-03 for another person ({ref})"
    assert why(centre, a_sample(3, tube="TUBE0001")).startswith("tube: TUBE0001 holds the sample")
    assert send(centre, a_sample(2, "q", tube="TUBE0001", taken_at=AT - 31 * DAY)) == ["recorded"]
    assert send(centre, a_sample(9, "r"), a_sample(9, "s")) == ["recorded", "refused"]


def test_a_pool_holds_as_many_as_it_may_and_its_positive_makes_no_case(centre: Centre) -> None:
    pool = [
        a_sample(n, person, kind="pooled", tube="POOL1") for n, person in enumerate("0123456789a")
    ]
    assert Counter(send(centre, *pool)) == {"recorded": 10, "refused": 1}
    told = record_results(centre, "lab", [TubeResult("r-1", POSITIVE, tube="pool1")])
    assert told[0].status.value == "recorded"
    assert counted(centre, "result.pooled.positive", "case") == [10, 0]
    assert states(centre) == []


def test_results_by_tube_and_by_test(centre: Centre) -> None:
    [one, _] = record_samples(centre, "clinic", [a_sample(1), a_sample(2, "q")])
    ref = str(one.receipt.ref)
    sent = [
        TubeResult("r-1", NEGATIVE, tube="TUBE0002"),
        TubeResult("r-2", POSITIVE, ref=ref),
        TubeResult("r-3", POSITIVE, tube="TUBE9999"),
        TubeResult("r-4", NEGATIVE, ref=ref),
        TubeResult("r-5", POSITIVE, ref="f" * 32),
    ]
    told = record_results(centre, "lab", sent)
    assert [(one.status.value, (one.why or "").partition(":")[0]) for one in told] == [
        ("recorded", ""),
        ("recorded", ""),
        ("refused", "tube"),
        ("refused", "result"),
        ("refused", "test"),
    ]
    again = record_results(centre, "lab", sent[:2])
    assert [one.status.value for one in again] == ["repeated", "repeated"]
    assert find_sample(centre, ref).finding is Finding.POSITIVE
    assert counted(centre, "result.pcr.positive", "result.pcr.negative", "case") == [1, 1, 1]
    with pytest.raises(NotFound):
        give_result(centre, "f" * 32, POSITIVE, "user:a")
    with pytest.raises(NotFound):
        find_sample(centre, "f" * 32)


def test_a_corrected_result_takes_back_its_count_and_its_case(centre: Centre) -> None:
    [one] = record_samples(centre, "clinic", [a_sample(1, outcome=POSITIVE)])
    ref = str(one.receipt.ref)
    assert (states(centre), counted(centre, "case")) == (["confirmed"], [1])
    with pytest.raises(InvalidInput):
        give_result(centre, ref, NEGATIVE, "api:lab")
    give_result(centre, ref, NEGATIVE, "api:lab", "nhầm ống")
    assert states(centre) == ["discarded"]
    assert counted(centre, "case", "result.pcr.positive", "result.pcr.negative") == [0, 0, 1]
    on = transact(
        centre.engine,
        lambda c: tally.on_day(c, ["result.pcr.negative"], date(2021, 10, 3), centre.city.zone),
    )
    assert on == {"result.pcr.negative": 1}
    assert recount_samples(centre) == []


def test_a_rapid_positive_is_a_suspicion_until_a_sure_test(centre: Centre) -> None:
    send(centre, a_sample(1, kind="antigen", outcome=POSITIVE))
    assert (states(centre), counted(centre, "case")) == (["suspect"], [0])
    send(centre, a_sample(2, taken_at=AT + HOUR, outcome=POSITIVE))
    assert (states(centre), counted(centre, "case")) == (["confirmed"], [1])
    send(centre, a_sample(3, "q", kind="antigen", outcome=POSITIVE))
    send(centre, a_sample(4, "q", taken_at=AT + HOUR, outcome=NEGATIVE))
    assert sorted(states(centre)) == ["confirmed", "discarded"]
    colours = transact(
        centre.engine, lambda c: colours_of(c, centre, ["p" * 32, "q" * 32], AT + 2 * HOUR)
    )
    # The suspicion was cleared: its positive counts no more, and the negative holds.
    assert colours == {"p" * 32: PersonColour.RED, "q" * 32: PersonColour.YELLOW}
    assert recount_samples(centre) == []


def test_a_case_goes_its_way_and_its_recovery_is_known(centre: Centre, clock) -> None:
    send(centre, a_sample(1, outcome=POSITIVE))
    [case] = cases_in(centre, [CaseState.CONFIRMED], "user:a", "case 9")
    take_case_step(centre, case.ref, CaseStep.TREAT, "user:bs", None)
    clock.advance(days=15)
    take_case_step(centre, case.ref, CaseStep.RECOVER, "user:bs", None)
    with pytest.raises(Conflict):
        take_case_step(centre, case.ref, CaseStep.TREAT, "user:bs", None)
    with pytest.raises(NotFound):
        take_case_step(centre, "0" * 32, CaseStep.TREAT, "user:bs", None)
    assert [done.step.value for done in case_log(centre, case.ref)] == ["open", "treat", "recover"]
    [standing] = transact(centre.engine, lambda c: standings_of(c, ["p" * 32])).values()
    assert (standing.positive_at, standing.recovered_at) == (AT, clock.at)
    at = clock.at + DAY
    assert transact(centre.engine, lambda c: colours_of(c, centre, ["p" * 32, "x"], at)) == {
        "p" * 32: PersonColour.GREEN
    }


@given(st.sampled_from(ALL), st.sampled_from(list(CaseStep)), st.sampled_from([None, "vì"]))
def test_a_step_is_taken_where_the_table_says_so(
    state: CaseState, step: CaseStep, note: str | None
) -> None:
    if step not in LEADS[state]:
        with pytest.raises(Conflict):
            leads_to(state, step, note)
    elif step in REASONED and note is None:
        with pytest.raises(InvalidInput):
            leads_to(state, step, note)
    else:
        assert leads_to(state, step, note) is LEADS[state][step]


def test_positivity_leaves_out_what_nobody_found(centre: Centre) -> None:
    found = [Finding.POSITIVE, *[Finding.NEGATIVE] * 3, Finding.INVALID, Finding.INCONCLUSIVE]
    send(
        centre,
        *[a_sample(n, str(n), outcome=Outcome(finding)) for n, finding in enumerate(found)],
        a_sample(9, "9"),
    )
    [pcr, antigen, _] = positivity(centre, date(2021, 10, 3), date(2021, 10, 3))
    assert (pcr.samples, pcr.pending, pcr.share) == (7, 1, 0.25)
    assert (antigen.samples, antigen.share) == (0, None)


def test_what_is_dropped_is_sealed_and_forgotten_of_the_person(centre: Centre) -> None:
    send(centre, a_sample(1, outcome=POSITIVE), a_sample(2, "q", outcome=NEGATIVE))
    assert drop_samples(centre, AT + DAY) == 2
    assert counted(centre, "test", "case") == [2, 1]
    assert recount_samples(centre) == []
    assert transact(centre.engine, lambda c: standings_of(c, ["p" * 32])) == {}


def test_persons_made_one_share_what_tests_say(centre: Centre) -> None:
    who = [identify(f"04608500012{n}", "Nguyen Van A", "1985") for n in (3, 4)]
    refs = transact(centre.engine, lambda c: meet(c, centre, who, centre.now()))
    send(
        centre,
        a_sample(1, outcome=POSITIVE, kind="antigen"),
        replace(a_sample(2, outcome=Outcome(Finding.POSITIVE), kind="antigen"), person=refs[0]),
        replace(a_sample(3, outcome=NEGATIVE), person=refs[1]),
    )
    transact(centre.engine, lambda c: set_heads(c, {refs[1]: refs[0]}))
    transact(centre.engine, lambda c: regroup_samples(c, centre, refs))
    known = transact(centre.engine, lambda c: standings_of(c, refs))
    assert [known[ref].positive_at for ref in refs] == [AT, AT]
    assert [known[ref].negative_until for ref in refs] == [AT + 72 * HOUR] * 2
    # A sure test of the one clears the suspicion of the other: they are one.
    clears = replace(a_sample(4, taken_at=AT + HOUR, outcome=NEGATIVE), person=refs[1])
    send(centre, clears)
    assert sorted(states(centre)) == ["discarded", "suspect"]
