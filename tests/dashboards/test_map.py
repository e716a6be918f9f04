"""The schematic map: every point in its own cell, no label over another."""

from datetime import date
from itertools import combinations
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.figures.city_map import ground, sheet_of
from dashboards.figures.map_marks import (
    GateMark,
    ViolationMark,
    gate_labels,
    gates,
    violations,
)
from dashboards.words import Words
from ioc.city import load_city
from ioc.geometry import Box, cells, frame_of, free_place
from ioc.labels import CONFIG_DIR, Language
from ioc.permits.model import PermitClass

CITY = load_city(CONFIG_DIR / "hue")
SHEET = sheet_of(CITY, (924, 528), Box(564, 0, 360, 222))
WHOLE = Box(0, 0, 924, 528)
WORDS = Words(Language.VI, CITY.zone)
coordinate = st.integers(0, 100).map(float)
points = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=20, unique=True)


def is_inside(point, cell) -> bool:
    sides = [
        (bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)
        for (ax, ay), (bx, by) in zip(cell, [*cell[1:], cell[0]], strict=True)
    ]
    return all(side >= -1e-6 for side in sides)


@settings(max_examples=60)
@given(points, st.tuples(coordinate, coordinate))
def test_a_point_lies_in_the_cell_of_its_nearest_centre(centres, point) -> None:
    found = cells(centres, (0, 0, 100, 100))
    far = [hypot(point[0] - x, point[1] - y) for x, y in centres]
    nearest = [n for n, d in enumerate(far) if d <= min(far) + 1e-9]
    assert all(is_inside(point, found[n]) for n in nearest)
    clearly_other = [n for n, d in enumerate(far) if d > min(far) + 1e-3]
    assert not any(is_inside(point, found[n]) for n in clearly_other if len(found[n]) > 2)


def area(cell) -> float:
    pairs = zip(cell, [*cell[1:], cell[0]], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


@pytest.mark.parametrize("day", [date(2021, 10, 4), date(2026, 1, 1)])
def test_the_cells_of_the_units_fill_the_sheet_exactly(day) -> None:
    centres = [SHEET.frame.at((unit.lat, unit.lon)) for unit in CITY.units_on(day)]
    found = cells(centres, (0, 0, 924, 528))
    assert sum(map(area, found)) == pytest.approx(924 * 528)


def test_the_whole_city_lies_on_the_sheet_north_up() -> None:
    places = [SHEET.frame.at(point) for point in CITY.outline]
    assert all(0 <= x <= 924 and 0 <= y <= 528 for x, y in places)
    north = max(CITY.outline)
    assert SHEET.frame.at(north)[1] == min(y for _, y in places)


def test_every_camera_of_a_main_road_lies_in_the_inset() -> None:
    for camera in CITY.cameras.values():
        if camera.road_class == "main":
            assert SHEET.is_in_core((camera.lat, camera.lon))
            x, y = SHEET.inset_frame.at((camera.lat, camera.lon))
            assert 564 <= x <= 924
            assert 0 <= y <= 222


def test_the_ground_follows_the_day() -> None:
    assert ground(CITY, SHEET, date(2021, 10, 4)) != ground(CITY, SHEET, date(2026, 1, 1))


def test_one_point_fits_a_frame() -> None:
    frame = frame_of([(16.4, 107.5)], (0, 0, 100, 50))
    x, y = frame.at((16.4, 107.5))
    assert (round(x), round(y)) == (50, 25)


boxes = st.builds(Box, coordinate, coordinate, st.integers(5, 40).map(float), st.just(10.0))


@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=6))
def test_a_free_place_is_on_the_sheet_and_meets_nothing(candidates, taken) -> None:
    sheet = Box(0, 0, 100, 100)
    found = free_place(candidates, taken, sheet)
    if found is None:
        assert all(
            not box.lies_in(sheet) or any(box.meets(other) for other in taken) for box in candidates
        )
    else:
        assert found.lies_in(sheet)
        assert not any(found.meets(other) for other in taken)


def test_labels_and_violations_never_cover_one_another() -> None:
    named = {c.name.split(",")[0]: c for c in CITY.cameras.values() if c.road_class == "gate"}
    marks = [GateMark((c.lat, c.lon), name, 10 * n) for n, (name, c) in enumerate(named.items())]
    wrongs = [ViolationMark(mark.at, n, PermitClass.RED) for n, mark in enumerate(marks[::2], 1)]
    taken: list[Box] = []
    gates(marks, SHEET.frame, taken)
    posts = len(taken)
    violations(wrongs, SHEET.frame, taken, WHOLE, WORDS)
    gate_labels(marks, SHEET.frame, taken, WHOLE, "xe/giờ")
    drawn = taken[posts:]
    assert len(drawn) > 8
    assert not [pair for pair in combinations(drawn, 2) if pair[0].meets(pair[1])]
    assert all(box.lies_in(WHOLE) for box in drawn)


def test_violations_at_one_place_share_a_ring() -> None:
    at = (16.23, 108.07)
    marks = [ViolationMark(at, 1, PermitClass.RED), ViolationMark(at, 2, None)]
    shown = "".join(violations(marks, SHEET.frame, [], WHOLE, WORDS))
    assert shown.count('class="ring"') == 1
    assert ">1+<" in shown
