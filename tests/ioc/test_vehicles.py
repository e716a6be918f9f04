"""From a read to a kept, judged, counted sighting, on the real store."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ioc import tally
from ioc.alerts.model import AlertState, Desk
from ioc.alerts.service import find_alerts, open_alerts
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.intake import IntakeStatus
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits, permits_of, revoke_permit
from ioc.vehicles.model import Ground, Heading, Layout, Outcome, PlateCharacter, PlateRead, Reason
from ioc.vehicles.recording import ReadResult, record_read, record_reads
from ioc.vehicles.service import find_sighting, latest_sightings, trail
from ioc.vehicles.upkeep import recount

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
DAY = timedelta(days=1)
GATE, MAIN = "cam-001", "cam-117"


def a_read(number: int = 1, **changes: object) -> PlateRead:
    read = PlateRead(
        f"read-{number}", GATE, "43C16839", 0.99, NOW - timedelta(seconds=5), Heading.IN
    )
    return replace(read, **changes)


def a_permit(number: int = 1, **changes: object) -> Permit:
    permit = Permit(f"permit-{number}", "43C16839", PermitClass.GREEN, NOW - DAY, NOW + DAY)
    return replace(permit, **changes)


def counted(centre: Centre, *metrics: str) -> dict[str, int]:
    day = local_day(centre.now(), centre.city.zone)
    return transact(centre.engine, lambda conn: tally.on_day(conn, metrics, day, centre.city.zone))


def test_a_vehicle_without_leave_at_a_gate_reaches_the_police(centre: Centre) -> None:
    result = record_read(centre, "box", a_read())
    assert result.receipt.status is IntakeStatus.RECORDED
    assert result.verdict is not None
    assert (result.verdict.outcome, result.verdict.reason) == (Outcome.STOP, Reason.NO_PERMIT)
    [alert] = open_alerts(centre, Desk.POLICE)
    assert (alert.id, alert.plate, alert.state) == (result.alert, "43C16839", AlertState.NEW)
    assert counted(centre, "read", "verdict.stop", "entry.vehicle") == {
        "read": 1,
        "verdict.stop": 1,
        "entry.vehicle": 0,
    }


def test_a_green_permit_enters_and_is_counted(centre: Centre) -> None:
    grant_permits(centre, "transport", [a_permit()])
    result = record_read(centre, "box", a_read())
    assert result.verdict is not None
    assert result.verdict.outcome is Outcome.PASS
    assert result.verdict.permit == permits_of(centre, "43C16839")[0].ref
    assert result.alert is None
    assert counted(centre, "entry.vehicle.green") == {"entry.vehicle.green": 1}
    assert open_alerts(centre) == []


def test_a_repeat_changes_nothing_and_gets_the_first_answer(centre: Centre) -> None:
    first = record_read(centre, "box", a_read())
    grant_permits(centre, "transport", [a_permit()])
    again = record_read(centre, "box", a_read())
    assert again.receipt.status is IntakeStatus.REPEATED
    assert (again.receipt.ref, again.verdict, again.alert) == (
        first.receipt.ref,
        replace_texts(first.verdict),
        first.alert,
    )
    assert counted(centre, "read") == {"read": 1}
    assert open_alerts(centre)[0].sightings == 1


def replace_texts(verdict: object) -> object:
    """What is kept of a verdict: priority and desk stand on the alert."""
    return replace(verdict, priority=None, desk=None)  # type: ignore[type-var]


def test_an_id_with_another_content_is_refused(centre: Centre) -> None:
    record_read(centre, "box", a_read())
    other = record_read(centre, "box", a_read(plate="43C16888"))
    assert other.receipt.status is IntakeStatus.REFUSED
    assert "id_reused" in str(other.receipt.why)
    assert record_read(centre, "another box", a_read()).receipt.status is IntakeStatus.RECORDED


def test_a_batch_answers_in_order_and_refuses_one_by_one(centre: Centre) -> None:
    reads = [
        a_read(3, plate="43C00003"),
        a_read(1),
        a_read(9, camera="cam-nowhere"),
        a_read(1),
        a_read(8, seen_at=NOW + timedelta(minutes=6)),
        a_read(7, seen_at=NOW - timedelta(days=46)),
        a_read(2, plate="43C00002"),
    ]
    results = record_reads(centre, "box", reads)
    assert [result.receipt.id for result in results] == [read.id for read in reads]
    statuses = [result.receipt.status.value for result in results]
    assert statuses == [
        "recorded",
        "recorded",
        "refused",
        "repeated",
        "refused",
        "refused",
        "recorded",
    ]
    assert "camera" in str(results[2].receipt.why)
    assert "seen_at" in str(results[4].receipt.why)
    assert results[3].alert == results[1].alert
    assert counted(centre, "read") == {"read": 3}


def test_one_incident_is_one_alert_for_ten_minutes(centre: Centre) -> None:
    times = [timedelta(minutes=m) for m in (30, 25, 20.5, 19.9, 5)]
    results = [
        record_read(centre, "box", a_read(n, seen_at=NOW - ago)) for n, ago in enumerate(times)
    ]
    alerts = [result.alert for result in results]
    assert alerts[0] == alerts[1] == alerts[2]
    assert alerts[3] not in (alerts[0], None)
    assert len(set(alerts)) == 3
    assert {alert.sightings for alert in find_alerts(centre)} == {1, 3}


def test_a_late_read_joins_the_incident_of_its_time(centre: Centre) -> None:
    new = record_read(centre, "box", a_read(1))
    old = record_read(centre, "box", a_read(2, seen_at=NOW - timedelta(hours=2)))
    joins = record_read(centre, "box", a_read(3, seen_at=NOW - timedelta(minutes=115)))
    assert old.alert != new.alert
    assert joins.alert == old.alert


def test_a_doubtful_read_goes_to_review_never_to_the_police(centre: Centre) -> None:
    result = record_read(centre, "box", a_read(confidence=0.94))
    assert result.verdict is not None
    assert (result.verdict.outcome, result.verdict.reason) == (Outcome.REVIEW, Reason.UNSURE_READ)
    assert open_alerts(centre, Desk.POLICE) == []
    assert [alert.id for alert in open_alerts(centre, Desk.REVIEW)] == [result.alert]


def test_a_revoked_permit_stops_and_says_so(centre: Centre) -> None:
    [receipt] = grant_permits(centre, "transport", [a_permit()])
    revoke_permit(centre, str(receipt.ref), "transport", NOW - timedelta(hours=1))
    result = record_read(centre, "box", a_read())
    assert result.verdict is not None
    assert result.verdict.reason is Reason.REVOKED
    assert permits_of(centre, "43C16839")[0].version == 2
    with pytest.raises(Conflict):
        revoke_permit(centre, str(receipt.ref), "transport")
    with pytest.raises(NotFound):
        revoke_permit(centre, "nothing", "transport")


def test_sightings_are_found_by_time_and_by_plate(centre: Centre) -> None:
    for number in range(3):
        record_read(centre, "box", a_read(number, seen_at=NOW - timedelta(minutes=number)))
    record_read(centre, "box", a_read(9, plate="43C00009", camera=MAIN))
    assert len(latest_sightings(centre)) == 4
    assert len(latest_sightings(centre, camera=MAIN)) == 1
    assert [s.read.id for s in trail(centre, "43C16839", NOW - DAY)] == [
        "read-0",
        "read-1",
        "read-2",
    ]


def test_writers_with_the_same_reads_in_any_order_record_each_once(centre: Centre) -> None:
    reads = [
        a_read(n, plate=f"43C{n % 30:05}", seen_at=NOW - timedelta(seconds=n)) for n in range(200)
    ]

    def send(seed: int) -> int:
        shuffled = random.Random(seed).sample(reads, len(reads))
        results = [
            result
            for start in range(0, len(shuffled), 50)
            for result in record_reads(centre, "box", shuffled[start : start + 50])
        ]
        assert all(result.verdict and result.alert for result in results)
        return sum(result.receipt.status is IntakeStatus.RECORDED for result in results)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(send, range(8))) == 200
    assert counted(centre, "read", "verdict.stop") == {"read": 200, "verdict.stop": 200}
    assert sum(alert.sightings for alert in find_alerts(centre)) == 200
    assert len(find_alerts(centre)) == 30
    assert recount(centre) == []


def test_a_read_is_judged_by_what_was_known_when_it_arrived(centre: Centre, clock) -> None:
    seen_at = NOW - timedelta(minutes=30)
    before = record_read(centre, "box", a_read(1, seen_at=seen_at))
    [receipt] = grant_permits(centre, "transport", [a_permit()])
    granted = record_read(centre, "box", a_read(2, seen_at=seen_at))
    revoke_permit(centre, str(receipt.ref), "transport", NOW)
    clock.advance(minutes=1)
    late = record_read(centre, "box", a_read(3, seen_at=seen_at))
    after = record_read(centre, "box", a_read(4, seen_at=NOW))
    assert [verdict_of(result) for result in (before, granted, late, after)] == [
        Reason.NO_PERMIT,
        Reason.PERMITTED,
        Reason.PERMITTED,
        Reason.REVOKED,
    ]


def verdict_of(result: ReadResult) -> Reason:
    assert result.verdict is not None
    return result.verdict.reason


def test_a_whole_sighting_comes_back_as_it_was_read(centre: Centre) -> None:
    read = a_read(
        lane=2,
        characters=(PlateCharacter("4", 0.98), PlateCharacter("3", 0.9123)),
        colour=Ground.YELLOW,
        layout=Layout.TWO_LINE,
        plate_picture="a" * 64,
        frame_picture="b" * 64,
    )
    ref = str(record_read(centre, "box", read).receipt.ref)
    sighting = find_sighting(centre, ref, read.seen_at)
    assert (sighting.read, sighting.source, sighting.known_at) == (read, "box", NOW)
    with pytest.raises(NotFound):
        find_sighting(centre, ref, read.seen_at + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("plate", lambda: a_read(plate="4" * 200)),
        ("plate", lambda: a_read(plate="43c-168")),
        ("plate", lambda: a_read(plate="")),
        ("confidence", lambda: a_read(confidence=1.01)),
        ("seen_at", lambda: a_read(seen_at=datetime(2021, 10, 4, 7, 0))),  # noqa: DTZ001
        ("id", lambda: a_read(id="")),
        ("id", lambda: a_read(id="a\0b")),
        ("id", lambda: a_read(id="x" * 129)),
        ("lane", lambda: a_read(lane=-1)),
        ("id", lambda: a_permit(id="")),
        ("valid_until", lambda: a_permit(valid_until=NOW - DAY)),
    ],
)
def test_a_wrong_value_names_its_field(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput) as fault:
        make()
    assert fault.value.field == field
