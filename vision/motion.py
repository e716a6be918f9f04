"""The cheap gate before the costly eye: does anything move in the picture?"""

from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.box import Box

Grey = NDArray[np.uint8]

GREY_WIDTH = 160
# A pixel has changed when it differs by more than this many grey levels from the reference,
# over and above the change the whole picture made (exposure, a cloud).
CHANGED = 14
# A motorbike whose plate is only just readable covers some 100 pixels of the small picture.
MOVING_PIXELS = 12
HOLD = timedelta(seconds=1.2)
GLANCE = timedelta(seconds=2)


def small_grey(grey: Grey) -> Grey:
    """Return `grey` (H, W) reduced to about 160 columns by leaving pixels out."""
    step = max(1, grey.shape[1] // GREY_WIDTH)
    return grey[::step, ::step]


class MotionGate:
    """Says which frames of one camera are worth a look.

    Open while something moves and 1.2 s longer, so that the tracker sees the vehicle gone; and
    for one glance every two seconds, since what does not move is there all the same.

    Attributes:
        where: what moved when something last did, in shares of the picture; None for a glance.
        moved_at, began_at: when something last moved, and since when it had without a pause.
    """

    def __init__(self) -> None:
        self.where: Box | None = None
        self._changed: Box | None = None
        self._reference: NDArray[np.float32] | None = None
        self.moved_at: datetime | None = None
        self.began_at: datetime | None = None
        self._looked_at: datetime | None = None

    def __call__(self, grey: Grey, at: datetime) -> bool:
        """Tell whether the frame at `at` is worth a look; `grey` is (h, w), uint8, about 160 wide.

        Frames must come in the order of their time.
        """
        if self.moves(grey):
            if self.moved_at is None or self.began_at is None or at - self.moved_at > HOLD:
                self.began_at = at
            self.moved_at, self.where = at, self._changed
        held = self.moved_at is not None and at - self.moved_at <= HOLD
        if not held:
            self.where = None
        if held or self._looked_at is None or at - self._looked_at >= GLANCE:
            self._looked_at = at
            return True
        return False

    def moves(self, grey: Grey) -> bool:
        """Tell whether something moved since the frames before; `grey` as for a call."""
        now: NDArray[np.float32] = cv2.blur(grey, (3, 3)).astype(np.float32)
        reference = self._reference
        if reference is None or reference.shape != now.shape:
            self._reference, self._changed = now, Box(0, 0, 1, 1)
            return True
        change = now - reference
        change -= _middle(change)
        np.abs(change, out=change)
        # rain and night noise raise the whole field: what moves must stand out of it
        bar = CHANGED + 3 * _middle(change)
        self._reference = np.float32(0.6) * reference + np.float32(0.4) * now
        changed = change > bar
        if int(np.count_nonzero(changed)) < MOVING_PIXELS:
            return False
        x, y, w, h = cv2.boundingRect(changed.astype(np.uint8))
        self._changed = Box(x, y, w, h).scaled(1 / now.shape[1], 1 / now.shape[0])
        return True


def _middle(change: NDArray[np.float32]) -> float:
    """Return the median, of every fourth value each way: a sixteenth tells it as well."""
    some = change[::4, ::4].ravel()
    return float(np.partition(some, some.size // 2)[some.size // 2])
