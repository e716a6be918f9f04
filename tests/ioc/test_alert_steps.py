"""What may follow what in an alert's life: every state with every step, allowed and refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ioc.alerts.model import Alert, AlertOutcome, AlertState, Cause, Desk, Priority, Step
from ioc.alerts.rules import OPEN, STEPS, next_state, outcome_after, possible_steps
from ioc.alerts.service import Act, find_alert, find_alerts, raise_alert, take_step
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

# One line a state; under each step the state it leads to, or a dot where it is refused.
STEP_ORDER = "acknowledge assign en_route stop escort escape false_read clear shelve unshelve close"
TABLE = """
new           acknowledged .        .        .       .        .       false_read cleared shelved . .
acknowledged  .            assigned .        stopped .        escaped false_read cleared shelved . closed
assigned      .            assigned en_route stopped .        escaped false_read cleared .       . closed
en_route      .            assigned .        stopped .        escaped false_read cleared .       . closed
stopped       .            .        .        .       escorted escaped false_read cleared .       . closed
escorted      .            .        .        .       .        escaped false_read cleared .       . closed
escaped       .            assigned .        stopped .        .       false_read cleared .       . closed
shelved       .            .        .        .       .        .       .          .       .       back .
cleared       .            .        .        .       .        .       .          .       .       . closed
false_read    .            .        .        .       .        .       .          .       .       . closed
closed        .            .        .        .       .        .       .          .       .       . .
"""  # noqa: E501
PAIRS = [
    (AlertState(line.split()[0]), Step(step), target)
    for line in TABLE.strip().splitlines()
    for step, target in zip(STEP_ORDER.split(), line.split()[1:], strict=True)
]
# The shortest way to each state, as acts of one officer.
WAYS = {
    AlertState.NEW: (),
    AlertState.ACKNOWLEDGED: (Step.ACKNOWLEDGE,),
    AlertState.ASSIGNED: (Step.ACKNOWLEDGE, Step.ASSIGN),
    AlertState.EN_ROUTE: (Step.ACKNOWLEDGE, Step.ASSIGN, Step.EN_ROUTE),
    AlertState.STOPPED: (Step.ACKNOWLEDGE, Step.STOP),
    AlertState.ESCORTED: (Step.ACKNOWLEDGE, Step.STOP, Step.ESCORT),
    AlertState.ESCAPED: (Step.ACKNOWLEDGE, Step.ESCAPE),
    AlertState.SHELVED: (Step.SHELVE,),
    AlertState.CLEARED: (Step.CLEAR,),
    AlertState.FALSE_READ: (Step.FALSE_READ,),
    AlertState.CLOSED: (Step.ACKNOWLEDGE, Step.CLOSE),
}


def an_act(step: Step, **changes: object) -> Act:
    """Return an act that lacks nothing its step needs."""
    act = Act(step, "an officer")
    if step is Step.ASSIGN:
        act = replace(act, unit="team 3")
    if step is Step.SHELVE:
        act = replace(act, note="dirt on the lens", until=NOW + 30 * MINUTE)
    if step is Step.CLOSE:
        act = replace(act, outcome=AlertOutcome.FINED)
    return replace(act, **changes)


def raised(centre: Centre, plate: str = "43C16839") -> str:
    cause = Cause(
        Desk.POLICE, Priority.P2, plate, "no_permit", "R-K1", "cam-001", f"s-{plate}", NOW
    )
    return transact(centre.engine, lambda conn: raise_alert(conn, centre, cause))


def alert_in(centre: Centre, state: AlertState) -> Alert:
    number = raised(centre)
    for step in WAYS[state]:
        take_step(centre, number, an_act(step))
    alert = find_alert(centre, number)
    assert alert.state is state
    return alert


def test_the_table_of_the_test_holds_every_pair() -> None:
    assert len(PAIRS) == len(AlertState) * len(Step)
    assert set(STEPS) == set(Step)
    assert {target for _, target in STEPS.values() if target} | {AlertState.NEW} == set(AlertState)
    assert set(AlertState) - set(OPEN) == {state for state in AlertState if state.is_over}


@pytest.mark.parametrize(("state", "step", "target"), PAIRS)
def test_what_may_follow_what(state: AlertState, step: Step, target: str) -> None:
    assert (step in possible_steps(state)) is (target != ".")
    if target == ".":
        with pytest.raises(Conflict, match=f"{step} does not follow {state}"):
            next_state(state, step, None)
    elif target == "back":
        for origin in (AlertState.NEW, AlertState.ACKNOWLEDGED):
            assert next_state(state, step, origin) is origin
    else:
        assert next_state(state, step, None) is AlertState(target)


@pytest.mark.parametrize("state", AlertState)
def test_the_store_keeps_to_the_table(centre: Centre, state: AlertState) -> None:
    alert = alert_in(centre, state)
    refused = [step for of, step, target in PAIRS if of is state and target == "."]
    for step in refused:
        with pytest.raises(Conflict):
            take_step(centre, alert.id, an_act(step))
    assert find_alert(centre, alert.id) == alert
    allowed = next((step for of, step, target in PAIRS if of is state and target != "."), None)
    if allowed is not None:
        assert take_step(centre, alert.id, an_act(allowed)).state is not state or (
            allowed is Step.ASSIGN
        )


@pytest.mark.parametrize("state", AlertState)
def test_what_is_over_has_an_end_and_a_result_and_nothing_else_has(
    centre: Centre, state: AlertState
) -> None:
    alert = alert_in(centre, state)
    assert (alert.closed_at is not None) is state.is_over
    assert (alert.outcome is not None) is state.is_over
    assert [a.id for a in find_alerts(centre, states=OPEN)] == ([] if state.is_over else [alert.id])
    assert [a.id for a in find_alerts(centre, states=[state])] == [alert.id]
    assert [a.id for a in find_alerts(centre)] == [alert.id]


@pytest.mark.parametrize(
    ("state", "told", "outcome"),
    [
        (AlertState.ESCORTED, None, AlertOutcome.LED_TO_STREAM),
        (AlertState.ESCAPED, None, AlertOutcome.ESCAPED),
        (AlertState.FALSE_READ, None, AlertOutcome.FALSE_READ),
        (AlertState.CLEARED, None, AlertOutcome.CLEARED),
        (AlertState.STOPPED, AlertOutcome.FINED, AlertOutcome.FINED),
        (AlertState.ESCORTED, AlertOutcome.FINED, AlertOutcome.FINED),
        (AlertState.FALSE_READ, AlertOutcome.OTHER, AlertOutcome.OTHER),
        (AlertState.STOPPED, None, None),
        (AlertState.ACKNOWLEDGED, None, None),
    ],
)
def test_closing_takes_its_result_from_what_was_done(
    state: AlertState, told: AlertOutcome | None, outcome: AlertOutcome | None
) -> None:
    if outcome is None:
        with pytest.raises(InvalidInput, match="result code"):
            outcome_after(state, Step.CLOSE, told)
    else:
        assert outcome_after(state, Step.CLOSE, told) is outcome


def test_a_review_corrects_the_result_and_not_the_end(centre: Centre, clock) -> None:
    number = raised(centre)
    ended = take_step(centre, number, an_act(Step.FALSE_READ))
    clock.advance(hours=2)
    act = Act(Step.CLOSE, "a shift lead", outcome=AlertOutcome.FINED, note="the plate was right")
    reviewed = take_step(centre, number, act)
    assert (reviewed.state, reviewed.outcome) == (AlertState.CLOSED, AlertOutcome.FINED)
    assert reviewed.closed_at == ended.closed_at == NOW


def test_a_vehicle_that_got_away_is_sent_after_again(centre: Centre) -> None:
    alert = alert_in(centre, AlertState.ESCAPED)
    again = take_step(centre, alert.id, an_act(Step.ASSIGN, unit="team 4"))
    assert (again.state, again.unit, again.closed_at) == (AlertState.ASSIGNED, "team 4", None)


def test_shelving_without_a_time_takes_the_citys(centre: Centre) -> None:
    shelved = take_step(centre, raised(centre), an_act(Step.SHELVE, until=None))
    assert shelved.shelved_until == NOW + centre.city.limits.alarms.shelf
