"""Samples: a tube paired with a person, the result that comes back, the case a positive makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import require_id


class Finding(StrEnum):
    """What a laboratory found; neither of the last two counts for positivity."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


class Makes(StrEnum):
    """What a positive of a kind makes."""

    CONFIRMED = "confirmed"
    SUSPECT = "suspect"
    NOTHING = "nothing"


class CaseState(StrEnum):
    """How far a case is."""

    SUSPECT = "suspect"
    CONFIRMED = "confirmed"
    TREATED = "treated"
    RECOVERED = "recovered"
    DIED = "died"
    DISCARDED = "discarded"


class CaseStep(StrEnum):
    """What is done with a case; never undone, only followed by another."""

    OPEN = "open"
    CONFIRM = "confirm"
    TREAT = "treat"
    RECOVER = "recover"
    DIE = "die"
    DISCARD = "discard"
    REOPEN = "reopen"


@dataclass(frozen=True)
class Outcome:
    """A result as it came: what was found, when (None: when we learnt it)."""

    finding: Finding
    resulted_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.resulted_at is not None:
            at = require_aware("resulted_at", self.resulted_at)
            object.__setattr__(self, "resulted_at", at)


@dataclass(frozen=True)
class Sample:
    """A test as a facility entered it; `id` is the sender's, `person` a reference."""

    id: str
    person: str
    kind: str
    tube: str
    facility: str
    taken_at: datetime
    outcome: Outcome | None = None
    unit: str | None = None

    def __post_init__(self) -> None:
        require_id(self.id)
        object.__setattr__(self, "taken_at", require_aware("taken_at", self.taken_at))


@dataclass(frozen=True)
class HeldSample:
    """A sample as it is kept, with the result that is in force; `ref` is the centre's own id."""

    ref: str
    source: str
    id: str
    person: str
    kind: str
    tube: str
    facility: str
    taken_at: datetime
    known_at: datetime
    unit: str
    finding: Finding | None = None
    resulted_at: datetime | None = None


@dataclass(frozen=True)
class TubeResult:
    """A result that comes by tube, or by the centre's id of the sample; `id` is the sender's.

    With `why` it corrects a result that stands already.
    """

    id: str
    outcome: Outcome
    tube: str | None = None
    ref: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class SampleKind:
    """A kind of test; `pool` is how many persons one tube may hold."""

    id: str
    name: str
    also: tuple[str, ...]
    pool: int
    makes: Makes
    negative_holds: timedelta
    loinc: str | None
    source: str


@dataclass(frozen=True)
class SampleBook:
    """What tests.toml says: kinds, for how long a barcode and a case are one, when a day closes."""

    kinds: Mapping[str, SampleKind]
    names: Mapping[str, SampleKind] = field(repr=False)
    barcode: str
    tube: timedelta
    case: timedelta
    closes: timedelta

    def kind_of(self, word: str) -> SampleKind | None:
        """Return the kind with this id or name, however it is written."""
        return self.names.get(word.strip().casefold())


@dataclass(frozen=True)
class Case:
    """A person with a positive test; `test` is the ref of the one that made it."""

    ref: str
    person: str
    state: CaseState
    test: str
    facility: str
    unit: str
    positive_at: datetime
    opened_at: datetime
    state_since: datetime


@dataclass(frozen=True)
class CaseDone:
    """One line of the log of a case: which step led it to which state, by whom."""

    step: CaseStep
    state: CaseState
    at: datetime
    actor: str
    note: str | None = None


@dataclass(frozen=True)
class Positivity:
    """Of one kind: samples taken, what was found, and positives ÷ (positives + negatives).

    `share` is None where nothing was found that counts.
    """

    kind: str
    samples: int
    positive: int
    negative: int
    inconclusive: int
    invalid: int

    @property
    def pending(self) -> int:
        """Return how many samples have no result yet."""
        return self.samples - self.positive - self.negative - self.inconclusive - self.invalid

    @property
    def share(self) -> float | None:
        """Return the share of positives among results that count."""
        counted = self.positive + self.negative
        return self.positive / counted if counted else None
