"""Alerts: one incident, one alert; every step follows the table; nobody's delay goes unseen."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ioc.alerts.model import (
    Alert,
    AlertOutcome,
    AlertState,
    Cause,
    Desk,
    Incident,
    Priority,
    Step,
)
from ioc.alerts.rules import group, key_of, level_of, next_state, possible_steps
from ioc.alerts.service import (
    Act,
    escalate,
    find_alert,
    find_alerts,
    log_of,
    open_alerts,
    raise_alert,
    raise_alerts,
    take_step,
    unshelve_due,
)
from ioc.alerts.upkeep import purge_alerts
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
WINDOW = timedelta(minutes=10)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def a_cause(number: int = 1, **changes: object) -> Cause:
    cause = Cause(
        Desk.POLICE, Priority.P2, "43C16839", "no_permit", "R-K1", "cam-001", f"s-{number}", NOW
    )
    return replace(cause, **changes)


def raised(centre: Centre, *causes: Cause) -> list[str]:
    return transact(centre.engine, lambda conn: raise_alerts(conn, centre, causes))


@pytest.fixture
def alert(centre: Centre) -> Alert:
    return find_alert(centre, transact(centre.engine, lambda c: raise_alert(c, centre, a_cause())))


# --- the table of steps, alone


class Life(RuleBasedStateMachine):
    """Any officer may try any step at any time; a shadow of the table says what must come."""

    def __init__(self) -> None:
        super().__init__()
        self.state = AlertState.NEW
        self.shelved_from: AlertState | None = None
        self.was_seen = False

    @rule(step=st.sampled_from(Step))
    def try_any(self, step: Step) -> None:
        if step not in possible_steps(self.state):
            with pytest.raises(Conflict, match=str(step)):
                next_state(self.state, step, self.shelved_from)
            return
        before = self.state
        self.state = next_state(before, step, self.shelved_from)
        self.shelved_from = before if self.state is AlertState.SHELVED else None
        self.was_seen = self.was_seen or step not in (Step.SHELVE, Step.UNSHELVE)
        if step is Step.UNSHELVE:
            assert self.state in (AlertState.NEW, AlertState.ACKNOWLEDGED)

    @precondition(lambda self: self.state.is_over)
    @invariant()
    def what_is_over_is_at_most_closed(self) -> None:
        left = (Step.CLOSE,) if self.state is not AlertState.CLOSED else ()
        assert possible_steps(self.state) == left

    @precondition(lambda self: not self.state.is_over)
    @invariant()
    def there_is_always_a_way_on(self) -> None:
        assert possible_steps(self.state)

    @invariant()
    def a_vehicle_is_led_only_after_it_was_stopped(self) -> None:
        if self.state is AlertState.ESCORTED:
            assert self.was_seen


TestLife = Life.TestCase


def test_the_whole_way_of_an_alert() -> None:
    state = AlertState.NEW
    for step in (Step.ACKNOWLEDGE, Step.ASSIGN, Step.EN_ROUTE, Step.STOP, Step.ESCORT, Step.CLOSE):
        state = next_state(state, step, None)
    assert state is AlertState.CLOSED


@pytest.mark.parametrize(
    ("waited_s", "level"), [(0, 0), (119, 0), (120, 1), (359, 1), (360, 2), (9999, 2)]
)
def test_levels_grow_with_the_wait(waited_s: int, level: int) -> None:
    assert level_of(NOW + 120 * SECOND, 120 * SECOND, NOW + waited_s * SECOND) == level


# --- incidents, alone

causes = st.lists(
    st.builds(
        lambda plate, reason, minute, n: a_cause(
            n, plate=plate, reason=reason, seen_at=NOW + minute * MINUTE
        ),
        st.sampled_from(["43C16839", "75A00001"]),
        st.sampled_from(["no_permit", "expired"]),
        st.integers(0, 40),
        st.integers(),
    ),
    max_size=12,
)


@given(causes)
def test_an_incident_is_one_plate_one_reason_ten_minutes(causes: list[Cause]) -> None:
    grouped = group(causes, [], WINDOW)
    incidents: Mapping[int, Incident] = {id(incident): incident for incident in grouped}
    assert sum(incident.joined for incident in incidents.values()) == len(causes)
    for cause, incident in zip(causes, grouped, strict=True):
        assert incident.key == key_of(cause)
        assert abs(cause.seen_at - incident.first_seen_at) < WINDOW
        assert incident.last_seen_at >= cause.seen_at
    starts = sorted((i.key, i.first_seen_at) for i in incidents.values())
    for (key, start), (other, later) in pairwise(starts):
        assert key != other or later - start >= WINDOW


# --- on the store


@pytest.mark.parametrize(
    ("change", "joins"),
    [
        ({}, True),
        ({"seen_at": NOW + WINDOW - SECOND}, True),
        ({"seen_at": NOW - WINDOW + SECOND}, True),
        ({"seen_at": NOW + WINDOW}, False),
        ({"plate": "43C16888"}, False),
        ({"reason": "expired"}, False),
        ({"desk": Desk.REVIEW}, False),
        ({"camera": "cam-117"}, True),
    ],
)
def test_what_joins_an_incident(
    centre: Centre, alert: Alert, change: dict[str, object], joins: bool
) -> None:
    [other] = raised(centre, a_cause(2, **change))
    assert (other == alert.id) is joins
    assert find_alert(centre, alert.id).sightings == (2 if joins else 1)


def test_a_batch_raises_each_incident_once(centre: Centre) -> None:
    ids = raised(
        centre,
        a_cause(1, plate="B"),
        a_cause(2, plate="A"),
        a_cause(3, plate="B", seen_at=NOW + MINUTE),
        a_cause(4, plate="B", seen_at=NOW + 30 * MINUTE),
    )
    assert ids[0] == ids[2]
    assert len(set(ids)) == 3
    first = find_alert(centre, ids[0])
    assert (first.sightings, first.sighting, first.last_seen_at) == (2, "s-1", NOW + MINUTE)


def test_a_hundred_sightings_at_once_are_one_alert(centre: Centre) -> None:
    plates = ["A", "B", "C", "D"]

    def send(n: int) -> list[str]:
        turned = plates[n % 4 :] + plates[: n % 4]
        return raised(centre, *(a_cause(n * 10 + i, plate=p) for i, p in enumerate(turned)))

    with ThreadPoolExecutor(4) as pool:
        answers = [alert for ids in pool.map(send, range(25)) for alert in ids]
    assert len(set(answers)) == 4
    assert [alert.sightings for alert in find_alerts(centre)] == [25] * 4


def test_the_desk_sees_the_most_urgent_first(centre: Centre, clock) -> None:
    raised(centre, a_cause(1, plate="A", priority=Priority.P3))
    clock.advance(seconds=5)
    raised(centre, a_cause(2, plate="B"), a_cause(3, plate="C", priority=Priority.P1))
    clock.advance(seconds=5)
    raised(centre, a_cause(4, plate="D"), a_cause(5, plate="E", desk=Desk.REVIEW))
    assert [alert.plate for alert in open_alerts(centre, Desk.POLICE)] == ["C", "B", "D", "A"]
    assert [alert.plate for alert in open_alerts(centre, Desk.REVIEW)] == ["E"]
    assert len(find_alerts(centre, since=centre.now())) == 2
    assert len(find_alerts(centre, limit=1)) == 1


def test_every_step_is_written_down(centre: Centre, alert: Alert, clock) -> None:
    assert alert.due_at == NOW + 120 * SECOND
    clock.advance(seconds=20)
    take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, "an officer"))
    clock.advance(seconds=20)
    taken = take_step(centre, alert.id, Act(Step.ASSIGN, "a chief", unit="team 3", note="go"))
    assert (taken.state, taken.owner, taken.unit) == (AlertState.ASSIGNED, "an officer", "team 3")
    take_step(centre, alert.id, Act(Step.STOP, "an officer"))
    closed = take_step(centre, alert.id, Act(Step.CLOSE, "an officer", outcome=AlertOutcome.FINED))
    assert (closed.state, closed.outcome) == (AlertState.CLOSED, AlertOutcome.FINED)
    assert closed.closed_at == clock.at
    log = log_of(centre, alert.id)
    assert [(line.step, line.actor) for line in log] == [
        ("raise", "R-K1"),
        ("acknowledge", "an officer"),
        ("assign", "a chief"),
        ("stop", "an officer"),
        ("close", "an officer"),
    ]
    assert (log[2].unit, log[2].note, log[2].at) == ("team 3", "go", NOW + 40 * SECOND)
    assert open_alerts(centre) == []


@pytest.mark.parametrize(
    ("step", "outcome"),
    [(Step.FALSE_READ, AlertOutcome.FALSE_READ), (Step.CLEAR, AlertOutcome.CLEARED)],
)
def test_some_steps_say_themselves_how_it_ended(
    centre: Centre, alert: Alert, step: Step, outcome: AlertOutcome
) -> None:
    assert take_step(centre, alert.id, Act(step, "an officer")).outcome is outcome


LACKING_STEPS = [
    (Act(Step.ASSIGN, "a"), "unit"),
    (Act(Step.SHELVE, "a"), "note"),
    (Act(Step.SHELVE, "a", note=" "), "note"),
    (Act(Step.SHELVE, "a", note="rain", until=NOW), "until"),
    (Act(Step.SHELVE, "a", note="rain", until=NOW + 241 * MINUTE), "until"),
    (Act(Step.ACKNOWLEDGE, "a", note="x" * 2001), "note"),
    (Act(Step.ACKNOWLEDGE, "a", note="\0"), "note"),
]


def test_a_step_that_lacks_something_names_it(centre: Centre, alert: Alert, subtests) -> None:
    for act, field in LACKING_STEPS:
        with subtests.test(act=act, field=field):
            with pytest.raises(InvalidInput) as fault:
                take_step(centre, alert.id, act)
            assert fault.value.field == field
            assert find_alert(centre, alert.id).state is AlertState.NEW


NO_ALERTS = ["999", "0", "", "x", "1;--", "9" * 40, "٣"]


def test_an_unknown_alert_is_not_found(centre: Centre, subtests) -> None:
    for name in NO_ALERTS:
        with subtests.test(name=name):
            for ask in (find_alert, log_of):
                with pytest.raises(NotFound):
                    ask(centre, name)
            with pytest.raises(NotFound):
                take_step(centre, name, Act(Step.ACKNOWLEDGE, "a"))


def test_of_two_officers_one_takes_it(centre: Centre, alert: Alert) -> None:
    def take(name: str) -> bool:
        try:
            take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, name))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, "abcd")) == 1
    assert [line.step for line in log_of(centre, alert.id)] == ["raise", "acknowledge"]


def test_what_waits_too_long_goes_up_and_is_told_once(centre: Centre, alert: Alert, clock) -> None:
    assert escalate(centre) == 0
    clock.advance(seconds=120)
    assert (escalate(centre), escalate(centre)) == (1, 0)
    assert find_alert(centre, alert.id).level == 1
    clock.advance(seconds=240)
    assert (escalate(centre), escalate(centre)) == (1, 0)
    notes = [line.note for line in log_of(centre, alert.id) if line.step == "escalate"]
    assert notes == ["level 1", "level 2"]


def test_what_was_taken_waits_for_a_unit_and_goes_up_without_one(
    centre: Centre, alert: Alert, clock
) -> None:
    limit = centre.city.limits.unit["P2"]
    assert alert.unit_due_at == NOW + limit
    clock.advance(seconds=360)
    assert escalate(centre) == 1
    taken = take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, "an officer"))
    assert (taken.level, escalate(centre)) == (0, 0)
    clock.at = NOW + limit
    assert (escalate(centre), escalate(centre)) == (1, 0)
    clock.at = NOW + 3 * limit
    assert escalate(centre) == 1
    assert find_alert(centre, alert.id).level == 2
    sent = take_step(centre, alert.id, Act(Step.ASSIGN, "an officer", unit="team 3"))
    clock.advance(hours=1)
    assert (sent.level, escalate(centre)) == (0, 0)


def test_only_the_police_send_units(centre: Centre, clock) -> None:
    [review] = raised(centre, a_cause(9, desk=Desk.REVIEW))
    assert find_alert(centre, review).unit_due_at is None
    take_step(centre, review, Act(Step.ACKNOWLEDGE, "an operator"))
    clock.advance(hours=9)
    assert escalate(centre) == 0


def test_a_shelved_alert_comes_back_where_it_was(centre: Centre, alert: Alert, clock) -> None:
    take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, "an officer"))
    until = clock.at + 30 * MINUTE
    shelve = Act(Step.SHELVE, "an officer", note="rain", until=until)
    shelved = take_step(centre, alert.id, shelve)
    assert (shelved.state, shelved.shelved_until) == (AlertState.SHELVED, until)
    clock.at = until - SECOND
    assert unshelve_due(centre) == 0
    clock.at = until
    assert unshelve_due(centre) == 1
    back = find_alert(centre, alert.id)
    assert (back.state, back.shelved_until) == (AlertState.ACKNOWLEDGED, None)
    assert log_of(centre, alert.id)[-1].actor == "timekeeper"


def test_back_from_the_shelf_an_alert_waits_anew(centre: Centre, alert: Alert, clock) -> None:
    until = clock.at + 30 * MINUTE
    take_step(centre, alert.id, Act(Step.SHELVE, "an officer", note="rain", until=until))
    clock.at = until
    assert (unshelve_due(centre), escalate(centre)) == (1, 0)
    back = find_alert(centre, alert.id)
    assert (back.state, back.due_at) == (AlertState.NEW, until + 120 * SECOND)
    clock.at = back.due_at
    assert escalate(centre) == 1


def test_a_log_cannot_be_changed(centre: Centre, alert: Alert) -> None:
    for change in ("UPDATE alert_steps SET actor = 'x'", "TRUNCATE alert_steps CASCADE"):
        with pytest.raises(DBAPIError, match="append-only"):
            transact(centre.engine, lambda conn, change=change: conn.execute(text(change)))


def test_alerts_go_on_their_day_with_their_log(centre: Centre, alert: Alert, clock) -> None:
    take_step(centre, alert.id, Act(Step.CLEAR, "an officer"))
    raised(centre, a_cause(2, plate="A"))
    clock.advance(days=366)
    assert purge_alerts(centre, clock.at - timedelta(days=365)) == 1
    assert [left.plate for left in find_alerts(centre)] == ["A"]
    with pytest.raises(NotFound):
        log_of(centre, alert.id)
