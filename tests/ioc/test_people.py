"""People who come: declared once, decided, seen to arrive, called on in time; counted exactly."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc import tally
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.intake import IntakeStatus
from ioc.overview import figures
from ioc.people.arrivals import note_arrivals
from ioc.people.desk import waiting
from ioc.people.lodgings import find_waves, record_lodgings, record_waves
from ioc.people.model import (
    Declaration,
    DeclarationState,
    DeclarationStep,
    Lodging,
    Manner,
    Means,
    Passage,
    Seen,
    TaskKind,
    TaskState,
    TaskStep,
    Wave,
)
from ioc.people.rules import COMING, LEADS, corrected, entries_among, leads_to
from ioc.people.service import (
    Order,
    decide,
    decide_many,
    find_declaration,
    log_of,
    record_declarations,
    withdraw,
)
from ioc.people.tasks import find_task, find_tasks, mark_late, take_step
from ioc.people.upkeep import drop_people, recount
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.persons.model import Identity
from ioc.persons.rules import identify
from ioc.persons.service import references
from ioc.reviews.model import Answer
from ioc.reviews.service import open_questions, rule
from ioc.reviews.upkeep import apply_rulings
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import record_read, record_reads

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UNIT, GATE, POST = "19750-2021", "cam-001", "my-chanh"
Step, State = DeclarationStep, DeclarationState


def somebody(number: int) -> Identity:
    return identify(f"046085{number:06}", "Nguyễn Văn An", None)


def a_declaration(number: int = 1, **changes: object) -> Declaration:
    one = Declaration(
        f"d-{number}",
        somebody(number),
        UNIT,
        origin="TP. Hồ Chí Minh",
        cell="Tổ 3",
        plate=f"51F{number:05}",
        expected_at=NOW + HOUR,
    )
    return replace(one, **changes)


def declared(centre: Centre, number: int = 1, **changes: object) -> str:
    [receipt] = record_declarations(centre, "portal", [a_declaration(number, **changes)])
    assert receipt.status is IntakeStatus.RECORDED, receipt.why
    return str(receipt.ref)


def allow(centre: Centre, plate: str, **changes: object) -> None:
    permit = Permit("p-" + plate, plate, PermitClass.GREEN, NOW - DAY, NOW + DAY, **changes)
    grant_permits(centre, "transport", [permit])


def a_read(number: int, at: datetime = NOW, **changes: object) -> PlateRead:
    read = PlateRead(f"r-{number}-{at}", GATE, f"51F{number:05}", 0.99, at, Heading.IN)
    return replace(read, **changes)


def entries(centre: Centre) -> int:
    return figures(centre).values["entries_people_today"]


def test_what_may_follow_what_is_one_table() -> None:
    for state in State:
        for step in Step:
            if step in LEADS[state]:
                assert leads_to(state, step, "why") is LEADS[state][step]
            else:
                with pytest.raises(Conflict):
                    leads_to(state, step, "why")
    assert set(COMING) == {State.RECEIVED, State.APPROVED, State.REFUSED}
    for step in (Step.REFUSE, Step.REOPEN):
        with pytest.raises(InvalidInput, match="note"):
            leads_to(State.RECEIVED if step is Step.REFUSE else State.APPROVED, step, " ")


def test_a_declaration_is_kept_once_and_a_wave_nobody_announced_is_refused(centre) -> None:
    one, strange = a_declaration(1), a_declaration(2, wave="SE38")
    first = record_declarations(centre, "portal", [one, strange, one])
    again = record_declarations(centre, "portal", [replace(one, cell="Tổ 4"), one])
    said = [receipt.status.value for receipt in (*first, *again)]
    assert said == ["recorded", "refused", "repeated", "refused", "repeated"]
    assert str(first[1].why).startswith("wave: ")
    assert figures(centre).values["people_declared_total"] == 1
    assert [d.ref for d in waiting(centre, [UNIT])] == [first[0].ref]
    assert waiting(centre, ["19753-2021"]) == []


def test_health_decides_takes_back_and_every_day_is_told_right(centre, clock) -> None:
    ref = declared(centre, companions=(somebody(7), somebody(8)))
    decide(centre, ref, Order(Step.APPROVE, "health"))
    clock.advance(days=1)
    decide(centre, ref, Order(Step.REOPEN, "health", "sai xã"))
    decided = decide(centre, ref, Order(Step.REFUSE, "health", "vùng phong tỏa"))
    assert (decided.state, decided.decided_by) == (State.REFUSED, "health")
    steps = [noted.step for noted in log_of(centre, ref)]
    assert steps == [Step.RECEIVE, Step.APPROVE, Step.REOPEN, Step.REFUSE]
    zone = centre.city.zone
    with centre.engine.connect() as conn:
        for day, approved, refused in ((NOW, 0, 0), (NOW + DAY, 0, 1)):
            on = local_day(day, zone)
            found = tally.on_day(conn, ["declaration.approved", "declaration.refused"], on, zone)
            assert list(found.values()) == [approved, refused]
    assert figures(centre).values["people_declared_total"] == 3
    assert recount(centre) == []
    outcome = decide_many(centre, [ref, "nobody"], Order(Step.APPROVE, "health"))
    assert [type(one.fault) for one in outcome] == [Conflict, NotFound]
    with pytest.raises(Conflict):
        withdraw(centre, ref, "portal", None)


def test_whoever_declared_a_plate_arrives_when_a_camera_reads_it_at_a_gate(centre) -> None:
    ref = declared(centre, companions=(somebody(2), somebody(3)))
    decide(centre, ref, Order(Step.APPROVE, "health"))
    other = declared(centre, 4, expected_at=NOW + 5 * DAY, plate="51F00001")
    allow(centre, "51F00001")
    outbound = a_read(1, NOW - MINUTE, direction=Heading.OUT, camera="cam-001")
    record_reads(centre, "box", [outbound])
    assert entries(centre) == 0
    record_read(centre, "box", a_read(1))
    arrived = find_declaration(centre, ref)
    assert (arrived.state, arrived.arrived_at, arrived.arrived_by) == (State.ARRIVED, NOW, GATE)
    assert entries(centre) == 3
    # Not yet: he said another week.
    assert find_declaration(centre, other).state is State.RECEIVED
    record_read(centre, "box", a_read(1, NOW + MINUTE))
    assert entries(centre) == 3
    assert recount(centre) == []


def test_a_permit_that_names_declarations_brings_their_people_in_and_a_stop_nobody(centre) -> None:
    ref = declared(centre, plate=None)
    stopped = declared(centre, 2)
    allow(centre, "43C00001", people=(ref,))
    record_reads(centre, "box", [a_read(1, plate="43C00001"), a_read(2)])
    assert find_declaration(centre, ref).state is State.CAME
    assert find_declaration(centre, stopped).state is State.RECEIVED
    assert entries(centre) == 1


def test_people_arrive_by_a_plate_that_a_person_read(centre: Centre, clock) -> None:
    ref = declared(centre)
    allow(centre, "51F00001")
    # What is not sure lets nobody arrive, though the vehicle may pass.
    record_read(centre, "box", a_read(1, confidence=0.5))
    record_read(centre, "box", a_read(7, confidence=0.5))
    assert find_declaration(centre, ref).state is State.RECEIVED
    [question] = open_questions(centre)
    rule(centre, question.alert, Answer.CORRECTED, "51F00001", "minh")
    clock.advance(minutes=1)
    assert apply_rulings(centre) == 1
    assert find_declaration(centre, ref).arrived_at == NOW
    assert (entries(centre), recount(centre)) == (1, [])


def scanned(centre: Centre, passages: Sequence[Passage]) -> None:
    transact(centre.engine, lambda conn: tally.add(conn, note_arrivals(conn, centre, passages)))


def test_camera_scan_and_next_post_are_one_entry_and_tomorrow_is_another(centre, clock) -> None:
    ref = declared(centre)
    allow(centre, "51F00001")
    record_read(centre, "box", a_read(1))
    [person] = find_declaration(centre, ref).people
    [stranger] = references(centre, [somebody(9)])
    scanned(
        centre,
        [
            Passage(person, NOW + 3 * MINUTE, POST),
            Passage(person, NOW + HOUR, "hue-station"),
            Passage(person, NOW + HOUR, "dong-ba-01"),
            Passage(stranger, NOW, POST),
            Passage(stranger, NOW, POST),
        ],
    )
    assert entries(centre) == 2
    # A device that was offline tells of an earlier scan: the entry moves there.
    scanned(centre, [Passage(stranger, NOW - HOUR, POST), Passage(person, NOW - HOUR, POST)])
    assert entries(centre) == 2
    clock.advance(days=1)
    scanned(centre, [Passage(person, NOW + DAY, POST)])
    assert entries(centre) == 1
    assert recount(centre) == []


@given(st.data())
def test_entries_are_the_same_in_whatever_order_passages_come(data: st.DataObject) -> None:
    same = timedelta(hours=4)
    hours = data.draw(st.lists(st.integers(0, 30), unique=True, max_size=9))
    kept: dict[int, Seen] = {}
    waiting_ones = list(hours)
    while waiting_ones:
        batch = [
            waiting_ones.pop() for _ in range(min(len(waiting_ones), data.draw(st.integers(1, 3))))
        ]
        times = [NOW + hour * HOUR for hour in batch]
        near = [s for s in kept.values() if min(times) - same <= s.at <= max(times) + same]
        new = [Seen(NOW + hour * HOUR, POST, "p", None) for hour in batch]
        for one, is_entry in corrected(sorted([*near, *new], key=lambda s: s.at), same):
            kept[(one.at - NOW) // HOUR] = replace(one, is_entry=is_entry)
    whole = [kept[hour] for hour in sorted(kept)]
    assert [one.is_entry for one in whole] == entries_among(whole, same)
    for before, after in pairwise(whole):
        assert after.is_entry is (after.at - before.at >= same)


def test_who_declares_at_a_post_is_there_and_counts(centre) -> None:
    there = {"manner": Manner.AT_POST, "post": POST, "plate": None}
    ref = declared(centre, declared_by=somebody(5), expected_at=NOW + 30 * DAY, **there)
    now = find_declaration(centre, ref)
    assert (now.state, now.arrived_by, len(now.people)) == (State.CAME, POST, 1)
    assert entries(centre) == 1
    assert decide(centre, ref, Order(Step.REFUSE, "health", "phải cách ly")).state is State.REJECTED


def test_the_station_calls_within_minutes_and_again_on_its_days(centre, clock) -> None:
    ref = declared(centre, manner=Manner.AT_POST, post=POST)
    assert find_tasks(centre) == []
    clock.advance(minutes=5)
    [call] = find_tasks(centre, [UNIT])
    assert (call.kind, call.declaration, call.due_at) == (TaskKind.CALL, ref, NOW + 10 * MINUTE)
    assert find_tasks(centre, ["19753-2021"]) == []
    assert (mark_late(centre), figures(centre).values["tasks_late"]) == (0, 0)
    assert take_step(centre, call.ref, (TaskStep.NO_ANSWER, None), "station").tries == 1
    clock.advance(minutes=5)
    assert (mark_late(centre), mark_late(centre), find_task(centre, call.ref).level) == (1, 0, 1)
    assert figures(centre).values["tasks_late"] == 1
    clock.advance(minutes=10)
    assert (mark_late(centre), find_task(centre, call.ref).level) == (1, 2)
    with pytest.raises(NotFound):
        take_step(centre, call.ref, (TaskStep.REACHED, None), "another", ["19753-2021"])
    with pytest.raises(InvalidInput, match="note"):
        take_step(centre, call.ref, (TaskStep.REFER, None), "station")
    done = take_step(centre, call.ref, (TaskStep.REACHED, "khỏe"), "station", [UNIT])
    assert (done.state, done.done_by) == (TaskState.DONE, "station")
    with pytest.raises(Conflict):
        take_step(centre, call.ref, (TaskStep.REACHED, None), "station")
    days = []
    for _ in range(15):
        clock.advance(days=1)
        days += [(t.day, t.kind) for t in find_tasks(centre)]
        for task in find_tasks(centre):
            take_step(centre, task.ref, (TaskStep.REACHED, None), "station")
    assert days == [(day, TaskKind.FOLLOW_UP) for day in (1, 3, 7, 14)]


def test_a_wave_says_how_many_were_expected_declared_and_have_arrived(centre) -> None:
    train = Wave("SE38", Means.TRAIN, "Tàu SE38", 368, NOW + HOUR, "TP. Hồ Chí Minh", "hue-station")
    assert [r.status.value for r in record_waves(centre, "railway", [train, train])] == [
        "recorded",
        "repeated",
    ]
    refs = [declared(centre, n, wave="SE38", means=Means.TRAIN, plate=None) for n in (1, 2, 3)]
    decide_many(centre, refs[:2], Order(Step.APPROVE, "health"))
    [person] = find_declaration(centre, refs[0]).people
    scanned(centre, [Passage(person, NOW, "hue-station")])
    [count] = find_waves(centre)
    assert (count.wave, count.declared, count.approved, count.arrived) == (train, 3, 2, 1)


def test_guests_of_a_lodging_count_once(centre) -> None:
    guest = Lodging("g-1", somebody(1), "Khách sạn Hương Giang", NOW, NOW + DAY, UNIT)
    statuses = [r.status.value for r in record_lodgings(centre, "hotel", [guest, guest])]
    assert statuses == ["recorded", "repeated"]
    assert figures(centre).values["lodging_guests_total"] == 1
    with pytest.raises(InvalidInput, match="until"):
        replace(guest, until_at=NOW)


def test_what_is_past_its_days_goes_and_the_numbers_stay(centre, clock) -> None:
    declared(centre, manner=Manner.AT_POST, post=POST)
    record_lodgings(centre, "hotel", [Lodging("g", somebody(1), "H", NOW, NOW + DAY)])
    clock.advance(days=2)
    later = clock.at
    assert drop_people(centre, later, later, later) == 3
    assert recount(centre) == []
    assert figures(centre).values["people_declared_total"] == 1
    with centre.engine.connect() as conn:
        for table in ("declarations", "declaration_people", "tasks", "passages", "entrants"):
            assert conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0
