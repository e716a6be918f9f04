"""A legal hold: what is kept of a person, a plate or an alert beyond its day, and why."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class HeldKind(StrEnum):
    """What a hold is on."""

    PERSON = "person"
    PLATE = "plate"
    ALERT = "alert"


@dataclass(frozen=True)
class LegalHold:
    """One hold.

    Attributes:
        subject: the reference of a person, a plate, the number of an alert.
        review_on: the day by which somebody looks whether it is still needed.
        kept_at: when what it is on was last kept apart; None before the first time.
        rows: how many rows lie apart for it.
        pictures: how many pictures stay for it.
    """

    no: int
    kind: HeldKind
    subject: str
    reason: str
    review_on: date
    held_at: datetime
    held_by: str
    kept_at: datetime | None = None
    released_at: datetime | None = None
    released_by: str | None = None
    why_released: str | None = None
    rows: int = 0
    pictures: int = 0


@dataclass(frozen=True)
class Kept:
    """One table whose rows are kept: those that fit `where`, of `:refs`, `:plate` or `:alert`."""

    table: str
    where: str
