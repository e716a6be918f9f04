"""The places of a city: units, roads, points, cameras, sites, read from config/<city>.

The folder's facts carry validity dates: live panels ask for those in force now, replays for
those of their day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo


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


@dataclass(frozen=True)
class Road(Place):
    """A road with its length and its line as (lat, lon) points; its place is the middle point."""

    road_class: RoadClass = RoadClass.LOCAL
    length_km: float = 0.0
    line: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Unit(Place):
    """An administrative unit with its census population; `district` is its parent's name."""

    district: str = ""
    population: int = 0


@dataclass(frozen=True)
class Point(Place):
    """A guarded place or a scan point; `site` joins points of one site (12 gates, one market)."""

    site: str | None = None
    sort: str = ""


@dataclass(frozen=True)
class City:
    """One city's folder, read and checked."""

    id: str
    name: str
    zone: ZoneInfo
    places: Mapping[str, Place]
    outline: tuple[tuple[float, float], ...]
    settings: Mapping[str, object]
