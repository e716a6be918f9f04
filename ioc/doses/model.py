"""Doses of vaccine: what was given to whom, what counts, what a person corrected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import InvalidInput, require_id

MOST_NUMBER = 9


class CountedDoses(StrEnum):
    """Which entries of one injection count: the one given first, or each."""

    FIRST = "first"
    ALL = "all"


class NearRepeat(StrEnum):
    """Why an entry is taken for the same injection as another."""

    NEAR = "near"
    NUMBER_AGAIN = "number_again"


class DoseCorrection(StrEnum):
    """What a person says of an entry: an error, another injection after all, or as it was."""

    VOID = "void"
    DISTINCT = "distinct"
    RESTORE = "restore"


@dataclass(frozen=True)
class Dose:
    """One injection as a facility entered it; `id` is the sender's, `person` a reference.

    `number` is its place in the person's series, from 1. `birth_year` and `born_on` are what the
    entry says of the person, `unit` where he lives.
    """

    id: str
    person: str
    product: str
    lot: str
    number: int
    facility: str
    given_at: datetime
    born_on: date | None = field(default=None, repr=False)
    birth_year: int | None = field(default=None, repr=False)
    unit: str | None = None

    def __post_init__(self) -> None:
        require_id(self.id)
        object.__setattr__(self, "given_at", require_aware("given_at", self.given_at))
        if not 1 <= self.number <= MOST_NUMBER:
            raise InvalidInput("number", f"must lie between 1 and {MOST_NUMBER}")


@dataclass(frozen=True)
class HeldDose:
    """A dose as it is kept; `ref` is the centre's own id.

    `near_of` is the ref of the entry that it repeats, `ordinal` its place among the person's doses
    that are injections of their own, from 1; None where it repeats one or is void.
    """

    ref: str
    source: str
    id: str
    person: str
    product: str
    lot: str
    number: int
    facility: str
    given_at: datetime
    known_at: datetime
    age_group: str
    unit: str
    mark: DoseCorrection | None = None
    near_of: str | None = None
    why: NearRepeat | None = None
    is_counted: bool = False
    ordinal: int | None = None
    is_full: bool = False


@dataclass(frozen=True)
class Product:
    """A vaccine; `intervals[k]` are the least days between dose k + 1 and dose k + 2."""

    id: str
    name: str
    also: tuple[str, ...]
    doses: int
    intervals: tuple[timedelta, ...]
    min_age: int
    valid_from: date
    valid_until: date | None
    lot: str
    cvx: str | None
    source: str

    @property
    def most(self) -> int:
        """Return the highest number a dose of it can have."""
        return len(self.intervals) + 1


@dataclass(frozen=True)
class AgeGroup:
    """Ages `start` <= age < `end`, and how many people of the city are of them, if it is known."""

    id: str
    start: int
    end: int
    population: int | None = None


@dataclass(frozen=True)
class VaccineBook:
    """What vaccines.toml says."""

    products: Mapping[str, Product]
    ages: tuple[AgeGroup, ...]
    near: timedelta
    counted: CountedDoses
    grace: timedelta
    closes: timedelta

    def product_of(self, word: str) -> Product | None:
        """Return the product with this id or name, however it is written."""
        return self.names.get(word.strip().casefold())

    names: Mapping[str, Product] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class CoverageCell:
    """How many people of one unit and age group have had a dose, and a full course."""

    unit: str
    age_group: str
    first: int
    full: int
