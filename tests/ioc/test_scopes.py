"""What lies in a scope: communes that were joined, districts that are gone, places in them."""

from datetime import date

import pytest

from ioc.city import load_city
from ioc.places import City, PlaceKind, Unit
from ioc.reports.catalogue import read_catalogue
from ioc.reports.routing import handled
from ioc.scopes import EVERYWHERE, is_scope, reach_of
from tests.conftest import ROOT

THEN, LATER = date(2021, 10, 4), date(2026, 1, 5)
HUE, TAY_LOC, THUAN_LOC = "474", "19750", "19753"


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "config" / "hue")


def test_the_whole_province_sees_what_lies_nowhere(city: City) -> None:
    reach = reach_of(city, None, THEN)
    assert reach is EVERYWHERE
    assert reach.covers("no-such-camera")
    assert reach.covers_unit(None)
    assert reach.ids(PlaceKind.CAMERA, city) is None
    assert reach.unit_ids() is None


def test_a_commune_is_what_it_was_on_the_day(city: City) -> None:
    """Three wards became one in 2025 and its code is that of one of them."""
    assert reach_of(city, THUAN_LOC, THEN).units == {f"{THUAN_LOC}-2021"}
    joined = reach_of(city, THUAN_LOC, LATER).units
    assert joined is not None
    assert {f"{TAY_LOC}-2021", f"{THUAN_LOC}-2021", f"{THUAN_LOC}-2025"} <= joined
    # An account of a ward that is gone keeps that ward, and gains nothing.
    assert reach_of(city, TAY_LOC, LATER).units == {f"{TAY_LOC}-2021"}


@pytest.mark.parametrize("day", [THEN, LATER])
def test_a_district_holds_its_communes_and_heirs_of_its_own_alone(city: City, day: date) -> None:
    reach = reach_of(city, HUE, day)
    assert reach.units is not None
    for unit in city.units.values():
        came_from = [one for one in city.units.values() if one.successor == unit.id]
        heir = bool(came_from) and all(one.district_code == HUE for one in came_from)
        inside = unit.district_code == HUE or heir
        assert reach.covers_unit(unit.id) is inside, unit
        assert reach.covers(unit.id) is inside


def test_districts_share_no_place_and_together_hold_every_place_of_2021(city: City) -> None:
    codes = {unit.district_code for unit in city.units_on(THEN)}
    reaches = [reach_of(city, code, THEN) for code in sorted(codes)]
    held = [place for reach in reaches for place in reach.places or ()]
    assert len(held) == len(set(held))
    assert {place.id for place in city.places.values() if not _is_of_2025(place)} <= set(held)


def _is_of_2025(place: object) -> bool:
    return isinstance(place, Unit) and not place.district_code


def test_each_commune_lies_in_its_district(city: City) -> None:
    for unit in city.units_on(THEN):
        inner, outer = (reach_of(city, c, THEN) for c in (unit.code, unit.district_code))
        assert (inner.places or set()) <= (outer.places or set()), unit


@pytest.mark.parametrize("code", ["00000", "", "999", "so-y-te"])
def test_an_unknown_scope_sees_nothing(city: City, code: str) -> None:
    reach = reach_of(city, code, THEN)
    assert not is_scope(city, code)
    assert reach.units == reach.places == frozenset()
    assert not reach.covers("cam-001")
    assert not reach.covers_unit(None)
    assert reach.ids(PlaceKind.CAMERA, city) == []


def test_agencies_see_their_own_reports(city: City) -> None:
    catalogue, _ = read_catalogue(ROOT / "config" / "hue", city)
    ward, units = f"{TAY_LOC}-2021", city.units.values()
    other = next(unit.id for unit in units if unit.district_code == "483")
    everywhere, in_hue = EVERYWHERE, reach_of(city, HUE, THEN)
    in_ward = reach_of(city, TAY_LOC, THEN)
    assert handled(everywhere, None, catalogue) is None
    assert handled(everywhere, catalogue.centre, catalogue) is None
    assert handled(everywhere, "so-gtvt", catalogue) == {"so-gtvt"}
    assert handled(everywhere, "", catalogue) == frozenset()
    assert handled(in_ward, None, catalogue) == {ward}
    for seen in (handled(in_hue, None, catalogue), handled(everywhere, "district-474", catalogue)):
        assert seen is not None
        assert {"district-474", ward} <= seen
        assert other not in seen
        assert "so-gtvt" not in seen
