"""One plate followed through the pictures of one camera."""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ioc.vehicles.plate import distance
from vision.box import Box
from vision.frames import Frame
from vision.fusion import Region, Witness, fuse, strength
from vision.passing import PlateText, VehiclePass
from vision.reader import Reading

# The best looks decide; more of them add nothing but time.
KEPT_LOOKS = 14
KEPT_FRAMES = 3
PLATE_LIKE = 0.5
# A camera writes its own text into the topmost or lowest part of the picture.
CAPTION_BAND = 0.09


@dataclass(frozen=True, eq=False)
class Look:
    """One plate in one frame; `reading` is None where a track known already was only followed."""

    frame: Frame
    box: Box
    reading: Reading | None
    weight: float = 0.0

    @property
    def text(self) -> str:
        """What was read, empty when nothing was."""
        return self.reading.text if self.reading else ""

    @property
    def is_unsure(self) -> bool:
        """Tell whether the text is too weak to speak against anything."""
        return self.reading is None or self.reading.confidence < 0.5

    @property
    def is_sure(self) -> bool:
        """Tell whether the text is strong enough to speak against being another's."""
        return self.reading is not None and self.reading.confidence >= 0.9


@dataclass(eq=False)
class Track:
    """The looks at one vehicle's plate, and what was told of it.

    Attributes:
        missed: pictures looked at since it was last seen.
        heading: movement of the plate's middle, pixels a second, smoothed.
        told: the text that was told for sure, if one was.
        offered: the text told last, sure or not, and how many looks had been taken then.
        strayed: farthest distance from where it was first seen, in pixels.
        read_at: when it was last read, not only followed.
    """

    first: Look
    looks: list[Look] = field(default_factory=list)
    last: Look = field(init=False)
    count: int = 0
    missed: int = 0
    heading: tuple[float, float] = (0.0, 0.0)
    told: str | None = None
    offered: tuple[str | None, int] = (None, 0)
    strayed: float = 0.0
    read_at: datetime = field(init=False)
    _rest: tuple[datetime, float, float] = field(init=False)
    _texts: deque[tuple[datetime, str, float]] = field(default_factory=lambda: deque(maxlen=64))

    def __post_init__(self) -> None:
        self.last = self.first
        self.read_at = self.first.frame.at
        self._rest = (self.first.frame.at, *middle(self.first.box))
        self._keep(self.first)

    @property
    def last_at(self) -> datetime:
        """When the plate was last seen."""
        return self.last.frame.at

    @property
    def has_moved(self) -> bool:
        """Tell whether the plate went farther than the trembling of a box explains."""
        return self.strayed > self._trembling

    @property
    def is_caption(self) -> bool:
        """Tell whether this is text burnt into the picture: at its rim, and it never moves."""
        box, height = self.last.box, self.last.frame.image.shape[0]
        band = CAPTION_BAND * height
        at_rim = box.y + box.h <= band or box.y >= height - band
        return at_rim and not self.has_moved

    @property
    def rested(self) -> timedelta:
        """For how long the plate has kept its place."""
        return self.last_at - self._rest[0]

    def add(self, look: Look) -> None:
        """Take the next look at the same plate."""
        at, (x, y) = look.frame.at, middle(look.box)
        dt = (at - self.last_at).total_seconds()
        if dt > 0:
            x0, y0 = middle(self.last.box)
            old = 0.4 if self.count > 1 else 0.0
            self.heading = (
                old * self.heading[0] + (1 - old) * (x - x0) / dt,
                old * self.heading[1] + (1 - old) * (y - y0) / dt,
            )
        if math.hypot(x - self._rest[1], y - self._rest[2]) > self._trembling:
            self._rest = (at, x, y)
        fx, fy = middle(self.first.box)
        self.strayed = max(self.strayed, math.hypot(x - fx, y - fy))
        self.missed = 0
        self.last = look
        self._keep(look)

    def expected(self, at: datetime) -> tuple[float, float]:
        """Return where the middle of the plate should be at `at`."""
        dt = (at - self.last_at).total_seconds()
        x, y = middle(self.last.box)
        return x + self.heading[0] * dt, y + self.heading[1] * dt

    def expected_inside(self, at: datetime) -> tuple[float, float]:
        """Return the point of the picture next to where the middle of the plate should be."""
        (x, y), (height, width) = self.expected(at), self.last.frame.image.shape[:2]
        return min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))

    def expected_box(self, at: datetime) -> Box:
        """Return the box around where the plate was last seen and where it should be at `at`."""
        (x, y), box = self.expected(at), self.last.box
        return box.joined(Box(x - box.w / 2, y - box.h / 2, box.w, box.h))

    def is_leaving(self, within: timedelta) -> bool:
        """Tell whether the plate, going on as it does, will be cut off by the rim `within`."""
        if self.count < 2 or not self.has_moved:
            return False
        x, y = self.expected(self.last_at + within)
        box, (height, width) = self.last.box, self.last.frame.image.shape[:2]
        across = x - box.w / 2 < 0 or x + box.w / 2 > width
        return across or y - box.h / 2 < 0 or y + box.h / 2 > height

    def likeness(self, text: str) -> float:
        """Return how alike `text` is to what was read last or best, 0 to 1."""
        known = {look.text for look in (self.last, *self.looks[:2])} - {""}
        if self.told:
            known.add(self.told)
        if not text or not known:
            return 0.0
        return max(1 - distance(text, k) / max(len(text), len(k)) for k in known)

    def fused(self, region: Region) -> PlateText | None:
        """Return the text of all looks together, None while there is none or it is no plate."""
        heard = [Witness(look.reading, look.weight) for look in self.looks if look.reading]
        total = sum(strength(w) for w in heard)
        if total <= 0:
            return None
        plate_like = sum(w.reading.is_plate * strength(w) for w in heard) / total
        if plate_like < PLATE_LIKE:
            return None
        plate = fuse(heard, region)
        # lettering that may be no plate cannot be surer than that
        return plate and replace(plate, confidence=min(plate.confidence, round(plate_like, 4)))

    def note(self, text: str) -> None:
        """Remember what the looks say together as of the last one."""
        self._texts.append((self.last_at, text, self.last.box.w))

    def settled(self) -> tuple[timedelta, int, float]:
        """Return for how long and how many looks the text has stood, and how the plate grew."""
        run = list(self._run())
        if not run:
            return timedelta(0), 0, 1.0
        since, _, width = run[-1]
        return self.last_at - since, len(run), self.last.box.w / max(width, 1.0)

    def _run(self) -> Iterator[tuple[datetime, str, float]]:
        for noted in reversed(self._texts):
            if noted[1] != self._texts[-1][1]:
                return
            yield noted

    def passed(self, plate: PlateText) -> VehiclePass:
        """Return the pass of this vehicle, with the picture that shows these characters best."""
        shown = [look for look in self.looks[:KEPT_FRAMES] if look.text == plate.text]
        best = (shown or self.looks)[0]
        first_at, last_at = self.first.frame.at, self.last_at
        return VehiclePass(
            plate, best.box, best.frame, first_at, last_at, self.count, self.first.box
        )

    @property
    def _trembling(self) -> float:
        """Pixels by which the box of a plate at rest moves from look to look."""
        return max(4.0, 0.5 * self.first.box.h)

    def _keep(self, look: Look) -> None:
        if look.reading is None:
            return
        self.count += 1
        self.read_at = look.frame.at
        self.looks.append(look)
        self.looks.sort(key=_worth, reverse=True)
        del self.looks[KEPT_LOOKS:]
        for i, kept in enumerate(self.looks[KEPT_FRAMES:], KEPT_FRAMES):
            self.looks[i] = _without_picture(kept)


def middle(box: Box) -> tuple[float, float]:
    """Return the middle of a box, in pixels."""
    return box.x + box.w / 2, box.y + box.h / 2


def overlap(one: Box, other: Box) -> float:
    """Return the common area of two boxes as a share of their union, 0 to 1."""
    wide = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    high = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    if wide <= 0 or high <= 0:
        return 0.0
    common = float(wide * high)
    return common / (one.w * one.h + other.w * other.h - common)


def _worth(look: Look) -> float:
    return look.weight * (look.reading.confidence if look.reading else 0.0)


def _without_picture(look: Look) -> Look:
    # fourteen pictures of 1080 lines a vehicle would be 87 MB; a strip of one pixel stands in
    image = look.frame.image
    if image.shape[0] == 1:
        return look
    empty = Frame(image[:1, :1].copy(), look.frame.at, look.frame.index)
    return Look(empty, look.box, look.reading, look.weight)
