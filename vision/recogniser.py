"""Picture in, plates out; frames in, one read a passing vehicle out."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import cv2
import numpy as np

from ioc.vehicles.model import Layout
from ioc.vehicles.plate import is_valid
from vision.box import Box
from vision.detector import Detection, Detector
from vision.frames import Frame, Image
from vision.fusion import Region, weigh_single
from vision.passing import PlateFound, VehiclePass, cut
from vision.reader import Reader, Reading
from vision.straighten import StraightReader
from vision.track import PLATE_LIKE, Look
from vision.tracker import Tracker

# Characters of 20 pixels are as good as larger ones; of 6 nobody reads them.
FULL_HEIGHT = 20.0
CUT_OFF = 0.15
# Below, a text is a guess. Where there are but guesses, or none, more is searched for, and so sure
# must the whole reading of that be.
HARDLY = 0.05
LIKE_A_PLATE = 0.5
RIM = 2
# What stands still, or moves too little to be noticed, is seen so often all the same.
WHOLE_EVERY = timedelta(seconds=2)
# Around what moved, of the picture's height: it has moved on since, and its plate may hang below.
MARGIN = 0.06


class Recogniser:
    """Detector, reader and tracker in a row, for one camera at a time.

    Detector and reader may be shared by the recognisers of several cameras in one thread.
    """

    def __init__(self, detector: Detector, reader: Reader, region: Region) -> None:
        """Begin with an empty road; `region` says whether the Vietnamese grammar counts."""
        self._detector = detector
        self._reader = StraightReader(reader)
        self._region = region
        self._tracker = Tracker(region)
        self._whole_at: datetime | None = None

    @property
    def is_following(self) -> bool:
        """Tell whether a plate is in view that more looks would tell better."""
        return self._tracker.is_following

    def read_picture(self, image: Image) -> list[PlateFound]:
        """Return the plates of one still, the largest first; `image` is (H, W, 3), uint8, BGR.

        A picture in which no plate is found, or none that can be read, is searched once more,
        harder; what that finds must read like a plate.
        """
        boxes = [d.box for d in self._detector.find(image)]
        found = [plate for box in boxes if (plate := self.read_plate(image, box)) is not None]
        if all(one.plate.confidence < HARDLY for one in found):
            found += self._searched(image)
        return sorted(found, key=lambda f: f.box.w * f.box.h, reverse=True)

    def _searched(self, image: Image) -> Iterator[PlateFound]:
        for box in (d.box for d in self._detector.search(image)):
            reading = self._reader.read_still(image, box)
            plate = weigh_single(reading, self._region)
            fits = self._region is Region.ANY or is_valid(reading.text)
            if plate and fits and reading.confidence >= LIKE_A_PLATE:
                yield PlateFound(plate, box)

    def read_plate(self, image: Image, box: Box) -> PlateFound | None:
        """Return what stands at `box` of `image` (H, W, 3), BGR; None when it is no plate."""
        reading = self._reader.read_still(image, box)
        plate = weigh_single(reading, self._region)
        if plate is None or reading.is_plate < PLATE_LIKE:
            return None
        return PlateFound(plate, box)

    def __call__(self, frame: Frame) -> list[VehiclePass]:
        """Look at the next frame of the camera; return the vehicles that can be told now."""
        found, view = self._found(frame)
        looks = [self._look(frame, one.box) for one in found]
        return self._tracker.update(frame.at, looks, view)

    def unchanged(self, at: datetime) -> list[VehiclePass]:
        """Return the vehicles that can be told at `at`, nothing having moved since the last."""
        return self._tracker.unchanged(at)

    def finish(self) -> list[VehiclePass]:
        """Return what was not told yet; no frame comes after."""
        return self._tracker.finish()

    def hand_over(self) -> list[VehiclePass]:
        """Return what only this one can tell; what is in view is left to who looks from now on."""
        return self._tracker.hand_over()

    def _found(self, frame: Frame) -> tuple[list[Detection], Box]:
        """Return the plates near what moved or is followed; at times those of the whole picture."""
        height, width = frame.image.shape[:2]
        if frame.moved is None or self._is_due(frame.at):
            self._whole_at = frame.at
            return self._detector.find(frame.image), Box(0, 0, width, height)
        region = frame.moved
        for box in self._tracker.followed(frame.at):
            region = region.joined(box)
        return self._detector.find_near(frame.image, region.grown(MARGIN * height))

    def _is_due(self, at: datetime) -> bool:
        return self._whole_at is None or at - self._whole_at >= WHOLE_EVERY

    def _look(self, frame: Frame, box: Box) -> Look:
        if not self._tracker.wants_reading(box, frame.at):
            return Look(frame, box, None)
        reading = self._reader.read(frame.image, box)
        return Look(frame, box, reading, _weight(frame.image, box, reading))


def _weight(image: Image, box: Box, reading: Reading) -> float:
    """Return how much a look counts, 0 to 1: large and sharp counts, cut off by the rim hardly."""
    lines = 2 if reading.layout is Layout.TWO_LINE else 1
    size = min(0.7 * box.h / lines / FULL_HEIGHT, 1.0)
    weight = size * (0.3 + 0.7 * sharpness(cut(image, box)))
    return weight * CUT_OFF if _is_cut_off(box, image.shape) else weight


def sharpness(crop: Image) -> float:
    """Return how sharp a plate's crop (h, w, 3) is, 0 to 1, whatever its size and light."""
    height = 32
    width = max(8, round(crop.shape[1] * height / crop.shape[0]))
    grey = cv2.resize(crop[:, :, 1], (width, height), interpolation=cv2.INTER_AREA)
    contrast = float(np.std(grey)) + 1.0
    edges = float(np.std(cv2.Laplacian(grey, cv2.CV_32F))) / contrast
    return edges / (edges + 0.6)


def _is_cut_off(box: Box, shape: Sequence[int]) -> bool:
    height, width = shape[:2]
    across = box.x <= RIM or box.x + box.w >= width - RIM
    return across or box.y <= RIM or box.y + box.h >= height - RIM
