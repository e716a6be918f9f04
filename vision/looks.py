"""What one picture shows of its camera's health: light, detail, edges. Pure, under 1 ms a look."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.motion import Grey, small_grey

Edges = NDArray[np.float32]

# Detail is measured along every eighth row: as telling as all of them.
ROWS = 8
COARSE_PX = 16
BLOWN = 235
BRIGHTEST_SHARE = 0.99
# Detail of less than this on average, of 255, is noise: nothing is told of it.
LEAST_DETAIL = 1.0
SMOOTH_PX = 1.2
# What is steeper than its surroundings of so many points counts, whatever the surroundings are.
AROUND_PX = 21


@dataclass(frozen=True, eq=False)
class Look:
    """One look at one picture.

    Attributes:
        small: the picture, about 160 columns of grey.
        mean, contrast: of its grey levels, 0 to 255.
        brightest: 99 of 100 points are no lighter.
        blown: the share of points that are as good as white.
        fineness: fine detail in shares of coarse detail; a blurred picture has little.
        edges: how much steeper than around it the small picture is, by point (logarithms).
    """

    small: Grey
    mean: float
    contrast: float
    brightest: int
    blown: float
    fineness: float
    edges: Edges


def look_at(grey: Grey) -> Look:
    """Return what a whole picture shows; `grey` is (H, W), uint8, at least 64 wide."""
    small = np.ascontiguousarray(small_grey(grey))
    counts = np.bincount(small.ravel(), minlength=256)
    up_to = np.cumsum(counts) / small.size
    mean, deviation = cv2.meanStdDev(small)
    return Look(
        small=small,
        mean=float(mean[0, 0]),
        contrast=float(deviation[0, 0]),
        brightest=int(np.searchsorted(up_to, BRIGHTEST_SHARE)),
        blown=float(counts[BLOWN:].sum() / small.size),
        fineness=_fineness(grey),
        edges=_edges(small),
    )


def strength(edges: Edges) -> float:
    """Return how much a picture of edges holds."""
    _, deviation = cv2.meanStdDev(edges)
    return float(deviation[0, 0])


def alike(one: Edges, other: Edges) -> float:
    """Return how alike two pictures of edges are, from -1 to 1 (their correlation)."""
    return float(cv2.matchTemplate(one, other, cv2.TM_CCOEFF_NORMED)[0, 0])


def shift_of(now: Edges, before: Edges) -> tuple[float, float]:
    """Return by how many points `now` lies beside `before`, and how alike they are so shifted.

    Where nothing fits, the likeness is low and the shift means nothing.
    """
    window = cv2.createHanningWindow((now.shape[1], now.shape[0]), cv2.CV_32F)
    # OpenCV lays the window over what it is given, in its place: it gets copies.
    (across, down), _ = cv2.phaseCorrelate(before.copy(), now.copy(), window)
    dx, dy = round(across), round(down)
    height, width = now.shape
    if abs(dx) > width // 2 or abs(dy) > height // 2:
        return float(np.hypot(across, down)), 0.0
    here = now[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)]
    there = before[max(-dy, 0) : height - max(dy, 0), max(-dx, 0) : width - max(dx, 0)]
    return float(np.hypot(across, down)), alike(
        np.ascontiguousarray(here), np.ascontiguousarray(there)
    )


def _fineness(grey: Grey) -> float:
    rows = np.ascontiguousarray(grey[::ROWS])
    fine = cv2.absdiff(rows[:, 1:], rows[:, :-1]).mean()
    coarse = cv2.absdiff(rows[:, COARSE_PX:], rows[:, :-COARSE_PX]).mean()
    return float(fine / max(coarse, LEAST_DETAIL))


def _edges(small: Grey) -> Edges:
    smooth = cv2.GaussianBlur(small, (0, 0), SMOOTH_PX)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    steep = np.log1p(np.asarray(cv2.magnitude(across, down), np.float32))
    return steep - np.asarray(cv2.blur(steep, (AROUND_PX, AROUND_PX)), np.float32)
