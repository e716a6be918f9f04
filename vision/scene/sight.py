"""How much of a plate a picture shows."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.scene.face import Blank

Box = tuple[float, float, float, float]
Outline = NDArray[np.float32]

# Height of the characters as a share of the plate's.
CHAR_SHARE = {Blank.LONG: 70 / 110, Blank.SHORT: 67 / 165, Blank.MOTORBIKE: 55 / 140}
_SPOTS = np.stack(
    np.meshgrid(np.linspace(0.04, 0.96, 9), np.linspace(0.08, 0.92, 5)), axis=-1
).reshape(-1, 2)


def box_of(points: Outline) -> Box:
    """Return the upright box x, y, w, h around points (n, 2)."""
    low, high = points.min(0), points.max(0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def visible_share(quad: Outline, nearer: Sequence[Outline], size: tuple[int, int]) -> float:
    """Return the share of a plate that is inside the picture and behind nothing, 0 to 1.

    Args:
        quad: the plate's corners (4, 2) in px, from upper left clockwise.
        nearer: convex outlines (n, 2) of what stands before it; empty ones hide nothing.
        size: width and height of the picture.
    """
    u, v = _SPOTS[:, :1], _SPOTS[:, 1:]
    spots = (quad[0] * (1 - u) + quad[1] * u) * (1 - v) + (quad[3] * (1 - u) + quad[2] * u) * v
    shown = ((spots >= 0) & (spots < size)).all(1)
    for i in np.flatnonzero(shown):
        spot = (float(spots[i, 0]), float(spots[i, 1]))
        shown[i] = not any(
            len(o) and cv2.pointPolygonTest(o, spot, measureDist=False) >= 0 for o in nearer
        )
    return float(shown.mean())


def character_px(quad: Outline, blank: Blank) -> float:
    """Return how tall the plate's characters are in px."""
    return float(np.linalg.norm(quad[3] - quad[0])) * CHAR_SHARE[blank]
