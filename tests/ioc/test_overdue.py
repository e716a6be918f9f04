"""Red vehicles that do not arrive: told of once, within a minute, whatever restarts in between."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from ioc.alerts.model import AlertOutcome, AlertState, Desk, Step
from ioc.alerts.service import Act, find_alert, log_of, open_alerts, take_step
from ioc.centre import Centre
from ioc.db import transact
from ioc.notices.service import letters_about
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import arrival_watched, grant_permits, permits_of, revoke_permit
from ioc.timekeeper import keep_time
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.overdue import clear_arrived, drop_journeys, raise_overdue
from ioc.vehicles.recording import follow_anew, judge_anew, record_read
from ioc.vehicles.store import sightings_by_ref

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PLATE, SITE = "43C16839", "kcl-truong-bia"
GATE, GATE_OUT, ROAD, AT_SITE, OTHER_SITE = "cam-001", "cam-005", "cam-141", "cam-175", "cam-177"
ROADS = ("ql1a-north-gate",)


def a_permit(**changes: object) -> Permit:
    permit = Permit(
        *("p-1", PLATE, PermitClass.RED, NOW - DAY, NOW + DAY),
        destination=SITE,
        roads=ROADS,
        deadline=NOW + HOUR,
    )
    return replace(permit, **changes)


def a_read(number: int, camera: str, at: datetime = NOW, **changes: object) -> PlateRead:
    read = PlateRead(f"read-{number}", camera, PLATE, 0.99, at, Heading.IN)
    return replace(read, **changes)


@pytest.fixture
def red(centre: Centre) -> Centre:
    """A red vehicle that has a permit and has just come in."""
    grant_permits(centre, "transport", [a_permit()])
    record_read(centre, "box", a_read(1, GATE))
    return centre


def test_a_red_that_does_not_arrive_is_told_of_once_when_it_was_due(red: Centre, clock) -> None:
    clock.advance(minutes=59, seconds=59)
    assert raise_overdue(red) == 0
    record_read(red, "box", a_read(2, ROAD, NOW + 20 * MINUTE))
    clock.advance(seconds=1)
    assert raise_overdue(red) == 1
    [alert] = open_alerts(red, Desk.POLICE)
    assert (alert.reason, alert.priority.value, alert.rule) == ("red_overdue", "P1", "R-D12")
    # where it was last seen is where the search begins
    assert (alert.camera, alert.first_seen_at) == (ROAD, NOW + 20 * MINUTE)
    clock.advance(hours=3)
    assert raise_overdue(red) == 0
    record_read(red, "box", a_read(3, GATE, clock.at))
    clock.advance(hours=3)
    assert raise_overdue(red) == 0
    assert len(open_alerts(red, Desk.POLICE)) == 1


def test_a_red_that_arrives_in_time_is_told_of_to_nobody(red: Centre, clock) -> None:
    clock.advance(minutes=59)
    record_read(red, "box", a_read(2, AT_SITE, clock.at))
    clock.advance(hours=2)
    assert raise_overdue(red) == 0
    assert open_alerts(red) == []


def test_even_a_doubtful_read_of_exactly_its_plate_ends_the_journey(red: Centre, clock) -> None:
    clock.advance(minutes=30)
    record_read(red, "box", a_read(2, AT_SITE, clock.at, confidence=0.6))
    clock.advance(hours=2)
    assert raise_overdue(red) == 0


def test_a_permit_that_ran_out_on_the_way_still_leads_to_its_site(centre: Centre, clock) -> None:
    grant_permits(centre, "transport", [a_permit(valid_until=NOW + 30 * MINUTE)])
    record_read(centre, "box", a_read(1, GATE))
    clock.advance(minutes=50)
    record_read(centre, "box", a_read(2, AT_SITE, clock.at))
    clock.advance(hours=2)
    assert raise_overdue(centre) == 0


def test_another_site_ends_nothing(red: Centre, clock) -> None:
    clock.advance(minutes=30)
    record_read(red, "box", a_read(2, OTHER_SITE, clock.at))
    clock.advance(hours=2)
    assert raise_overdue(red) == 1


@pytest.mark.parametrize(
    ("camera", "changes"),
    [
        (GATE, {"confidence": 0.9}),
        (GATE_OUT, {"direction": Heading.OUT}),
        (ROAD, {}),
        (GATE, {"plate": "43C16838"}),
    ],
    ids=["in doubt", "leaving", "not at a gate", "another plate"],
)
def test_only_a_sure_entry_begins_a_journey(
    centre: Centre, clock, camera: str, changes: dict[str, object]
) -> None:
    grant_permits(centre, "transport", [a_permit()])
    record_read(centre, "box", a_read(1, camera, **changes))
    clock.advance(hours=20)
    assert raise_overdue(centre) == 0


def test_without_a_deadline_the_rule_says_how_long(centre: Centre, clock) -> None:
    grant_permits(centre, "transport", [a_permit(deadline=None)])
    record_read(centre, "box", a_read(1, GATE))
    clock.advance(minutes=179)
    assert raise_overdue(centre) == 0
    clock.advance(minutes=1)
    assert raise_overdue(centre) == 1


def test_a_read_at_the_site_that_came_before_that_of_the_gate_counts(centre: Centre, clock) -> None:
    grant_permits(centre, "transport", [a_permit()])
    clock.advance(minutes=50)
    record_read(centre, "box", a_read(2, AT_SITE, NOW + 40 * MINUTE))
    record_read(centre, "late box", a_read(1, GATE))
    clock.advance(hours=2)
    assert raise_overdue(centre) == 0


def test_a_revoked_permit_is_waited_for_no_longer(red: Centre, clock) -> None:
    [permit] = permits_of(red, PLATE)
    revoke_permit(red, permit.ref, "transport")
    clock.advance(hours=2)
    assert raise_overdue(red) == 0


def test_a_red_that_comes_late_settles_its_alert(red: Centre, clock) -> None:
    clock.advance(hours=1)
    raise_overdue(red)
    [alert] = open_alerts(red)
    clock.advance(minutes=30)
    record_read(red, "box", a_read(2, AT_SITE, clock.at))
    assert find_alert(red, alert.id).state is AlertState.NEW
    assert clear_arrived(red) == 1
    closed = find_alert(red, alert.id)
    assert (closed.state, closed.outcome) == (AlertState.CLEARED, AlertOutcome.CLEARED)
    assert SITE in str(log_of(red, alert.id)[-1].note)
    assert clear_arrived(red) == 0


def test_an_alert_on_the_shelf_is_settled_too(red: Centre, clock) -> None:
    clock.advance(hours=1)
    raise_overdue(red)
    [alert] = open_alerts(red)
    take_step(red, alert.id, Act(Step.SHELVE, "lan", note="asked", until=clock.at + HOUR))
    record_read(red, "box", a_read(2, AT_SITE, clock.at))
    assert clear_arrived(red) == 1
    assert find_alert(red, alert.id).state is AlertState.CLEARED


def test_an_alert_that_a_person_closed_stays_as_it_is(red: Centre, clock) -> None:
    clock.advance(hours=1)
    raise_overdue(red)
    [alert] = open_alerts(red)
    take_step(red, alert.id, Act(Step.CLEAR, "lan"))
    record_read(red, "box", a_read(2, AT_SITE, clock.at))
    assert clear_arrived(red) == 0
    assert find_alert(red, alert.id).owner == "lan"
    assert clear_arrived(red) == 0


def test_the_timekeeper_tells_of_what_fell_due_while_nobody_kept_time(red: Centre, clock) -> None:
    """State lies in the store: whoever starts after the deadline finds it."""
    clock.advance(hours=4)
    stop = threading.Event()
    keeper = threading.Thread(target=keep_time, args=(red, stop))
    keeper.start()
    until = time.monotonic() + 20
    while not open_alerts(red) and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    keeper.join()
    assert [alert.reason for alert in open_alerts(red)] == ["red_overdue"]


def test_a_plate_that_a_person_read_at_the_site_ends_the_journey(red: Centre, clock) -> None:
    """The camera at the site read it wrong; who corrects it says that the vehicle has come."""
    clock.advance(minutes=30)
    misread = a_read(2, AT_SITE, clock.at, plate="43C16B39", confidence=0.4)
    ref = str(record_read(red, "box", misread).receipt.ref)

    def correct(conn: Connection) -> None:
        [sighting] = sightings_by_ref(conn, {ref: misread.seen_at}).values()
        follow_anew(conn, red, judge_anew(conn, red, sighting, PLATE))

    transact(red.engine, correct)
    clock.advance(hours=2)
    assert raise_overdue(red) == 0


@pytest.fixture
def blind(centre: Centre) -> Centre:
    """The city without a camera at the site: nobody would see a vehicle arrive."""
    places = {name: p for name, p in centre.city.places.items() if getattr(p, "site", "") != SITE}
    return replace(centre, city=replace(centre.city, places=places))


def test_where_no_camera_watches_health_is_asked_to_ring_and_no_police_are_sent(
    blind: Centre, clock
) -> None:
    grant_permits(blind, "transport", [a_permit()])
    record_read(blind, "box", a_read(1, GATE))
    [permit] = permits_of(blind, PLATE)
    assert arrival_watched(blind, permit) is False
    clock.advance(hours=2)
    assert raise_overdue(blind) == 0
    assert open_alerts(blind) == []
    [letter] = letters_about(blind, f"permit:{permit.ref}")
    assert (letter.channel, letter.notice.topic) == ("health-duty", "red.unseen")
    assert letter.notice.words["site"] == blind.city.places[SITE].name
    assert PLATE not in str(letter.notice)
    clock.advance(hours=2)
    assert raise_overdue(blind) == 0
    assert len(letters_about(blind, f"permit:{permit.ref}")) == 1


def test_old_journeys_go(red: Centre) -> None:
    assert drop_journeys(red, NOW) == 0
    assert drop_journeys(red, NOW + MINUTE) == 1
