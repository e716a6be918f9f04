"""Two persons who may be one, side by side, and what was decided of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ioc.persons.model import Likeness


class PairState(StrEnum):
    """What was decided of two persons who may be one."""

    OPEN = "open"
    MERGED = "merged"
    APART = "apart"


class PairStep(StrEnum):
    """What is decided of two persons who may be one."""

    MERGE = "merge"
    APART = "apart"
    UNDO = "undo"


@dataclass(frozen=True)
class Pair:
    """Two persons who may be one, and what was decided of them; `facts` counts what speaks of each.

    `kept` is who stands for both once they are merged.
    """

    ref: str
    one: str
    other: str
    why: Likeness
    share: float
    found_at: datetime
    state: PairState = PairState.OPEN
    kept: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class PairDone:
    """One decision of a pair: which step led it to which state, when, by whom and why."""

    step: PairStep
    state: PairState
    at: datetime
    actor: str
    note: str


@dataclass(frozen=True)
class Side:
    """One of two persons side by side, masked or open, and how many facts speak of him."""

    ref: str
    kind: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    born: str | None = field(repr=False)
    sex: str | None
    unit: str | None
    otherwise: tuple[str, ...]
    facts: Mapping[str, int]
