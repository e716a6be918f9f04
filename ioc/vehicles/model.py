"""Plate reads, what is known of a plate, verdicts and sightings: the values of vehicle control."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import InvalidInput, require_id
from ioc.lists.model import ListEntry
from ioc.permits.model import Permit, PermitClass

MAX_PLATE = 32
MAX_LANE = 99


class Outcome(StrEnum):
    """Advice to a person, never a penalty."""

    PASS = "pass"
    NOTE = "note"
    REVIEW = "review"
    STOP = "stop"


class Reason(StrEnum):
    """Why the verdict is what it is."""

    PERMITTED = "permitted"
    EXEMPT = "exempt"
    NO_PERMIT = "no_permit"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    YELLOW_ON_MAIN = "yellow_on_main"
    RED_OUTBOUND = "red_outbound"
    RED_OFF_ROUTE = "red_off_route"
    RED_WRONG_SITE = "red_wrong_site"
    RED_OVERDUE = "red_overdue"
    STOLEN = "stolen"
    WANTED = "wanted"
    QUARANTINE_BREAKER = "quarantine_breaker"
    CLONED = "cloned"
    LOOKS_DIFFER = "looks_differ"
    WRONG_WAY = "wrong_way"
    OUT_OF_HOURS = "out_of_hours"
    NOT_READ = "not_read"
    FOREIGN = "foreign"
    UNSURE_READ = "unsure_read"


class Ground(StrEnum):
    """The ground colour of a plate; not a permit class."""

    WHITE = "white"
    YELLOW = "yellow"
    BLUE = "blue"
    RED = "red"
    UNKNOWN = "unknown"


class Layout(StrEnum):
    """How the characters stand on the plate."""

    ONE_LINE = "one-line"
    TWO_LINE = "two-line"


class Heading(StrEnum):
    """Which way a vehicle went past the camera, relative to the controlled area."""

    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"


class NotRead(StrEnum):
    """Why a vehicle that passed has no plate text."""

    UNREADABLE = "unreadable"
    COVERED = "covered"


@dataclass(frozen=True)
class PlateCharacter:
    """One character as read, 0 <= confidence <= 1."""

    char: str
    confidence: float


@dataclass(frozen=True)
class Claim:
    """What a camera that reads plates itself said of a read, before we repaired it.

    `at` is by its own clock, `confidence` a share by its own measure; each None where it said none.
    A late one was stored in the camera while the line was down.
    """

    at: datetime | None = None
    confidence: float | None = None
    is_late: bool = False


@dataclass(frozen=True)
class PlateRead:
    """One vehicle pass as a camera read it.

    `plate` is normalised `[A-Z0-9]`, and empty where `not_read` says why there is none; `id` is the
    sender's and unique in its source; pictures are SHA-256 names of kept evidence. `claim` is set
    where the camera itself read it.
    """

    id: str
    camera: str
    plate: str
    confidence: float
    seen_at: datetime
    direction: Heading = Heading.UNKNOWN
    lane: int | None = None
    characters: tuple[PlateCharacter, ...] = ()
    colour: Ground = Ground.UNKNOWN
    layout: Layout | None = None
    plate_picture: str | None = None
    frame_picture: str | None = None
    not_read: NotRead | None = None
    claim: Claim | None = None

    def surely(self, plate: str) -> "PlateRead":
        """Return the same read had it told `plate`, which is one, without a doubt.

        What was checked of this one is not checked again: a doubt asks for some twenty of these.
        """
        other = object.__new__(PlateRead)
        other.__dict__.update(self.__dict__, plate=plate, confidence=1.0)
        return other

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen_at", require_aware("seen_at", self.seen_at))
        _require_plate(self.plate, self.not_read)
        if not 0 <= self.confidence <= 1:
            raise InvalidInput("confidence", "must lie between 0 and 1")
        require_id(self.id)
        if self.lane is not None and not 0 <= self.lane <= MAX_LANE:
            raise InvalidInput("lane", f"must lie between 0 and {MAX_LANE}")


def _require_plate(plate: str, not_read: NotRead | None) -> None:
    if not_read is not None:
        if plate:
            raise InvalidInput("not_read", "stands in place of a plate, not beside one")
        return
    if not 1 <= len(plate) <= MAX_PLATE or not plate.isascii():
        raise InvalidInput("plate", f"needs 1 to {MAX_PLATE} characters A-Z, 0-9")
    if not plate.isalnum() or plate != plate.upper():
        raise InvalidInput("plate", "needs characters A-Z, 0-9 without separators")


@dataclass(frozen=True)
class Spot:
    """Where a camera stands, as far as a rule asks.

    `road_class` and `direction` are values of `ioc.places.RoadClass` and `Direction`.
    """

    camera: str
    road_class: str
    direction: str
    road: str | None = None
    site: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Elsewhere:
    """Another sure sighting of a plate, `apart` in time from a read and `least` away by road.

    It is named only where nobody gets from the one to the other in that time.
    """

    sighting: str
    camera: str
    seen_at: datetime
    apart: timedelta
    least: timedelta


@dataclass(frozen=True)
class Registered:
    """How a vehicle must look, by its registration; None where that does not say."""

    ref: str
    ground: Ground | None = None


@dataclass(frozen=True)
class PlateFacts:
    """All that is known of exactly the plate of a read, when it is judged."""

    permits: tuple[Permit, ...] = ()
    listed: tuple[ListEntry, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    registered: Registered | None = None


@dataclass(frozen=True)
class Verdict:
    """Outcome and reason; `rule` is the id in the city's registry, `permit` the ref judged by.

    `permit_version` and `rule_version` say by which of their versions; `rests_on` is what a finding
    rests on beside the permit: the ref of an entry of a list, of a sighting elsewhere, of a
    registration. `priority` and `desk` are set where an alert is to be raised, by their stored
    words.
    """

    outcome: Outcome
    reason: Reason
    rule: str
    permit: str | None = None
    permit_class: PermitClass | None = None
    priority: str | None = None
    desk: str | None = None
    permit_version: int | None = None
    rule_version: int | None = None
    rests_on: str | None = None


class Band(StrEnum):
    """What is done with an accusation, by how sure it is."""

    ACT = "act"
    REVIEW = "review"
    NONE = "none"


@dataclass(frozen=True)
class Candidate:
    """A plate that a read may be of, and what a sure read of it would give.

    `probability` is with all that is known, `seen` by what the reader saw alone; both 0 to 1.
    """

    plate: str
    probability: float
    seen: float
    outcome: Outcome
    reason: Reason
    permit: str | None = None


@dataclass(frozen=True)
class Doubt:
    """How sure an accusation is: `accused` is the probability that it is true.

    `accusation` is what a sure read would give; for a read that accuses nobody, what the plate
    that it may be instead would be accused of. The text read is always among the candidates.
    """

    band: Band
    accused: float
    accusation: Verdict
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Sighting:
    """A read that was judged and kept; `ref` is the centre's id, `alert` the incident it joined.

    `is_entry` tells whether it was a vehicle that entered the controlled area.
    """

    ref: str
    source: str
    read: PlateRead
    verdict: Verdict
    known_at: datetime
    alert: str | None = None
    is_entry: bool = False


@dataclass(frozen=True)
class Predicted:
    """A camera that a vehicle may pass next: how far by road, at the earliest and usually when."""

    camera: str
    km: float
    earliest_at: datetime
    usual_at: datetime
