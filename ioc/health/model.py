"""What doses and tests say of a person, and the colour it makes. Never a vehicle's permit class."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum


class PersonColour(StrEnum):
    """The colour of a person; a person no rule fits has none."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class Standing:
    """What is held of one person, as of the newest fact; None: nothing of that kind.

    `doses` are those that count, `full_at` is when the course became complete; a negative result
    holds until `negative_until`.
    """

    person: str
    doses: int = 0
    last_dose_at: datetime | None = None
    full_at: datetime | None = None
    positive_at: datetime | None = None
    recovered_at: datetime | None = None
    negative_until: datetime | None = None


@dataclass(frozen=True)
class ColourRule:
    """One line of the colour table; a condition that is None is met.

    `texts` are by language; in force on valid_from <= day < valid_until.
    """

    id: str
    colour: PersonColour
    valid_from: date
    valid_until: date | None = None
    positive_within: timedelta | None = None
    recovered_within: timedelta | None = None
    is_negative: bool = False
    doses: int | None = None
    is_full: bool = False
    since: timedelta | None = None
    until: timedelta | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    basis: str = ""

    def holds_on(self, day: date) -> bool:
        """Tell whether the rule is in force on a day of the city."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)
