"""Which vehicle passes which camera, how often at what hour. Pure, and repeatable by its seed.

Nobody is seen at two places sooner than one can drive there: the vehicles with a permit are many,
and each is asked where it was last. Residents pass without a permit wherever there is no gate.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ingest.simulator.rhythm import drawn
from ioc.demo_traffic import STRAY_SERIES, fleet
from ioc.permits.model import PermitClass
from ioc.places import Camera, City, Direction, RoadClass
from ioc.roads import CityRoads

# Reads an hour and camera at noon: a modest share of the 125 an hour of a real road camera.
HOURLY = {RoadClass.GATE: 30.0, RoadClass.MAIN: 20.0, RoadClass.LOCAL: 6.0, RoadClass.VENUE: 6.0}
# Of a hundred thousand reads so many are of a vehicle that may have no business there, by the
# room's alarm budget: 24 alerts an hour, half of which the scene cameras already make.
ASTRAY = {RoadClass.GATE: 250, RoadClass.MAIN: 250, RoadClass.LOCAL: 15_000}
OF = 100_000
RESIDENTS = "ABCDEFGH"
NUMBERS, STRIDE = 100_000, 7_919
# How many vehicles are asked whether they can be there, and how late they may set out.
TRIES = 100
SLACK, LONG_AGO = timedelta(seconds=30), timedelta(hours=12)
# Share of noon's traffic at each full hour of the city's day: quiet at three, peaks at 7 and 17.
DAY = (
    *(0.12, 0.08, 0.06, 0.05, 0.08, 0.25, 0.70, 1.25, 1.20, 1.05, 1.00, 0.95),
    *(0.85, 0.95, 1.00, 1.10, 1.30, 1.40, 1.10, 0.80, 0.60, 0.45, 0.30, 0.20),
)


@dataclass(frozen=True)
class Pass:
    """One vehicle at one camera."""

    camera: Camera
    plate: str
    heading: Direction
    confidence: float


class Traffic:
    """The traffic of a city at cameras nobody watches otherwise."""

    def __init__(
        self, city: City, demo: Mapping[str, Any], seed: int, roads: CityRoads | None = None
    ) -> None:
        """Take the cameras of `city` to which a parsed demo.toml gives no scene."""
        scenes = {entry["id"] for entry in demo.get("camera", ())}
        cameras = city.cameras.values()
        self._cameras = [c for c in cameras if c.id not in scenes and c.road_class in HOURLY]
        self._weights = [HOURLY[camera.road_class] for camera in self._cameras]
        self._roads = roads or CityRoads(city)
        self._homes = city.home_plates
        classes = fleet()
        self._fleet = {
            kind: [plate for plate, permit in classes.items() if permit is kind]
            for kind in (PermitClass.GREEN, PermitClass.YELLOW)
        }
        self._last: dict[str, tuple[str, datetime]] = {}
        self._random = random.Random(seed)
        self._invents = self._random.randrange(NUMBERS)

    def rate(self, at: datetime) -> float:
        """Return the passes a second at the city's local time `at`."""
        return sum(self._weights) / 3600 * share_of_day(at)

    def passes(self, seconds: float, at: datetime) -> Iterator[Pass]:
        """Yield what passes within `seconds` (already multiplied by the speed) at local `at`."""
        if not self._cameras:
            return
        for _ in range(drawn(self.rate(at) * seconds, self._random)):
            camera = self._random.choices(self._cameras, self._weights)[0]
            is_astray = self._random.randrange(OF) < ASTRAY.get(camera.road_class, 0)
            plate = self._plate(camera, at, is_astray=is_astray)
            if plate is None:
                continue
            heading = camera.direction
            if heading is Direction.BOTH:
                heading = self._random.choice((Direction.IN, Direction.OUT))
            yield Pass(camera, plate, heading, round(self._random.uniform(0.96, 0.999), 3))

    def _plate(self, camera: Camera, at: datetime, *, is_astray: bool) -> str | None:
        if is_astray and camera.road_class is RoadClass.MAIN:
            return self._one_of(PermitClass.YELLOW, camera, at)
        if is_astray:
            return self._invented(STRAY_SERIES)
        if camera.road_class is RoadClass.GATE or not self._homes:
            return self._one_of(PermitClass.GREEN, camera, at)
        home = self._random.choice(self._homes)
        return self._invented(f"{home}{self._random.choice(RESIDENTS)}")

    def _invented(self, series: str) -> str:
        """Return a plate that does not come again for long: a step prime to all numbers."""
        self._invents += 1
        return f"{series}{self._invents * STRIDE % NUMBERS:05}"

    def _one_of(self, kind: PermitClass, camera: Camera, at: datetime) -> str | None:
        """Return a vehicle that can be at `camera` by now; None when all tried are elsewhere."""
        graph = self._roads.on(at.date())
        for plate in self._random.choices(self._fleet[kind], k=TRIES):
            last, seen_at = self._last.get(plate, (camera.id, at - LONG_AGO))
            if graph.is_feasible(last, camera.id, at - seen_at - SLACK):
                self._last[plate] = camera.id, at
                return plate
        return None


def share_of_day(at: datetime) -> float:
    """Return the share of noon's traffic at local `at`, between full hours in a straight line."""
    here, there = DAY[at.hour], DAY[(at.hour + 1) % 24]
    return here + (there - here) * (at.minute * 60 + at.second) / 3600
