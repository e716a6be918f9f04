"""Permits: leave for a vehicle to pass, and the class that says where."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import InvalidInput, require_id


class PermitClass(StrEnum):
    """A road rule, not a health score: where the vehicle may go."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class Permit:
    """Leave to pass, for a plate, in valid_from <= t < valid_until.

    `ref` is the centre's id; `version` grows with each amendment; `roads`, `destination` bind a
    red permit to its way; `revoked_at` ends it early.
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

    def __post_init__(self) -> None:
        require_id(self.id)
        for name in ("valid_from", "valid_until", "deadline", "revoked_at"):
            at = getattr(self, name)
            object.__setattr__(self, name, None if at is None else require_aware(name, at))
        if self.valid_until <= self.valid_from:
            raise InvalidInput("valid_until", "must be later than valid_from")
