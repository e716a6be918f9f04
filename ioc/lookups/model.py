"""Looking up vehicles: what is asked and why, what was found, and leave to look further back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ioc.errors import require_text
from ioc.vehicles.model import Sighting

LONGEST = 200


class RequestState(StrEnum):
    """Where a request to look further back stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True)
class Purpose:
    """Who looks, why, and for which case: it stands in the audit before anything is shown."""

    actor: str
    purpose: str
    case: str

    def __post_init__(self) -> None:
        for name in ("purpose", "case"):
            require_text(name, getattr(self, name), LONGEST)


@dataclass(frozen=True)
class Query:
    """A plate of which some is known: `*` stands for any characters, `?` for one.

    With `look_alikes` characters that cameras mix up count as the same.
    """

    pattern: str
    since: datetime
    look_alikes: bool = False


@dataclass(frozen=True)
class Anchor:
    """The known end of a pattern by which an index finds it, folded; `backwards`: its last."""

    text: str
    backwards: bool


@dataclass(frozen=True)
class Found:
    """A plate that fits, with where it was last seen; `is_exact`: no look-alike was needed."""

    plate: str
    is_exact: bool
    last: Sighting


@dataclass(frozen=True)
class Findings:
    """What a query found; `is_cut`: there is more, and the pattern should be narrower."""

    found: tuple[Found, ...]
    is_cut: bool = False


@dataclass(frozen=True)
class TrailRequest:
    """Somebody asks to see where a plate was longer ago than is free to see; a second decides."""

    id: int
    plate: str
    since: datetime
    purpose: str
    case: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    is_approved: bool = False
    usable_until: datetime | None = None

    def state(self, now: datetime) -> RequestState:
        """Return where it stands at an instant."""
        if self.decided_at is None:
            return RequestState.WAITING
        if not self.is_approved:
            return RequestState.REFUSED
        is_over = self.usable_until is None or now >= self.usable_until
        return RequestState.ENDED if is_over else RequestState.APPROVED
