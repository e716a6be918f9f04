"""A second look at plates that hang aslant in the picture, or are read in doubt.

A camera beside the road sees a plate as a parallelogram: its box is much higher than a plate of
one line can be. Such a plate is cut out along its slope and read again; of the two signs the
slope can have, the wrong one gives no sense. Measured on a toll lane seen from the side: 0.66 to
0.98 for the whole text become 0.99 and more.

A plate of a still that is read in doubt is cut out anew, a little wider, tighter, higher and
lower, and all of them are read as one: for a video the next pictures do that.
"""

import cv2
import numpy as np

from ioc.vehicles.model import Layout
from vision.box import Box
from vision.frames import Image
from vision.reader import MARGIN, Reader, Reading, crop_plate

# Height over width: of a plate of one line (520 x 110 mm), and of a box that shows it aslant.
LEVEL = 110 / 520
ASLANT = 0.3
CLEAR = 0.97
# The box has a margin around the plate, so it is lower than it looks.
TRUE_SHARE = 0.7
# The cuts of a second look: margin, and how far down, in heights of the box.
CUTS = ((0.0, 0.0), (0.06, 0.0), (0.12, 0.0), (0.06, 0.05), (0.06, -0.05))
# So many times smaller must the doubt become, for a slope to be believed.
CLEARER = 3.0


class StraightReader:
    """Reads plates of one camera, straightened where they hang aslant."""

    def __init__(self, reader: Reader) -> None:
        """Begin without knowing how this camera stands."""
        self._reader = reader
        self._sign = 1

    def read_still(self, image: Image, box: Box) -> Reading:
        """Return what the plate at `box` of a still says; it is looked at twice when in doubt."""
        reading = self.read(image, box)
        if reading.confidence >= CLEAR:
            return reading
        cuts = [crop_plate(image, Box(box.x, box.y + down * box.h, box.w, box.h), margin)
                for margin, down in CUTS]  # fmt: skip
        again = self._reader.read_as_one(cuts)
        return again if again.confidence > reading.confidence / CLEARER else reading

    def read(self, image: Image, box: Box) -> Reading:
        """Return what the plate at `box` of `image` (H, W, 3), BGR, says."""
        reading = self._reader.read([crop_plate(image, box)])[0]
        slope = slope_of(box)
        if slope == 0 or reading.layout is not Layout.ONE_LINE or reading.confidence >= CLEAR:
            return reading
        for sign in (self._sign, -self._sign):
            other = self._reader.read([straightened(image, box, sign * slope)])[0]
            if 1 - reading.confidence > CLEARER * (1 - other.confidence):
                self._sign = sign  # a camera stands as it stands: try this one first
                return other
        return reading


def slope_of(box: Box) -> float:
    """Return the slope, of either sign, at which a plate of one line fills `box`; 0 when level."""
    share = box.h / max(box.w, 1.0)
    if not ASLANT < share < 1:
        return 0.0
    return TRUE_SHARE * (share - LEVEL) / (1 - share * LEVEL)


def straightened(image: Image, box: Box, slope: float) -> Image:
    """Return the plate at `box`, (h, w, 3), its columns moved so that a line of `slope` is level.

    Args:
        image: (H, W, 3), uint8, BGR.
        box: around the plate, in px of `image`.
        slope: px down a px to the right; -1 to 1.
    """
    margin = MARGIN * box.h
    height = max(box.h - abs(slope) * box.w, 0.2 * box.h) + 2 * margin
    width = box.w + 2 * margin
    left, middle_x = box.x - margin, box.x + box.w / 2
    top = box.y + box.h / 2 - height / 2
    way = np.array([[1, 0, left], [slope, 1, top + slope * (left - middle_x)]], np.float32)
    size = max(round(width), 1), max(round(height), 1)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(image, way, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
