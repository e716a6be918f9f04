"""What ties a city's places together: ids unique, references met, points inside the outline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from ioc.area import Area
from ioc.config import Entry
from ioc.errors import ConfigFault
from ioc.places import Camera, Place, PlaceKind, Point, PointSort, Road, RoadClass, Unit

# Which column of a place names a place of which kind.
REFERENCES: Mapping[PlaceKind, Mapping[str, PlaceKind]] = {
    PlaceKind.UNIT: {"successor": PlaceKind.UNIT},
    PlaceKind.ROAD: {"unit": PlaceKind.UNIT},
    PlaceKind.POINT: {"unit": PlaceKind.UNIT, "road": PlaceKind.ROAD, "site": PlaceKind.VENUE},
    PlaceKind.VENUE: {"unit": PlaceKind.UNIT},
    PlaceKind.SITE: {"unit": PlaceKind.UNIT},
    PlaceKind.FACILITY: {"unit": PlaceKind.UNIT},
    PlaceKind.CAMERA: {
        "unit": PlaceKind.UNIT,
        "road": PlaceKind.ROAD,
        "point": PlaceKind.POINT,
        "site": PlaceKind.SITE,
    },
}


@dataclass(frozen=True)
class Named:
    """A place with the entry it was read from, so that a fault found later names its line.

    One that is not sound is known by its id, and not judged any further.
    """

    entry: Entry
    place: Place
    is_sound: bool


def reference_faults(named: Sequence[Named], area: Area | None) -> list[ConfigFault]:
    """Return the faults between the places; without an `area` their points are not judged."""
    first: dict[str, Named] = {}
    for one in named:
        first.setdefault(one.place.id, one)
    places = {name: one.place for name, one in first.items()}
    return [
        ConfigFault(one.entry.file, one.entry.line, why)
        for one in named
        if one.is_sound
        for why in (
            *_repeated(one, first[one.place.id]),
            *_unmet(one.place, places),
            *_inconsistent(one.place, places),
            *_outside(one.place, area),
        )
    ]


def _repeated(one: Named, known: Named) -> Iterator[str]:
    if known is not one:
        where = f"{known.entry.file.name}:{known.entry.line}"
        yield f"id: {one.place.id!r} stands already in {where}"


def _inconsistent(place: Place, places: Mapping[str, Place]) -> Iterator[str]:
    if isinstance(place, Camera):
        yield from _camera_faults(place, places)
    elif isinstance(place, Unit):
        yield from _unit_faults(place, places)
    elif isinstance(place, Road) and place.road_class not in (RoadClass.MAIN, RoadClass.LOCAL):
        yield "road_class: a road is main or local"


def _unmet(place: Place, places: Mapping[str, Place]) -> Iterator[str]:
    for column, kind in REFERENCES[place.kind].items():
        name = getattr(place, column)
        if name is None or (name in places and places[name].kind is kind):
            continue
        known = [p.id for p in places.values() if p.kind is kind]
        # A file that could not be read at all is one fault, not one for each reference to it.
        if known:
            near = get_close_matches(name, known, 1)
            yield f"{column}: no {kind} {name!r}" + (f"; is {near[0]!r} meant?" if near else "")


def _camera_faults(camera: Camera, places: Mapping[str, Place]) -> Iterator[str]:
    point = places.get(camera.point or "")
    at_checkpoint = isinstance(point, Point) and point.sort is PointSort.CHECKPOINT
    if camera.road_class is RoadClass.GATE and not at_checkpoint:
        yield "point: a gate camera names its checkpoint"
    if camera.road_class is RoadClass.VENUE and not isinstance(point, Point):
        yield "point: a venue camera names its point"
    if (camera.road_class is RoadClass.QUARANTINE) != (camera.site is not None):
        yield "site: a quarantine camera, and no other, names the site it watches"
    if camera.road_class in (RoadClass.MAIN, RoadClass.LOCAL):
        yield from _street_faults(camera, places.get(camera.road or ""))


def _street_faults(camera: Camera, road: Place | None) -> Iterator[str]:
    if not isinstance(road, Road):
        yield f"road: a {camera.road_class} camera names its road"
    elif road.road_class is not camera.road_class:
        yield f"road_class: is {camera.road_class}, while {road.id} is {road.road_class}"


def _unit_faults(unit: Unit, places: Mapping[str, Place]) -> Iterator[str]:
    if unit.successor is None:
        return
    if unit.valid_until is None:
        yield "valid_until: a unit with a successor ends on a day"
        return
    successor = places.get(unit.successor)
    if successor and (successor.valid_from is None or successor.valid_from < unit.valid_until):
        yield f"successor: {successor.id} starts before {unit.valid_until}"


def _outside(place: Place, area: Area | None) -> Iterator[str]:
    points = place.line if isinstance(place, Road) else ((place.lat, place.lon),)
    if area is not None and not all(area.contains(lat, lon) for lat, lon in points):
        yield "lat, lon: lies outside the outline of city.toml"
