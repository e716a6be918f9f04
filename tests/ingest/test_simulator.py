"""Made-up traffic: at the cameras without a scene, by the hour, mostly lawful, sent like a box."""

import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ingest.simulator.box import Box, simulate
from ingest.simulator.rounds import Rounds
from ingest.simulator.traffic import DAY, HOURLY, OF, Traffic, share_of_day
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.errors import InvalidInput, Unavailable
from ioc.patrols.rules import straight_km
from ioc.patrols.service import find_patrols
from ioc.places import Direction, RoadClass
from ioc.vehicles.service import latest_sightings

NOON = datetime(2021, 10, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def demo() -> dict:
    from ioc.labels import CONFIG_DIR

    return tomllib.loads((CONFIG_DIR / "hue" / "demo.toml").read_text(encoding="utf-8"))


def traffic(centre: Centre, demo: dict, seed: int = 1) -> Traffic:
    return Traffic(list(centre.city.cameras.values()), demo, seed)


def test_the_day_has_its_peaks_and_its_night() -> None:
    assert share_of_day(NOON.replace(hour=3)) < 0.1
    assert share_of_day(NOON.replace(hour=17)) > 1.2
    assert share_of_day(NOON.replace(hour=23, minute=30)) == pytest.approx((DAY[23] + DAY[0]) / 2)
    assert all(0 <= share_of_day(NOON + timedelta(minutes=n)) <= 1.4 for n in range(1440))


def test_passes_are_plausible(centre: Centre, demo: dict) -> None:
    scenes = {entry["id"] for entry in demo["camera"]}
    green = {v["plate"] for v in demo["vehicle"] if v.get("permit") == "green"}
    passes = list(traffic(centre, demo).passes(6 * 3600, NOON))
    assert passes == list(traffic(centre, demo).passes(6 * 3600, NOON))
    expected = traffic(centre, demo).rate(NOON) * 6 * 3600
    assert len(passes) == pytest.approx(expected, rel=0.05)
    assert not scenes & {seen.camera.id for seen in passes}
    assert {seen.camera.road_class for seen in passes} == set(HOURLY)
    assert {seen.heading for seen in passes} == {Direction.IN, Direction.OUT}
    one_way = [seen for seen in passes if seen.camera.direction is not Direction.BOTH]
    assert all(seen.heading is seen.camera.direction for seen in one_way)
    guarded = [s for s in passes if s.camera.road_class in (RoadClass.GATE, RoadClass.MAIN)]
    astray = Counter(seen.plate in green for seen in guarded)[False]
    assert 0 < astray < len(guarded) * 300 / OF


def test_a_short_while_brings_few_and_a_city_without_cameras_none(centre, demo) -> None:
    rate = traffic(centre, demo).rate(NOON)
    some = [len(list(traffic(centre, demo, seed).passes(1, NOON))) for seed in range(400)]
    assert sum(some) / len(some) == pytest.approx(rate, rel=0.2)
    assert list(Traffic([], demo, 1).passes(3600, NOON)) == []


def test_a_box_sends_what_waits_and_keeps_it_while_the_centre_is_away(
    stranger: httpx.Client, centre: Centre, demo: dict
) -> None:
    key = create_key(centre, "simulator", [Right.READS, Right.FIGURES])
    away = Box("http://127.0.0.1:9", key)
    [first, *_] = traffic(centre, demo).passes(3600, NOON)
    away.add(first, centre.now())
    with pytest.raises(Unavailable):
        away.send()
    assert len(away.waiting) == 1
    box = Box(str(stranger.base_url), key)
    box.waiting = away.waiting
    assert (box.send(), box.send()) == (1, 0)
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
