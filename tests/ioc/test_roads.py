"""The road graph: lengths and times that a map bears out, and laws that hold for every pair."""

from dataclasses import replace
from datetime import date, timedelta
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.city import load_city
from ioc.errors import NotFound
from ioc.places import Camera, Direction, PlaceKind, Road, RoadClass, Travel
from ioc.roads import CityRoads, RoadGraph

HUE = load_city(Path(__file__).resolve().parents[2] / "config" / "hue")
THEN = date(2021, 10, 3)
GRAPH = CityRoads(HUE).on(THEN)
CAMERAS = st.sampled_from(sorted(HUE.cameras)[::9])
# A degree of longitude at the equator, where the small graphs of these tests lie.
KM = 1 / 111.2
TRAVEL = Travel(join_km=1.0, lane_top_kmh=60, lane_usual_kmh=30, overland_kmh=50)


def road(name: str, *points: tuple[float, float], km: float, top: float = 100) -> Road:
    line = tuple((lat * KM, lon * KM) for lat, lon in points)
    return Road(
        name, PlaceKind.ROAD, name, "", *line[0], length_km=km, top_kmh=top, usual_kmh=50, line=line
    )


def camera(name: str, lat: float, lon: float, at: str | None = None, **changes: object) -> Camera:
    made = Camera(name, PlaceKind.CAMERA, name, "", lat * KM, lon * KM, road=at)
    return replace(made, **changes)


# A cross: ten kilometres west to east, ten south to north, and a road that ends short of it.
CROSS = [
    road("we", (0, 0), (0, 10), km=10),
    road("sn", (-5, 5), (5, 5), km=10),
    road("spur", (0.5, 10.5), (0.5, 14.5), km=8, top=50),
]
ALONG = [
    camera("west", 0, 1, "we"),
    camera("middle", 0, 5, "we"),
    camera("east", 0, 9, "we"),
    camera("north", 4, 5, "sn"),
    camera("spurred", 0.5, 13.5, "spur"),
    camera("aside", -1, 3),
    camera("gate-in", 0, 7, "we", road_class=RoadClass.GATE, direction=Direction.IN),
]
SMALL = RoadGraph(CROSS, ALONG, TRAVEL)
LENGTHS = [
    ("west", "west", 0.0),
    ("west", "east", 8.0),
    ("west", "north", 8.0),
    ("east", "north", 8.0),
    # a lane of its own from the camera to the nearest road
    ("west", "aside", 3.0),
    # the joint at the open end is 0.7 km, and the road is said to be twice as long as drawn
    ("east", "spurred", 1 + 0.5**0.5 + 6),
]
TIMES = [
    ("west", "east", 8 / 100),
    ("west", "aside", 2 / 100 + 1 / 60),
    # across country is faster than the slow road, which is said to wind
    ("middle", "spurred", 5 / 100 - 1 / 100 + ((4.5**2 + 0.5**2) ** 0.5) / 50),
]
NEXT = [
    ("west", ["aside", "middle"]),
    # one that looks one way only is named, and looked behind
    ("middle", ["gate-in", "aside", "east", "north", "west"]),
    ("spurred", ["east"]),
]


@pytest.mark.parametrize(("one", "other", "km"), LENGTHS)
def test_how_far_two_cameras_are_apart_by_road(one: str, other: str, km: float) -> None:
    assert SMALL.distance_km(one, other) == pytest.approx(km, abs=0.01)


@pytest.mark.parametrize(("one", "other", "hours"), TIMES)
def test_the_time_that_nobody_beats(one: str, other: str, hours: float) -> None:
    assert SMALL.fastest(one, other) / timedelta(hours=1) == pytest.approx(hours, abs=0.001)


@pytest.mark.parametrize(("start", "names"), NEXT)
def test_the_cameras_a_vehicle_may_pass_next(start: str, names: list[str]) -> None:
    found = SMALL.next_cameras(start)
    assert [reach.camera for reach in found] == names
    assert all(timedelta(0) < reach.earliest <= reach.usual for reach in found)


def test_no_more_are_named_than_asked_for() -> None:
    assert [reach.camera for reach in SMALL.next_cameras("middle", most=1)] == ["gate-in"]


def test_a_road_apart_is_found() -> None:
    island = road("island", (30, 0), (30, 5), km=5)
    graph = RoadGraph([*CROSS, island], [*ALONG, camera("lonely", 30, 2, "island")], TRAVEL)
    assert graph.unreached() == ["lonely"]
    assert graph.distance_km("west", "lonely") == inf
    assert graph.fastest("west", "lonely") < timedelta(hours=1)


def test_a_city_without_roads_still_has_a_bound() -> None:
    graph = RoadGraph([], ALONG, TRAVEL)
    assert graph.fastest("west", "east") / timedelta(hours=1) == pytest.approx(8 / 50)
    assert graph.next_cameras("west") == []


def test_an_unknown_camera_is_named() -> None:
    with pytest.raises(NotFound, match="cam-999"):
        GRAPH.distance_km("cam-001", "cam-999")


def test_every_camera_of_the_first_city_is_reached() -> None:
    assert GRAPH.unreached() == []


# By the road atlas: Mỹ Chánh to Lăng Cô 100 km, Huế to A Lưới 70 km, Thuận An to Huế 13 km.
ATLAS = [("cam-001", "cam-007", 85, 115), ("cam-064", "cam-193", 45, 80)]


@pytest.mark.parametrize(("one", "other", "low", "high"), ATLAS)
def test_lengths_of_the_first_city(one: str, other: str, low: float, high: float) -> None:
    assert low < GRAPH.distance_km(one, other) < high


@given(CAMERAS, CAMERAS, CAMERAS)
def test_laws_of_every_way(one: str, other: str, third: str) -> None:
    slack = timedelta(milliseconds=1)
    assert GRAPH.distance_km(one, one) == 0
    assert GRAPH.distance_km(one, other) == pytest.approx(GRAPH.distance_km(other, one))
    assert abs(GRAPH.fastest(one, other) - GRAPH.fastest(other, one)) <= slack
    assert (
        GRAPH.distance_km(one, third)
        <= GRAPH.distance_km(one, other) + GRAPH.distance_km(other, third) + 1e-6
    )
    assert (
        GRAPH.fastest(one, third) <= GRAPH.fastest(one, other) + GRAPH.fastest(other, third) + slack
    )


@given(CAMERAS, CAMERAS, st.floats(0, 7200))
def test_feasible_is_what_the_bound_says(one: str, other: str, seconds: float) -> None:
    within = timedelta(seconds=seconds)
    assert GRAPH.is_feasible(one, other, within) == (GRAPH.fastest(one, other) <= within)


def test_a_road_counts_from_the_day_it_opens() -> None:
    roads = CityRoads(HUE)
    assert roads.on(THEN) is roads.on(date(2021, 10, 4))
    assert roads.on(THEN) is not roads.on(date(2023, 1, 1))
