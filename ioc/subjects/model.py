"""What a person asks of us: what is held on him, its deletion; what came of it, and why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class RequestKind(StrEnum):
    """What is asked for."""

    ACCESS = "access"
    ERASURE = "erasure"


class About(StrEnum):
    """By what the data are found: a person's document, or a vehicle's plate."""

    PERSON = "person"
    PLATE = "plate"


class HoldReason(StrEnum):
    """Why something stays though its deletion is asked for."""

    LAW = "law"
    IN_FORCE = "in_force"
    UNDER_WAY = "under_way"
    NEEDED = "needed"


@dataclass(frozen=True)
class Subject:
    """Who or what is asked about; `text` is the plate, or the number of the document."""

    about: About
    text: str = field(repr=False)


@dataclass(frozen=True)
class Request:
    """A request as it was received; `checked` says how it was made sure who asks."""

    no: int
    kind: RequestKind
    subject: Subject
    checked: str
    received_at: datetime
    received_by: str
    acknowledge_by: date
    answer_by: datetime
    answered_at: datetime | None = None
    answered_by: str | None = None
    outcome: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Section:
    """What one table holds on somebody: `rows` in the order of their time."""

    kind: str
    table: str
    rows: Sequence[Mapping[str, Any]] = field(repr=False)


@dataclass(frozen=True)
class Hold:
    """Rows that stay, why, and until when at the latest where that is known."""

    kind: str
    table: str
    rows: int
    reason: HoldReason
    until: datetime | None


@dataclass(frozen=True)
class Outcome:
    """What an erasure did: rows by table that nothing ties to anybody any more, and what stays."""

    erased: Mapping[str, int]
    holds: Sequence[Hold]
    pictures: int = 0


@dataclass(frozen=True)
class Erasure:
    """A line of the ledger; `sealed` says of whom, to the centre's secret alone."""

    mark: UUID
    about: About
    sealed: bytes = field(repr=False)
    erased_at: datetime
    actor: str
