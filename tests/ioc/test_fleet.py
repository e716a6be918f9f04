"""Who watches which camera: one worker a camera, moved without a gap, stale readers refused."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict
from ioc.fleet.board import fleet_board
from ioc.fleet.model import OVERLAP, Orders, Span, Standing, Worker
from ioc.fleet.rules import is_told, share_out, why_stale
from ioc.fleet.service import (
    ask_to_roll,
    drop_leases,
    give,
    join,
    part,
    take_orders,
    weigh,
)
from ioc.vehicles.model import PlateRead
from ioc.vehicles.recording import record_reads
from tests.conftest import NOW

CAMERAS = frozenset(f"cam-{n:03}" for n in range(1, 7))


def worker(name: str, offers: frozenset[str] = CAMERAS, run: str = "", **more) -> Worker:
    return Worker(name, run or f"{name}-1", "node", offers, **more)


ONE, TWO, THREE = worker("one"), worker("two"), worker("three")


@pytest.mark.parametrize(
    ("workers", "owners", "loads"),
    [
        ([ONE], {}, {"one": 6}),
        ([ONE, TWO], {}, {"one": 3, "two": 3}),
        ([ONE, replace(TWO, weight=2.0)], {}, {"one": 2, "two": 4}),
        ([ONE, replace(TWO, is_alive=False)], {}, {"one": 6}),
        ([ONE, replace(TWO, is_leaving=True)], dict.fromkeys(CAMERAS, "two"), {"one": 6}),
        ([ONE, TWO, THREE], dict.fromkeys(CAMERAS, "one"), {"one": 2, "two": 2, "three": 2}),
        ([ONE, replace(TWO, offers=frozenset({"cam-001"}))], {}, {"one": 5, "two": 1}),
        ([], {"cam-001": "gone"}, {}),
    ],
)
def test_cameras_are_shared_out_by_weight(workers, owners, loads) -> None:
    assert Counter(share_out(workers, owners).values()) == loads


WORKERS = st.lists(
    st.builds(
        Worker,
        name=st.sampled_from("abcd"),
        run=st.just("r"),
        node=st.just("n"),
        offers=st.frozensets(st.sampled_from(sorted(CAMERAS))),
        weight=st.sampled_from((0.5, 1.0, 3.0)),
        is_alive=st.booleans(),
        is_leaving=st.booleans(),
    ),
    unique_by=lambda w: w.name,
)
OWNERS = st.dictionaries(st.sampled_from(sorted(CAMERAS)), st.sampled_from("abcde"))


@given(WORKERS, OWNERS)
def test_a_share_is_complete_possible_and_stands(workers, owners) -> None:
    plan = share_out(workers, owners)
    able = {w.name: w for w in workers if w.is_alive and not w.is_leaving}
    assert set(plan) == {camera for w in able.values() for camera in w.offers}
    assert all(camera in able[name].offers for camera, name in plan.items())
    assert share_out(workers, plan) == plan, "once shared out, nothing moves"
    assert share_out(list(reversed(workers)), owners) == plan, "whoever reckons"


QUICK = tries(
    max_examples=6, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
)
SPAN = Span(NOW, NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("span", "seconds", "is_good"),
    [
        (SPAN, -11, False),
        (SPAN, -9, True),
        (SPAN, 30, True),
        (SPAN, 69, True),
        (SPAN, 71, False),
        (Span(NOW, None), 9_999, True),
        (None, 0, False),
    ],
)
def test_a_read_counts_while_its_camera_was_in_its_teller_s_hands(span, seconds, is_good) -> None:
    assert (why_stale(span, NOW + timedelta(seconds=seconds)) is None) is is_good


@pytest.mark.parametrize(
    ("read", "others", "told"),
    [
        (("43A12345", 0.99), [("43A12345", 0.99)], True),
        (("43A12345", 0.99), [("43A12346", 0.99)], False),
        (("43A12345", 0.6), [("43A12346", 0.99)], True),
        (("43A12345", 0.99), [("43A12345", 0.6)], False),
        (("43A12345", 0.99), [], False),
    ],
)
def test_of_one_vehicle_both_may_speak_and_one_is_heard(read, others, told) -> None:
    assert is_told(read, others, 0.95) is told


def settled(centre: Centre, *workers: Worker, rounds: int = 6) -> dict[str, Orders]:
    """Let every worker take its rounds, seeing at once what it is to see, giving what it can."""
    orders: dict[str, Orders] = {}
    for _ in range(rounds):
        for one in workers:
            before = orders.get(one.name)
            seeing = before.warming | set(before.owned) if before else ()
            orders[one.name] = take_orders(centre, one, seeing, was_away=before is None)
            for camera in orders[one.name].giving:
                give(centre, one, camera)
    return orders


def silence(centre: Centre, name: str) -> None:
    question = "UPDATE fleet_workers SET heard_at = heard_at - interval '7 s' WHERE name = :name"
    transact(centre.engine, lambda conn: conn.execute(text(question), {"name": name}))


def owners(centre: Centre) -> dict[str, str]:
    return {row.camera: row.worker for row in fleet_board(centre).cameras}


def test_a_lost_worker_s_cameras_find_others_and_the_gap_is_told(under, centre, clock) -> None:
    centre = under("vision")
    for one in (ONE, TWO):
        join(centre, one)
    settled(centre, ONE, TWO)
    assert Counter(owners(centre).values()) == {"one": 3, "two": 3}
    clock.advance(seconds=8)
    silence(centre, "two")
    settled(centre, ONE)
    assert Counter(owners(centre).values()) == {"one": 6}
    assert sum(row.unwatched_s for row in fleet_board(centre).cameras) == 3 * 8
    clock.advance(seconds=1)
    twice = "INSERT INTO fleet_leases (camera, worker, run, since) VALUES ('cam-001','x','x',:at)"
    with pytest.raises(IntegrityError):
        transact(centre.engine, lambda conn: conn.execute(text(twice), {"at": NOW}))


def test_who_comes_gets_a_share_only_once_it_sees(under, centre, clock) -> None:
    centre = under("vision")
    join(centre, ONE)
    settled(centre, ONE)
    join(centre, TWO)
    blind = take_orders(centre, TWO)
    assert (len(blind.warming), blind.owned) == (3, {})
    assert not take_orders(centre, ONE).giving, "it does not see them yet"
    (first, *_) = sorted(blind.warming)
    take_orders(centre, TWO, {first})
    orders = take_orders(centre, ONE)
    assert orders.giving == {first}
    before = orders.owned[first]
    assert give(centre, ONE, first)
    assert not give(centre, ONE, first), "it is not its to give any more"
    assert take_orders(centre, TWO).owned[first] > before
    settled(centre, ONE, TWO)
    assert Counter(owners(centre).values()) == {"one": 3, "two": 3}
    assert sum(row.unwatched_s for row in fleet_board(centre).cameras) == 0


def test_one_started_again_has_its_cameras_at_once_under_new_numbers(under, centre) -> None:
    centre = under("vision")
    join(centre, ONE)
    before = settled(centre, ONE)["one"].owned
    again = replace(ONE, run="one-2")
    join(centre, again)
    after = take_orders(centre, again, was_away=True).owned
    assert set(after) == set(before)
    assert min(after.values()) > max(before.values())
    with pytest.raises(Conflict, match="another process has taken its name"):
        take_orders(centre, ONE)
    join(centre, replace(ONE, run="one-3", offers=frozenset({"cam-001"})))
    assert set(owners(centre)) == {"cam-001"}, "what it is not told of any more is nobody's"


def test_who_was_away_takes_nothing_from_others_who_were(under, centre) -> None:
    """The store was away for all of them: each keeps what it had."""
    centre = under("vision")
    for one in (ONE, TWO):
        join(centre, one)
    settled(centre, ONE, TWO)
    before = owners(centre)
    for name in ("one", "two"):
        silence(centre, name)
    for one in (ONE, TWO):
        take_orders(centre, one)
    assert owners(centre) == before


def test_who_leaves_is_awaited_until_the_last_camera_is_given(under, centre) -> None:
    centre = under("vision")
    for one in (ONE, TWO):
        join(centre, one)
    settled(centre, ONE, TWO)
    assert take_orders(centre, ONE, is_leaving=True).is_awaited
    for _ in range(2):
        seeing = take_orders(centre, TWO).warming
        take_orders(centre, TWO, seeing)
        for camera in take_orders(centre, ONE, is_leaving=True).giving:
            give(centre, ONE, camera)
    assert not take_orders(centre, ONE, is_leaving=True).is_awaited
    part(centre, ONE)
    assert set(owners(centre).values()) == {"two"}
    assert not take_orders(centre, TWO, is_leaving=True).is_awaited, "nobody is left to wait for"
    part(centre, TWO)
    assert owners(centre) == {}


def test_all_are_started_anew_one_after_the_other(under, centre) -> None:
    centre = under("vision")
    for one in (ONE, TWO):
        join(centre, one)
    settled(centre, ONE, TWO)
    assert ask_to_roll(centre) == 2
    assert take_orders(centre, ONE).is_leaving
    assert not take_orders(centre, TWO).is_leaving, "one at a time"
    part(centre, ONE)
    assert not take_orders(centre, TWO).is_leaving, "until the other is back"
    join(centre, replace(ONE, run="one-2"))
    assert take_orders(centre, TWO).is_leaving
    assert not take_orders(centre, replace(ONE, run="one-2")).is_leaving


def read(name: str, plate: str = "43A12345", **more) -> PlateRead:
    return PlateRead(name, "cam-001", plate, 0.99, NOW, **more)


def test_a_read_is_weighed_by_the_number_it_comes_with(under, centre, clock) -> None:
    centre = under("vision")
    join(centre, ONE)
    first = settled(centre, ONE)["one"].owned
    record_reads(centre, "vision", [read("r1")])
    clock.advance(seconds=30)
    join(centre, replace(ONE, run="one-2"))
    second = take_orders(centre, replace(ONE, run="one-2")).owned
    at = clock.at
    rows = [
        (first["cam-001"], read("r2"), Standing.OVERLAPS),
        (first["cam-001"], read("r3", "43A99999"), Standing.GOOD),
        (first["cam-001"], replace(read("r4"), seen_at=at + OVERLAP), Standing.STALE),
        (second["cam-001"], replace(read("r5"), seen_at=at), Standing.GOOD),
        (second["cam-001"], replace(read("r6"), seen_at=at - 2 * OVERLAP), Standing.STALE),
        (first["cam-002"], read("r7"), Standing.STALE),
        (999_999, read("r8"), Standing.STALE),
    ]
    weighed = weigh(centre, [(number, one) for number, one, _ in rows])
    assert [standing for standing, _ in weighed] == [standing for _, _, standing in rows]
    assert all(bool(why) == (standing is Standing.STALE) for standing, why in weighed)


def test_leases_go_with_the_sightings_they_judge(under, centre, clock) -> None:
    vision, timekeeper = under("vision"), under("timekeeper")
    join(vision, ONE)
    settled(vision, ONE)
    part(vision, ONE)
    clock.advance(days=61)
    assert drop_leases(timekeeper, clock.at - timedelta(days=60)) == 6


class Fleet(RuleBasedStateMachine):
    """Workers come, fall silent, leave; after a few quiet rounds all cameras are shared evenly."""

    centre: Centre
    admin: Centre

    def __init__(self) -> None:
        super().__init__()
        wipe = "TRUNCATE fleet_workers, fleet_leases"
        transact(self.admin.engine, lambda conn: conn.execute(text(wipe)))
        self.there: dict[str, Worker] = {}

    @rule(name=st.sampled_from("abc"), run=st.uuids())
    def comes(self, name: str, run: object) -> None:
        self.there[name] = worker(name, run=str(run))
        join(self.centre, self.there[name])

    @rule(name=st.sampled_from("abc"))
    def falls_silent(self, name: str) -> None:
        if self.there.pop(name, None):
            silence(self.admin, name)

    @rule(name=st.sampled_from("abc"))
    def leaves(self, name: str) -> None:
        if one := self.there.pop(name, None):
            part(self.centre, one)

    @rule(name=st.sampled_from("abc"))
    def has_a_round(self, name: str) -> None:
        if one := self.there.get(name):
            take_orders(self.centre, one, CAMERAS)

    @invariant()
    def all_are_shared_evenly_soon(self) -> None:
        if not self.there:
            return
        settled(self.centre, *self.there.values(), rounds=4)
        rows = fleet_board(self.centre).cameras
        assert {row.camera for row in rows} == CAMERAS
        loads = Counter(row.worker for row in rows)
        assert set(loads) == set(self.there)
        assert max(loads.values()) - min(loads.values()) <= 1


def test_any_course_of_the_fleet_leaves_one_owner_a_camera(under, centre) -> None:
    bound = type("Bound", (Fleet,), {"centre": under("vision"), "admin": centre})
    run_state_machine_as_test(bound, settings=QUICK)
