"""Who acts on a report: by its service and its place; whose the asset is comes before the area."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from math import cos, hypot, radians

from ioc.area import Area
from ioc.errors import InvalidInput
from ioc.places import City, Line, Place, Road, Unit
from ioc.reports.model import Spot
from ioc.reports.offered import Catalogue, Level, Owner, Service
from ioc.scopes import Reach

# Reports of one service within so many metres may be the same thing.
SAME_M = 50.0
DEGREE_M = 111_320.0
# A shorter name of a unit would be found in half of all addresses.
SHORTEST_NAME = 4


@dataclass(frozen=True)
class Route:
    """Who acts on a report, and in which unit it lies, as far as its place is known."""

    agency: str
    unit: str | None


def route(service: Service, spot: Spot, city: City, day: date, catalogue: Catalogue) -> Route:
    """Return who acts on a report of `service` at `spot` on a day.

    Raises:
        InvalidInput: the point lies outside the city, or the place is not known.
    """
    point = point_of(spot, city)
    unit = _unit(spot, point, city, day)
    unit_id = None if unit is None else unit.id
    for owner in catalogue.owners:
        if service.code in owner.services and _owns(owner, spot, point, city):
            return Route(owner.agency, unit_id)
    if service.agency is not None:
        return Route(service.agency, unit_id)
    if unit is None:
        return Route(catalogue.centre, None)
    if service.level is Level.DISTRICT and unit.district:
        governs = (
            a.id
            for a in catalogue.agencies.values()
            if a.level is Level.DISTRICT and a.district == unit.district
        )
        return Route(next(governs, catalogue.centre), unit_id)
    return Route(unit.id, unit_id)


def point_of(spot: Spot, city: City) -> tuple[float, float] | None:
    """Return the point (lat, lon) of a report: its own, or that of the place it names.

    Raises:
        InvalidInput: the point lies outside the city, or the place is not known.
    """
    if spot.place is not None and spot.place not in city.places:
        raise InvalidInput("address_id", f"there is no place {spot.place!r}")
    if spot.lat is None or spot.lon is None:
        place = city.places.get(spot.place or "")
        return None if place is None else (place.lat, place.lon)
    if city.outline and not _area(city.outline).contains(spot.lat, spot.lon):
        raise InvalidInput("lat", "the point lies outside the area of this city")
    return spot.lat, spot.lon


def covers(agency: str, catalogue: Catalogue) -> frozenset[str]:
    """Return whose reports an agency sees: its own, and those of the units of its district."""
    known = catalogue.agencies.get(agency)
    if known is None:
        return frozenset()
    if known.level is not Level.DISTRICT:
        return frozenset({agency})
    units = (a.id for a in catalogue.agencies.values() if a.unit and a.district == known.district)
    return frozenset({agency, *units})


def handled(reach: Reach, agency: str | None, catalogue: Catalogue) -> frozenset[str] | None:
    """Return the agencies whose reports an account sees, for `Wanted.agencies`; None: all.

    Who works for an agency sees what that agency handles, and for a district also what its
    communes do; the centre sees everything, for it re-routes. Without an agency the account sees
    what the agencies of its area handle; the whole province has no bound.
    """
    if agency is not None and agency != catalogue.centre:
        return covers(agency, catalogue)
    if reach.units is None:
        return None
    known = catalogue.agencies.values()
    local = {a.id for a in known if a.unit in reach.units}
    for district in (a for a in known if a.level is Level.DISTRICT):
        theirs = covers(district.id, catalogue) - {district.id}
        if theirs and theirs <= local:
            local.add(district.id)
    return frozenset(local)


def _unit(spot: Spot, point: tuple[float, float] | None, city: City, day: date) -> Unit | None:
    place = city.places.get(spot.place or "")
    if place is not None and (spot.lat is None or isinstance(place, Unit)):
        return place if isinstance(place, Unit) else city.unit_of(place, day)
    if point is not None:
        return city.nearest_unit(*point, day)
    return None if spot.address is None else _unit_named(spot.address, city, day)


def _unit_named(address: str, city: City, day: date) -> Unit | None:
    """Return the unit whose name stands last in an address, as people write them."""
    folded = f" {fold(address)} "
    found = [
        (folded.rfind(f" {name} "), len(name), unit)
        for unit in city.units_on(day)
        for name in (fold(unit.name), fold(unit.name.split(" ", 1)[-1]))
        if len(name) >= SHORTEST_NAME and f" {name} " in folded
    ]
    return max(found, key=lambda one: one[:2])[2] if found else None


def _owns(owner: Owner, spot: Spot, point: tuple[float, float] | None, city: City) -> bool:
    if spot.place is not None:
        return spot.place == owner.asset
    place = city.places.get(owner.asset)
    if place is None or point is None:
        return False
    return _apart(place, point) <= owner.within_m


def _apart(place: Place, point: tuple[float, float]) -> float:
    if isinstance(place, Road):
        return distance_to_line_m(point, place.line)
    return distance_m(point, (place.lat, place.lon))


def fold(text: str) -> str:
    """Return a text in capitals without diacritics, its words single-spaced.

    >>> fold("12 Lê Lợi,  P. Phú Đa")
    '12 LE LOI P PHU DA'
    """
    plain = unicodedata.normalize("NFD", text.upper()).replace("\u0110", "D")
    return " ".join("".join(c if c.isalnum() else " " for c in plain if not _mark(c)).split())


def _mark(character: str) -> bool:
    return unicodedata.category(character) == "Mn"


@cache
def _area(outline: Line) -> Area:
    return Area(outline)


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how far apart two near points (lat, lon) are, in metres.

    >>> round(distance_m((16.4637, 107.5909), (16.4637, 107.5913)))
    43
    """
    down = (one[0] - other[0]) * DEGREE_M
    across = (one[1] - other[1]) * DEGREE_M * cos(radians((one[0] + other[0]) / 2))
    return hypot(down, across)


def distance_to_line_m(point: tuple[float, float], line: Iterable[tuple[float, float]]) -> float:
    """Return how far a point (lat, lon) is from a line, in metres."""
    shrink = cos(radians(point[0]))
    flat = [
        ((lat - point[0]) * DEGREE_M, (lon - point[1]) * DEGREE_M * shrink) for lat, lon in line
    ]
    if len(flat) == 1:
        return hypot(*flat[0])
    return min(_to_segment(a, b) for a, b in pairwise(flat))


def _to_segment(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return how far the origin is from the segment a-b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else min(1.0, max(0.0, -(a[0] * dx + a[1] * dy) / length))
    return hypot(a[0] + along * dx, a[1] + along * dy)
