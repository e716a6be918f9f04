"""The line that cameras burn into their pictures: name and time."""

from datetime import datetime, timedelta

import cv2
import numpy as np

from vision.scene.mesh import Picture


class Overlay:
    """Writes `name` and the time of the picture into its upper left corner."""

    def __init__(self, name: str, start: datetime, width: int) -> None:
        """Prepare for pictures `width` px wide; `start` is the time shown at t = 0."""
        self._name = name
        self._start = start
        self._scale = max(width / 1280 * 0.72, 0.4)
        self._second = -1
        self._strip = np.zeros((1, 1, 3), np.uint8)

    def write(self, image: Picture, t_s: float) -> None:
        """Write into `image` the line of `t_s` seconds after the start."""
        second = int(t_s // 1)
        if second != self._second:
            self._second, self._strip = second, self._drawn(second)
        h, w = self._strip.shape[:2]
        corner = image[6 : 6 + h, 8 : 8 + w]
        np.copyto(corner, self._strip[: corner.shape[0], : corner.shape[1]])

    def _drawn(self, second: int) -> Picture:
        shown = self._start + timedelta(seconds=second)
        text = f"{shown:%Y-%m-%d %H:%M:%S}  {self._name}"
        font = cv2.FONT_HERSHEY_SIMPLEX
        (wide, tall), below = cv2.getTextSize(text, font, self._scale, 1)
        strip = np.full((tall + below + 6, wide + 10, 3), 12, np.uint8)
        where = (5, tall + 3)
        cv2.putText(strip, text, where, font, self._scale, (236, 236, 236), 1, cv2.LINE_AA)
        return strip
