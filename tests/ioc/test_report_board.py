"""What the centre alone does with a report, and how open reports stand on its board."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ioc.centre import Centre
from ioc.errors import Conflict, Forbidden, InvalidInput
from ioc.notices.service import letters_about
from ioc.reports.board import board
from ioc.reports.model import Act, Case, Party, ReportState, ReportStep, Spot
from ioc.reports.service import find_case, log_of
from ioc.reports.stepping import take_step
from ioc.reports.upkeep import escalate, recount
from tests.ioc.test_reports import act, received

Step, State = ReportStep, ReportState
HOUR = timedelta(hours=1)


def extended(case: Case, centre: Centre, days: float = 3) -> Case:
    until = centre.now() + timedelta(days=days)
    return take_step(centre, case.ref, replace(act(Step.EXTEND), until=until))


@pytest.mark.parametrize(
    ("step", "party", "ends"),
    [
        (Step.URGE, Party.CENTRE, None),
        (Step.URGE, Party.AGENCY, Forbidden),
        (Step.SECURE, Party.CENTRE, None),
        (Step.SECURE, Party.AGENCY, None),
        (Step.SECURE, Party.CITIZEN, Forbidden),
        (Step.EXTEND, Party.AGENCY, Forbidden),
        (Step.EXTEND, Party.CENTRE, InvalidInput),
        (Step.PUBLISH, Party.CENTRE, Conflict),
        (Step.PUBLISH, Party.AGENCY, Forbidden),
    ],
)
def test_who_may_do_what_only_the_centre_may(centre: Centre, step, party, ends) -> None:
    case = received(centre)
    taken = act(step, party)
    if ends is None:
        assert take_step(centre, case.ref, taken).state is State.RECEIVED
        return
    with pytest.raises(ends):
        take_step(centre, case.ref, taken)
    assert len(log_of(centre, case.ref)) == 1


def test_whoever_holds_a_report_is_told_that_he_is_urged(centre: Centre, monkeypatch) -> None:
    monkeypatch.setenv("IOC_NOTICE_DUTY_URL", "http://127.0.0.1:9/")
    case = received(centre)
    take_step(centre, case.ref, act(Step.URGE, note="trẻ em đi học qua đây"))
    [letter] = letters_about(centre, f"report:{case.ref}")
    assert letter.notice.topic == "report.urged"
    assert letter.notice.words["ref"] == case.ref
    assert "0905" not in str(letter.notice.words)


def test_more_time_moves_the_deadline_and_never_the_promise(centre: Centre, clock) -> None:
    case = received(centre)
    longer = extended(case, centre, 9)
    assert longer.due_at == longer.escalates_at == centre.now() + timedelta(days=9)
    assert longer.promised_at == case.promised_at
    clock.at = case.due_at + HOUR
    assert escalate(centre) == 0
    clock.at = longer.due_at + HOUR
    assert escalate(centre) == 1


def test_what_was_overdue_once_is_never_settled_in_time(centre: Centre, clock) -> None:
    late, timely = received(centre, 1), received(centre, 2)
    extended(timely, centre, 9)
    clock.at = late.due_at + HOUR
    assert escalate(centre) == 1
    extended(late, centre, 5)
    for case in (late, timely):
        take_step(centre, case.ref, act(Step.FIX))
    assert [log_of(centre, case.ref)[-1].is_in_time for case in (late, timely)] == [False, True]
    assert recount(centre) == []


@pytest.mark.parametrize("days", [-1, 0.01, 31])
def test_a_deadline_lies_after_the_last_and_not_for_ever(centre: Centre, days: float) -> None:
    case = received(centre)
    with pytest.raises(InvalidInput) as refused:
        extended(case, centre, days)
    assert refused.value.field == "until"


def test_a_result_is_published_once_and_anew_when_it_changes(centre: Centre) -> None:
    case = received(centre)
    take_step(centre, case.ref, act(Step.FIX, picture="a" * 64))
    published = Act(Step.PUBLISH, Party.CENTRE, "an officer")
    assert take_step(centre, case.ref, published).published_at == centre.now()
    with pytest.raises(Conflict):
        take_step(centre, case.ref, published)
    take_step(centre, case.ref, act(Step.NOTE))
    assert find_case(centre, case.ref).published_at is not None
    take_step(centre, case.ref, act(Step.NOTE, picture="b" * 64))
    assert find_case(centre, case.ref).published_at is None
    take_step(centre, case.ref, published)
    take_step(centre, case.ref, act(Step.REOPEN))
    assert find_case(centre, case.ref).published_at is None


def test_the_board_counts_each_open_report_once_on_every_side(centre: Centre, clock) -> None:
    start = centre.now()
    ages = (0.5, 2, 5, 9, 9)
    for number, days in enumerate(ages):
        clock.at = start - timedelta(days=days)
        service = "drain" if number == 1 else "street-light"
        received(centre, number, service=service, spot=Spot(16.4637, 107.5909))
    clock.at = start
    done = received(centre, 9)
    take_step(centre, done.ref, act(Step.FIX))
    shown = board(centre, None)
    assert shown.whole.ageing.steps == (1, 1, 1, 2)
    assert shown.whole.ageing.oldest_at == start - timedelta(days=9)
    assert (shown.received, shown.closed, shown.reopened) == (2, 1, 0)
    assert shown.median == timedelta(0)
    assert shown.usual is None
    for side in (shown.agencies, shown.groups, shown.units):
        assert sum(line.open for line in side) == shown.whole.open == 5
        assert sum(line.overdue for line in side) == shown.whole.overdue
        assert [line.open for line in side] == sorted((one.open for one in side), reverse=True)


def test_an_agency_has_a_board_of_its_own_reports(centre: Centre) -> None:
    case, other = received(centre, 1), received(centre, 2, service="power-cut")
    assert case.agency != other.agency
    shown = board(centre, frozenset({case.agency}))
    assert [line.key for line in shown.agencies] == [case.agency]
    assert (shown.whole.open, shown.received) == (1, 1)
    take_step(centre, case.ref, act(Step.FIX))
    take_step(centre, case.ref, act(Step.REOPEN))
    shown = board(centre, frozenset({case.agency}))
    assert (shown.closed, shown.reopened) == (1, 1)
    assert board(centre, frozenset()).whole.open == 0
