"""The figures and the wall say what happened, exactly, and nothing about anybody."""

import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import pytest

from ioc import tally
from ioc.alerts.model import Priority, Step
from ioc.alerts.muting import mute
from ioc.alerts.service import Act, open_alerts, take_step
from ioc.camera_states import camera_states
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.live import Live
from ioc.overview import figures, load_definitions
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.usual import usual_by_now
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import record_reads
from ioc.wallboard import STREAMS, wall
from tests.ioc.test_alarm_load import cry

GATE, MAIN = "cam-001", "cam-117"
PLATES = {"green": "43C16839", "yellow": "75C20302", "none": "74C44276"}
DAY = timedelta(days=1)


@pytest.fixture
def busy(centre: Centre, clock) -> Centre:
    """Six reads at a gate, one on a main road: three enter, three are stopped, one is unsure."""
    now = centre.now()
    permits = [
        Permit(name, PLATES[name], PermitClass(name), now - DAY, now + DAY)
        for name in ("green", "yellow")
    ]
    grant_permits(centre, "transport", permits)
    reads = [
        a_read("1", now, "green"),
        a_read("2", now - timedelta(hours=1, minutes=5), "green"),
        a_read("3", now - timedelta(hours=2), "yellow"),
        a_read("4", now - timedelta(minutes=1), "none"),
        a_read("5", now - timedelta(minutes=2), "none", confidence=0.9),
        a_read("6", now, "yellow", camera=MAIN),
        a_read("7", now - timedelta(minutes=30), "none"),
    ]
    record_reads(centre, "box", reads)
    return centre


def a_read(name: str, at: datetime, plate: str, **changes: object) -> PlateRead:
    read = PlateRead(name, GATE, PLATES[plate], 0.99, at, Heading.IN)
    return replace(read, **changes)


def test_figures_count_what_came_in(busy: Centre) -> None:
    shown = figures(busy)
    assert shown.as_of == busy.now()
    counted = {
        "entries_vehicles_today": 3,
        "vehicles_approved_total": 2,
        "reads_today": 7,
        "verdicts_today.pass": 3,
        "verdicts_today.note": 0,
        "verdicts_today.review": 1,
        "verdicts_today.stop": 3,
        "alerts_open": 4,
    }
    assert {name: shown.values[name] for name in counted} == counted
    assert shown.values["cameras_total"] >= 200
    assert shown.values["cameras_live"] == 0


def test_a_new_day_begins_at_midnight_of_the_city(busy: Centre, clock) -> None:
    clock.at = clock.at.replace(hour=16, minute=59, second=59)
    assert figures(busy).values["reads_today"] == 7
    clock.advance(seconds=1)
    assert figures(busy).values["reads_today"] == 0
    assert figures(busy).values["vehicles_approved_total"] == 2


def test_folding_changes_no_number(busy: Centre, clock) -> None:
    before = figures(busy).values, wall(busy)
    until = busy.now() + DAY
    transact(busy.engine, lambda conn: tally.fold(conn, until, busy.city.zone))
    assert (figures(busy).values, wall(busy)) == before


def test_the_wall_shows_hours_of_the_city(busy: Centre) -> None:
    seen = wall(busy)
    assert {key: n for key, n in seen.entries.items() if n} == {
        (hour(seen.as_of, 0), "green"): 1,
        (hour(seen.as_of, -1), "green"): 1,
        (hour(seen.as_of, -2), "yellow"): 1,
    }
    assert seen.verdicts[hour(seen.as_of, 0), "stop"] == 3
    assert seen.reasons[hour(seen.as_of, 0), "unsure_read"] == 1
    assert seen.gate_reads[GATE] == 4
    assert MAIN not in seen.gate_reads
    assert seen.newest_read_s == 0
    # One of the four became known too late to call anybody.
    assert sum(seen.load.values()) == 3


def hour(now: datetime, hours: int) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)


def test_the_wall_holds_no_whole_plate(busy: Centre) -> None:
    lines = wall(busy).ticker
    assert {line.plate for line in lines} == {"74C-•••.76", "75C-•••.02"}
    shown = json.dumps([asdict(line) for line in lines], default=str)
    assert not [plate for plate in PLATES.values() if plate in shown]


def test_the_wall_counts_what_waits(busy: Centre, clock) -> None:
    assert wall(busy).by_priority == {Priority.P1: 0, Priority.P2: 3, Priority.P3: 1}
    assert wall(busy).overdue == 0
    clock.advance(seconds=121)
    # One of the three became known too late for anybody to be late with it.
    assert wall(busy).overdue == 2
    [first, *_] = open_alerts(busy)
    take_step(busy, first.id, Act(Step.ACKNOWLEDGE, "an officer"))
    assert wall(busy).overdue == 1


def test_the_age_of_the_newest_read_grows(busy: Centre, clock) -> None:
    clock.advance(minutes=3)
    assert wall(busy).newest_read_s == 180
    clock.advance(hours=3)
    assert wall(busy).newest_read_s is None


@pytest.mark.parametrize(
    ("beat", "age_s", "state"),
    [
        ({"state": "live"}, 1, "live"),
        ({"state": "live"}, 15, "live"),
        ({"state": "live"}, 16, "lost"),
        ({"state": "connecting", "error": "refused"}, None, "connecting"),
        (None, None, "silent"),
    ],
)
def test_a_camera_is_live_while_its_pictures_are_fresh(
    centre: Centre, beat: dict[str, object] | None, age_s: int | None, state: str
) -> None:
    if beat is not None:
        at = None if age_s is None else (centre.now() - timedelta(seconds=age_s)).isoformat()
        centre.live.beat(f"camera:{GATE}", {**beat, "frame_at": at})
    [camera] = [c for c in camera_states(centre, {GATE: 120}) if c.id == GATE]
    assert (camera.state, camera.picture_age_s, camera.reads_per_minute) == (state, age_s, 2)
    assert figures(centre).values["cameras_live"] == (state == "live")


def test_the_wall_stands_while_the_live_memory_is_away(busy: Centre) -> None:
    blind = replace(busy, live=Live("redis://127.0.0.1:1/0"))
    assert wall(blind).figures["reads_today"] == 7
    assert wall(blind).services == {}


def test_what_is_shelved_does_not_push_what_waits_off_the_wall(centre: Centre) -> None:
    shelved = cry(centre, 25)
    mute(centre, "lan", "cam-001", "R-K1", "dirt on the lens")
    assert [line.id for line in wall(centre).ticker] == shelved[:20]
    [waiting] = cry(centre, 1, camera="cam-002", first=50, priority=Priority.P3)
    assert [line.id for line in wall(centre).ticker] == [waiting]
    assert sum(wall(centre).by_priority.values()) == 26


def test_the_wall_tells_what_is_usual_at_this_hour(centre: Centre) -> None:
    start, _ = day_bounds(local_day(centre.now(), centre.city.zone), centre.city.zone)
    at = start + timedelta(hours=9)
    counts = {("scan.in", "dong-ba-01", at - 7 * DAY * week): 100 * week for week in range(1, 5)}
    counts |= {("scan.in", "dong-ba-01", at): 70, ("scan.out", "dong-ba-02", at): 5}
    counts |= {("scan.in", "my-chanh", at): 20, ("test", "xn-bvtw", at - 7 * DAY): 3}
    transact(centre.engine, lambda conn: tally.add(conn, counts))
    seen = wall(centre)
    scans = seen.streams["scan"]
    assert (scans.today, scans.hours[9], scans.weeks) == (95, 95, 4)
    assert scans.band is not None
    assert (scans.band.low[9], scans.band.high[9]) == (130, 370)
    assert usual_by_now(scans.band, 9.5) == (65, 185)
    assert scans.newest_at == at + timedelta(minutes=15)
    assert seen.scans_by_site == (("Chợ Đông Ba", 75), ("Chốt Mỹ Chánh (QL1A bắc)", 20))
    tests = seen.streams["test"]
    assert (tests.today, tests.band, tests.weeks, tests.newest_at) == (0, None, 1, None)


def test_every_stream_of_the_wall_is_counted_by_a_figure(centre: Centre) -> None:
    defined = load_definitions(centre.settings.city_dir / "figures.toml")
    counted = {metric for one in defined for metric in one.metrics}
    # Of reports the figures tell how many are open: that is no count of what came in.
    shown = {metric for group in STREAMS.values() for metric in group}
    assert shown - counted == {"report.received"}


def test_in_a_flood_one_line_stands_for_a_camera_and_a_rule(centre: Centre) -> None:
    few = cry(centre, 3)
    assert [(line.id, line.together) for line in wall(centre).ticker] == [(n, 1) for n in few]
    assert not wall(centre).is_flood
    cry(centre, 20, first=10)
    [urgent] = cry(centre, 1, first=50, priority=Priority.P1)
    [other] = cry(centre, 1, first=60, camera="cam-002", priority=Priority.P3)
    take_step(centre, few[1], Act(Step.ACKNOWLEDGE, "an officer"))
    assert wall(centre).is_flood
    # What is urgent and what somebody has taken stand alone.
    lines = {line.id: line.together for line in wall(centre).ticker}
    assert lines == {urgent: 1, few[0]: 22, few[1]: 1, other: 1}
