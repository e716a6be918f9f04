"""Registrations: who asks leave for which vehicle, and how far Transport is with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import InvalidInput, IocError, require_id
from ioc.permits.model import Permit, PermitClass

MAX_SEATS = 200
INSTANTS = ("from_at", "until_at")


class VehicleKind(StrEnum):
    """What kind of vehicle is registered."""

    MOTORBIKE = "motorbike"
    CAR = "car"
    BUS = "bus"
    LORRY = "lorry"
    TRACTOR = "tractor"
    AMBULANCE = "ambulance"
    OTHER = "other"


class RegistrationState(StrEnum):
    """How far a registration is."""

    RECEIVED = "received"
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    APPEALED = "appealed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class RegistrationStep(StrEnum):
    """What is done with a registration; never undone, only followed by another."""

    RECEIVE = "receive"
    ASK = "ask"
    ANSWER = "answer"
    APPROVE = "approve"
    REFUSE = "refuse"
    REOPEN = "reopen"
    APPEAL = "appeal"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Registration:
    """Leave that is asked for a vehicle, in from_at <= t < until_at; `id` is the sender's.

    `people` are refs of the declarations of those who travel; `colour` is the ground of the plate.
    """

    id: str
    plate: str
    kind: VehicleKind = VehicleKind.OTHER
    seats: int | None = None
    colour: str | None = None
    holder: str | None = None
    driver: str | None = None
    phone: str | None = field(default=None, repr=False)
    mail: str | None = field(default=None, repr=False)
    origin: str | None = None
    destination: str | None = None
    route: str | None = None
    roads: tuple[str, ...] = ()
    from_at: datetime | None = None
    until_at: datetime | None = None
    goods: str | None = None
    companions: int | None = None
    people: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_id(self.id)
        for name in INSTANTS:
            at = getattr(self, name)
            object.__setattr__(self, name, None if at is None else require_aware(name, at))
        if self.from_at and self.until_at and self.until_at <= self.from_at:
            raise InvalidInput("until", "must be later than from")
        if self.seats is not None and not 1 <= self.seats <= MAX_SEATS:
            raise InvalidInput("seats", f"must lie between 1 and {MAX_SEATS}")


@dataclass(frozen=True)
class Filing:
    """A registration as it stands; `ref` is the centre's id.

    `waits_since` is when it came into its present state, `permit` the ref of what it led to.
    """

    ref: str
    source: str
    registration: Registration
    state: RegistrationState
    received_at: datetime
    waits_since: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    permit: str | None = None


@dataclass(frozen=True)
class Decision:
    """What Transport decides; for an approval what is None is taken as it was asked for."""

    step: RegistrationStep
    actor: str
    note: str | None = None
    permit_class: PermitClass | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    destination: str | None = None
    roads: tuple[str, ...] | None = None
    deadline: datetime | None = None


@dataclass(frozen=True)
class Decided:
    """What became of one registration of a batch: how it stands, or why it was left as it was."""

    ref: str
    filing: Filing | None = None
    permit: Permit | None = None
    fault: IocError | None = None


@dataclass(frozen=True)
class Done:
    """One line of the log of a registration: which step led it to which state, by whom."""

    step: RegistrationStep
    state: RegistrationState
    at: datetime
    actor: str
    note: str | None = None
    permit: str | None = None


@dataclass(frozen=True)
class Choice:
    """Which registrations are asked for; None: whatever it is.

    With `decided_since` they are those decided from then on, the latest first.
    """

    states: tuple[RegistrationState, ...]
    kind: VehicleKind | None = None
    origin: str | None = None
    waiting_before: datetime | None = None
    decided_since: datetime | None = None


@dataclass(frozen=True)
class Waiting:
    """What waits for Transport, and how the day has gone; spans in seconds.

    `last_step` is the number of the newest step of all: it changes with everything.
    """

    by_state: Mapping[RegistrationState, int]
    oldest_at: datetime | None
    median_s: float | None
    approved: int
    refused: int
    decided_median_s: float | None
    last_step: int = 0


@dataclass(frozen=True)
class Violation:
    """An alert that a vehicle was the cause of."""

    alert: str
    reason: str
    raised_at: datetime
    outcome: str | None
