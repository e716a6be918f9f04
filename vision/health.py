"""Whether a camera's pictures can be believed: black, frozen, washed out, covered, blurred, moved.

Each look is compared with what the camera shows when it is well, learnt by day and in the dark, and
kept on the disk, so that a camera turned while nobody watched is found turned. A fault must last; a
camera that was set anew on purpose is learnt anew: `ioc vision learn CAMERA`.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from ioc.camera_health.model import CameraFault
from ioc.errors import InvalidInput
from vision.health_limits import HealthLimits
from vision.looks import Edges, Look, alike, look_at, shift_of, strength
from vision.motion import Grey

logger = logging.getLogger(__name__)

# A reference goes with the seasons: half of it is new after some three hours of good looks.
ADAPTS = 1 / 1500
# The edges of the last minutes without what drove past.
RECENT = 1 / 6
LEAST_STRENGTH = 1e-3
# So alike, two pictures of edges do not lie beside one another: where is not asked, it costs most.
PLAINLY_ALIKE = 0.8
DAY, DARK = "day", "dark"


@dataclass(frozen=True, eq=False)
class Reference:
    """What a camera shows when it is well; the means of `looks` looks."""

    looks: int
    blown: float
    fineness: float
    edges: Edges

    def with_look(self, look: Look, weight: float) -> "Reference":
        """Return the reference with one look more, of a weight from 0 to 1."""
        return Reference(
            self.looks + 1,
            self.blown + weight * (look.blown - self.blown),
            self.fineness + weight * (look.fineness - self.fineness),
            np.asarray(self.edges + np.float32(weight) * (look.edges - self.edges), np.float32),
        )


class Health:
    """The health of one camera, look by look; used by the thread that takes its pictures.

    Attributes:
        fault: what is wrong, None while all is well or nothing can be said.
        since: when that began to be so.
    """

    def __init__(self, limits: HealthLimits, folder: Path | None = None) -> None:
        """Take up what was learnt; `folder` is of this camera alone, None keeps nothing."""
        self._limits = limits
        self._folder = folder
        self._references = {name: _load(folder, name) for name in (DAY, DARK)}
        self._is_kept = any(self._references.values())
        self._last: Look | None = None
        self._recent: dict[str, Reference] = {}
        self._due: datetime | None = None
        self._signs: tuple[CameraFault | None, int, datetime | None] = (None, 0, None)
        self.fault: CameraFault | None = None
        self.since: datetime | None = None

    def is_due(self, at: datetime) -> bool:
        """Tell whether a picture of this time is to be looked at."""
        return self._due is None or at >= self._due

    def see(self, grey: Grey, at: datetime) -> None:
        """Look at a picture, (H, W), uint8, the whole of it."""
        self._due = at + timedelta(seconds=self._limits.every_s)
        look = look_at(grey)
        is_other = self._last is not None and self._last.small.shape != look.small.shape
        if is_other or self._is_to_learn():
            self._forget()
        self._judge(look, at)
        self._last = look

    def _judge(self, look: Look, at: datetime) -> None:
        name = DARK if look.mean < self._limits.dark_below else DAY
        reference = self._references[name]
        recent = self._recent.get(name)
        self._recent = {name: recent.with_look(look, RECENT) if recent else _first(look)}
        sign = self._sign(look, self._recent[name], name)
        same, count, since = self._signs
        self._signs = (sign, count + 1, since) if sign is same else (sign, 1, at)
        if sign is None or self._signs[1] >= self._limits.looks(sign):
            self._tell(sign, self._signs[2])
        if sign is None and self.fault is None:
            self._learn(name, look, reference)

    def _sign(self, look: Look, recent: Reference, name: str) -> CameraFault | None:
        """Return what this look speaks for: the first that explains it."""
        limits, well = self._limits, self._references[name]
        if look.brightest < limits.brightest:
            return CameraFault.BLACK
        if self._last is not None and _change(look, self._last) <= limits.change:
            return CameraFault.FROZEN
        known = well or self._references[DARK if name == DAY else DAY]
        usual = limits.blown if known is None else known.blown
        is_veiled = look.mean > limits.lightest_mean and look.contrast < limits.least_contrast
        if is_veiled or look.blown > usual + limits.blown:
            return CameraFault.WASHED_OUT
        if well is None or well.looks < limits.learn_looks:
            return None
        return self._against(recent, well)

    def _against(self, recent: Reference, well: Reference) -> CameraFault | None:
        """Return what the last minutes show that is not what the camera shows when it is well."""
        limits = self._limits
        left = strength(recent.edges) / max(strength(well.edges), LEAST_STRENGTH)
        likeness = alike(recent.edges, well.edges)
        if left < limits.edges_left and left * likeness < limits.edges_kept:
            return CameraFault.COVERED
        if recent.fineness < limits.fineness * well.fineness:
            return CameraFault.BLURRED
        if likeness < limits.alike:
            return CameraFault.MOVED
        if likeness > PLAINLY_ALIKE:
            return None
        across, shifted = shift_of(recent.edges, well.edges)
        is_shifted = across > limits.shift * recent.edges.shape[1] and shifted > likeness
        return CameraFault.MOVED if is_shifted else None

    def _tell(self, fault: CameraFault | None, since: datetime | None) -> None:
        if fault is not self.fault:
            self.fault, self.since = fault, since
            if fault is not None:
                logger.warning("the pictures are %s since %s", fault.value, since)

    def _learn(self, name: str, look: Look, reference: Reference | None) -> None:
        looks = reference.looks if reference else 0
        weight = 1 / (looks + 1) if looks < self._limits.learn_looks else ADAPTS
        learnt = reference.with_look(look, weight) if reference else _first(look)
        self._references[name] = learnt
        if learnt.looks == self._limits.learn_looks or learnt.looks % 360 == 0:
            self._is_kept = _save(self._folder, name, learnt)

    def _is_to_learn(self) -> bool:
        """Tell whether somebody took away what was kept: see `forget`."""
        if self._folder is None or not self._is_kept:
            return False
        return not any((self._folder / f"{name}.npz").exists() for name in (DAY, DARK))

    def _forget(self) -> None:
        """Begin anew: the camera sends pictures of another size, or was set anew on purpose."""
        self._is_kept = False
        self._tell(None, None)
        self._references = dict.fromkeys((DAY, DARK))
        self._last, self._recent = None, {}


def camera_folder(state: Path, camera: str) -> Path:
    """Return where it is kept how a camera looks when it is well, in the folder of a worker.

    Raises:
        InvalidInput: the camera's id is no name of a folder.
    """
    if not camera or not camera.replace("-", "").replace("_", "").isalnum():
        raise InvalidInput("camera", f"{camera!r} needs letters, digits, - and _")
    return state / "looks" / camera


def _change(look: Look, before: Look) -> int:
    return int(np.abs(look.small.astype(np.int16) - before.small).max())


def _first(look: Look) -> Reference:
    return Reference(1, look.blown, look.fineness, look.edges)


def _load(folder: Path | None, name: str) -> Reference | None:
    if folder is None:
        return None
    try:
        with np.load(folder / f"{name}.npz", allow_pickle=False) as held:
            return Reference(
                int(held["looks"]), float(held["blown"]), float(held["fineness"]), held["edges"]
            )
    except (OSError, ValueError, KeyError, EOFError):
        return None


def forget(folder: Path) -> bool:
    """Take away what was learnt of a camera, for who watches it to learn anew; tell if any was.

    Raises:
        OSError: it cannot be deleted.
    """
    kept = [folder / f"{name}.npz" for name in (DAY, DARK)]
    was_there = any(path.exists() for path in kept)
    for path in kept:
        path.unlink(missing_ok=True)
    return was_there


def _save(folder: Path | None, name: str, reference: Reference) -> bool:
    if folder is None:
        return False
    new = folder / f"{name}.new.npz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(new, **vars(replace(reference)))
        new.replace(folder / f"{name}.npz")
    except OSError as fault:  # a full disk: it is learnt again after the next start
        logger.warning("a reference could not be kept: %s", fault)
        return False
    return True
