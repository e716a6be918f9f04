"""What facilities report on paper, held against the platform; and who fell silent."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ioc.errors import InvalidInput, require_id

MOST = 10_000_000


class PaperKind(StrEnum):
    """What a paper total counts; the value is the metric of the platform."""

    DOSE = "dose"
    TEST = "test"


class Rhythm(StrEnum):
    """How a facility reports of late."""

    REPORTING = "reporting"
    SILENT = "silent"
    NEW = "new"
    NEVER = "never"


@dataclass(frozen=True)
class PaperTotal:
    """How many a facility says it did on a day; `id` is the sender's."""

    id: str
    facility: str
    day: date
    kind: PaperKind
    n: int

    def __post_init__(self) -> None:
        require_id(self.id)
        if not 0 <= self.n <= MOST:
            raise InvalidInput("n", f"must lie between 0 and {MOST}")


@dataclass(frozen=True)
class PaperVersion:
    """One version of a paper total; the newest is in force."""

    version: int
    n: int
    source: str
    known_at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True)
class Line:
    """Platform against paper: of one facility, or of all.

    `amended` is by how much the platform's figure changed after its days were closed, `amended_at`
    when last; `paper` is None where nothing was reported on paper.
    """

    facility: str | None
    platform: int
    paper: int | None
    amended: int = 0
    amended_at: datetime | None = None

    @property
    def gap(self) -> int | None:
        """Return how many the platform lacks, negative where it has more than the paper."""
        return None if self.paper is None else self.paper - self.platform

    @property
    def share(self) -> float | None:
        """Return platform ÷ paper, None where there is no paper to measure by."""
        return self.platform / self.paper if self.paper else None


@dataclass(frozen=True)
class Reconciliation:
    """Platform against paper over some days, by facility and in all."""

    as_of: datetime
    kind: PaperKind
    first: date | None
    last: date | None
    total: Line
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Silence:
    """How one facility reports: its last day, its usual gap, for how many days it has been quiet.

    `usual_days` is None while too little is known of its rhythm.
    """

    facility: str
    rhythm: Rhythm
    last_on: date | None
    usual_days: float | None
    silent_days: int | None
