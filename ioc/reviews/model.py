"""Reviews: a read that is not sure enough to act on, what it may be of, and what a person says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ioc.alerts.model import Priority
from ioc.vehicles.model import Candidate, PlateRead


class Answer(StrEnum):
    """What is said of a read.

    `as_read`: the plate is what was read; `corrected`: it is another; `none`: it cannot be told,
    or is no plate.
    """

    AS_READ = "as_read"
    CORRECTED = "corrected"
    NONE = "none"


class Finding(StrEnum):
    """Whether what came of a band holds against what was promised of it."""

    HOLDS = "holds"
    EXCEEDS = "exceeds"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class Question:
    """One open review: the alert that asks, the read it is about, and what it may be of.

    `reason` is why it is asked; `accused` the probability that the accusation is true, not shown
    before the answer. A plate that nobody could read has no candidates.
    """

    alert: str
    priority: Priority
    reason: str
    sighting: str
    read: PlateRead
    raised_at: datetime
    due_at: datetime
    sightings: int
    accused: float
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Ruling:
    """What was answered, by whom and when; labelled data where a person gave it.

    `truth` is the plate as it is, None where nobody can tell; `is_human` is False where a second
    camera settled it. It takes effect when `applied_at` is set; `raised` is the alert it led to.
    """

    no: int
    alert: str
    sighting: str
    seen_at: datetime
    camera: str
    plate: str
    answer: Answer
    truth: str | None
    decided_by: str
    decided_at: datetime
    plate_picture: str | None = None
    frame_picture: str | None = None
    may_leave: bool = False
    undone_at: datetime | None = None
    applied_at: datetime | None = None
    raised: str | None = None

    @property
    def is_human(self) -> bool:
        """Tell whether a person said it."""
        return self.decided_by != SECOND_CAMERA


SECOND_CAMERA = "second-camera"


@dataclass(frozen=True)
class Tempo:
    """How the queue of one person goes: answered today, and the median seconds between answers."""

    answered: int
    median_s: float | None


@dataclass(frozen=True)
class Share:
    """False accusations among those of which it is known how they ended.

    Attributes:
        group: all, camera or rule; `name` says which one.
        band: what was done with the accusations.
        raised: how many there were.
        decided: of how many it is known whether they were true.
        false: how many were not.
        expected: how many false ones the probabilities themselves let expect, of those raised.
        promised: the share the city allows.
    """

    group: str
    name: str
    band: str
    raised: int
    decided: int
    false: int
    expected: float
    promised: float
