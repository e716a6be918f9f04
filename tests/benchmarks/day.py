"""A day of the model city's traffic that needs permits, with its true violations known.

Vehicles with permits enter at a gate and are seen again at cameras that they can reach by road in
the time. Some break a rule; whoever does not must not be accused.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from ioc.permits.model import Permit, PermitClass
from ioc.places import Camera, City
from ioc.roads import RoadGraph
from ioc.vehicles.model import Heading
from vision.scene.face import Blank
from vision.scene.numbers import random_plate

Rng = np.random.Generator

CLASSES = (PermitClass.GREEN, PermitClass.YELLOW, PermitClass.RED)
SHARES = (0.82, 0.16, 0.02)
# Reads of one visit, the gate's among them.
LEAST, MOST = 2, 5
YELLOW_STRAYS, CLONES, OVERDUE = 0.002, 0.0005, 20
# A clone is where nobody can be in the time: so far away, and seen so soon.
FAR, SOON = timedelta(minutes=25), timedelta(minutes=5)
TO_SITE = timedelta(hours=2)
# Of the day's traffic, by hour.
BY_HOUR = (1, 1, 1, 1, 2, 4, 7, 9, 8, 7, 6, 6, 6, 6, 6, 7, 8, 9, 7, 5, 4, 3, 2, 1)


@dataclass(frozen=True)
class Seen:
    """One vehicle before one camera; `violation` names the true incident it belongs to."""

    plate: str
    camera: str
    at: datetime
    heading: Heading
    violation: str | None = None


@dataclass
class Day:
    """Permits, what the cameras see in the order of time, and the incidents: plate by name."""

    permits: list[Permit]
    seen: list[Seen] = field(default_factory=list)
    incidents: dict[str, str] = field(default_factory=dict)


class Traffic:
    """Draws the traffic of one day."""

    def __init__(self, city: City, graph: RoadGraph, midnight: datetime, rng: Rng) -> None:
        self._graph, self._midnight, self._rng = graph, midnight, rng
        cameras = [c for c in city.cameras.values() if isinstance(c, Camera)]
        self._gates = [c for c in cameras if c.road_class == "gate" and c.direction != "out"]
        self._main = [c for c in cameras if c.road_class == "main"]
        self._local = [c for c in cameras if c.road_class in {"local", "venue"}]
        self._sites = [c for c in cameras if c.road_class == "quarantine" and c.site]

    def day(self, vehicles: int, reads: int) -> Day:
        """Return a day on which `vehicles` hold permits and about `reads` reads are made."""
        day = Day(self._permits(vehicles))
        strays = round(YELLOW_STRAYS * reads)
        clones = round(CLONES * reads)
        order = self._rng.permutation(len(day.permits))
        reds = [day.permits[i] for i in order if day.permits[i].permit_class is PermitClass.RED]
        missing = {p.plate for p in reds[:OVERDUE]}
        for index in order:
            if len(day.seen) >= reads:
                break
            permit = day.permits[index]
            if permit.permit_class is PermitClass.RED:
                self._red_visit(day, permit, is_missing=permit.plate in missing)
                continue
            visit = self._visit(permit)
            if permit.permit_class is PermitClass.YELLOW and strays > 0:
                strays -= 1
                visit.append(self._stray(day, visit[-1]))
            elif permit.permit_class is PermitClass.GREEN and clones > 0:
                clones -= self._clone(day, visit)
            day.seen += visit
        day.seen.sort(key=lambda one: one.at)
        return day

    def _permits(self, count: int) -> list[Permit]:
        plates: dict[str, None] = {}
        while len(plates) < count:
            face = random_plate(self._rng, Blank.LONG if self._rng.random() < 0.6 else None)
            if not face.text.startswith("75") and face.text[0].isdigit():
                plates[face.text] = None
        start = self._midnight - timedelta(days=3)
        end = self._midnight + timedelta(days=4)
        permits = []
        for number, plate in enumerate(plates):
            kind = CLASSES[int(self._rng.choice(3, p=SHARES))]
            site = None
            if kind is PermitClass.RED:
                site = self._sites[int(self._rng.integers(len(self._sites)))].site
            permits.append(Permit(f"p{number}", plate, kind, start, end, destination=site))
        return permits

    def _visit(self, permit: Permit) -> list[Seen]:
        """Return a lawful visit: in by a gate, then where this class may be."""
        gate, at = self._pick(self._gates), self._moment()
        visit = [Seen(permit.plate, gate.id, at, Heading.IN)]
        where = self._local if permit.permit_class is PermitClass.YELLOW else [
            *self._main, *self._local
        ]  # fmt: skip
        for _ in range(int(self._rng.integers(LEAST, MOST + 1)) - 1):
            camera = self._pick(where)
            visit.append(self._after(visit[-1], camera))
        return visit

    def _stray(self, day: Day, last: Seen) -> Seen:
        name = f"stray {last.plate}"
        day.incidents[name] = last.plate
        return self._after(last, self._pick(self._main), name)

    def _clone(self, day: Day, visit: list[Seen]) -> int:
        """Put a second vehicle with the plate where the first cannot be; return how many."""
        first = visit[-1]
        far = [
            c for c in (*self._main, *self._local) if self._graph.fastest(first.camera, c.id) > FAR
        ]
        if not far:
            return 0
        name = f"clone {first.plate}"
        day.incidents[name] = first.plate
        camera = self._pick(far)
        visit[-1] = Seen(first.plate, first.camera, first.at, first.heading, name)
        visit.append(Seen(first.plate, camera.id, first.at + SOON, _heading(camera), name))
        return 1

    def _red_visit(self, day: Day, permit: Permit, *, is_missing: bool) -> None:
        name = f"overdue {permit.plate}" if is_missing else None
        gate, at = self._pick(self._gates), self._moment(until_h=18)
        day.seen.append(Seen(permit.plate, gate.id, at, Heading.IN, name))
        if name is not None:
            day.incidents[name] = permit.plate
            return
        site = self._pick([c for c in self._sites if c.site == permit.destination])
        way = max(self._graph.fastest(gate.id, site.id) * 1.3, timedelta(minutes=10))
        late = min(way, TO_SITE - timedelta(minutes=5))
        day.seen.append(Seen(permit.plate, site.id, at + late, _heading(site)))

    def _after(self, last: Seen, camera: Camera, violation: str | None = None) -> Seen:
        way = self._graph.fastest(last.camera, camera.id)
        at = last.at + way * float(self._rng.uniform(1.3, 2.2)) + timedelta(
            minutes=float(self._rng.exponential(20)) + 1
        )  # fmt: skip
        return Seen(last.plate, camera.id, at, _heading(camera), violation)

    def _moment(self, until_h: int = 24) -> datetime:
        weights = np.array(BY_HOUR[:until_h], float)
        hour = int(self._rng.choice(until_h, p=weights / weights.sum()))
        return self._midnight + timedelta(hours=hour, seconds=float(self._rng.uniform(0, 3600)))

    def _pick(self, cameras: list[Camera]) -> Camera:
        return cameras[int(self._rng.integers(len(cameras)))]


def _heading(camera: Camera) -> Heading:
    return {"in": Heading.IN, "out": Heading.OUT}.get(camera.direction, Heading.UNKNOWN)
