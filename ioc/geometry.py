"""Plane geometry of the schematic map: projection, cells around centre points, free places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import cos, dist, radians

Xy = tuple[float, float]
LatLon = tuple[float, float]
# A frame around one point needs some size, in degrees.
SMALLEST = 1e-6


@dataclass(frozen=True)
class Frame:
    """A piece of the city on a piece of the screen: degrees in, pixels out, north is up."""

    west: float
    north: float
    px_per_degree: float
    squeeze: float
    left: float = 0.0
    top: float = 0.0

    def at(self, point: LatLon) -> Xy:
        """Return the place of (lat, lon) on the screen, in pixels."""
        lat, lon = point
        x = (lon - self.west) * self.squeeze * self.px_per_degree
        return self.left + x, self.top + (self.north - lat) * self.px_per_degree


def frame_of(points: Iterable[LatLon], box: tuple[float, float, float, float]) -> Frame:
    """Return the frame that fits `points` into `box` (left, top, width, height in pixels)."""
    lats, lons = zip(*points, strict=True)
    south, north, west, east = min(lats), max(lats), min(lons), max(lons)
    squeeze = cos(radians((south + north) / 2))
    left, top, width, height = box
    across, down = (east - west) * squeeze, north - south
    scale = min(width / max(across, SMALLEST), height / max(down, SMALLEST))
    return Frame(
        west,
        north,
        scale,
        squeeze,
        left + (width - across * scale) / 2,
        top + (height - down * scale) / 2,
    )


def path_of(points: Sequence[Xy], *, closed: bool = False) -> str:
    """Return the `d` of a path through `points`."""
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M{steps}{'Z' if closed else ''}"


def cells(centres: Sequence[Xy], box: tuple[float, float, float, float]) -> list[list[Xy]]:
    """Return for each centre the part of `box` nearer to it than to any other centre."""
    left, top, width, height = box
    right, bottom = left + width, top + height
    found = []
    for centre in centres:
        cell = [(left, top), (right, top), (right, bottom), (left, bottom)]
        for other in sorted(centres, key=partial(dist, centre)):
            # Half-way to this centre and all behind it lies beyond the farthest corner.
            if dist(centre, other) > 2 * max((dist(centre, corner) for corner in cell), default=0):
                break
            if other != centre:
                cell = _nearer(cell, centre, other)
        found.append(cell)
    return found


def _nearer(cell: list[Xy], centre: Xy, other: Xy) -> list[Xy]:
    """Return the part of a convex `cell` that is nearer to `centre` than to `other`."""
    ax, ay = other[0] - centre[0], other[1] - centre[1]
    limit = (other[0] ** 2 + other[1] ** 2 - centre[0] ** 2 - centre[1] ** 2) / 2
    side = [ax * x + ay * y - limit for x, y in cell]
    kept: list[Xy] = []
    for n, point in enumerate(cell):
        before, after = side[n - 1], side[n]
        if (before > 0) != (after > 0):
            share = before / (before - after)
            x, y = cell[n - 1]
            kept.append((x + (point[0] - x) * share, y + (point[1] - y) * share))
        if after <= 0:
            kept.append(point)
    return kept


@dataclass(frozen=True)
class Box:
    """A rectangle on the screen, in pixels."""

    left: float
    top: float
    width: float
    height: float

    def meets(self, other: "Box") -> bool:
        """Tell whether the two share a point."""
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.top < other.top + other.height
            and other.top < self.top + self.height
        )

    def lies_in(self, other: "Box") -> bool:
        """Tell whether the whole of this one lies in `other`."""
        return (
            other.left <= self.left
            and other.top <= self.top
            and self.left + self.width <= other.left + other.width
            and self.top + self.height <= other.top + other.height
        )


def free_place(candidates: Iterable[Box], taken: Sequence[Box], sheet: Box) -> Box | None:
    """Return the first candidate on the sheet that meets nothing taken, or None."""
    for box in candidates:
        if box.lies_in(sheet) and not any(box.meets(other) for other in taken):
            return box
    return None
