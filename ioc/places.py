"""The places of a city: units, roads, points, cameras, sites, read from config/<city>.

The folder's facts carry validity dates: live panels ask for those in force now, replays for
those of their day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from math import cos, radians
from zoneinfo import ZoneInfo

from ioc.errors import NotFound
from ioc.limits import Limits
from ioc.policy import Policy

Line = tuple[tuple[float, float], ...]


class PlaceKind(StrEnum):
    """What `GET /v1/places?kind=` can ask for."""

    CAMERA = "camera"
    POINT = "point"
    FACILITY = "facility"
    SITE = "site"
    VENUE = "venue"
    UNIT = "unit"
    ROAD = "road"


class RoadClass(StrEnum):
    """What a vehicle permit is judged against."""

    GATE = "gate"
    MAIN = "main"
    LOCAL = "local"
    QUARANTINE = "quarantine"
    VENUE = "venue"


class Direction(StrEnum):
    """The way traffic goes that a camera sees, relative to the controlled area."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


class UnitSort(StrEnum):
    """What an administrative unit is."""

    WARD = "ward"
    COMMUNE = "commune"
    TOWN = "town"


class PointSort(StrEnum):
    """What is guarded or scanned at a point or a venue."""

    CHECKPOINT = "checkpoint"
    MARKET = "market"
    HOSPITAL = "hospital"
    INDUSTRIAL = "industrial"
    OFFICE = "office"
    SCHOOL = "school"
    SHOP = "shop"


class FacilitySort(StrEnum):
    """What a health facility does for the centre."""

    TESTING = "testing"
    VACCINATION = "vaccination"


class WaterSort(StrEnum):
    """A piece of water on the schematic map."""

    RIVER = "river"
    LAGOON = "lagoon"


@dataclass(frozen=True)
class Place:
    """A named point of the city; `lat`, `lon` in degrees WGS 84."""

    id: str
    kind: PlaceKind
    name: str
    unit: str
    lat: float
    lon: float
    valid_from: date | None = None
    valid_until: date | None = None

    def is_in_force(self, day: date) -> bool:
        """Tell whether the place exists on `day` (valid_from <= day < valid_until)."""
        started = self.valid_from is None or self.valid_from <= day
        return started and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True)
class Camera(Place):
    """A roadside camera; `site` names the quarantine site it watches, if any."""

    road_class: RoadClass = RoadClass.LOCAL
    direction: Direction = Direction.BOTH
    road: str | None = None
    point: str | None = None
    site: str | None = None
    watches: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Road(Place):
    """A road with its length and its line as (lat, lon) points; its place is the middle point.

    `top_kmh` is what nobody drives faster on it, `usual_kmh` what traffic does.
    """

    ref: str = ""
    road_class: RoadClass = RoadClass.LOCAL
    length_km: float = 0.0
    top_kmh: float = 130.0
    usual_kmh: float = 50.0
    line: Line = ()


@dataclass(frozen=True)
class Unit(Place):
    """An administrative unit with its census population.

    `id` is code and year, since codes were used again; `successor` is the unit it became part of.
    """

    code: str = ""
    sort: UnitSort = UnitSort.COMMUNE
    district_code: str = ""
    district: str = ""
    population: int = 0
    successor: str | None = None


@dataclass(frozen=True)
class Point(Place):
    """A guarded place or a scan point; `site` joins points of one site (12 gates, one market)."""

    site: str | None = None
    sort: PointSort = PointSort.CHECKPOINT
    road: str | None = None


@dataclass(frozen=True)
class Venue(Place):
    """A place with one or more scan points: a market, a hospital, an industrial zone."""

    sort: PointSort = PointSort.MARKET


@dataclass(frozen=True)
class Site(Place):
    """A quarantine site with its number of places."""

    capacity: int = 0


@dataclass(frozen=True)
class Facility(Place):
    """A health facility that tests or vaccinates."""

    sort: FacilitySort = FacilitySort.TESTING


@dataclass(frozen=True)
class Water:
    """A river as a line, or a lagoon as an area, of (lat, lon) points on the schematic map."""

    id: str
    name: str
    sort: WaterSort
    line: Line


@dataclass(frozen=True)
class Travel:
    """How vehicles travel where the map draws no road.

    Attributes:
        join_km: a road's end is joined to the nearest road within it: the map is schematic.
        lane_top_kmh: what nobody drives faster on such a joint, or on a camera's own lane.
        lane_usual_kmh: what traffic does there.
        overland_kmh: no vehicle gets faster than this, as the crow flies, by roads not drawn.
    """

    join_km: float
    lane_top_kmh: float
    lane_usual_kmh: float
    overland_kmh: float


@dataclass(frozen=True)
class City:
    """One city's folder, read and checked; `settings` is its city.toml as it stands there."""

    id: str
    name: str
    zone: ZoneInfo
    places: Mapping[str, Place]
    outline: Line
    settings: Mapping[str, object]
    waters: tuple[Water, ...]
    limits: Limits
    travel: Travel
    policy: Policy
    home_plates: tuple[str, ...] = ()

    @cached_property
    def _by_kind(self) -> Mapping[PlaceKind, tuple[Place, ...]]:
        everything = self.places.values()
        return {kind: tuple(p for p in everything if p.kind is kind) for kind in PlaceKind}

    @cached_property
    def cameras(self) -> Mapping[str, Camera]:
        """Return every camera by id."""
        return {p.id: p for p in self.places.values() if isinstance(p, Camera)}

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """Return every unit by id, of all days."""
        return {p.id: p for p in self.places.values() if isinstance(p, Unit)}

    def of_kind(self, kind: PlaceKind, day: date | None = None) -> tuple[Place, ...]:
        """Return the places of `kind`, those in force on `day` if one is given."""
        places = self._by_kind[kind]
        return places if day is None else tuple(p for p in places if p.is_in_force(day))

    def place(self, name: str) -> Place:
        """Return the place with the id `name`.

        Raises:
            NotFound: the city has none.
        """
        if name not in self.places:
            raise NotFound("place", name)
        return self.places[name]

    def camera(self, name: str) -> Camera:
        """Return the camera with the id `name`.

        Raises:
            NotFound: the city has none.
        """
        if name not in self.cameras:
            raise NotFound("camera", name)
        return self.cameras[name]

    def sees_arrivals(self, site: str | None, day: date) -> bool:
        """Tell whether a camera in force on `day` watches the way into a site (None: any)."""
        return any(
            camera.site is not None
            and site in (None, camera.site)
            and camera.direction is not Direction.OUT
            and camera.is_in_force(day)
            for camera in self.cameras.values()
        )

    def units_on(self, day: date) -> tuple[Unit, ...]:
        """Return the units in force on `day`."""
        return tuple(unit for unit in self.units.values() if unit.is_in_force(day))

    def unit_of(self, place: Place, day: date) -> Unit:
        """Return the unit in which `place` lies on `day`: its own, or the one that followed it."""
        unit = self.units[place.unit]
        while unit.successor and unit.valid_until and unit.valid_until <= day:
            unit = self.units[unit.successor]
        return unit

    def nearest_unit(self, lat: float, lon: float, day: date) -> Unit:
        """Return the unit in force on `day` whose centre is nearest to the point.

        Raises:
            NotFound: no unit is in force on `day`.
        """
        units = self.units_on(day)
        if not units:
            raise NotFound("unit in force on", day.isoformat())
        shrink = cos(radians(lat))
        return min(units, key=lambda u: (u.lat - lat) ** 2 + ((u.lon - lon) * shrink) ** 2)
