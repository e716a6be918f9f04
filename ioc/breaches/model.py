"""A breach of personal data: discovered, told to the authority in time, closed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BreachStep(StrEnum):
    """What is done about a breach; each is noted with a name and a word."""

    FOUND = "found"
    NOTED = "noted"
    CONTAINED = "contained"
    AUTHORITY_TOLD = "authority_told"
    PEOPLE_TOLD = "people_told"
    CLOSED = "closed"


class ClockState(StrEnum):
    """How a breach stands to the hours in which the authority must be told."""

    RUNNING = "running"
    OVERDUE = "overdue"
    TOLD_IN_TIME = "told_in_time"
    TOLD_LATE = "told_late"


@dataclass(frozen=True)
class Breach:
    """What happened, to which kinds of data, of how many people where that is known."""

    no: int
    what: str
    kinds: tuple[str, ...]
    people: int | None
    discovered_at: datetime
    due_at: datetime
    told_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Noted:
    """One line of a breach's file."""

    step: BreachStep
    at: datetime
    actor: str
    note: str
