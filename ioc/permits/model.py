"""Permits: leave for a vehicle to pass, the class that says where, and their versions."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import InvalidInput, require_id


class PermitClass(StrEnum):
    """A road rule, not a health score: where the vehicle may go."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Change(StrEnum):
    """What made a version of a permit."""

    GRANT = "grant"
    AMEND = "amend"
    EXTEND = "extend"
    RENEW = "renew"
    REVOKE = "revoke"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    DISMISS = "dismiss"


class Appeal(StrEnum):
    """What became of an appeal against a revocation; one that is upheld leaves none."""

    OPEN = "open"
    DISMISSED = "dismissed"


class PermitState(StrEnum):
    """How a permit stands with Transport, whatever its dates."""

    GRANTED = "granted"
    REVOKED = "revoked"
    APPEALED = "appealed"
    FINAL = "final"


@dataclass(frozen=True)
class Permit:
    """Leave to pass, for a plate, in valid_from <= t < valid_until.

    Attributes:
        ref: the centre's id; the same for all versions.
        version: grows with each change.
        roads: with `destination`, what binds a red permit to its way.
        revoked_at: ends it early.
        registration: ref of the registration that Transport approved.
        people: refs of the declarations of those who travel.
        held_from: of what was seen before this instant another version speaks; None: of nothing.
        held_until: of what was seen from this instant on another version speaks; None: of nothing.
    """

    id: str
    plate: str
    permit_class: PermitClass
    valid_from: datetime
    valid_until: datetime
    ref: str = ""
    version: int = 1
    holder: str | None = None
    destination: str | None = None
    roads: tuple[str, ...] = ()
    deadline: datetime | None = None
    revoked_at: datetime | None = None
    appeal: Appeal | None = None
    registration: str | None = None
    people: tuple[str, ...] = ()
    held_from: datetime | None = None
    held_until: datetime | None = None

    def __post_init__(self) -> None:
        require_id(self.id)
        for name in INSTANTS:
            at = getattr(self, name)
            if at is not None and at.tzinfo is not UTC:
                object.__setattr__(self, name, require_aware(name, at))
        if self.valid_until <= self.valid_from:
            raise InvalidInput("valid_until", "must be later than valid_from")

    @property
    def state(self) -> PermitState:
        """Return how it stands."""
        if self.revoked_at is None:
            return PermitState.GRANTED
        return PermitState.REVOKED if self.appeal is None else APPEALED[self.appeal]

    def speaks_at(self, at: datetime) -> bool:
        """Tell whether this version speaks of what was seen at `at`."""
        is_begun = self.held_from is None or self.held_from <= at
        return is_begun and (self.held_until is None or at < self.held_until)


INSTANTS = ("valid_from", "valid_until", "deadline", "revoked_at", "held_from", "held_until")
APPEALED = {Appeal.OPEN: PermitState.APPEALED, Appeal.DISMISSED: PermitState.FINAL}


@dataclass(frozen=True)
class PermitVersion:
    """One version of a permit, known in known_at <= t < superseded_at: who made it, and why.

    `is_void`: later versions speak of all that it spoke of, or it was withdrawn.
    """

    permit: Permit
    change: Change
    known_at: datetime
    superseded_at: datetime | None = None
    actor: str | None = None
    why: str | None = None
    is_void: bool = False


@dataclass(frozen=True)
class Order:
    """A change that somebody orders, and why; what is None stays as it is.

    `holds_from` is the instant from which it holds; None: from now on.
    """

    change: Change
    actor: str
    why: str
    permit_class: PermitClass | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    destination: str | None = None
    roads: tuple[str, ...] | None = None
    deadline: datetime | None = None
    holds_from: datetime | None = None

    def __post_init__(self) -> None:
        if not self.why.strip():
            raise InvalidInput("why", "every change says why")
        for name in ("valid_from", "valid_until", "deadline", "holds_from"):
            at = getattr(self, name)
            object.__setattr__(self, name, None if at is None else require_aware(name, at))
