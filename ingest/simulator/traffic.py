"""Which vehicle passes which camera, how often at what hour. Pure, and repeatable by its seed."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ioc.places import Camera, Direction, RoadClass

# Reads an hour and camera at noon: a modest share of the 125 an hour of a real road camera.
HOURLY = {RoadClass.GATE: 30.0, RoadClass.MAIN: 20.0, RoadClass.LOCAL: 6.0, RoadClass.VENUE: 6.0}
# Of a hundred thousand reads so many are of a vehicle that may have no business there, by the
# room's alarm budget: 24 alerts an hour, half of which the scene cameras already make.
ASTRAY = {RoadClass.GATE: 250, RoadClass.MAIN: 250, RoadClass.LOCAL: 15_000}
OF = 100_000
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

    def __init__(self, cameras: Sequence[Camera], demo: Mapping[str, Any], seed: int) -> None:
        """Take the vehicles of a parsed demo.toml, and the cameras that it gives no scene."""
        scenes = {entry["id"] for entry in demo.get("camera", ())}
        self._cameras = [c for c in cameras if c.id not in scenes and c.road_class in HOURLY]
        self._weights = [HOURLY[camera.road_class] for camera in self._cameras]
        vehicles = demo.get("vehicle", ())
        self._all = [str(entry["plate"]) for entry in vehicles]
        self._permitted = [str(entry["plate"]) for entry in vehicles if _may_go_anywhere(entry)]
        self._random = random.Random(seed)

    def rate(self, at: datetime) -> float:
        """Return the passes a second at the city's local time `at`."""
        return sum(self._weights) / 3600 * share_of_day(at)

    def passes(self, seconds: float, at: datetime) -> Iterator[Pass]:
        """Yield what passes within `seconds` (already multiplied by the speed) at local `at`."""
        if not self._cameras or not self._permitted:
            return
        for _ in range(self._poisson(self.rate(at) * seconds)):
            camera = self._random.choices(self._cameras, self._weights)[0]
            is_astray = self._random.randrange(OF) < ASTRAY.get(camera.road_class, 0)
            plate = self._random.choice(self._all if is_astray else self._permitted)
            heading = camera.direction
            if heading is Direction.BOTH:
                heading = self._random.choice((Direction.IN, Direction.OUT))
            yield Pass(camera, plate, heading, round(self._random.uniform(0.96, 0.999), 3))

    def _poisson(self, mean: float) -> int:
        # Knuth's way is exact for small means; large ones are near enough to a normal.
        if mean > 50:
            return max(0, round(self._random.gauss(mean, math.sqrt(mean))))
        limit, count, product = math.exp(-mean), 0, self._random.random()
        while product > limit:
            count += 1
            product *= self._random.random()
        return count


def share_of_day(at: datetime) -> float:
    """Return the share of noon's traffic at local `at`, between full hours in a straight line."""
    here, there = DAY[at.hour], DAY[(at.hour + 1) % 24]
    return here + (there - here) * (at.minute * 60 + at.second) / 3600


def _may_go_anywhere(entry: Mapping[str, Any]) -> bool:
    is_valid = entry.get("from_hours", 1) < 0 < entry.get("until_hours", 0)
    return entry.get("permit") == "green" and is_valid and "revoked_hours" not in entry
