"""Cameras that read plates themselves: how their clocks go, and how far they are believed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ClockState(StrEnum):
    """How the clock of a camera goes: by its own time, by a repaired one, or by our own."""

    RIGHT = "right"
    REPAIRED = "repaired"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Arrival:
    """When a camera said it read something, and when that reached us."""

    claimed_at: datetime
    arrived_at: datetime

    @property
    def lag(self) -> timedelta:
        """Return by how much the camera's clock is behind ours, with the way the message took."""
        return self.arrived_at - self.claimed_at


@dataclass(frozen=True)
class Clock:
    """The clock of a camera as its last messages show it.

    Attributes:
        state: whether it is right.
        behind: what is added to its time; below 0 where it goes ahead. 0 where it is right.
        samples: of how many messages this is the median.
    """

    state: ClockState
    behind: timedelta
    samples: int


@dataclass(frozen=True)
class Labelled:
    """What a camera claimed of a plate, None for nothing, and whether the plate was right."""

    claimed: float | None
    is_right: bool


@dataclass(frozen=True)
class Calibration:
    """How likely a plate is right, by what its camera claims.

    The probability is the logistic function of `slope` x logit(claimed) + `shift`, and `unsaid`
    where it claims nothing; `right` of `labelled` reads were right. `learned_at` is None where
    nothing was learned and the city's belief stands in.
    """

    slope: float
    shift: float
    unsaid: float
    labelled: int = 0
    right: int = 0
    learned_at: datetime | None = None


@dataclass(frozen=True)
class KeyState:
    """The key of a camera: the number it is derived from, and until when the former one works."""

    version: int = 0
    made_at: datetime | None = None
    former_until: datetime | None = None


@dataclass(frozen=True)
class ReaderState:
    """What is known of one camera that reads itself."""

    camera: str
    clock: Clock
    calibration: Calibration
    key: KeyState
    heard_at: datetime | None
