"""A pinhole camera over a road: from metres to pixels.

The road's axes: x to the right, y away from the camera, z up, in metres; the camera stands above
(x, 0). Pictures: u to the right, v down, in pixels.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

# Nothing nearer than this is drawn: polygons are cut there.
NEAR_M = 1.0


@dataclass(frozen=True, eq=False)
class View:
    """Where the camera stands and looks.

    `focal_px` is the focal length, `x_m` and `height_m` its place; `pitch`, `yaw` and `roll` are
    radians, positive = down, right, clockwise.
    """

    width: int
    height: int
    focal_px: float
    x_m: float = 0.0
    height_m: float = 2.2
    pitch: float = 0.1
    yaw: float = 0.0
    roll: float = 0.0
    _matrix: Points = field(init=False, repr=False)

    def __post_init__(self) -> None:
        cp, sp = np.cos(self.pitch), np.sin(self.pitch)
        cy, sy = np.cos(self.yaw), np.sin(self.yaw)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        # Road axes -> camera axes (right, down, ahead).
        axes = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float)
        turn = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
        nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        lean = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
        object.__setattr__(self, "_matrix", lean @ nod @ turn @ axes)

    def seen(self, points: Points) -> Points:
        """Return road points (n, 3) in camera axes (right, down, ahead), metres."""
        return np.asarray((points - (self.x_m, 0.0, self.height_m)) @ self._matrix.T)

    def flat(self, seen: Points) -> Points:
        """Return points in camera axes (n, 3), all ahead of it, as pixels (n, 2)."""
        scale = self.focal_px / seen[:, 2:3]
        return np.asarray(seen[:, :2] * scale + (self.width / 2, self.height / 2))

    def project(self, points: Points) -> Points:
        """Return road points (n, 3) as pixels (n, 2); points behind the camera land anywhere."""
        seen = self.seen(points)
        seen[:, 2] = np.maximum(seen[:, 2], 0.05)
        return self.flat(seen)


def road_view(width: int, height: int, rng: np.random.Generator, x_m: float = 0.0) -> View:
    """Return a roadside camera that sees plates from about 6 to 35 m.

    The horizon lies just inside the picture's upper edge, and the middle of the road at 10 m in
    its middle.
    """
    focal = 2.0 * width * float(rng.uniform(0.97, 1.03))
    horizon = height * float(rng.uniform(0.045, 0.085))
    place = x_m + float(rng.uniform(-0.08, 0.08))
    return View(
        width,
        height,
        focal,
        x_m=place,
        height_m=float(rng.uniform(2.05, 2.3)),
        pitch=float(np.arctan((height / 2 - horizon) / focal)),
        yaw=float(rng.uniform(-0.012, 0.012)) - 0.3 * place / 10,
        roll=float(rng.uniform(-0.018, 0.018)),
    )


def clipped(seen: Points) -> Points:
    """Return the part of a convex polygon (camera axes) that lies ahead of NEAR_M."""
    ahead = seen[:, 2] >= NEAR_M
    if ahead.all() or not ahead.any():
        return seen if ahead.all() else seen[:0]
    out = []
    for i in range(len(seen)):
        a, b = seen[i - 1], seen[i]
        if ahead[i - 1] != ahead[i]:
            out.append(a + (b - a) * ((NEAR_M - a[2]) / (b[2] - a[2])))
        if ahead[i]:
            out.append(b)
    return np.array(out)
