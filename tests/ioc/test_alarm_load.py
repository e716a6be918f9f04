"""What alerts are to a room: load, floods, noise, chatter, what is stale, what was false."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from ioc.alerts.load import MOMENT, STEP, alarm_load, backlog, is_flood
from ioc.alerts.model import Alert, AlertOutcome, AlertState, Group, Priority, Step
from ioc.alerts.rules import flooded, gather
from ioc.alerts.service import Act, escalate, open_alerts, take_step
from ioc.centre import Centre
from tests.ioc.test_alert_steps import an_act
from tests.ioc.test_alerts import a_cause, raised

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def cry(centre: Centre, count: int, camera: str = "cam-001", first: int = 0, **changes: object):
    """Raise `count` alerts of different vehicles at one camera."""
    at = centre.now()
    return raised(
        centre,
        *(
            a_cause(
                first + n, plate=f"43C{10000 + first + n}", camera=camera, seen_at=at, **changes
            )
            for n in range(count)
        ),
    )


@pytest.mark.parametrize(
    ("counts", "floods"),
    [
        ([], []),
        ([0, 10], [False, False]),
        ([11, 10, 5, 4, 10], [True, True, True, False, False]),
        ([40, 40, 0, 11], [True, True, False, True]),
    ],
)
def test_a_flood_begins_above_its_limit_and_ends_well_below(counts, floods) -> None:
    assert flooded(counts, 10, 5) == floods


def an_alert(number: int, **changes: object) -> Alert:
    alert = Alert(
        str(number), "police", Priority.P2, AlertState.NEW, f"P{number}", "no_permit", "R-K1",
        "cam-001", f"s-{number}", NOW, NOW, NOW, NOW, 1,
    )  # fmt: skip
    return replace(alert, **changes)


def test_in_a_flood_what_cries_together_stands_together() -> None:
    noisy = [an_alert(n) for n in range(5)]
    alone = [
        an_alert(10, priority=Priority.P1),
        an_alert(11, state=AlertState.ACKNOWLEDGED),
        an_alert(12, camera="cam-002"),
        an_alert(13, camera="cam-002"),
        an_alert(14, rule="R-V1"),
    ]
    everything = [alone[0], noisy[0], alone[2], *noisy[1:], alone[1], alone[3], alone[4]]
    found = gather(everything, is_flood=True)
    assert found == [
        alone[0],
        Group("cam-001", "R-K1", tuple(noisy)),
        alone[2],
        alone[1],
        alone[3],
        alone[4],
    ]
    assert gather(everything, is_flood=False) == everything


def test_nothing_is_lost_by_putting_it_together() -> None:
    alerts = [an_alert(n, camera=f"cam-{n % 3}", priority=list(Priority)[n % 3]) for n in range(60)]
    flat = [
        one.id
        for item in gather(alerts, is_flood=True)
        for one in (item.alerts if isinstance(item, Group) else (item,))
    ]
    assert sorted(flat, key=int) == [alert.id for alert in alerts]


def test_a_dirty_lens_is_a_flood_until_it_is_over(centre: Centre, clock) -> None:
    assert not is_flood(centre)
    cry(centre, 10)
    assert not is_flood(centre)
    cry(centre, 1, first=10)
    assert is_flood(centre)
    clock.advance(minutes=11)
    cry(centre, 5, first=20)
    assert is_flood(centre)
    clock.advance(minutes=11)
    cry(centre, 4, first=30)
    assert not is_flood(centre)


def test_the_load_of_a_room_is_told_against_its_limits(centre: Centre, clock) -> None:
    start = clock.at
    cry(centre, 12, camera="cam-002")
    cry(centre, 3, first=50, priority=Priority.P1, rule="R-D1")
    clock.advance(seconds=30)
    alerts = open_alerts(centre)
    for alert in alerts[:4]:
        take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, "an officer"))
    clock.advance(minutes=5)
    for alert in alerts[4:6]:
        take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, "an officer"))
    take_step(centre, alerts[4].id, Act(Step.FALSE_READ, "an officer"))
    take_step(centre, alerts[5].id, an_act(Step.CLOSE))
    load = alarm_load(centre, start, start + HOUR)
    assert load.raised == 15
    assert load.by_priority == {Priority.P1: 3, Priority.P2: 12, Priority.P3: 0}
    assert list(load.bins.values()) == [15, 0, 0, 0, 0, 0]
    operators = centre.city.limits.operators
    assert load.per_operator == pytest.approx(15 / 6 / operators)
    assert load.peak == 15 / operators
    assert (load.flooded, load.is_flood) == (pytest.approx(1 / 6), False)
    assert (load.ended, load.false, load.false_share) == (2, 1, 0.5)
    assert (load.taken, load.late, load.median_ack_s) == (6, 2, 30)
    worst = load.noisy[0]
    assert (worst.camera, worst.rule, worst.raised, worst.ended, worst.false) == (
        "cam-002", "R-K1", 12, 2, 1,
    )  # fmt: skip
    assert load.noisy_share == 1
    assert load.backlog.total == 13


def test_an_empty_room_has_no_load_and_no_share(centre: Centre) -> None:
    load = alarm_load(centre, NOW - HOUR, NOW)
    assert (load.raised, load.per_operator, load.peak, load.flooded) == (0, 0, 0, 0)
    assert (load.false_share, load.median_ack_s, load.noisy_share) == (None, None, 0)
    assert load.backlog.oldest_at is None


def test_chatter_is_raised_again_after_it_was_over(centre: Centre, clock) -> None:
    for number in range(3):
        [alert] = raised(centre, a_cause(number, seen_at=clock.at))
        take_step(centre, alert, Act(Step.FALSE_READ, "an officer"))
        # Raised again as often, yet never over: it waits, it does not chatter.
        raised(centre, a_cause(100 + number, plate="51D00001", seen_at=clock.at))
        clock.advance(minutes=15)
    [found] = alarm_load(centre, NOW, clock.at).chatter
    assert (found.plate, found.reason, found.raised) == ("43C16839", "no_permit", 3)
    clock.advance(hours=24)
    assert alarm_load(centre, NOW, clock.at).chatter == ()


def test_the_backlog_tells_what_waits_too_long(centre: Centre, clock) -> None:
    first, second, third = cry(centre, 3)
    take_step(centre, first, Act(Step.ACKNOWLEDGE, "an officer"))
    take_step(centre, second, an_act(Step.SHELVE, until=None))
    waits = backlog(centre)
    assert (waits.total, waits.overdue, waits.unitless, waits.shelved) == (3, 0, 0, 1)
    assert waits.oldest_at == NOW
    clock.advance(minutes=20)
    escalate(centre)
    waits = backlog(centre)
    assert (waits.overdue, waits.unitless, waits.escalated, waits.stale) == (1, 1, 2, 0)
    clock.advance(hours=24)
    assert backlog(centre).stale == 3
    take_step(centre, third, Act(Step.CLEAR, "an officer"))
    assert backlog(centre).stale == 2


def test_a_long_span_is_cut_and_costs_no_more_questions_than_a_short_one(centre: Centre) -> None:
    asked: list[str] = []

    def note(conn, cursor, statement, *rest):  # type: ignore[no-untyped-def]
        asked.append(statement)

    cry(centre, 40)
    event.listen(centre.engine, "before_cursor_execute", note)
    alarm_load(centre, NOW - HOUR, NOW + MOMENT)
    few = len(asked)
    load = alarm_load(centre, NOW - timedelta(days=900), NOW + MOMENT)
    event.remove(centre.engine, "before_cursor_execute", note)
    assert len(asked) == 2 * few <= 20
    assert load.end - load.start == timedelta(days=31)
    assert len(load.bins) == timedelta(days=31) / STEP
    assert load.is_flood


def test_the_span_of_a_load_ends_where_it_says(centre: Centre, clock) -> None:
    cry(centre, 2)
    assert alarm_load(centre, NOW, NOW + MINUTE).raised == 2
    assert alarm_load(centre, NOW - MINUTE, NOW).raised == 0
    assert an_act(Step.CLOSE).outcome is AlertOutcome.FINED
