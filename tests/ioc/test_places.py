"""The first city as data: what it promises, and how it is asked."""

from datetime import date
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.area import Area
from ioc.city import load_city
from ioc.errors import NotFound
from ioc.places import (
    Camera,
    City,
    Direction,
    Facility,
    FacilitySort,
    PlaceKind,
    Point,
    PointSort,
    Road,
    RoadClass,
    Site,
    Unit,
)

HUE = Path(__file__).resolve().parents[2] / "config" / "hue"
THEN, NOW = date(2021, 10, 3), date(2026, 1, 1)
CENSUS_2019 = 1_128_620


@pytest.fixture(scope="module")
def hue() -> City:
    return load_city(HUE)


@pytest.mark.parametrize(("day", "count"), [(THEN, 141), (date(2025, 7, 1), 40), (NOW, 40)])
def test_the_units_of_a_day_hold_the_whole_census(hue: City, day: date, count: int) -> None:
    units = hue.units_on(day)
    assert len(units) == count
    assert sum(unit.population for unit in units) == CENSUS_2019


def test_every_unit_of_2021_is_part_of_one_of_2025(hue: City) -> None:
    parts: dict[str, int] = {}
    for unit in hue.units_on(THEN):
        after = hue.unit_of(unit, NOW)
        assert after.is_in_force(NOW)
        parts[after.id] = parts.get(after.id, 0) + unit.population
    assert parts == {unit.id: unit.population for unit in hue.units_on(NOW)}


@pytest.mark.parametrize(
    ("day", "name"), [(THEN, "Phường Phú Nhuận"), (NOW, "Phường Thuận Hoá")], ids=["then", "now"]
)
def test_a_place_lies_in_the_unit_of_the_day(hue: City, day: date, name: str) -> None:
    assert hue.unit_of(hue.camera("cam-117"), day).name == name


def test_the_nearest_unit_is_one_in_force(hue: City) -> None:
    assert hue.nearest_unit(16.479, 107.577, NOW).name == "Phường Phú Xuân"
    assert hue.nearest_unit(16.480, 107.567, THEN).name == "Phường Tây Lộc"
    with pytest.raises(NotFound):
        hue.nearest_unit(16.48, 107.57, date(1990, 1, 1))


def test_there_are_1368_control_points_in_force(hue: City) -> None:
    points = hue.of_kind(PlaceKind.POINT, THEN)
    assert len(points) == 1368
    assert len(hue.of_kind(PlaceKind.POINT, date(2021, 9, 13))) < 100
    sorts = {point.sort for point in points if isinstance(point, Point)}
    assert sorts == set(PointSort)


def test_dong_ba_is_one_market_with_twelve_gates(hue: City) -> None:
    gates = [p for p in hue.places.values() if isinstance(p, Point) and p.site == "dong-ba"]
    assert len(gates) == 12
    assert len({(gate.lat, gate.lon) for gate in gates}) == 12
    assert hue.place("dong-ba").name == "Chợ Đông Ba"


def test_facilities_test_or_vaccinate(hue: City) -> None:
    facilities = [p for p in hue.of_kind(PlaceKind.FACILITY) if isinstance(p, Facility)]
    sorts = [facility.sort for facility in facilities]
    assert sorts.count(FacilitySort.TESTING) == 156
    assert sorts.count(FacilitySort.VACCINATION) > 141


def test_quarantine_sites_hold_more_than_ten_thousand(hue: City) -> None:
    sites = [p for p in hue.of_kind(PlaceKind.SITE) if isinstance(p, Site)]
    assert sum(site.capacity for site in sites) > 10_000


def test_cameras_cover_every_class_and_direction(hue: City) -> None:
    cameras = hue.cameras.values()
    assert len(cameras) == 214
    assert {camera.road_class for camera in cameras} == set(RoadClass)
    assert {camera.direction for camera in cameras} == set(Direction)
    watched = {camera.site for camera in cameras if camera.site}
    assert watched == {site.id for site in hue.of_kind(PlaceKind.SITE)}


@pytest.mark.parametrize(
    ("camera", "name", "road_class"),
    [
        ("cam-042", "An Hòa", RoadClass.LOCAL),
        ("cam-058", "Dã Viên", RoadClass.LOCAL),
        ("cam-064", "Điện Biên Phủ", RoadClass.MAIN),
        ("cam-071", "Nguyễn Huệ", RoadClass.MAIN),
        ("cam-117", "Hùng Vương", RoadClass.MAIN),
        ("cam-119", "An Cựu", RoadClass.MAIN),
        ("cam-121", "An Dương Vương", RoadClass.MAIN),
        ("cam-126", "Bà Triệu", RoadClass.MAIN),
    ],
)
def test_well_known_cameras_keep_their_ids(
    hue: City, camera: str, name: str, road_class: RoadClass
) -> None:
    known = hue.camera(camera)
    assert isinstance(known, Camera)
    assert (known.name, known.road_class) == (name, road_class)


def kilometres(line: tuple[tuple[float, float], ...]) -> float:
    def between(a: tuple[float, float], b: tuple[float, float]) -> float:
        lat, lon = radians(b[0] - a[0]), radians(b[1] - a[1])
        chord = sin(lat / 2) ** 2 + cos(radians(a[0])) * cos(radians(b[0])) * sin(lon / 2) ** 2
        return 2 * 6371 * asin(sqrt(chord))

    return sum(between(a, b) for a, b in pairwise(line))


def test_roads_are_as_long_as_their_lines(hue: City) -> None:
    roads = [p for p in hue.of_kind(PlaceKind.ROAD) if isinstance(p, Road)]
    assert all(abs(road.length_km - kilometres(road.line)) < 0.06 for road in roads)
    assert {road.ref for road in roads} >= {"QL1A", "QL49A", "QL49B", "HCM", "TL14B"}


@pytest.mark.parametrize(("day", "is_open"), [(THEN, False), (date(2022, 5, 1), True)])
def test_a_road_opens_on_its_day(hue: City, day: date, is_open: bool) -> None:
    roads = {road.id for road in hue.of_kind(PlaceKind.ROAD, day)}
    assert ("la-son-tuy-loan" in roads) is is_open


def test_the_limits_are_those_of_the_room(hue: City) -> None:
    limits = hue.limits
    assert limits.sure_confidence == 0.95
    assert limits.incident.total_seconds() == 600
    waits = {priority: wait.total_seconds() for priority, wait in limits.acknowledge.items()}
    assert waits == {"P1": 60, "P2": 120, "P3": 600}
    assert hue.zone.key == "Asia/Ho_Chi_Minh"
    assert len(hue.outline) <= 120


def test_what_the_city_lacks_is_named(hue: City) -> None:
    with pytest.raises(NotFound, match="camera 'cam-999'"):
        hue.camera("cam-999")
    with pytest.raises(NotFound, match="camera 'dong-ba'"):
        hue.camera("dong-ba")
    with pytest.raises(NotFound, match="place 'nowhere'"):
        hue.place("nowhere")


def test_a_unit_is_asked_by_id_since_codes_were_used_again(hue: City) -> None:
    then, now = hue.units["19753-2021"], hue.units["19753-2025"]
    assert isinstance(then, Unit)
    assert (then.code, then.name, now.name) == (now.code, "Phường Thuận Lộc", "Phường Phú Xuân")


coordinates = st.floats(-2, 2, allow_nan=False)
points = st.tuples(coordinates, coordinates)


@given(outline=st.lists(points, min_size=3, max_size=20), lat=coordinates, lon=coordinates)
def test_bands_change_nothing_about_what_lies_in_an_area(
    outline: list[tuple[float, float]], lat: float, lon: float
) -> None:
    edges = zip(outline, [*outline[1:], outline[0]], strict=True)
    crossings = sum(
        (a > lat) != (c > lat) and lon < (d - b) * (lat - a) / (c - a) + b
        for (a, b), (c, d) in edges
    )
    assert Area(outline).contains(lat, lon) == (crossings % 2 == 1)
