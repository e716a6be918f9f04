"""Cameras that lie: what is wrong with one, since when, and who was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class CameraFault(StrEnum):
    """What can be wrong with a camera, the first that is true in this order.

    The pictures say the first eight, its reads and the answers about them the others.
    """

    LOST = "lost"
    BLACK = "black"
    FROZEN = "frozen"
    WASHED_OUT = "washed_out"
    COVERED = "covered"
    BLURRED = "blurred"
    MOVED = "moved"
    FEW_READS = "few_reads"
    UNSURE = "unsure"
    CLOCK = "clock"
    MISREAD = "misread"


# What a look at the pictures can tell; the worker that takes them says it with its heartbeat.
SEEN = (
    CameraFault.BLACK,
    CameraFault.FROZEN,
    CameraFault.WASHED_OUT,
    CameraFault.COVERED,
    CameraFault.BLURRED,
    CameraFault.MOVED,
)


@dataclass(frozen=True)
class FaultSpell:
    """One fault of one camera from when it was seen until it was over; `until` None: it is on."""

    camera: str
    fault: CameraFault
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Liar:
    """A camera that lied on a day: for how long by fault, the longest first; `is_on`: it does yet.

    Two faults at a time count each.
    """

    camera: str
    faults: Mapping[CameraFault, timedelta]
    is_on: bool

    @property
    def longest(self) -> timedelta:
        """Return for how long its longest fault was on."""
        return max(self.faults.values())
