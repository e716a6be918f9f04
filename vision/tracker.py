"""One read a passing vehicle: plates followed from picture to picture, told once.

A vehicle is told when it has left or is sure and about to, when its text has stood unchanged for
most of a second, or when the picture has come to rest. `vision.memory` keeps a track broken by a
lorry or a blur from being a second vehicle.
"""

import logging
import math
from collections.abc import Container, Sequence
from datetime import datetime, timedelta

from vision.box import Box
from vision.fusion import Region
from vision.memory import SURE, Memory
from vision.passing import PlateText, VehiclePass
from vision.track import Look, Track, middle, overlap

logger = logging.getLogger(__name__)

GONE_AFTER = timedelta(seconds=0.55)
GONE_LOOKS = 2
SHORT_GAP = timedelta(seconds=0.25)
FORGET_AFTER = timedelta(seconds=2)
SETTLED_FOR = timedelta(seconds=0.7)
SETTLED_LOOKS = 4
SETTLED_SURE = 0.97
GROWING = 1.1
# Looks are so far apart at most while a plate is followed: what leaves within is not seen whole
# again.
NEXT_LOOK = timedelta(seconds=0.25)
COMES_SLOWLY = timedelta(seconds=3)
LEAST = 0.3
LEAST_SINGLE = 0.7
SHORTEST = 4
PARKS_AFTER = timedelta(seconds=2)
# A vehicle that stands far off in a queue will come nearer and be read for sure.
WAITS_LONG = timedelta(seconds=20)
READ_AGAIN = timedelta(seconds=1)


class Tracker:
    """Follows the plates of one camera; frames must come in the order of their time."""

    def __init__(self, region: Region) -> None:
        """Begin with an empty road; `region` says whether the Vietnamese grammar counts."""
        self._region = region
        self._tracks: list[Track] = []
        self._memory = Memory()

    @property
    def is_following(self) -> bool:
        """Tell whether there is a plate that more looks would tell better."""
        return any(track.told is None for track in self._tracks)

    def wants_reading(self, box: Box, at: datetime) -> bool:
        """Tell whether the plate at `box` must be read; one just told and at rest need not."""
        return not any(
            track.told is not None
            and at - track.read_at < READ_AGAIN
            and overlap(track.last.box, box) > 0.6
            for track in self._tracks
        )

    def followed(self, at: datetime) -> list[Box]:
        """Return where the plates that are not told yet should be at `at`, for a look there."""
        return [track.expected_box(at) for track in self._tracks if track.told is None]

    def update(
        self, at: datetime, looks: Sequence[Look], view: Box | None = None
    ) -> list[VehiclePass]:
        """Take what was seen in the frame at `at`; return the vehicles that can be told now.

        `view` is the part of the frame that was looked at; None: all of it.
        """
        matched = self._match(at, looks)
        for track in self._tracks:
            if track in matched:
                track.add(matched[track])
            elif view is None or view.holds(*track.expected_inside(at)):
                track.missed += 1
        met = {id(look) for look in matched.values()}
        new = [Track(look) for look in looks if id(look) not in met and look.reading is not None]
        self._tracks += new
        passes = self._tell(at, {*matched, *new})
        self._clear_away(at)
        return passes + self._memory.due(at)

    def unchanged(self, at: datetime) -> list[VehiclePass]:
        """Return the vehicles that can be told now that nothing has moved since the last frame."""
        passes = []
        for track in self._tracks:
            rested = track.count > 1 and at - track.last_at >= SETTLED_FOR
            if track.told is None and rested and self._is_final(track):
                passes += self._told(track)
        return passes + self._memory.due(at)

    def finish(self) -> list[VehiclePass]:
        """Return the vehicles not told yet; no frame comes after."""
        passes = [p for t in self._tracks if t.told is None for p in self._told(t)]
        self._tracks.clear()
        return passes + self._memory.flush()

    def hand_over(self) -> list[VehiclePass]:
        """Return the vehicles that left and were not told; those in view are told by another."""
        gone = [track for track in self._tracks if track.told is None and track.missed > 0]
        passes = [p for track in gone for p in self._told(track)]
        self._tracks.clear()
        return passes + self._memory.flush()

    def _match(self, at: datetime, looks: Sequence[Look]) -> dict[Track, Look]:
        """Pair tracks and looks, the best pairs first."""
        pairs = [
            (score, t, i)
            for t, track in enumerate(self._tracks)
            for i, look in enumerate(looks)
            if (score := _affinity(track, look, at)) > 0
        ]
        matched: dict[Track, Look] = {}
        used: set[int] = set()
        for _, t, i in sorted(pairs, reverse=True):
            if self._tracks[t] not in matched and i not in used:
                matched[self._tracks[t]] = looks[i]
                used.add(i)
        return matched

    def _tell(self, at: datetime, seen: Container[Track]) -> list[VehiclePass]:
        passes: list[VehiclePass] = []
        for track in self._tracks:
            if track.offered[0] is not None:
                parked = track.rested >= PARKS_AFTER
                self._memory.follow(track.offered[0], track.last.box, track.last_at, parked=parked)
            if track.told is None and (
                (track in seen and self._is_ripe(track)) or _is_gone(track, at)
            ):
                passes += self._told(track)
        return passes

    def _is_ripe(self, track: Track) -> bool:
        """Tell whether a plate in view is sure and no better picture of it can come."""
        plate = track.fused(self._region)
        if plate is None:
            return False
        track.note(plate.text)
        if plate.confidence < SETTLED_SURE:
            return False
        if track.is_leaving(NEXT_LOOK):
            return True
        stood, looks, growth = track.settled()
        if stood < SETTLED_FOR or looks < SETTLED_LOOKS:
            return False
        # while the plate comes nearer, a better picture of it is on its way
        return growth < GROWING or stood >= COMES_SLOWLY

    def _is_final(self, track: Track) -> bool:
        """Tell whether a vehicle that stands need not be waited for: sure, or parked."""
        plate = track.fused(self._region)
        sure = plate is not None and plate.confidence >= SETTLED_SURE
        return sure or track.rested >= WAITS_LONG

    def _told(self, track: Track) -> list[VehiclePass]:
        """Return the pass of `track` unless it is too weak, a caption, or was told before.

        A track that was told in doubt is told again when more looks have made it sure.
        """
        if track.offered[1] == track.count:
            return []
        plate = track.fused(self._region)
        if plate is None or track.is_caption or not _is_enough(track, plate):
            logger.debug("not told after %d looks: %s", track.count, plate)
            return []
        track.offered = (plate.text, track.count)
        track.told = plate.text if plate.confidence >= SURE else None
        return self._memory.admit(track.passed(plate))

    def _clear_away(self, at: datetime) -> None:
        # a told track stays a while to catch its vehicle's return from behind a lorry
        self._tracks = [
            track
            for track in self._tracks
            if at - track.last_at < (FORGET_AFTER if track.offered[0] else GONE_AFTER)
            or not _is_gone(track, at)
        ]


def _affinity(track: Track, look: Look, at: datetime) -> float:
    """Return how well `look` continues `track`; 0 when it cannot."""
    box, last = look.box, track.last.box
    if not 0.45 < box.w / max(last.w, 1) < 2.2:
        return 0.0
    common = overlap(last, box)
    if look.reading is None:
        return common if common > 0.5 else 0.0
    expected, (x, y) = track.expected(at), middle(box)
    # a two-line plate counts as wide as its characters would stand in one line
    size = max(box.w, last.w, 2 * min(box.h, last.h))
    away = math.hypot(x - expected[0], y - expected[1]) / size
    alike = track.likeness(look.text)
    if track.told and at - track.last_at > GONE_AFTER and alike < 1 and look.is_sure:
        return 0.0  # the next vehicle, with a plate much like the one before
    if _continues(common, away, alike, unsure=look.is_unsure or track.last.is_unsure):
        return alike + common + 0.5 / (1 + away)
    return 0.0


def _continues(common: float, away: float, alike: float, *, unsure: bool) -> bool:
    """Tell whether place (`away` in plate widths) and text (`alike` 0 to 1) are of one vehicle."""
    if unsure and (common > 0.3 or away < 1.0):
        return True
    limits = ((0.35, 0.6), (0.5, 2.5), (0.75, 8.0))
    return any(alike >= least and away < most for least, most in limits)


def _is_gone(track: Track, at: datetime) -> bool:
    absent = at - track.last_at
    short = track.missed >= GONE_LOOKS and absent >= SHORT_GAP
    return track.missed > 0 and (short or absent >= GONE_AFTER)


def _is_enough(track: Track, plate: PlateText) -> bool:
    least = LEAST_SINGLE if track.count == 1 else LEAST
    return len(plate.text) >= SHORTEST and plate.confidence >= least
