"""What a shift lead keeps: muted cameras, the shelf, and one shift handed to the next."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ioc.access.model import Role
from ioc.access.service import create_user, disable_user
from ioc.alerts.handover import hand_over, handovers, summary, takers
from ioc.alerts.model import AlertState, Priority, Step
from ioc.alerts.muting import end_misread, mute, mutes, shelf, unmute
from ioc.alerts.service import Act, escalate, find_alert, log_of, take_step, unshelve_due
from ioc.alerts.upkeep import purge_alerts
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput, NotFound
from ioc.vehicles.service import sightings_of
from tests.ioc.test_alarm_load import cry
from tests.ioc.test_alert_steps import an_act

PASSWORD = "a long word of the tests"
MINUTE = timedelta(minutes=1)
CAMERA, RULE = "cam-001", "R-K1"
WHY = "dirt on the lens"


@pytest.fixture
def leads(centre: Centre) -> tuple[str, str]:
    """Two people who may lead a shift."""
    for name in ("lan", "minh"):
        create_user(centre, name, PASSWORD, Role.SHIFT_LEAD, name.title())
    return "lan", "minh"


def states(centre: Centre, alerts: list[str]) -> list[AlertState]:
    return [find_alert(centre, alert).state for alert in alerts]


def test_a_muted_camera_shelves_what_waits_and_what_comes(centre: Centre, clock) -> None:
    waiting = cry(centre, 3)
    taken, *rest = waiting
    take_step(centre, taken, Act(Step.ACKNOWLEDGE, "an officer"))
    urgent = cry(centre, 1, first=10, priority=Priority.P1)
    other_rule, other_camera = (
        cry(centre, 1, first=11, rule="R-V1"),
        cry(centre, 1, camera="cam-002", first=12),
    )
    made = mute(centre, "lan", CAMERA, RULE, WHY, 30 * MINUTE)
    coming = cry(centre, 4, first=20)
    coming_urgent = cry(centre, 1, first=30, priority=Priority.P1)
    assert set(states(centre, [*rest, *coming])) == {AlertState.SHELVED}
    assert states(centre, [taken]) == [AlertState.ACKNOWLEDGED]
    spared = [*urgent, *other_rule, *other_camera, *coming_urgent]
    assert set(states(centre, spared)) == {AlertState.NEW}
    [running] = mutes(centre)
    assert (running.camera, running.until_at, running.alerts) == (CAMERA, made.until_at, 6)
    found = shelf(centre)
    assert {(one.actor, one.reason) for one in found} == {("lan", WHY)}
    assert [line.step for line in log_of(centre, coming[0])] == ["raise", "shelve"]
    clock.advance(hours=1)
    assert escalate(centre) == len(spared) + 1
    assert unshelve_due(centre) == 6
    assert set(states(centre, [*rest, *coming])) == {AlertState.NEW}
    assert (mutes(centre), shelf(centre)) == ([], [])
    assert find_alert(centre, coming[0]).due_at == clock.at + 120 * timedelta(seconds=1)
    assert states(centre, cry(centre, 1, first=40)) == [AlertState.NEW]


def test_a_mute_keeps_every_sighting(centre: Centre) -> None:
    from ioc.vehicles.model import Heading, PlateRead
    from ioc.vehicles.recording import record_reads

    reads = [
        PlateRead(f"r{n}", CAMERA, "43C16839", 0.99, centre.now(), Heading.IN) for n in range(3)
    ]
    first = record_reads(centre, "box", reads[:1])[0].alert
    rule = find_alert(centre, str(first)).rule
    mute(centre, "lan", CAMERA, rule, WHY)
    again = record_reads(centre, "box", reads[1:])
    assert {result.alert for result in again} == {first}
    alert = find_alert(centre, str(first))
    assert (alert.state, alert.sightings) == (AlertState.SHELVED, 3)
    assert len(sightings_of(centre, alert)) == 3


def test_a_mute_is_ended_early_and_gives_its_alerts_back(centre: Centre) -> None:
    alerts = cry(centre, 3)
    mute(centre, "lan", CAMERA, RULE, WHY)
    own = cry(centre, 1, first=10, camera="cam-002")
    take_step(centre, own[0], an_act(Step.SHELVE, until=None))
    assert unmute(centre, "minh", CAMERA, RULE) == 3
    assert states(centre, [*alerts, *own]) == [AlertState.NEW] * 3 + [AlertState.SHELVED]
    assert mutes(centre) == []
    with pytest.raises(NotFound):
        unmute(centre, "minh", CAMERA, RULE)


def test_muting_again_changes_the_time_and_doubles_nothing(centre: Centre) -> None:
    alerts = cry(centre, 2)
    mute(centre, "lan", CAMERA, RULE, WHY, 10 * MINUTE)
    mute(centre, "minh", CAMERA, RULE, "still dirty", 60 * MINUTE)
    [running] = mutes(centre)
    assert (running.actor, running.reason, running.alerts) == ("minh", "still dirty", 2)
    more = cry(centre, 2, first=10)
    assert len(set(alerts + more)) == 4
    untils = {find_alert(centre, alert).shelved_until for alert in alerts + more}
    assert untils == {running.until_at}


LACKING_MUTES = [
    (CAMERA, RULE, "", 10, "note"),
    (CAMERA, RULE, "  ", 10, "note"),
    (CAMERA, RULE, "x" * 2001, 10, "note"),
    (CAMERA, RULE, "a\0", 10, "note"),
    (CAMERA, RULE, WHY, 0, "minutes"),
    (CAMERA, RULE, WHY, 241, "minutes"),
    (CAMERA, "", WHY, 10, "rule"),
    (CAMERA, "x" * 101, WHY, 10, "rule"),
]


def test_a_mute_that_lacks_something_names_it(centre: Centre, subtests) -> None:
    for camera, rule, reason, minutes, field in LACKING_MUTES:
        with subtests.test(camera=camera, rule=rule, reason=reason, minutes=minutes, field=field):
            with pytest.raises(InvalidInput) as fault:
                mute(centre, "lan", camera, rule, reason, minutes * MINUTE)
            assert fault.value.field == field
            assert mutes(centre) == []


def test_a_camera_that_is_none_is_not_muted(centre: Centre) -> None:
    with pytest.raises(NotFound):
        mute(centre, "lan", "cam-999", RULE, WHY)


def test_a_shift_is_handed_over_with_what_lies_open(centre: Centre, leads, clock) -> None:
    giver, taker = leads
    alerts = cry(centre, 3)
    take_step(centre, alerts[0], Act(Step.ACKNOWLEDGE, "an officer"))
    take_step(centre, alerts[0], Act(Step.ASSIGN, "an officer", unit="to-01"))
    take_step(centre, alerts[1], an_act(Step.SHELVE, until=None))
    mute(centre, giver, "cam-002", RULE, WHY)
    clock.advance(minutes=3)
    escalate(centre)
    made = hand_over(centre, giver, taker, " rain since noon ")
    [kept] = handovers(centre)
    assert kept == made
    assert (kept.giver, kept.taker, kept.note, kept.at) == (
        giver,
        taker,
        "rain since noon",
        clock.at,
    )
    told = kept.summary
    assert told["total"] == 3
    assert (told["overdue"], told["escalated"], told["shelved"]) == (1, 1, 1)
    assert told["units"] == {"assigned": 1, "free": 22}
    assert [one["id"] for one in told["alerts"]] == [alerts[0], alerts[2]]
    assert [(one["id"], one["reason"]) for one in told["shelf"]] == [(alerts[1], WHY)]
    assert [one["camera"] for one in told["muted"]] == ["cam-002"]
    assert "43C1000" not in str(told)
    take_step(centre, alerts[2], Act(Step.CLEAR, "an officer"))
    assert handovers(centre)[0].summary["total"] == 3
    assert summary(centre)["total"] == 2


def test_only_who_may_lead_takes_over(centre: Centre, leads) -> None:
    giver, taker = leads
    create_user(centre, "an", PASSWORD, Role.POLICE, "An")
    assert takers(centre, giver) == [taker]
    for name in (giver, "an", "nobody", ""):
        with pytest.raises(InvalidInput, match="taker"):
            hand_over(centre, giver, name)
    for note in ("x" * 2001, "a\0b"):
        with pytest.raises(InvalidInput, match="note"):
            hand_over(centre, giver, taker, note)
    disable_user(centre, taker)
    assert takers(centre, giver) == []
    assert handovers(centre) == []


def test_a_hand_over_cannot_be_changed_and_goes_on_its_day(centre: Centre, leads, clock) -> None:
    hand_over(centre, *leads)
    mute(centre, "lan", CAMERA, RULE, WHY)
    with pytest.raises(DBAPIError, match="append-only"):
        transact(centre.engine, lambda conn: conn.execute(text("UPDATE handovers SET giver = 'x'")))
    clock.advance(days=366)
    purge_alerts(centre, clock.at - timedelta(days=365))
    assert handovers(centre) == []
    held = text("SELECT count(*) FROM mutes")
    assert transact(centre.engine, lambda conn: conn.execute(held).scalar_one()) == 0


def test_what_a_dirty_lens_raised_is_ended_together(centre: Centre) -> None:
    alerts = cry(centre, 12)
    take_step(centre, alerts[3], Act(Step.CLEAR, "an officer"))
    assert end_misread(centre, "lan", [*alerts, alerts[0]], WHY) == 11
    assert states(centre, alerts).count(AlertState.FALSE_READ) == 11
    assert states(centre, alerts[3:4]) == [AlertState.CLEARED]
    assert [line.note for line in log_of(centre, alerts[0])] == [None, WHY]
    with pytest.raises(NotFound):
        end_misread(centre, "lan", ["999"], WHY)
    with pytest.raises(InvalidInput, match="alerts"):
        end_misread(centre, "lan", [str(n) for n in range(201)], WHY)
    more = cry(centre, 2, first=50)
    with pytest.raises(InvalidInput, match="note"):
        end_misread(centre, "lan", more, "\0")
    with pytest.raises(NotFound):
        end_misread(centre, "lan", [*more, "999"], WHY)
    assert set(states(centre, more)) == {AlertState.NEW}
