"""Lists, clones, plates nobody read: from a read to the alert, on the real store."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ioc.alerts.model import Desk
from ioc.alerts.service import open_alerts
from ioc.centre import Centre
from ioc.lists.model import ListEntry, ListKind, ListReason, PlateList
from ioc.lists.service import approve, enter, register_list
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.vehicles.model import Heading, NotRead, Outcome, PlateRead, Reason
from ioc.vehicles.recording import record_read, record_reads, record_sources
from ioc.vehicles.service import find_sighting
from ioc.vehicles.upkeep import recount

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
PLATE = "43C16839"
# About 95 km apart: the gates in the north and in the south.
NORTH, SOUTH, NEAR_NORTH, MAIN = "cam-001", "cam-007", "cam-140", "cam-117"


def a_read(number: int, camera: str, ago: timedelta, **changes: object) -> PlateRead:
    read = PlateRead(f"read-{number}", camera, PLATE, 0.99, NOW - ago, Heading.IN)
    return replace(read, **changes)


@pytest.fixture
def green(centre: Centre) -> Centre:
    permit = Permit("p", PLATE, PermitClass.GREEN, NOW - DAY, NOW + DAY)
    grant_permits(centre, "transport", [permit])
    return centre


def reasons(centre: Centre, *reads: PlateRead) -> list[Reason]:
    """The reason of each read, recorded one by one."""
    results = [record_read(centre, "box", read) for read in reads]
    return [result.verdict.reason for result in results if result.verdict]


def put_on_list(centre: Centre, reason: str, *, approved: bool = True) -> None:
    kind = ListKind.EXEMPT if reason == "emergency" else ListKind.WATCH
    register_list(centre, PlateList("l", kind, "PC08", "CA", "p", date(2021, 12, 1)), "lan")
    entry = ListEntry("1", "l", PLATE, ListReason(reason), NOW - DAY, NOW + DAY)
    enter(centre, "l", [entry], "lan")
    if approved:
        approve(centre, "l", "minh")


def test_a_hit_on_a_watch_list_stops_a_green_vehicle(green: Centre) -> None:
    put_on_list(green, "wanted")
    result = record_read(green, "box", a_read(1, MAIN, MINUTE))
    assert result.verdict is not None
    assert (result.verdict.outcome, result.verdict.reason) == (Outcome.STOP, Reason.WANTED)
    [alert] = open_alerts(green, Desk.POLICE)
    assert (alert.reason, alert.priority.value, alert.permit is not None) == ("wanted", "P1", True)
    kept = find_sighting(green, str(result.receipt.ref), NOW - MINUTE)
    assert (kept.verdict.rests_on, kept.verdict.rule_version) == (result.verdict.rests_on, 1)
    assert recount(green) == []


def test_an_entry_nobody_approved_alerts_nobody(green: Centre) -> None:
    put_on_list(green, "wanted", approved=False)
    assert reasons(green, a_read(1, MAIN, MINUTE)) == [Reason.PERMITTED]
    assert open_alerts(green) == []


def test_an_ambulance_on_its_list_passes_a_gate(centre: Centre) -> None:
    put_on_list(centre, "emergency")
    assert reasons(centre, a_read(1, NORTH, MINUTE)) == [Reason.EXEMPT]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        # S7: one plate at Mỹ Chánh and at Lăng Cô within ten minutes
        (a_read(1, NORTH, 12 * MINUTE), a_read(2, SOUTH, 3 * MINUTE), Reason.CLONED),
        (a_read(1, NORTH, 120 * MINUTE), a_read(2, SOUTH, 3 * MINUTE), Reason.PERMITTED),
        (a_read(1, NORTH, 4 * MINUTE), a_read(2, NEAR_NORTH, 3 * MINUTE), Reason.PERMITTED),
        (a_read(1, NORTH, 12 * MINUTE), a_read(2, NORTH, 12 * MINUTE), Reason.PERMITTED),
        # a read that was spooled comes after the one that followed it
        (a_read(1, SOUTH, 3 * MINUTE), a_read(2, NORTH, 12 * MINUTE), Reason.CLONED),
        (
            *(a_read(1, NORTH, 12 * MINUTE, confidence=0.9), a_read(2, SOUTH, 3 * MINUTE)),
            Reason.PERMITTED,
        ),
        (
            *(a_read(1, NORTH, 12 * MINUTE), a_read(2, SOUTH, 3 * MINUTE, confidence=0.9)),
            Reason.PERMITTED,
        ),
        (
            *(a_read(1, NORTH, 12 * MINUTE, plate="43C16838"), a_read(2, SOUTH, 3 * MINUTE)),
            Reason.PERMITTED,
        ),
    ],
)
def test_a_plate_at_two_places_too_far_apart_is_a_clone(
    green: Centre, first: PlateRead, second: PlateRead, found: Reason
) -> None:
    record_read(green, "box", first)
    assert reasons(green, second) == [found]
    raised = [alert.reason for alert in open_alerts(green, Desk.POLICE)]
    assert raised.count("cloned") == (found is Reason.CLONED)


def test_a_clone_within_one_batch_is_one_alert_with_both_sightings(green: Centre) -> None:
    reads = [a_read(1, SOUTH, 3 * MINUTE), a_read(2, NORTH, 9 * MINUTE)]
    results = record_reads(green, "box", reads)
    assert [r.verdict.reason for r in results if r.verdict] == [Reason.CLONED] * 2
    [alert] = open_alerts(green, Desk.POLICE)
    assert (alert.sightings, alert.reason) == (2, "cloned")


def test_a_clone_over_two_sources_of_one_transaction_is_found(green: Centre) -> None:
    answers = record_sources(
        green,
        {"a": [a_read(1, NORTH, 9 * MINUTE)], "b": [a_read(1, SOUTH, 3 * MINUTE)]},
    )
    verdict = answers["b"][0].verdict
    assert verdict is not None
    assert verdict.reason is Reason.CLONED
    assert verdict.rests_on == answers["a"][0].receipt.ref


def test_a_clone_is_found_across_midnight_of_the_city(green: Centre, clock) -> None:
    midnight = datetime(2021, 10, 4, 17, 0, tzinfo=UTC)
    clock.at = midnight + 5 * MINUTE
    reads = [
        a_read(1, NORTH, MINUTE, seen_at=midnight - 3 * MINUTE),
        a_read(2, SOUTH, MINUTE, seen_at=midnight + 3 * MINUTE),
    ]
    assert reasons(green, *reads) == [Reason.PERMITTED, Reason.CLONED]


def unread(number: int, camera: str, kind: NotRead, **changes: object) -> PlateRead:
    return a_read(number, camera, number * timedelta(seconds=1), plate="", not_read=kind, **changes)


def test_a_covered_plate_at_a_gate_reaches_the_police(centre: Centre) -> None:
    assert reasons(centre, unread(1, NORTH, NotRead.COVERED)) == [Reason.NOT_READ]
    [alert] = open_alerts(centre, Desk.POLICE)
    assert alert.plate == "?cam-001"
    assert recount(centre) == []


def test_a_dirty_lens_is_one_alert_and_not_one_a_vehicle(centre: Centre) -> None:
    reads = [unread(n, NORTH, NotRead.UNREADABLE) for n in range(1, 31)]
    record_reads(centre, "box", [*reads, unread(40, SOUTH, NotRead.UNREADABLE)])
    alerts = open_alerts(centre, Desk.REVIEW)
    assert sorted((alert.camera, alert.sightings) for alert in alerts) == [(NORTH, 30), (SOUTH, 1)]


def test_an_unread_plate_inside_is_noted_and_kept(centre: Centre) -> None:
    result = record_read(centre, "box", unread(1, MAIN, NotRead.UNREADABLE))
    kept = find_sighting(centre, str(result.receipt.ref), NOW - timedelta(seconds=1))
    assert (kept.read.plate, kept.read.not_read) == ("", NotRead.UNREADABLE)
    assert kept.verdict.outcome is Outcome.NOTE
    assert open_alerts(centre) == []
