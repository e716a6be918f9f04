"""The fleet: processes that watch cameras, and which of them watches which camera."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# A worker that was not heard for so long is taken to be gone.
LEASE = timedelta(seconds=6)
# Around a change of hands both workers may tell of a vehicle: so far apart do they overlap, and so
# far may the clocks of two machines differ.
OVERLAP = timedelta(seconds=10)


@dataclass(frozen=True)
class Worker:
    """A process that watches cameras.

    Attributes:
        name: its own in the fleet; one started again under it takes over what it had.
        run: of this process; another under the same name has another.
        node: the machine it runs on.
        weight: its share of the cameras against that of the others, over 0.
        offers: the cameras it can watch: those it was told the addresses of.
        rolls_among: it is to be started anew, once so many workers are there; None: it is not.
        seen_at: its last round, by the clock of the centre.
    """

    name: str
    run: str
    node: str
    offers: frozenset[str]
    weight: float = 1.0
    is_alive: bool = True
    is_leaving: bool = False
    rolls_among: int | None = None
    started_at: datetime | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True)
class Lease:
    """A camera in a worker's hands; `number` grows with each change of hands.

    `heir` is the worker that is to have it next, `is_heir_ready` that it sees the camera already.
    """

    number: int
    camera: str
    worker: str
    run: str
    since: datetime
    until: datetime | None = None
    heir: str | None = None
    is_heir_ready: bool = False


@dataclass(frozen=True)
class Span:
    """When a camera was in one worker's hands: `until` the next had it; None: nobody yet."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Orders:
    """What a worker is to do until its next round.

    Attributes:
        owned: the cameras in its hands, each with the number of its lease.
        warming: cameras it is to look at without telling, until they are given to it.
        giving: cameras of its own that another is ready to take.
        is_leaving: it is to give away what it has, and end.
        is_awaited: another is about to take something of what it has.
    """

    owned: Mapping[str, int]
    warming: frozenset[str]
    giving: frozenset[str]
    is_leaving: bool = False
    is_awaited: bool = False


class Standing(StrEnum):
    """What a read is worth whose camera is in a worker's hands."""

    GOOD = "good"
    OVERLAPS = "overlaps"
    STALE = "stale"


@dataclass(frozen=True)
class Watching:
    """How a camera is watched, as the fleet's board shows it.

    Attributes:
        unwatched_s: seconds of the last day in which no worker had it, between two that did.
        hands: how often it changed hands in the last day.
    """

    camera: str
    worker: str
    node: str
    number: int
    since: datetime
    is_alive: bool
    heir: str | None
    unwatched_s: float
    hands: int


@dataclass(frozen=True)
class Board:
    """Who is there, and who watches what."""

    workers: tuple[Worker, ...]
    cameras: tuple[Watching, ...]
