"""Made-up traffic: at the cameras without a scene, by the hour, mostly lawful, sent like a box."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ingest.simulator.box import Box
from ingest.simulator.province import simulate
from ingest.simulator.rounds import Rounds
from ingest.simulator.traffic import DAY, HOURLY, OF, Pass, Traffic, share_of_day
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.demo_traffic import fleet
from ioc.errors import InvalidInput, Unavailable
from ioc.patrols.rules import straight_km
from ioc.patrols.service import find_patrols
from ioc.permits.model import PermitClass
from ioc.places import Direction, RoadClass
from ioc.vehicles.service import latest_sightings

NOON = datetime(2021, 10, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def demo() -> dict:
    from ioc.labels import CONFIG_DIR

    return tomllib.loads((CONFIG_DIR / "hue" / "demo.toml").read_text(encoding="utf-8"))


def traffic(centre: Centre, demo: dict, seed: int = 1) -> Traffic:
    return Traffic(centre.city, demo, seed, centre.roads)


def test_the_day_has_its_peaks_and_its_night() -> None:
    assert share_of_day(NOON.replace(hour=3)) < 0.1
    assert share_of_day(NOON.replace(hour=17)) > 1.2
    assert share_of_day(NOON.replace(hour=23, minute=30)) == pytest.approx((DAY[23] + DAY[0]) / 2)
    assert all(0 <= share_of_day(NOON + timedelta(minutes=n)) <= 1.4 for n in range(1440))


def hours_of(made: Traffic, hours: int) -> list[Pass]:
    minutes = [NOON + timedelta(minutes=n) for n in range(60 * hours)]
    return [seen for at in minutes for seen in made.passes(60, at)]


def test_passes_are_plausible(centre: Centre, demo: dict) -> None:
    scenes = {entry["id"] for entry in demo["camera"]}
    lawful = {plate for plate, kind in fleet().items() if kind is PermitClass.GREEN}
    passes = hours_of(traffic(centre, demo), 4)
    assert passes == hours_of(traffic(centre, demo), 4)
    minutes = [NOON + timedelta(minutes=n) for n in range(240)]
    expected = sum(traffic(centre, demo).rate(at) * 60 for at in minutes)
    assert len(passes) == pytest.approx(expected, rel=0.05)
    assert not scenes & {seen.camera.id for seen in passes}
    assert {seen.camera.road_class for seen in passes} == set(HOURLY)
    assert {seen.heading for seen in passes} == {Direction.IN, Direction.OUT}
    one_way = [seen for seen in passes if seen.camera.direction is not Direction.BOTH]
    assert all(seen.heading is seen.camera.direction for seen in one_way)
    guarded = [s for s in passes if s.camera.road_class in (RoadClass.GATE, RoadClass.MAIN)]
    is_home = [seen.plate.startswith("75") for seen in guarded]
    astray = sum(
        not home and s.plate not in lawful for home, s in zip(is_home, guarded, strict=True)
    )
    assert 0 < astray < len(guarded) * 300 / OF
    at_gates = [seen for seen in guarded if seen.camera.road_class is RoadClass.GATE]
    assert not [seen for seen in at_gates if seen.plate.startswith("75")]


@pytest.mark.parametrize("speed", [1, 10])
def test_no_vehicle_is_at_two_places_sooner_than_it_can_drive_there(
    centre: Centre, demo: dict, speed: int
) -> None:
    made = traffic(centre, demo)
    graph = centre.roads.on(NOON.date())
    last: dict[str, tuple[str, datetime]] = {}
    count = 0
    for second in range(0, 1200, 2):
        at = NOON + timedelta(seconds=second)
        for seen in made.passes(2 * speed, at):
            count += 1
            camera, then = last.get(seen.plate, (seen.camera.id, at))
            assert graph.is_feasible(camera, seen.camera.id, at - then + timedelta(minutes=2))
            last[seen.plate] = seen.camera.id, at
    assert count == pytest.approx(made.rate(NOON) * 1200 * speed, rel=0.1)


def test_a_short_while_brings_few_and_a_city_without_cameras_none(centre, demo) -> None:
    rate = traffic(centre, demo).rate(NOON)
    some = [len(list(traffic(centre, demo, seed).passes(1, NOON))) for seed in range(400)]
    assert sum(some) / len(some) == pytest.approx(rate, rel=0.2)
    nowhere = replace(centre.city, places={})
    assert list(Traffic(nowhere, demo, 1).passes(3600, NOON)) == []


def test_a_box_sends_what_waits_and_keeps_it_while_the_centre_is_away(
    stranger: httpx.Client, centre: Centre, demo: dict
) -> None:
    key = create_key(centre, "simulator", [Right.READS, Right.FIGURES])
    away = Box("http://127.0.0.1:9", key)
    [first, *_] = traffic(centre, demo).passes(3600, NOON)
    away.add(first, centre.now())
    with pytest.raises(Unavailable):
        away.send_reads()
    assert len(away.waiting) == 1
    box = Box(str(stranger.base_url), key)
    box.waiting = away.waiting
    assert (box.send_reads(), box.send_reads()) == (1, 0)
    [sighting] = latest_sightings(centre)
    assert (sighting.source, sighting.read.camera) == ("simulator", first.camera.id)
    shift = centre.now() - datetime.now(UTC)
    assert abs(box.clock_shift() - shift) < timedelta(minutes=1)
    box.close()
    away.close()


def test_free_units_go_their_rounds_and_others_stand_still(
    stranger: httpx.Client, centre: Centre
) -> None:
    key = create_key(centre, "simulator", [Right.PATROLS])
    box = Box(str(stranger.base_url), key)
    units = box.units()
    units[0]["status"] = "assigned"
    rounds = Rounds(list(centre.city.cameras.values()), 1)
    for n in range(1, 61):
        updates = rounds.move(units, 10, centre.now() + timedelta(seconds=10 * n))
        assert len(updates) == len(units) - 1
    homes = {unit["id"]: (unit["lat"], unit["lon"]) for unit in units}
    away = [straight_km(homes[u["patrol"]], (u["lat"], u["lon"])) for u in updates]
    assert max(away) <= 8.1
    assert sum(km > 0.1 for km in away) > len(away) / 2
    now = centre.now()
    box.place_units([{**update, "at": now.isoformat()} for update in updates])
    assert sum(p.position is not None for p in find_patrols(centre)) == len(units) - 1
    box.close()


def test_a_box_that_may_not_send_says_so_and_speed_nought_sends_nothing(stranger, centre) -> None:
    nobody = Box("http://127.0.0.1:9", "ioc_x")
    simulate(centre.settings.city_dir, nobody, 0)
    nobody.close()
    for api, key in (("ftp://x", "ioc_x"), ("http://x", ""), ("http://x", "khóa")):
        with pytest.raises(InvalidInput):
            Box(api, key)
    wrong = Box(str(stranger.base_url), "ioc_wrong")
    with pytest.raises(InvalidInput, match="401"):
        simulate(centre.settings.city_dir, wrong, 1)
    wrong.close()
