"""The clock of a box that was cut off: what it showed, and what the time really was.

A box without a battery for its clock starts where it was switched off, and knows the time again
only with the line. Until then each read says how long the machine had run when the vehicle was
seen; the first answer of the centre tells when the machine was started, and with it when that was.
Once told for a start of the machine it stands: a read that is sent twice says the same twice.
"""

import json
import logging
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from ioc.clock import Now, utc_now

logger = logging.getLogger(__name__)

FILE = "clock.json"
# The centre tells whole seconds, and an answer is under way for some tenths.
TOLERANCE_S = 2.0
MOST_STARTS = 16
CLOCK = "clock"
BOOT = Path("/proc/sys/kernel/random/boot_id")


def up_s() -> float:
    """Return for how long this machine has run, in seconds, its sleep among them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def start_id() -> str:
    """Return what names this start of the machine."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return f"process-{os.getpid()}-{time.monotonic_ns()}"


class BoxClock:
    """What one process knows of its own clock.

    Attributes:
        ahead_s: by how much this machine's clock goes ahead of the centre's; None: never heard.
    """

    def __init__(self, folder: Path, now: Now = utc_now, start: str | None = None) -> None:
        """Remember where starts of the machine are kept: a folder of this process alone."""
        self._path = folder / FILE
        self._now = now
        self._start = start_id() if start is None else start
        self._starts = _read(self._path)
        self.ahead_s: float | None = None

    def stamp(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return a read as it is kept: put right where the time is known, marked where not."""
        seen_at = datetime.fromisoformat(item["seen_at"])
        if self.ahead_s is not None:
            return {**item, "seen_at": self._right(seen_at, self.ahead_s).isoformat()}
        ago = (self._now() - seen_at).total_seconds()
        return {**item, CLOCK: {"start": self._start, "up_s": up_s() - ago}}

    def heard(self, date: str | None, asked_up_s: float) -> None:
        """Take the time from an answer of the centre; `asked_up_s` is when it was asked.

        Args:
            date: the header of that name; without one, or with nonsense, nothing is learnt.
            asked_up_s: `up_s` before the request went out.
        """
        there = _parsed(date)
        if there is None:
            return
        now_up = up_s()
        # A told second has begun half a second ago, in the middle; the answer left half way.
        there += timedelta(seconds=0.5 + (now_up - asked_up_s) / 2)
        ahead = (self._now() - there).total_seconds()
        if self.ahead_s is None and abs(ahead) > TOLERANCE_S:
            logger.warning("the clock of this machine goes %+.0f s ahead of the centre's", ahead)
        self.ahead_s = ahead
        if self._start not in self._starts:
            started_at = there - timedelta(seconds=now_up)
            kept = [*self._starts.items(), (self._start, started_at)][-MOST_STARTS:]
            self._starts = dict(kept)
            _write(self._path, self._starts)

    def repaired(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return a read as it is sent, by the start of the machine it was kept in.

        A read of a start during which nobody ever told the time goes as it was stamped.
        """
        told = dict(item)
        mark = told.pop(CLOCK, None)
        if not isinstance(mark, Mapping):
            return told
        started_at = self._starts.get(str(mark.get("start")))
        try:
            seen_at = datetime.fromisoformat(told["seen_at"])
            up = timedelta(seconds=float(mark["up_s"]))
        except (KeyError, TypeError, ValueError):
            return told
        if started_at is not None:
            ahead = (seen_at - (started_at + up)).total_seconds()
            told["seen_at"] = self._right(seen_at, ahead).isoformat()
        return told

    def _right(self, seen_at: datetime, ahead_s: float) -> datetime:
        is_wrong = abs(ahead_s) > TOLERANCE_S
        return seen_at - timedelta(seconds=ahead_s) if is_wrong else seen_at


def _parsed(date: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(date).astimezone(UTC) if date else None
    except (TypeError, ValueError):
        return None


def _read(path: Path) -> dict[str, datetime]:
    try:
        told = json.loads(path.read_bytes())
        return {str(name): datetime.fromisoformat(at) for name, at in told.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(path: Path, starts: Mapping[str, datetime]) -> None:
    new = path.with_suffix(".new")
    try:
        with new.open("w") as file:
            json.dump({name: at.isoformat() for name, at in starts.items()}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as fault:  # a full disk: this process knows it all the same
        logger.warning("the start of this machine could not be kept: %s", fault)
