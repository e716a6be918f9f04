"""A camera's own reading and ours of one vehicle are one sighting, whichever comes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ioc import tally
from ioc.alerts.model import AlertState, Desk
from ioc.alerts.service import find_alerts, open_alerts
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.intake import IntakeStatus
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.vehicles.model import Claim, Heading, NotRead, Outcome, PlateRead, Reason, Sighting
from ioc.vehicles.pairing import cost_of, joint
from ioc.vehicles.readings import of_sightings
from ioc.vehicles.recording import ReadResult, record_read, record_reads, record_sources
from ioc.vehicles.service import latest_sightings
from ioc.vehicles.upkeep import recount

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
SEEN, DAY, TOGETHER = NOW - timedelta(seconds=20), timedelta(days=1), timedelta(seconds=4)
GATE = "cam-001"
OURS, THEIRS = "vision", "camera:cam-001"
SURE = 0.95


def ours(plate: str = "43C16839", sure: float = 0.99, **changes: object) -> PlateRead:
    return replace(PlateRead("o-1", GATE, plate, sure, SEEN, Heading.IN), **changes)


def theirs(plate: str = "43C16839", sure: float = 0.9, **changes: object) -> PlateRead:
    claim = Claim(SEEN + timedelta(seconds=1), sure)
    read = PlateRead("v-1", GATE, "X1", sure, SEEN + timedelta(seconds=1), claim=claim)
    return replace(read, plate=plate, **changes)


def sightings(centre: Centre) -> list[Sighting]:
    return latest_sightings(centre, NOW - timedelta(hours=1))


def counted(centre: Centre, *metrics: str) -> dict[str, int]:
    day = local_day(centre.now(), centre.city.zone)
    return transact(centre.engine, lambda conn: tally.on_day(conn, metrics, day, centre.city.zone))


def record(centre: Centre, *reads: PlateRead) -> list[ReadResult]:
    return [record_read(centre, OURS if read.claim is None else THEIRS, read) for read in reads]


CASES = (
    # ours, theirs, the plate of both together, whether it is sure enough to act on
    ("43C16839", 0.99, "43C16839", 0.90, "43C16839", True),
    ("43C16839", 0.60, "43C16839", 0.99, "43C16839", True),
    ("43C16839", 0.60, "43C16839", 0.70, "43C16839", False),
    ("43C16839", 0.99, "43C16889", 0.90, "43C16839", False),
    ("43C16839", 0.90, "43C16889", 0.99, "43C16889", False),
    ("43C16839", 0.99, "43C1683", 0.90, "43C16839", False),
    ("43C16839", 0.99, "43C16889", 0.30, "43C16839", True),
)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("is_ours_first", [True, False])
def test_two_readings_of_one_vehicle_are_one_sighting(
    read_twice: Centre, case: tuple, is_ours_first: bool
) -> None:
    mine, my_sure, other, their_sure, plate, is_sure = case
    pair = [ours(mine, my_sure), theirs(other, their_sure)]
    results = record(read_twice, *(pair if is_ours_first else pair[::-1]))
    [one] = sightings(read_twice)
    assert (one.read.plate, one.read.confidence >= SURE) == (plate, is_sure)
    assert one.read.direction is Heading.IN
    assert results[1].verdict is not None
    assert (results[1].verdict.outcome is Outcome.STOP) == is_sure
    assert counted(read_twice, "read", "verdict.stop", "verdict.review") == {
        "read": 1,
        "verdict.stop": int(is_sure),
        "verdict.review": int(not is_sure),
    }
    assert recount(read_twice) == []
    # Sent again, each gets the same answer and changes nothing.
    again = record(read_twice, *pair)
    assert {r.receipt.status for r in again} == {IntakeStatus.REPEATED}
    assert {(r.verdict, r.alert) for r in again} == {(one.verdict, one.alert)}
    readings = transact(read_twice.engine, lambda conn: of_sightings(conn, [one.ref]))[one.ref]
    assert {(r.source, r.plate) for r in readings} == {(OURS, mine), (THEIRS, other)}


def test_an_alert_is_raised_once_and_a_police_alert_is_not_taken_back(read_twice: Centre) -> None:
    record(read_twice, ours(), theirs())
    [alert] = open_alerts(read_twice)
    assert (alert.desk, alert.sightings) == (Desk.POLICE, 1)
    # The second reading contradicts: the police are told nothing new, a person is asked.
    later = timedelta(minutes=1)
    first = ours("75A12345", seen_at=SEEN + later, id="o-2")
    record(read_twice, first, theirs("75A12845", 0.97, seen_at=SEEN + later, id="v-2"))
    police = find_alerts(read_twice, Desk.POLICE)
    assert {(a.plate, a.state) for a in police} == {
        ("43C16839", AlertState.NEW),
        ("75A12345", AlertState.NEW),
    }
    [question] = find_alerts(read_twice, Desk.REVIEW)
    assert question.reason == Reason.UNSURE_READ
    newest = sightings(read_twice)[0]
    assert newest.verdict.outcome is Outcome.REVIEW


def test_a_question_is_answered_by_the_surer_reading(read_twice: Centre) -> None:
    grant_permits(read_twice, "transport", [a_permit("75A12345")])
    record(read_twice, theirs("75A12845", 0.6))
    [question] = open_alerts(read_twice, Desk.REVIEW)
    record(read_twice, ours("75A12345", 0.99))
    [one] = sightings(read_twice)
    # Both looked, and one says 8: it is not sure, so the question stays.
    assert (one.read.plate, one.read.confidence < SURE) == ("75A12345", True)
    assert question in open_alerts(read_twice, Desk.REVIEW)
    record(read_twice, theirs("75B99999", 0.6, id="v-9", seen_at=SEEN + 2 * TOGETHER))
    unsure = {a.id for a in open_alerts(read_twice, Desk.REVIEW)}
    record(read_twice, ours("75B99999", 0.99, id="o-9", seen_at=SEEN + 2 * TOGETHER))
    answered = unsure - {a.id for a in open_alerts(read_twice, Desk.REVIEW)}
    assert len(answered) == 1
    assert question.id not in answered


def a_permit(plate: str, kind: PermitClass = PermitClass.GREEN, **changes: object) -> Permit:
    return replace(Permit(f"p-{plate}", plate, kind, NOW - DAY, NOW + DAY), **changes)


def test_the_journey_of_a_red_vehicle_begun_by_a_misreading_is_forgotten(
    read_twice: Centre,
) -> None:
    red = a_permit("43C16839", PermitClass.RED, destination="site-01")
    destination = next(c.site for c in read_twice.city.cameras.values() if c.site)
    grant_permits(read_twice, "transport", [replace(red, destination=destination)])

    def journeys() -> int:
        count_all = text("SELECT count(*) FROM journeys")
        return int(transact(read_twice.engine, lambda c: c.execute(count_all).scalar_one()))

    record(read_twice, ours())
    assert journeys() == 1
    record(read_twice, theirs("43C16889", 0.98))
    assert journeys() == 0


def test_vehicles_behind_one_another_stay_apart(read_twice: Centre) -> None:
    second = timedelta(seconds=1)
    mine = [ours(f"75A{n}{n}{n}{n}1", id=f"o-{n}", seen_at=SEEN + n * second) for n in (1, 5, 9)]
    own = [theirs(f"75A{n}{n}{n}{n}1", id=f"v-{n}", seen_at=SEEN + n * second) for n in (9, 5, 1)]
    record_reads(read_twice, OURS, mine)
    record_reads(read_twice, THEIRS, own)
    assert sorted(s.read.plate for s in sightings(read_twice)) == [r.plate for r in mine]
    # The same plate twice by one reader is two passes; another camera is another place.
    record(read_twice, ours("75A55551", id="o-55", seen_at=SEEN + 6 * second))
    record(read_twice, replace(ours("75A11111", id="o-11"), camera="cam-004"))
    assert len(sightings(read_twice)) == 5
    assert recount(read_twice) == []


def test_a_plate_nobody_read_joins_the_one_that_was(read_twice: Centre) -> None:
    unread = theirs("", 0.7, not_read=NotRead.UNREADABLE)
    record(read_twice, unread, ours())
    [one] = sightings(read_twice)
    assert (one.read.plate, one.read.not_read) == ("43C16839", None)


def test_two_processes_at_once_see_one_another(read_twice: Centre) -> None:
    start = Barrier(2)

    def send(read: PlateRead, source: str) -> None:
        start.wait()
        record_read(read_twice, source, read)

    pairs = [(ours(), OURS), (theirs(), THEIRS)]
    threads = [Thread(target=send, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sightings(read_twice)) == 1
    # Both in one transaction as well.
    later = SEEN + timedelta(minutes=1)
    batch = {OURS: [ours(id="o-2", seen_at=later)], THEIRS: [theirs(id="v-2", seen_at=later)]}
    record_sources(read_twice, batch)
    assert len(sightings(read_twice)) == 2


PLATES = st.sampled_from(["43C16839", "43C16889", "75A12345", "75F128456", "43C1683"])
SURENESS = st.floats(0.05, 0.999)
NUMBERS = count(1)
Telling = tuple[str, float, int]


def telling() -> st.SearchStrategy[Telling]:
    return st.tuples(PLATES, SURENESS, st.integers(0, 8_000))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(telling(), max_size=3), st.lists(telling(), max_size=3), st.permutations(range(6)))
def test_no_reading_is_lost_and_what_is_counted_is_what_is_held(
    read_twice: Centre, mine: list[Telling], own: list[Telling], order: list[int]
) -> None:
    run = next(NUMBERS)
    base = NOW - timedelta(minutes=run)
    reads = [
        ours(plate, sure, id=f"{run}-o{n}", seen_at=base + timedelta(milliseconds=ms))
        for n, (plate, sure, ms) in enumerate(mine)
    ] + [
        theirs(plate, sure, id=f"{run}-v{n}", seen_at=base + timedelta(milliseconds=ms))
        for n, (plate, sure, ms) in enumerate(own)
    ]
    reads = [reads[n] for n in order if n < len(reads)]
    results = record(read_twice, *reads)
    assert all(r.receipt.status is IntakeStatus.RECORDED for r in results)
    held = [s for s in sightings(read_twice) if base <= s.read.seen_at < base + TOGETHER * 3]
    found = transact(read_twice.engine, lambda conn: of_sightings(conn, [s.ref for s in held]))
    kept = [reading for readings in found.values() for reading in readings]
    assert sorted(r.read_id for r in kept) == sorted(read.id for read in reads)
    for readings in found.values():
        assert len({reading.is_claim for reading in readings}) == len(readings) <= 2
    assert max(len(mine), len(own)) <= len(held) <= len(mine) + len(own)
    assert recount(read_twice) == []


@given(PLATES, SURENESS, PLATES, SURENESS)
def test_what_two_say_together_is_never_surer_than_one_alone(
    plate: str, sure: float, other: str, other_sure: float
) -> None:
    one, two = ours(plate, sure), theirs(other, other_sure)
    both, turned = joint(one, two, SURE), joint(two, one, SURE)
    assert both.confidence == turned.confidence <= max(sure, other_sure)
    if plate != other and min(sure, other_sure) >= 0.5:
        assert both.confidence < SURE
    assert cost_of(one, two, TOGETHER) == cost_of(two, one, TOGETHER)
