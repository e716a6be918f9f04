"""The drawn lines of roads cut into pieces: where roads meet, and where cameras stand on them.

Distances are kilometres on a plane that fits one city: degrees are stretched at its own latitude.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import cos, hypot, inf, radians

from ioc.places import Road

KM_A_DEGREE = 111.2
# What is nearer than this is one junction, as far as a schematic line can tell.
TOUCHING_KM = 0.15

Spot = tuple[float, float]


@dataclass(frozen=True)
class Foot:
    """The point of a road nearest to a spot: `along` the line and `off` it, in kilometres."""

    road: str
    along: float
    off: float


@dataclass(frozen=True)
class Meeting:
    """Two points of two roads, `km` apart, between which traffic changes over."""

    one: Foot
    other: Foot
    km: float


@dataclass(frozen=True)
class Course:
    """A road's line on the plane; `stretch` times its drawn length is the length it has."""

    road: Road
    spots: tuple[Spot, ...]
    stretch: float

    @property
    def drawn_km(self) -> float:
        """Return the length of the line as drawn."""
        return sum(_apart(a, b) for a, b in pairwise(self.spots))

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Return the least and the greatest x, the least and the greatest y of the line."""
        xs, ys = zip(*self.spots, strict=True)
        return min(xs), max(xs), min(ys), max(ys)

    def may_be_within(self, km: float, spot: Spot) -> bool:
        """Tell whether the line may come so near to `spot`: its box does."""
        (x, y), (west, east, south, north) = spot, self.box
        return west - km <= x <= east + km and south - km <= y <= north + km

    def may_cross(self, other: "Course") -> bool:
        """Tell whether the two lines may cross: their boxes do."""
        west, east, south, north = self.box
        its_west, its_east, its_south, its_north = other.box
        return west <= its_east and its_west <= east and south <= its_north and its_south <= north

    def foot(self, spot: Spot) -> Foot:
        """Return the point of the line nearest to `spot`."""
        along, off, gone = 0.0, inf, 0.0
        for start, end in pairwise(self.spots):
            share = _share(spot, start, end)
            length = _apart(start, end)
            near = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
            here = _apart(spot, near)
            if here < off:
                along, off = gone + share * length, here
            gone += length
        return Foot(self.road.id, along, off)


def on_plane(lat: float, lon: float, middle: float) -> Spot:
    """Return the point in kilometres; `middle` is the latitude at which a degree is measured."""
    return lon * KM_A_DEGREE * cos(radians(middle)), lat * KM_A_DEGREE


def courses(roads: Sequence[Road], middle: float) -> dict[str, Course]:
    """Return the lines of `roads` on the plane, by road."""
    found = {}
    for road in roads:
        drawn = Course(road, tuple(on_plane(*point, middle) for point in road.line), 1.0)
        stretch = road.length_km / drawn.drawn_km if drawn.drawn_km else 1.0
        found[road.id] = Course(road, drawn.spots, stretch)
    return found


def meetings(lines: Sequence[Course], join_km: float) -> Iterator[Meeting]:
    """Yield where the roads meet: crossings, ends that touch, and gaps that a lane must close.

    An end that touches nothing is joined to the nearest road, if that lies within `join_km`:
    a schematic line may end beside the road it leads to.
    """
    for number, one in enumerate(lines):
        for other in lines[number + 1 :]:
            if one.may_cross(other):
                yield from _crossings(one, other)
    for one in lines:
        for end in (one.spots[0], one.spots[-1]):
            feet = [
                other.foot(end)
                for other in lines
                if other is not one and other.may_be_within(join_km, end)
            ]
            touched = [foot for foot in feet if foot.off <= TOUCHING_KM]
            near = touched or sorted(feet, key=lambda foot: foot.off)[:1]
            for foot in near:
                if foot.off <= join_km:
                    yield Meeting(one.foot(end), foot, foot.off)


def _crossings(one: Course, other: Course) -> Iterator[Meeting]:
    for a, b in pairwise(one.spots):
        for c, d in pairwise(other.spots):
            spot = _crossing(a, b, c, d)
            if spot is not None:
                yield Meeting(one.foot(spot), other.foot(spot), 0.0)


def _crossing(a: Spot, b: Spot, c: Spot, d: Spot) -> Spot | None:
    (rx, ry), (sx, sy) = (b[0] - a[0], b[1] - a[1]), (d[0] - c[0], d[1] - c[1])
    turn = rx * sy - ry * sx
    if turn == 0:
        return None
    qx, qy = c[0] - a[0], c[1] - a[1]
    t, u = (qx * sy - qy * sx) / turn, (qx * ry - qy * rx) / turn
    return (a[0] + t * rx, a[1] + t * ry) if 0 <= t <= 1 and 0 <= u <= 1 else None


def _share(spot: Spot, start: Spot, end: Spot) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    square = dx * dx + dy * dy
    if square == 0:
        return 0.0
    share = ((spot[0] - start[0]) * dx + (spot[1] - start[1]) * dy) / square
    return min(1.0, max(0.0, share))


def _apart(one: Spot, other: Spot) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])
