"""Units that go out: what they are, where they stand, what they are on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import InvalidInput


class PatrolKind(StrEnum):
    """What a unit is made for."""

    PATROL = "patrol"
    RESPONSE_TEAM = "response_team"


class PatrolStatus(StrEnum):
    """What a unit does now."""

    FREE = "free"
    ASSIGNED = "assigned"
    EN_ROUTE = "en_route"
    AT_SCENE = "at_scene"
    OFF_DUTY = "off_duty"


@dataclass(frozen=True)
class Station:
    """A unit as the city lists it: its name, and where it stands when nobody knows better."""

    id: str
    name: str
    kind: PatrolKind
    unit: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Position:
    """Where a unit was: degrees WGS 84, by a camera when that was told; `at` is when."""

    lat: float
    lon: float
    at: datetime
    camera: str | None = None

    def __post_init__(self) -> None:
        """Refuse a place that lies on no earth, and a time of no zone."""
        require_aware("at", self.at)
        for name, value, most in (("lat", self.lat, 90), ("lon", self.lon, 180)):
            if not -most <= value <= most:
                raise InvalidInput(name, f"must lie between -{most} and {most}")


@dataclass(frozen=True)
class Patrol:
    """A unit as it is now; `position` is None while it has told none, `alert` what it is on."""

    station: Station
    status: PatrolStatus = PatrolStatus.FREE
    position: Position | None = None
    alert: str | None = None
    changed_at: datetime | None = None

    @property
    def point(self) -> tuple[float, float]:
        """Return its latitude and longitude: where it was last, or its station."""
        here = self.position or self.station
        return here.lat, here.lon


@dataclass(frozen=True)
class PatrolUpdate:
    """What a unit's device tells: its status, its place, or both, as of `at`."""

    id: str
    patrol: str
    at: datetime
    status: PatrolStatus | None = None
    position: Position | None = None


@dataclass(frozen=True)
class Near:
    """A free unit with its way to a camera; `by_road` says whether drawn roads lead there."""

    patrol: Patrol
    km: float
    minutes: float
    by_road: bool
