"""What was told lately on one camera, so that no vehicle is told twice.

A doubtful read waits five seconds before it is told: it goes to the review queue, where nobody
is in a hurry, and often the same plate comes nearer meanwhile and is read for sure.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ioc.vehicles.plate import distance
from vision.box import Box
from vision.passing import VehiclePass
from vision.track import middle, overlap

SURE = 0.95
DOUBT_WAITS = timedelta(seconds=5)
# The same text within this time on the same camera is the same vehicle.
DWELL = timedelta(seconds=10)
NEAR_DWELL = timedelta(seconds=4)
PARKED = timedelta(minutes=10)
SHORTEST_PART = 4
# In plate widths; a vehicle hidden for a second goes as far.
FARTHEST = 8.0


@dataclass(eq=False)
class Told:
    """A vehicle as it was told; `seen_at` and `box` follow it while its track lives."""

    text: str
    confidence: float
    box: Box
    seen_at: datetime
    is_parked: bool = False


class Memory:
    """The vehicles of the last seconds, and those that stand there for minutes."""

    def __init__(self) -> None:
        self._told: list[Told] = []
        self._waiting: list[VehiclePass] = []

    def admit(self, seen: VehiclePass) -> list[VehiclePass]:
        """Return `seen` when it is to be told now: it is sure, and was not told before."""
        before = next(self._same_vehicle(seen), None)
        if before is not None:
            before.seen_at = max(before.seen_at, seen.last_at)
            return []
        if seen.plate.confidence < SURE:
            self._wait(seen)
            return []
        self._waiting = [w for w in self._waiting if not _is_one(w, seen)]
        return [self._tell(seen)]

    def due(self, at: datetime) -> list[VehiclePass]:
        """Return the doubtful reads that nothing better came for until `at`."""
        due = [w for w in self._waiting if at - w.last_at >= DOUBT_WAITS]
        self._waiting = [w for w in self._waiting if at - w.last_at < DOUBT_WAITS]
        self._told = [t for t in self._told if at - t.seen_at < (PARKED if t.is_parked else DWELL)]
        return [self._tell(seen) for seen in due]

    def flush(self) -> list[VehiclePass]:
        """Return all that still waits; nothing comes after."""
        waiting, self._waiting = self._waiting, []
        return [self._tell(seen) for seen in waiting]

    def follow(self, text: str, box: Box, at: datetime, *, parked: bool) -> None:
        """Note that the vehicle told as `text` is at `box` now; `parked` when it rests there."""
        for told in self._told:
            if told.text == text:
                told.seen_at, told.box = max(told.seen_at, at), box
                told.is_parked = parked

    def _tell(self, seen: VehiclePass) -> VehiclePass:
        # whoever stood here has made room
        self._told = [t for t in self._told if not (t.is_parked and overlap(t.box, seen.box) > 0.5)]
        told = Told(seen.plate.text, seen.plate.confidence, seen.box, seen.last_at)
        self._told.append(told)
        return seen

    def _wait(self, seen: VehiclePass) -> None:
        rivals = [w for w in self._waiting if _is_one(w, seen)]
        if all(w.plate.confidence < seen.plate.confidence for w in rivals):
            self._waiting = [w for w in self._waiting if w not in rivals]
            self._waiting.append(seen)

    def _same_vehicle(self, seen: VehiclePass) -> Iterator[Told]:
        text, confidence = seen.plate.text, seen.plate.confidence
        for told in self._told:
            since = seen.first_at - told.seen_at
            if told.is_parked and overlap(told.box, seen.box) > 0.3:
                if _is_near(told.text, text):
                    yield told
                continue
            # two sure texts that differ are two vehicles, however alike; and what was told in
            # doubt is told again once it is sure, for the doubtful one reached nobody but review
            if told.confidence < SURE <= confidence:
                continue
            doubtful = min(told.confidence, confidence) < SURE and since < NEAR_DWELL
            near = doubtful and _is_near(told.text, text) and _continues(told.box, seen.start)
            if near or (told.text == text and since < DWELL):
                yield told


def _is_one(waiting: VehiclePass, seen: VehiclePass) -> bool:
    apart = max(seen.first_at - waiting.last_at, waiting.first_at - seen.last_at)
    return apart < NEAR_DWELL and _is_near(waiting.plate.text, seen.plate.text)


def _continues(last: Box, first: Box) -> bool:
    """Tell whether a plate last seen at one box may have come to another, and as large."""
    (x0, y0), (x1, y1) = middle(last), middle(first)
    alike = 0.45 < first.w / max(last.w, 1.0) < 2.2
    return alike and math.hypot(x1 - x0, y1 - y0) < FARTHEST * max(last.w, first.w)


def _is_near(one: str, other: str) -> bool:
    """Tell whether two texts of one place and moment are the same plate, read twice."""
    shorter = min(len(one), len(other))
    part = shorter >= SHORTEST_PART and (one in other or other in one)
    return part or distance(one, other) <= (2 if shorter >= 7 else 1)
