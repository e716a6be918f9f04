"""Scans: a code shown at a point, what it was answered, and how many are inside."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ioc.clock import require_aware
from ioc.errors import MAX_ID, InvalidInput


class Way(StrEnum):
    """Which way somebody goes through a point."""

    IN = "in"
    OUT = "out"


class PointState(StrEnum):
    """How a point does today: silent is one that scanned nothing where it usually would have."""

    SCANNING = "scanning"
    SILENT = "silent"
    QUIET = "quiet"
    SHUT = "shut"


class AdmissionReason(StrEnum):
    """Why somebody is admitted or not; the words stand in the labels."""

    ADMITTED = "admitted"
    LEAVING = "leaving"
    UNKNOWN_CODE = "unknown_code"
    FORGED = "forged"
    CODE_EXPIRED = "code_expired"
    UNSIGNED = "unsigned"
    CARD_REVOKED = "card_revoked"
    CARD_REPLACED = "card_replaced"
    POINT_INACTIVE = "point_inactive"
    SITE_FULL = "site_full"
    LISTED = "listed"
    COLOUR_RED = "colour_red"
    COLOUR_YELLOW = "colour_yellow"


class Scan(NamedTuple):
    """A code as it was read at a point; `id` is the sender's, `scanned_at` aware, in UTC.

    The code itself is forgotten once it is read. Checked where it is made from what came in: there
    are thousands a second.
    """

    id: str
    point: str
    code: str
    direction: Way
    scanned_at: datetime

    def __repr__(self) -> str:
        """Return it without the code, which is personal."""
        return f"Scan({self.id!r}, {self.point!r}, {self.direction}, {self.scanned_at})"


@dataclass(frozen=True)
class Admission:
    """The answer to a scan: advice to who stands at the gate, with its reason."""

    admit: bool
    reason: AdmissionReason


class AdmissionFacts(NamedTuple):
    """All that a rule of admission may ask; a word that is not known is `unknown` or `none`.

    Attributes:
        way: in or out.
        code: the format.
        proof: what stands behind the code.
        card: how our own card stands: issued, revoked, replaced, or `none` for another's code.
        point: active or inactive at the time of the scan.
        site: full, free, or `none` where no capacity is set.
        listed: yes or no, by lists of persons.
        colour: of the person, by doses and tests.
        sort: what the point is: checkpoint, market, hospital…
    """

    way: str
    code: str
    proof: str
    card: str = "none"
    point: str = "active"
    site: str = "none"
    listed: str = "no"
    colour: str = "unknown"
    sort: str = "shop"


@dataclass(frozen=True)
class Sender:
    """Who sends scans: ids are unique in a source; a device sends for the points it is bound to."""

    source: str
    points: frozenset[str] = frozenset()


@dataclass(frozen=True)
class GateStanding:
    """What a gate may know of a person: a colour and whether a list names him, never why."""

    colour: str = "unknown"
    is_listed: bool = False


@dataclass(frozen=True)
class PointChange:
    """A point is opened or shut from an instant on (None: now); `id` is the sender's."""

    id: str
    point: str
    is_active: bool
    since: datetime | None = None

    def __post_init__(self) -> None:
        if len(self.id) > MAX_ID:
            raise InvalidInput("id", f"is longer than {MAX_ID} characters")
        if self.since is not None:
            object.__setattr__(self, "since", require_aware("since", self.since))


@dataclass(frozen=True)
class Occupancy:
    """How many are inside a site, as far as scans say it.

    Attributes:
        inside: in minus out since `since`, never below nought.
        ins, outs: what it is made of.
        last_at: when the last scan happened that is in it; None: none since.
        left_over: how many never scanned out before `since`, when counting began anew.
    """

    site: str
    inside: int
    capacity: int | None
    ins: int
    outs: int
    since: datetime
    last_at: datetime | None
    left_over: int = 0


@dataclass(frozen=True)
class Visit:
    """Where a person was: one scan of the past, for who traces contacts."""

    person: str
    point: str
    direction: Way
    scanned_at: datetime
