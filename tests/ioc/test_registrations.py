"""Registrations: taken in once, decided, answered; what may follow what, what is granted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.centre import Centre
from ioc.deciding import change_permit, decide, decide_many
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.intake import IntakeStatus
from ioc.overview import figures
from ioc.permits.model import Change, Order, Permit, PermitClass, PermitState
from ioc.permits.service import find_permit, grant_permits, permits_of, revoke_permit
from ioc.registrations.model import (
    Choice,
    Decision,
    Filing,
    Registration,
    RegistrationState,
    RegistrationStep,
    VehicleKind,
)
from ioc.registrations.rules import LEADS, WAITING, leads_to, permit_of, possible_steps
from ioc.registrations.service import (
    facets,
    find_filing,
    history,
    log_of,
    record_registrations,
    reply,
    search,
    waiting,
)
from ioc.registrations.upkeep import drop_registrations
from ioc.vehicles.model import Heading, PlateRead, Reason
from ioc.vehicles.recording import record_read
from ioc.vehicles.upkeep import recount

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SITE = "kcl-truong-bia"
Step, State = RegistrationStep, RegistrationState


def a_registration(number: int = 1, **changes: object) -> Registration:
    one = Registration(
        f"reg-{number}",
        f"43C{number:05}",
        VehicleKind.LORRY,
        driver="Nguyễn Văn A",
        origin="Đà Nẵng",
        destination="12 Lê Lợi",
        roads=("ql1a-north",),
        from_at=NOW - HOUR,
        until_at=NOW + DAY,
        people=("d-1", "d-2"),
    )
    return replace(one, **changes)


def filed(centre: Centre, number: int = 1, **changes: object) -> str:
    [receipt] = record_registrations(centre, "portal", [a_registration(number, **changes)])
    return str(receipt.ref)


def decision(step: Step, **more: object) -> Decision:
    return replace(Decision(step, "an officer", "a reason"), **more)


GREEN = decision(Step.APPROVE, permit_class=PermitClass.GREEN)
NO = None
# Down: how a registration stands. Across: the step. In it: how it stands then; NO: refused.
TABLE = {
    #                 receive ask      answer      approve     refuse      reopen
    State.RECEIVED: (NO, "asked", NO, "approved", "refused", NO, NO, "withdrawn"),
    State.ASKED: (NO, NO, "received", "approved", "refused", NO, NO, "withdrawn"),
    State.APPROVED: (NO, NO, NO, NO, NO, "received", "appealed", NO),
    State.REFUSED: (NO, NO, NO, NO, NO, "received", "appealed", NO),
    State.APPEALED: (NO, NO, NO, "approved", "rejected", NO, NO, "withdrawn"),
    State.REJECTED: (NO, NO, NO, NO, NO, "received", NO, NO),
    State.WITHDRAWN: (NO, NO, NO, NO, NO, NO, NO, NO),
}


@pytest.mark.parametrize("state", State)
def test_every_step_leads_where_the_table_says_or_is_refused(state: State) -> None:
    for step, then in zip(Step, TABLE[state], strict=True):
        assert (step in possible_steps(state)) is (then is not NO)
        if then is NO:
            with pytest.raises(Conflict, match=f"{step.value} cannot follow {state.value}"):
                leads_to(state, step, "a reason")
        else:
            assert leads_to(state, step, "a reason").value == then


@pytest.mark.parametrize("step", [Step.ASK, Step.REFUSE, Step.REOPEN, Step.ANSWER, Step.APPEAL])
def test_a_step_that_owes_a_reason_is_refused_without_one(step: Step) -> None:
    state = next(state for state in State if step in LEADS[state])
    for note in (None, "", "  "):
        with pytest.raises(InvalidInput, match="note"):
            leads_to(state, step, note)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"permit_class": None}, "class"),
        ({"valid_until": NOW}, "valid_until"),
        ({"valid_from": NOW + DAY, "valid_until": NOW + HOUR}, "valid_until"),
        ({"permit_class": PermitClass.RED}, "destination"),
        ({"deadline": NOW + HOUR}, "deadline"),
    ],
)
def test_an_approval_that_cannot_be_names_its_field(changes, field: str) -> None:
    filing = Filing("f", "portal", a_registration(), State.RECEIVED, NOW, NOW)
    with pytest.raises(InvalidInput) as refused:
        permit_of(filing, replace(GREEN, **changes), NOW)
    assert refused.value.field == field


def test_without_an_end_asked_for_the_decision_says_it() -> None:
    filing = Filing("f", "p", Registration("r", "43C00001"), State.RECEIVED, NOW, NOW)
    with pytest.raises(InvalidInput, match="neither decided nor asked for"):
        permit_of(filing, GREEN, NOW)
    permit = permit_of(filing, replace(GREEN, valid_until=NOW + DAY), NOW)
    assert (permit.valid_from, permit.valid_until) == (NOW, NOW + DAY)


def test_a_registration_comes_in_once(centre: Centre) -> None:
    ref = filed(centre)
    [again, other] = record_registrations(
        centre, "portal", [a_registration(), a_registration(plate="43C99999")]
    )
    assert (again.status, again.ref) == (IntakeStatus.REPEATED, ref)
    assert (other.status, "id_reused" in str(other.why)) == (IntakeStatus.REFUSED, True)
    assert find_filing(centre, ref).registration == a_registration()
    assert [done.step for done in log_of(centre, ref)] == [Step.RECEIVE]


def test_an_approval_grants_what_was_asked_for_and_lets_the_vehicle_in(centre: Centre) -> None:
    ref = filed(centre)
    decided = decide(centre, ref, GREEN)
    permit = find_permit(centre, str(decided.filing.permit))
    assert decided.permit == permit
    assert (permit.plate, permit.registration, permit.people) == ("43C00001", ref, ("d-1", "d-2"))
    assert (permit.valid_from, permit.valid_until) == (NOW - HOUR, NOW + DAY)
    assert permit.holder == "Nguyễn Văn A"
    read = PlateRead("r", "cam-001", "43C00001", 0.99, NOW, Heading.IN)
    verdict = record_read(centre, "box", read).verdict
    assert (verdict.reason, verdict.permit) == (Reason.PERMITTED, permit.ref)
    assert figures(centre).values["vehicles_approved_total"] == 1
    assert recount(centre) == []
    with pytest.raises(Conflict):
        decide(centre, ref, GREEN)
    assert len(permits_of(centre, "43C00001")) == 1


def test_a_refusal_is_appealed_and_the_appeal_may_grant(centre: Centre, clock) -> None:
    ref = filed(centre)
    assert decide(centre, ref, decision(Step.REFUSE)).filing.state is State.REFUSED
    clock.advance(hours=1)
    assert reply(centre, ref, Step.APPEAL, "portal", "we carry oxygen").state is State.APPEALED
    decided = decide(centre, ref, replace(GREEN, note=None))
    assert decided.permit is not None
    steps = [(done.step, done.actor, done.at) for done in log_of(centre, ref)]
    assert steps == [
        (Step.RECEIVE, "source:portal", NOW),
        (Step.REFUSE, "an officer", NOW),
        (Step.APPEAL, "portal", NOW + HOUR),
        (Step.APPROVE, "an officer", NOW + HOUR),
    ]


@pytest.mark.parametrize(
    ("step", "permit_class", "then", "versions"),
    [
        (Step.APPROVE, PermitClass.GREEN, (State.APPROVED, PermitState.GRANTED), 4),
        (Step.APPROVE, PermitClass.YELLOW, (State.APPROVED, PermitState.GRANTED), 5),
        (Step.REFUSE, None, (State.REJECTED, PermitState.FINAL), 4),
    ],
)
def test_a_revocation_is_appealed_where_it_was_registered(
    centre: Centre, clock, step: Step, permit_class, then, versions: int
) -> None:
    ref = filed(centre)
    permit = decide(centre, ref, GREEN).permit
    with pytest.raises(Conflict, match="appeal cannot follow granted"):
        reply(centre, ref, Step.APPEAL, "portal", "why not")
    revoke_permit(centre, permit.ref, "an officer")
    filing = reply(centre, ref, Step.APPEAL, "portal", "a detour was signed")
    assert (filing.state, filing.permit) == (State.APPEALED, permit.ref)
    assert search(centre, Choice(WAITING)) == [filing]
    clock.advance(hours=1)
    decided = decide(centre, ref, decision(step, permit_class=permit_class))
    newest = find_permit(centre, permit.ref)
    assert (decided.filing.state, newest.state) == then
    assert (decided.filing.permit, decided.permit) == (permit.ref, newest)
    assert newest.version == versions
    assert permit_class in (None, newest.permit_class)
    assert figures(centre).values["vehicles_approved_total"] == 1
    assert recount(centre) == []


def test_an_appeal_that_was_settled_elsewhere_ends_as_it_was_settled(centre: Centre) -> None:
    ref = filed(centre)
    permit = decide(centre, ref, GREEN).permit
    revoke_permit(centre, permit.ref, "an officer")
    reply(centre, ref, Step.APPEAL, "portal", "a detour was signed")
    change_permit(centre, permit.ref, Order(Change.UPHOLD, "the court", "a judgement"))
    assert decide(centre, ref, GREEN).permit.version == 4
    other = filed(centre, 2)
    again = decide(centre, other, GREEN).permit
    revoke_permit(centre, again.ref, "an officer")
    reply(centre, other, Step.APPEAL, "portal", "a detour was signed")
    assert reply(centre, other, Step.WITHDRAW, "portal", None).state is State.WITHDRAWN
    assert find_permit(centre, again.ref).state is PermitState.FINAL


def test_what_is_asked_is_answered_and_waits_anew(centre: Centre, clock) -> None:
    ref = filed(centre)
    decide(centre, ref, decision(Step.ASK))
    assert search(centre, Choice(WAITING)) == []
    clock.advance(hours=2)
    filing = reply(centre, ref, Step.ANSWER, "portal", "two drivers")
    assert (filing.state, filing.waits_since, filing.received_at) == (
        State.RECEIVED,
        NOW + 2 * HOUR,
        NOW,
    )


def test_a_decision_taken_back_revokes_what_it_granted(centre: Centre) -> None:
    ref = filed(centre)
    permit = decide(centre, ref, GREEN).permit
    back = decide(centre, ref, decision(Step.REOPEN))
    assert (back.filing.state, back.filing.permit) == (State.RECEIVED, None)
    revoked = find_permit(centre, permit.ref)
    assert (revoked.state, revoked.version) == (PermitState.REVOKED, 2)
    again = decide(centre, ref, replace(GREEN, permit_class=PermitClass.YELLOW)).permit
    assert again.ref != permit.ref
    revoke_permit(centre, again.ref, "an officer")
    assert decide(centre, ref, decision(Step.REOPEN)).filing.state is State.RECEIVED
    assert recount(centre) == []


def test_a_batch_decides_what_can_be_and_leaves_the_rest(centre: Centre) -> None:
    refs = [filed(centre, n) for n in range(1, 5)]
    endless = filed(centre, 5, until_at=None)
    decide(centre, refs[0], decision(Step.REFUSE))
    results = decide_many(centre, [*refs, endless, "nothing", refs[1]], GREEN)
    assert [type(one.fault) for one in results] == [
        Conflict, type(None), type(None), type(None), InvalidInput, NotFound, type(None),
    ]  # fmt: skip
    assert [one.permit is not None for one in results[1:4]] == [True, True, True]
    assert figures(centre).values["vehicles_approved_total"] == 3
    for step in (Step.ANSWER, Step.RECEIVE):
        with pytest.raises(InvalidInput, match="decision"):
            decide_many(centre, refs, decision(step))
    with pytest.raises(InvalidInput, match="at most"):
        decide_many(centre, ["x"] * 201, GREEN)
    with pytest.raises(InvalidInput, match="reply"):
        reply(centre, refs[0], Step.APPROVE, "portal", None)
    with pytest.raises(NotFound):
        reply(centre, "nothing", Step.WITHDRAW, "portal", None)


def test_the_queue_is_chosen_by_state_kind_origin_and_wait(centre: Centre, clock) -> None:
    filed(centre, 1)
    clock.advance(hours=1)
    filed(centre, 2, kind=VehicleKind.CAR)
    filed(centre, 3, origin="Quảng Trị")
    gone = filed(centre, 4)
    decide(centre, gone, decision(Step.REFUSE))

    def ids(**chosen: object) -> list[str]:
        found = search(centre, replace(Choice(WAITING), **chosen))
        return [filing.registration.id for filing in found]

    assert ids()[0] == "reg-1"
    assert len(ids()) == 3
    assert ids(kind=VehicleKind.CAR) == ["reg-2"]
    assert ids(origin="Quảng Trị") == ["reg-3"]
    assert ids(waiting_before=NOW + timedelta(minutes=1)) == ["reg-1"]
    assert ids(states=(State.REFUSED,), decided_since=NOW) == ["reg-4"]
    assert facets(centre, Choice(WAITING)) == {
        "kind": {"lorry": 2, "car": 1},
        "origin": {"Đà Nẵng": 2, "Quảng Trị": 1},
    }


def test_counts_and_waiting_times_are_told(centre: Centre, clock) -> None:
    nothing = waiting(centre)
    assert (nothing.oldest_at, nothing.median_s, nothing.approved) == (None, None, 0)
    refs = [filed(centre, n) for n in range(4)]
    clock.advance(minutes=30)
    decide(centre, refs[0], GREEN)
    decide(centre, refs[1], decision(Step.REFUSE))
    decide(centre, refs[2], decision(Step.ASK))
    told = waiting(centre)
    assert dict(told.by_state) == {State.RECEIVED: 1, State.ASKED: 1}
    assert (told.oldest_at, told.median_s) == (NOW, 1800)
    assert (told.approved, told.refused, told.decided_median_s) == (1, 1, 1800)


def test_the_history_of_a_vehicle_is_shown_with_its_alerts(centre: Centre) -> None:
    filed(centre, 1)
    plate = a_registration(1).plate
    record_read(centre, "box", PlateRead("r", "cam-001", plate, 0.99, NOW, Heading.IN))
    grant_permits(
        centre, "other", [Permit("p", plate, PermitClass.YELLOW, NOW - 2 * DAY, NOW - DAY)]
    )
    known = history(centre, plate)
    assert [len(part) for part in (known.filings, known.permits, known.violations)] == [1, 1, 1]
    assert known.violations[0].reason == "no_permit"


def test_what_is_decided_and_old_is_deleted(centre: Centre) -> None:
    refs = [filed(centre, n) for n in range(2)]
    decide(centre, refs[0], decision(Step.REFUSE))
    assert drop_registrations(centre, NOW) == 0
    assert drop_registrations(centre, NOW + HOUR) == 1
    assert log_of(centre, refs[0]) == []
    assert find_filing(centre, refs[1]).state is State.RECEIVED


STEPS = st.lists(st.sampled_from(list(Step)), max_size=12)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, number=st.integers(1, 10**9))
def test_whatever_is_tried_a_registration_has_one_permit_in_force_when_approved(
    centre: Centre, steps, number
) -> None:
    plate = f"K{number}"
    ref = filed(centre, number, plate=plate)
    for step in steps:
        try:
            if step in (Step.ANSWER, Step.APPEAL, Step.WITHDRAW):
                reply(centre, ref, step, "portal", "a word")
            else:
                decide(centre, ref, decision(step, permit_class=PermitClass.GREEN))
        except (Conflict, InvalidInput):
            continue
    filing = find_filing(centre, ref)
    in_force = [p.ref for p in permits_of(centre, plate) if p.state is PermitState.GRANTED]
    is_approved = filing.state is State.APPROVED
    assert in_force == ([filing.permit] if is_approved else [])
    assert log_of(centre, ref)[-1].state is filing.state
