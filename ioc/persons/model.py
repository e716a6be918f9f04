"""Persons: who somebody is by a document of his, and how two of them may be one."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ioc.errors import InvalidInput

FIRST_YEAR, LAST_YEAR = 1890, 2100


class NumberKind(StrEnum):
    """Which document a number is of; each has a shape of its own, but for the QID."""

    CCCD = "cccd"
    CMND = "cmnd"
    PASSPORT = "passport"
    INSURANCE = "insurance"
    QID = "qid"


class Sex(StrEnum):
    """What a document says."""

    MALE = "male"
    FEMALE = "female"


class Likeness(StrEnum):
    """Why two persons may be one, the surest first."""

    SAME_DOCUMENT = "same_document"
    OTHER_DOCUMENT = "other_document"
    NUMBER_TYPO = "number_typo"
    BIRTH_TYPO = "birth_typo"
    SAME_NAME_AND_BIRTH = "same_name_and_birth"


@dataclass(frozen=True)
class Identity:
    """Who somebody says he is; `number` is normalised, `name` is spelled as it was given.

    Of a birth at least the year is known, or nothing; `also` holds other numbers that the same
    document names, `unit` where he lives (the id of a unit). Make one with `rules.identify`.
    """

    number: str = field(repr=False)
    kind: NumberKind
    name: str = field(repr=False)
    born_on: date | None = field(default=None, repr=False)
    birth_year: int | None = field(default=None, repr=False)
    sex: Sex | None = None
    unit: str | None = None
    also: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.born_on is not None:
            object.__setattr__(self, "birth_year", self.born_on.year)
        if self.birth_year is not None and not FIRST_YEAR <= self.birth_year <= LAST_YEAR:
            raise InvalidInput("born_on", f"the year {self.birth_year} cannot be meant")


@dataclass(frozen=True)
class Person:
    """A person as the centre keeps him; `head` stands for all whom a merge made one with him.

    `key` is his name for comparison; `number` is sealed, opened only by who has leave.
    """

    ref: str
    kind: NumberKind
    name: str = field(repr=False)
    key: str = field(repr=False)
    born_on: date | None = field(repr=False)
    birth_year: int | None = field(repr=False)
    sex: Sex | None
    unit: str | None
    head: str
    number: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Alike:
    """Two persons who may be one, `one` < `other`; `share` is how sure that is, from 0 to 1."""

    one: str
    other: str
    why: Likeness
    share: float
