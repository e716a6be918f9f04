"""One city's folder read into a `City`: its tables, its settings, and every fault in them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ioc.area import Area
from ioc.config import Entry, read_rows
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault
from ioc.limits import read_limits
from ioc.places import (
    Camera,
    City,
    Direction,
    Facility,
    FacilitySort,
    Line,
    Place,
    PlaceKind,
    Point,
    PointSort,
    Road,
    RoadClass,
    Site,
    Travel,
    Unit,
    UnitSort,
    Venue,
    Water,
    WaterSort,
)
from ioc.policy import Policy, read_policy
from ioc.references import Named, reference_faults

LONGEST_OUTLINE = 120
CITY_KEYS = (
    *("id", "time_zone", "home_plates", "name", "title", "alerts", "acknowledge_s"),
    *("unit_s", "alarm_load", "map", "water", "travel", "doubt", "lookups", "sites", "crowding"),
    *("entries", "review", "cameras"),
)
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
Make = Callable[[Entry, Place], Place]


@dataclass(frozen=True)
class Table:
    """One CSV file of a city: its columns besides those of every place, and what a row makes."""

    file: str
    kind: PlaceKind
    needed: tuple[str, ...]
    make: Make


def load_city(folder: Path) -> City:
    """Return the city of `folder`.

    Raises:
        ConfigFault: the first fault of the folder, with the number of the others.
    """
    city, faults = read_city(folder)
    if city is None:
        first, more = faults[0], len(faults) - 1
        rest = f" (and {more} more, see ioc admin check-config)" if more else ""
        raise ConfigFault(first.file, first.line, first.fault + rest)
    return city


def read_city(folder: Path) -> tuple[City | None, list[ConfigFault]]:
    """Return the city of `folder` and no fault, or None and every fault found."""
    faults: list[ConfigFault] = []
    named = [one for table in TABLES for one in _read(folder, table, faults)]
    document = read_toml(folder / "city.toml", faults)
    policy = read_policy(folder, faults)
    if document is None or policy is None:
        return None, faults
    outline = _outline(document)
    faults.extend(reference_faults(named, Area(outline) if outline else None))
    city = _city(document, policy, outline, {one.place.id: one.place for one in named})
    return (None if faults else city), faults


def _read(folder: Path, table: Table, faults: list[ConfigFault]) -> list[Named]:
    own_point = table.kind is not PlaceKind.ROAD
    needed = ["id", "name", *(("lat", "lon") if own_point else ()), *table.needed]
    if table.kind is not PlaceKind.UNIT:
        needed.append("unit")
    allowed = ("valid_from", "valid_until", "quality")
    named = []
    for entry in read_rows(folder / table.file, needed, allowed, faults):
        before = len(faults)
        place = table.make(entry, _place(entry, table.kind))
        named.append(Named(entry, place, is_sound=len(faults) == before))
    return named


def _place(entry: Entry, kind: PlaceKind) -> Place:
    name = entry.text("id")
    if name and not IDENTIFIER.fullmatch(name):
        entry.fault("id", f"{name!r} needs small letters, digits and hyphens, 64 at most")
    start, end = entry.days()
    if kind is PlaceKind.ROAD:
        line = entry.polyline("line")
        lat, lon = line[len(line) // 2] if line else (0.0, 0.0)
    else:
        lat, lon = entry.number("lat", -90, 90), entry.number("lon", -180, 180)
    unit = name if kind is PlaceKind.UNIT else entry.text("unit")
    return Place(name, kind, entry.text("name"), unit, lat, lon, start, end)


def _unit(entry: Entry, place: Place) -> Place:
    return Unit(
        **vars(place),
        code=entry.text("code"),
        sort=entry.choice("kind", UnitSort),
        district_code=entry.optional("district_code") or "",
        district=entry.optional("district") or "",
        population=entry.count("population"),
        successor=entry.optional("successor"),
    )


def _road(entry: Entry, place: Place) -> Place:
    return Road(
        **vars(place),
        ref=entry.optional("ref") or "",
        road_class=entry.choice("road_class", RoadClass),
        length_km=entry.number("length_km", 0.1, 1000),
        top_kmh=entry.number("top_kmh", 10, 250),
        usual_kmh=entry.number("usual_kmh", 5, 150),
        line=entry.polyline("line"),
    )


def _point(entry: Entry, place: Place) -> Place:
    sort = entry.choice("kind", PointSort)
    return Point(**vars(place), sort=sort, site=entry.optional("site"), road=entry.optional("road"))


def _camera(entry: Entry, place: Place) -> Place:
    return Camera(
        **vars(place),
        road_class=entry.choice("road_class", RoadClass),
        direction=entry.choice("direction", Direction),
        road=entry.optional("road"),
        point=entry.optional("point"),
        site=entry.optional("site"),
        watches=entry.text("watches"),
        owner=entry.text("owner"),
    )


def _venue(entry: Entry, place: Place) -> Place:
    return Venue(**vars(place), sort=entry.choice("kind", PointSort))


def _site(entry: Entry, place: Place) -> Place:
    return Site(**vars(place), capacity=entry.count("capacity", 1))


def _facility(sort: FacilitySort) -> Make:
    return lambda entry, place: Facility(**vars(place), sort=sort)


TABLES = (
    Table(
        "units.csv",
        PlaceKind.UNIT,
        ("code", "kind", "district_code", "district", "population", "successor"),
        _unit,
    ),
    Table(
        "roads.csv",
        PlaceKind.ROAD,
        ("ref", "road_class", "length_km", "top_kmh", "usual_kmh", "line"),
        _road,
    ),
    Table("venues.csv", PlaceKind.VENUE, ("kind",), _venue),
    Table("points.csv", PlaceKind.POINT, ("kind", "site", "road"), _point),
    Table("sites.csv", PlaceKind.SITE, ("capacity",), _site),
    Table("facilities.csv", PlaceKind.FACILITY, (), _facility(FacilitySort.TESTING)),
    Table("vaccination_sites.csv", PlaceKind.FACILITY, (), _facility(FacilitySort.VACCINATION)),
    Table(
        "cameras.csv",
        PlaceKind.CAMERA,
        ("road_class", "direction", "watches", "road", "point", "site", "owner"),
        _camera,
    ),
)


def _city(document: Document, policy: Policy, outline: Line, places: dict[str, Place]) -> City:
    root = document.root()
    root.only(CITY_KEYS)
    title = document.table("title")
    title.text("vi")
    title.text("en")
    name = document.table("name")
    name.text("en")
    waters = tuple(
        Water(w.text("id"), w.text("name"), w.choice("kind", WaterSort), w.polyline("line"))
        for w in document.tables("water")
    )
    return City(
        id=root.text("id"),
        name=name.text("vi"),
        zone=_zone(root),
        places=places,
        outline=outline,
        settings=document.data,
        waters=waters,
        limits=read_limits(document, policy.retention),
        policy=policy,
        travel=_travel(document),
        home_plates=root.texts("home_plates"),
    )


def _travel(document: Document) -> Travel:
    travel = document.table("travel")
    travel.only(("join_km", "lane_top_kmh", "lane_usual_kmh", "overland_kmh"))
    return Travel(
        join_km=travel.number("join_km", 0, 20),
        lane_top_kmh=travel.number("lane_top_kmh", 10, 250),
        lane_usual_kmh=travel.number("lane_usual_kmh", 5, 150),
        overland_kmh=travel.number("overland_kmh", 10, 250),
    )


def _zone(root: Entry) -> ZoneInfo:
    name = root.text("time_zone")
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        root.fault("time_zone", f"{name!r} is no time zone like Asia/Ho_Chi_Minh")
        return ZoneInfo("UTC")


def _outline(document: Document) -> Line:
    drawn = document.table("map")
    drawn.only(("outline",))
    outline = drawn.polyline("outline")
    if outline and not 3 <= len(outline) <= LONGEST_OUTLINE:
        drawn.fault("outline", f"has {len(outline)} points, not 3 to {LONGEST_OUTLINE}")
        return ()
    return outline
