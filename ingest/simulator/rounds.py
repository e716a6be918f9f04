"""Where units are that have nothing to do: on their rounds near their stations. Pure by its seed.

A unit that is on an alert stands where it was: who works on alerts in a demo is who looks at it.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import cos, hypot, radians
from typing import Any

from ioc.places import Camera

KM_A_DEGREE = 111.2
ROUND_KM = 8.0
KMH = 30.0
FREE = "free"

Spot = tuple[float, float]


class Rounds:
    """The rounds of a city's units, from camera to camera about their stations."""

    def __init__(self, cameras: Sequence[Camera], seed: int) -> None:
        """Take the cameras past which the units drive."""
        self._spots = [(camera.lat, camera.lon) for camera in cameras]
        self._random = random.Random(seed)
        self._at: dict[str, Spot] = {}
        self._to: dict[str, Spot] = {}
        self._home: dict[str, Spot] = {}

    def move(
        self, units: Sequence[Mapping[str, Any]], seconds: float, now: datetime
    ) -> list[dict[str, Any]]:
        """Return the updates of the free ones among `units` after `seconds` of driving."""
        updates = []
        for unit in units:
            name = str(unit["id"])
            home = self._home.setdefault(name, (unit["lat"], unit["lon"]))
            if unit["status"] != FREE:
                continue
            here = self._drive(name, self._at.get(name, home), home, seconds / 3600 * KMH)
            lat, lon = round(here[0], 5), round(here[1], 5)
            place = {"patrol": name, "at": now.isoformat(), "lat": lat, "lon": lon}
            updates.append({"id": f"{name}-{now.timestamp():.0f}", **place})
        return updates

    def _drive(self, name: str, here: Spot, home: Spot, km: float) -> Spot:
        goal = self._to.setdefault(name, self._goal(home))
        left = _km(here, goal)
        if left <= km:
            self._to[name] = self._goal(home)
            self._at[name] = goal
            return goal
        share = km / left
        self._at[name] = (
            here[0] + share * (goal[0] - here[0]),
            here[1] + share * (goal[1] - here[1]),
        )
        return self._at[name]

    def _goal(self, home: Spot) -> Spot:
        near = [spot for spot in self._spots if _km(spot, home) <= ROUND_KM]
        return self._random.choice(near or [home])


def _km(one: Spot, other: Spot) -> float:
    shrink = cos(radians(one[0]))
    return KM_A_DEGREE * hypot(one[0] - other[0], (one[1] - other[1]) * shrink)
