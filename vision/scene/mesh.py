"""Solid things made of flat, coloured, convex panels, and how they are drawn.

A thing's own axes: x to the right as the camera sees it, s from its near face away from the
camera, z up, in metres. Panels are drawn in the order in which they were added (far ones first);
a panel whose corners run clockwise as seen from the camera is drawn, one seen from behind is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.scene.camera import NEAR_M, Points, View, clipped

Colour = tuple[float, float, float]
Corner = tuple[float, float, float]
Picture = NDArray[np.uint8]

SHIFT = 3
# Panels marked fine are left out when their thing is farther than this.
FINE_M = 26.0


def shade(colour: Sequence[float], factor: float) -> Colour:
    """Return `colour` (BGR) under more or less light."""
    return (colour[0] * factor, colour[1] * factor, colour[2] * factor)


def blend(a: Sequence[float], b: Sequence[float], share: float) -> Colour:
    """Return the mixture of two colours, `share` of the second."""
    return tuple(p * (1 - share) + q * share for p, q in zip(a, b, strict=True))  # type: ignore[return-value]


@dataclass(eq=False)
class Mesh:
    """Panels in painting order; build it with `panel` and its companions, then `draw` it."""

    corners: list[Corner] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    colours: list[Colour] = field(default_factory=list)
    fine: list[bool] = field(default_factory=list)
    lamps: list[bool] = field(default_factory=list)
    two_sided: list[bool] = field(default_factory=list)

    def panel(self, corners: Sequence[Corner], colour: Colour, marks: str = "") -> None:
        """Add a convex panel.

        Args:
            corners: clockwise as seen from where it is visible.
            colour: BGR, 0-255, in plain daylight.
            marks: letters: f = fine detail, l = a lamp (shines in the dark), d = seen from both
                sides.
        """
        self.corners += corners
        self.starts.append(len(self.corners))
        self.colours.append(colour)
        self.fine.append("f" in marks)
        self.lamps.append("l" in marks)
        self.two_sided.append("d" in marks)

    def front(
        self, box: tuple[float, float, float, float], s: float, colour: Colour, marks: str = ""
    ) -> None:
        """Add an upright rectangle facing the camera; box = (x0, x1, z0, z1)."""
        x0, x1, z0, z1 = box
        self.panel([(x0, s, z1), (x1, s, z1), (x1, s, z0), (x0, s, z0)], colour, marks)

    def both(self, corners: Sequence[Corner], colour: Colour, marks: str = "") -> None:
        """Add a panel and its mirror image (x -> -x)."""
        self.panel(corners, colour, marks)
        self.panel([(-x, s, z) for x, s, z in reversed(corners)], colour, marks)

    def round(
        self, centre: Corner, radii: tuple[float, float], colour: Colour, marks: str = ""
    ) -> None:
        """Add an upright ellipse facing the camera; radii along x and z."""
        x, s, z = centre
        turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        rim = [(x + radii[0] * np.sin(a), s, z + radii[1] * np.cos(a)) for a in turn]
        self.panel(rim, colour, marks)

    def ramp(
        self, near: Sequence[Corner], far: Sequence[Corner], colours: Sequence[Colour]
    ) -> None:
        """Add a sloping surface in strips, from the edge `near` (left, right) to the edge `far`."""
        edges = [
            [
                tuple(np.array(n) + (np.array(f) - np.array(n)) * k / len(colours))
                for n, f in zip(near, far, strict=True)
            ]
            for k in range(len(colours) + 1)
        ]
        for k in reversed(range(len(colours))):
            (l0, r0), (l1, r1) = edges[k], edges[k + 1]
            self.panel([l1, r1, r0, l0], colours[k])


@dataclass(frozen=True, eq=False)
class Place:
    """Where a thing stands: its near face's middle at (x_m, y_m), turned by `turn` radians."""

    x_m: float
    y_m: float
    turn: float = 0.0

    def road(self, points: Points) -> Points:
        """Return the thing's points (n, 3) = (x, s, z) in road axes."""
        c, n = np.cos(self.turn), np.sin(self.turn)
        x, s = points[:, 0], points[:, 1]
        return np.stack([self.x_m + x * c - s * n, self.y_m + x * n + s * c, points[:, 2]], axis=1)


class Solid:
    """A finished mesh, its colours seen in one light.

    `draw` is the hot path: a car of 60 panels takes about a millisecond.
    """

    def __init__(self, mesh: Mesh, colours: NDArray[np.float64]) -> None:
        self._points = np.array(mesh.corners, float)
        self._starts = mesh.starts
        self._colours = colours
        self._fine = mesh.fine
        self._two_sided = mesh.two_sided

    def draw(self, image: Picture, view: View, place: Place, veil: tuple[Colour, float]) -> None:
        """Paint the thing into `image`; veil = (colour, share) of the air before it."""
        seen = view.seen(place.road(self._points))
        cut = seen[:, 2].min() < NEAR_M
        pixels = None if cut else view.flat(seen)
        if pixels is not None and _outside(pixels, view):
            return
        colours = self._colours * (1 - veil[1]) + np.array(veil[0]) * veil[1]
        with_fine = place.y_m < FINE_M
        for i, colour in enumerate(colours.tolist()):
            if self._fine[i] and not with_fine:
                continue
            a, b = self._starts[i], self._starts[i + 1]
            corners = _cut(view, seen[a:b]) if pixels is None else pixels[a:b]
            if len(corners) >= 3 and (self._two_sided[i] or _faces(corners)):
                fixed = np.clip(corners, -9000, 9000) * (1 << SHIFT)
                cv2.fillConvexPoly(image, fixed.astype(np.int32), colour, cv2.LINE_AA, SHIFT)

    def outline(self, view: View, place: Place) -> NDArray[np.float32]:
        """Return the convex hull (n, 2) in px of what lies ahead, without its shadow (z < 0)."""
        seen = view.seen(place.road(self._points[self._points[:, 2] >= 0]))
        ahead = seen[seen[:, 2] >= NEAR_M]
        if len(ahead) < 3:
            return np.zeros((0, 2), np.float32)
        hull = cv2.convexHull(view.flat(ahead).astype(np.float32))
        return np.asarray(hull, np.float32).reshape(-1, 2)


def _cut(view: View, seen: Points) -> Points:
    part = clipped(seen)
    return view.flat(part) if len(part) else part


def _faces(corners: Points) -> bool:
    """Tell whether the corners run clockwise on screen (v grows downwards)."""
    x, y = corners[:, 0], corners[:, 1]
    area = x[:-1] @ y[1:] - y[:-1] @ x[1:] + x[-1] * y[0] - y[-1] * x[0]
    return bool(area > 0)


def _outside(pixels: Points, view: View) -> bool:
    low, high = pixels.min(0), pixels.max(0)
    return bool(high[0] < 0 or high[1] < 0 or low[0] > view.width or low[1] > view.height)
