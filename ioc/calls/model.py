"""Calls of the hotlines: which line and branch, which way, about what; never who rang."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import require_id
from ioc.reports.model import Placed


class CallDirection(StrEnum):
    """Whether the city was rung or rang; the two are never mixed into one number unsaid."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True)
class HotlineBranch:
    """What a caller chooses by a digit, and which service a ticket of it opens."""

    line: str
    id: str
    vi: str
    en: str
    service: str | None = None


@dataclass(frozen=True)
class HotlineTopic:
    """What a call is about, and which service a ticket of it opens."""

    id: str
    vi: str
    en: str
    service: str | None = None


@dataclass(frozen=True)
class Hotline:
    """A number of the city that people ring, by its digits."""

    id: str
    vi: str
    en: str


@dataclass(frozen=True)
class Hotlines:
    """The hotlines of a city; branches by (line, digit)."""

    lines: Mapping[str, Hotline]
    branches: Mapping[tuple[str, str], HotlineBranch]
    topics: Mapping[str, HotlineTopic]

    def service_of(self, line: str, branch: str | None, topic: str) -> str | None:
        """Return which service a ticket opens as: the topic's, else the branch's."""
        about, chosen = self.topics.get(topic), self.branches.get((line, branch or ""))
        if about is not None and about.service is not None:
            return about.service
        return None if chosen is None else chosen.service


@dataclass(frozen=True)
class Call:
    """One call; `ticket` is the ref of a report it is about, `opens` one that it opens."""

    id: str
    line: str
    branch: str | None
    direction: CallDirection
    at: datetime
    topic: str
    ticket: str | None = None
    opens: Placed | None = None

    def __post_init__(self) -> None:
        require_id(self.id)
        object.__setattr__(self, "at", require_aware("at", self.at))


@dataclass(frozen=True)
class Rung:
    """How often a line was rung, or rang, on a branch in a span."""

    line: str
    branch: str | None
    direction: CallDirection
    n: int
