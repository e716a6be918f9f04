"""The road graph of a city: how far two cameras are apart by road, and how fast one can be there.

Two answers for two questions. The drawn roads say where a vehicle will be seen next, and usually
when. `fastest` is a bound that nobody beats: every road at its top speed, and across country where
the map draws none, so that a road which is not drawn never makes a journey look impossible.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from math import hypot, inf

import numpy as np
import numpy.typing as npt

from ioc.errors import NotFound
from ioc.junctions import Course, Foot, Spot, courses, meetings, on_plane
from ioc.places import Camera, City, Direction, PlaceKind, Road, Travel

# A camera nearer to its road than this stands on it; one farther off has a lane of its own.
ON_ROAD_KM = 0.15
# Cameras of one place (the lanes of a gate) are no way from one another.
ONE_PLACE_KM = 0.2


@dataclass(frozen=True)
class Piece:
    """A stretch of road to the node `to`: its length, and its hours at usual and at top speed."""

    to: int
    km: float
    usual_h: float
    top_h: float


@dataclass(frozen=True)
class Reach:
    """A camera that a vehicle may pass next: how far, and when at the earliest and usually."""

    camera: str
    km: float
    earliest: timedelta
    usual: timedelta


class RoadGraph:
    """Roads cut into pieces between nodes; the first nodes are the cameras.

    One search a camera and question, made when it is first asked, and kept.
    """

    def __init__(self, roads: Sequence[Road], cameras: Iterable[Camera], travel: Travel) -> None:
        """Lay the graph of `roads`; a camera stands on its road, or beside the nearest."""
        self._travel = travel
        self._cameras = tuple(cameras)
        self._node = {camera.id: node for node, camera in enumerate(self._cameras)}
        middle = sum(c.lat for c in self._cameras) / max(len(self._cameras), 1)
        self._spots = [on_plane(c.lat, c.lon, middle) for c in self._cameras]
        self._pieces: list[list[Piece]] = [[] for _ in self._cameras]
        self._lay(courses(roads, middle))
        self._km: dict[int, list[float]] = {}
        self._top: dict[int, list[float]] = {}

    def distance_km(self, one: str, other: str) -> float:
        """Return the length of the shortest way by road; `inf` where no drawn road leads.

        Raises:
            NotFound: there is no such camera.
        """
        return self._lengths(self._at(one))[self._at(other)]

    def fastest(self, one: str, other: str) -> timedelta:
        """Return the time below which no vehicle gets from one camera to the other.

        Raises:
            NotFound: there is no such camera.
        """
        start, end = self._at(one), self._at(other)
        if start not in self._top:
            self._top[start] = self._search_across(start)
        return timedelta(hours=self._top[start][end])

    def is_feasible(self, one: str, other: str, within: timedelta) -> bool:
        """Tell whether a vehicle can get from one camera to the other in that time.

        Nearly every pair of sightings is feasible across country already; the graph is searched
        only for what that leaves in doubt.

        Raises:
            NotFound: there is no such camera.
        """
        across = self._across_h(self._at(one), self._at(other))
        return timedelta(hours=across) <= within or self.fastest(one, other) <= within

    def next_cameras(self, camera: str, most: int = 6) -> list[Reach]:
        """Return the cameras that a vehicle may pass next from `camera`, in the order usual there.

        Nobody passes unseen a camera that looks both ways, so the search ends there; one that
        looks one way only is named, and looked behind as well.

        Raises:
            NotFound: there is no such camera.
        """
        start = self._at(camera)

        def is_end(node: int) -> bool:
            return self._sees_all(node) and self._straight_km(start, node) > ONE_PLACE_KM

        hours = self._search(start, lambda piece: piece.usual_h, is_end=is_end)
        found = [
            Reach(
                camera=self._cameras[node].id,
                km=self._lengths(start)[node],
                earliest=self.fastest(camera, self._cameras[node].id),
                usual=timedelta(hours=hours[node]),
            )
            for node in range(len(self._cameras))
            if hours[node] < inf and self._straight_km(start, node) > ONE_PLACE_KM
        ]
        return sorted(found, key=lambda reach: (reach.usual, reach.camera))[:most]

    @cached_property
    def longest(self) -> timedelta:
        """Return a time in which one gets from any camera to any other."""
        return timedelta(hours=float(self._country.max(initial=0.0)))

    def unreached(self) -> list[str]:
        """Return the cameras to which no drawn road leads from the most of the others."""
        left, groups = set(range(len(self._cameras))), []
        while left:
            lengths = self._lengths(min(left))
            groups.append({node for node in left if lengths[node] < inf})
            left -= groups[-1]
        groups.sort(key=len)
        return sorted(self._cameras[node].id for group in groups[:-1] for node in group)

    def _at(self, camera: str) -> int:
        if camera not in self._node:
            raise NotFound("camera", camera)
        return self._node[camera]

    def _lengths(self, start: int) -> list[float]:
        if start not in self._km:
            self._km[start] = self._search(start, lambda piece: piece.km)
        return self._km[start]

    def _straight_km(self, one: int, other: int) -> float:
        (ax, ay), (bx, by) = self._spots[one], self._spots[other]
        return hypot(ax - bx, ay - by)

    def _across_h(self, one: int, other: int) -> float:
        return self._straight_km(one, other) / self._travel.overland_kmh

    @cached_property
    def _country(self) -> npt.NDArray[np.float64]:
        """Return the hours across country from every camera to every other, (cameras, cameras)."""
        spots = np.array(self._spots, dtype=np.float64).reshape(-1, 2)
        apart = spots[:, None] - spots[None]
        hours: npt.NDArray[np.float64] = np.hypot(apart[..., 0], apart[..., 1])
        return hours / self._travel.overland_kmh

    def _sees_all(self, node: int) -> bool:
        return node < len(self._cameras) and self._cameras[node].direction is Direction.BOTH

    def _search(
        self,
        start: int,
        weight: Callable[[Piece], float],
        is_end: Callable[[int], bool] | None = None,
    ) -> list[float]:
        """Return the least weight by road from `start` to every node (Dijkstra)."""
        least = [inf] * len(self._pieces)
        least[start] = 0.0
        queue = [(0.0, start)]
        while queue:
            gone, node = heapq.heappop(queue)
            if gone > least[node] or (is_end is not None and is_end(node)):
                continue
            for piece in self._pieces[node]:
                at = gone + weight(piece)
                if at < least[piece.to]:
                    least[piece.to] = at
                    heapq.heappush(queue, (at, piece.to))
        return least

    def _search_across(self, start: int) -> list[float]:
        """Return the least hours from `start` to every node, at top speed and across country.

        From each camera a step leads to every other, so a table is quicker than a queue: a read
        that has to wait for this waits 5 ms instead of 25.
        """
        count = len(self._cameras)
        least = np.full(len(self._pieces), inf)
        least[start] = 0.0
        # What is not yet settled; a settled node is never bettered, so it does not come back.
        open_ = least.copy()
        while (gone := float(open_[node := int(open_.argmin())])) < inf:
            open_[node] = inf
            for piece in self._pieces[node]:
                if gone + piece.top_h < least[piece.to]:
                    least[piece.to] = open_[piece.to] = gone + piece.top_h
            if node < count:
                there = gone + self._country[node]
                sooner = there < least[:count]
                np.copyto(least[:count], there, where=sooner)
                np.copyto(open_[:count], there, where=sooner)
        hours: list[float] = least.tolist()
        return hours

    def _lay(self, lines: dict[str, Course]) -> None:
        marks: dict[str, list[tuple[float, int]]] = {road: [] for road in lines}
        for line in lines.values():
            marks[line.road.id] += [(0.0, self._new()), (line.drawn_km, self._new())]
        for met in meetings(tuple(lines.values()), self._travel.join_km):
            one, other = self._new(), self._new()
            marks[met.one.road].append((met.one.along, one))
            marks[met.other.road].append((met.other.along, other))
            self._lane(one, other, met.km)
        for node, camera in enumerate(self._cameras):
            foot = self._foot(camera, self._spots[node], lines)
            if foot is not None:
                marks[foot.road].append((foot.along, self._stand(node, foot.off)))
        for road, line in lines.items():
            self._cut(line, sorted(marks[road]))

    def _foot(self, camera: Camera, spot: Spot, lines: dict[str, Course]) -> Foot | None:
        if camera.road in lines:
            return lines[camera.road].foot(spot)
        feet = [line.foot(spot) for line in lines.values()]
        return min(feet, key=lambda foot: foot.off, default=None)

    def _stand(self, camera: int, off_km: float) -> int:
        """Return the node at which a camera meets its road: itself, or the mouth of its lane."""
        if off_km <= ON_ROAD_KM:
            return camera
        mouth = self._new()
        self._lane(camera, mouth, off_km)
        return mouth

    def _cut(self, line: Course, marks: list[tuple[float, int]]) -> None:
        road = line.road
        for (start, one), (end, other) in pairwise(marks):
            self._link(one, other, (end - start) * line.stretch, road.usual_kmh, road.top_kmh)

    def _lane(self, one: int, other: int, km: float) -> None:
        self._link(one, other, km, self._travel.lane_usual_kmh, self._travel.lane_top_kmh)

    def _link(self, one: int, other: int, km: float, usual_kmh: float, top_kmh: float) -> None:
        for start, end in ((one, other), (other, one)):
            self._pieces[start].append(Piece(end, km, km / usual_kmh, km / top_kmh))

    def _new(self) -> int:
        self._pieces.append([])
        return len(self._pieces) - 1


class CityRoads:
    """The road graphs of a city: one for each set of roads that are in force together."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._graphs: dict[tuple[str, ...], RoadGraph] = {}
        self._today: tuple[date, RoadGraph] | None = None

    def on(self, day: date) -> RoadGraph:
        """Return the graph of the roads in force on `day`."""
        # Asked for with every read, nearly always of one day.
        today = self._today
        if today is not None and today[0] == day:
            return today[1]
        places = self.city.of_kind(PlaceKind.ROAD, day)
        key = tuple(place.id for place in places)
        if key not in self._graphs:
            roads = [place for place in places if isinstance(place, Road)]
            cameras = self.city.cameras.values()
            self._graphs[key] = RoadGraph(roads, cameras, self.city.travel)
        self._today = day, self._graphs[key]
        return self._graphs[key]
