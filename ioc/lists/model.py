"""Lists of plates: who owns one, what it is for, and the vehicles that stand on it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import InvalidInput, require_id

LONGEST_TEXT = 200


class ListKind(StrEnum):
    """What the plates of a list are: permitted elsewhere, looked for, or let through."""

    PERMITS = "permits"
    WATCH = "watch"
    EXEMPT = "exempt"


class ListReason(StrEnum):
    """Why a vehicle stands on a list; the `listed` of a rule."""

    STOLEN = "stolen"
    WANTED = "wanted"
    QUARANTINE_BREAKER = "quarantine_breaker"
    EMERGENCY = "emergency"


REASONS = {
    ListKind.PERMITS: frozenset[ListReason](),
    ListKind.WATCH: frozenset(
        {ListReason.STOLEN, ListReason.WANTED, ListReason.QUARANTINE_BREAKER}
    ),
    ListKind.EXEMPT: frozenset({ListReason.EMERGENCY}),
}


@dataclass(frozen=True)
class PlateList:
    """A list in the registry: its quality is the quality of its alerts, so somebody owns it.

    After `review_on` it is stale until its owner has looked at it again. For a list of permits
    the id is the source under which its permits come in.
    """

    id: str
    kind: ListKind
    owner: str
    source: str
    purpose: str
    review_on: date
    loaded_at: datetime | None = None

    def __post_init__(self) -> None:
        require_id(self.id)
        for name in ("owner", "source", "purpose"):
            value = getattr(self, name)
            if not value.strip() or len(value) > LONGEST_TEXT or not value.isprintable():
                raise InvalidInput(name, f"needs 1 to {LONGEST_TEXT} printable characters")

    def is_stale(self, today: date) -> bool:
        """Tell whether the day of its review is over."""
        return self.review_on < today


@dataclass(frozen=True)
class ListEntry:
    """A vehicle on a list in valid_from <= t < valid_until, once a second person approved it.

    `ref` is the centre's id; `version` grows with each change, and each needs an approval of its
    own. `priority` is that of the alert where it differs from the rule's.
    """

    id: str
    list: str
    plate: str
    reason: ListReason
    valid_from: datetime
    valid_until: datetime
    priority: str | None = None
    note: str | None = None
    ref: str = ""
    version: int = 1
    entered_by: str = ""
    approved_by: str | None = None
    approved_at: datetime | None = None

    def __post_init__(self) -> None:
        require_id(self.id)
        for name in ("valid_from", "valid_until", "approved_at"):
            at = getattr(self, name)
            object.__setattr__(self, name, None if at is None else require_aware(name, at))
        if self.valid_until <= self.valid_from:
            raise InvalidInput("valid_until", "must be later than valid_from")
        if self.priority not in (None, "P1", "P2", "P3"):
            raise InvalidInput("priority", f"{self.priority!r} is none of P1, P2, P3")

    def is_in_force(self, at: datetime) -> bool:
        """Tell whether it holds for what was seen at `at`; without an approval it never does."""
        return self.approved_by is not None and self.valid_from <= at < self.valid_until
