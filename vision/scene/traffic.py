"""Which vehicle passes the camera when, or parks before it: drawn at random, or told by pass."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np

from ioc.errors import InvalidInput
from vision.scene.face import Blank
from vision.scene.mesh import Place
from vision.scene.numbers import random_plate
from vision.scene.vehicles import Kind, Vehicle, kind_of

LANES_X_M = (-1.35, 1.35)
# The plate is this far from the camera at `at_s`, where it is read best.
LINE_M = 8.0
FAR_M = 50.0
BEHIND_M = -7.5
MAX_PER_MINUTE = 60.0
DIRECTIONS = ("in", "out", "both")
BASE_KMH = {Kind.CAR: 23.0, Kind.LORRY: 21.0, Kind.MOTORBIKE: 16.0}
SLOWEST_KMH = 15.0
# No run drawn at random is in the picture longer than this before or after its line.
LONGEST_RUN_S = 16.0
# Where vehicles park: their plate is readable there, and the lanes beside stay free.
KERB_X_M = (-3.05, 3.05)
KERB_M = 14.0


@dataclass(frozen=True)
class Run:
    """One vehicle driving by at an even speed.

    Attributes:
        number: names the run in its scene.
        vehicle: what drives.
        at_s: the scene's time at which its plate is LINE_M from the camera.
        speed_kmh: over 0.
        lane: 0 left, 1 right in the picture.
        is_leaving: it shows its rear and drives away; otherwise it comes and shows its front.
        aside_m: how far right of its lane's middle.
        turn: radians, its heading against the road's.
        line_m: its plate is this far away at `at_s`.
        stands_s: so long it stands there before it drives on.
    """

    number: int
    vehicle: Vehicle
    at_s: float
    speed_kmh: float
    lane: int
    is_leaving: bool
    aside_m: float = 0.0
    turn: float = 0.0
    line_m: float = LINE_M
    stands_s: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.speed_kmh <= 200:
            raise InvalidInput("speed_kmh", "must lie between 1 and 200")
        if self.lane not in (0, 1):
            raise InvalidInput("lane", "must be 0 (left) or 1 (right)")

    @property
    def speed_ms(self) -> float:
        """Metres a second."""
        return self.speed_kmh / 3.6

    def place(self, t_s: float) -> Place:
        """Return where its near face stands at `t_s`."""
        driven_s = t_s - self.at_s
        driven_s -= min(max(driven_s, 0.0), self.stands_s)
        gone = self.speed_ms * driven_s
        y = self.line_m + gone if self.is_leaving else self.line_m - gone
        return Place(LANES_X_M[self.lane] + self.aside_m, y, self.turn)

    def span_s(self) -> tuple[float, float]:
        """Return the first and last time at which any of it can be in the picture."""
        far = (FAR_M - self.line_m) / self.speed_ms
        near = (self.line_m - BEHIND_M) / self.speed_ms
        before, after = (near, far) if self.is_leaving else (far, near)
        return self.at_s - before, self.at_s + self.stands_s + after


@dataclass(frozen=True)
class Manner:
    """How random traffic drives.

    Attributes:
        kmh: of a car, 15 to 120; lorries and motorbikes in proportion.
        abreast: share of motorbikes beside which another one rides, 0-1.
        parking: share of vehicles that stop at the kerb, stay and drive on, 0-0.16.
    """

    kmh: float = BASE_KMH[Kind.CAR]
    abreast: float = 0.0
    parking: float = 0.0

    def __post_init__(self) -> None:
        for name, low, high in (("kmh", SLOWEST_KMH, 120), ("abreast", 0, 1), ("parking", 0, 0.16)):
            if not low <= getattr(self, name) <= high:
                raise InvalidInput(name, f"must lie between {low:g} and {high:g}")

    @property
    def every(self) -> int:
        """One vehicle in so many parks; 0 = none does."""
        return round(1 / self.parking) if self.parking else 0


PLAIN_MANNER = Manner()


class SceneScript(Protocol):
    """Where a scene's runs come from."""

    def runs(self, from_s: float, until_s: float) -> list[Run]:
        """Return each run with `from_s <= at_s < until_s`, by `at_s`."""

    def present(self, t_s: float) -> list[Run]:
        """Return each run of which something can be in the picture at `t_s`."""


@dataclass(frozen=True)
class PlannedTraffic:
    """Exactly these runs."""

    planned: tuple[Run, ...]

    def runs(self, from_s: float, until_s: float) -> list[Run]:
        """Return the runs of this span, by `at_s`."""
        found = [run for run in self.planned if from_s <= run.at_s < until_s]
        return sorted(found, key=lambda run: run.at_s)

    def present(self, t_s: float) -> list[Run]:
        """Return the runs in the picture at `t_s`."""
        return [run for run in self.planned if _is_present(run, t_s)]


class RandomTraffic:
    """Endless traffic, the same at the same time for the same seed.

    Time is cut into slots of 60/per_minute seconds, one vehicle each, none before t = 0. Vehicles
    come in the order of a shuffled deck in which each stands as often as its weight says, evenly
    spread.
    """

    def __init__(
        self,
        seed: int,
        per_minute: float,
        vehicles: tuple[tuple[Vehicle, int], ...] = (),
        direction: str = "in",
        manner: Manner = PLAIN_MANNER,
    ) -> None:
        """Set the traffic up; nothing is drawn yet.

        Args:
            seed: any integer of 0 or more.
            per_minute: vehicles a minute, over 0 to 60.
            vehicles: (vehicle, weight of 1 or more); empty: numbers drawn at random.
            direction: in = cars come, out = they leave, both = either. Motorbikes always leave,
                since they carry their plate behind.
            manner: how they drive.

        Raises:
            InvalidInput: one of them is out of range.
        """
        if not 0 < per_minute <= MAX_PER_MINUTE:
            raise InvalidInput("per_minute", f"must lie over 0 and up to {MAX_PER_MINUTE:g}")
        if direction not in DIRECTIONS:
            raise InvalidInput("direction", f"must be one of {', '.join(DIRECTIONS)}")
        if any(weight < 1 for _, weight in vehicles):
            raise InvalidInput("plates", "a weight must be 1 or more")
        self.seed, self.direction, self.slot_s = seed, direction, 60.0 / per_minute
        self._vehicles, self._manner = vehicles, manner
        # Each of the two kerbs has its turn every second time, and is free again by then.
        self._stands_s = 1.4 * manner.every * self.slot_s
        self._total = sum(weight for _, weight in vehicles)
        self._runs = lru_cache(maxsize=256)(self._slot_runs)
        self._deck = lru_cache(maxsize=4)(self._shuffled)

    def runs(self, from_s: float, until_s: float) -> list[Run]:
        """Return the runs of this span, by `at_s`."""
        first = max(0, math.floor(from_s / self.slot_s) - 1)
        last = max(first, math.ceil(until_s / self.slot_s))
        found = [run for slot in range(first, last) for run in self._runs(slot)]
        return sorted((r for r in found if from_s <= r.at_s < until_s), key=lambda run: run.at_s)

    def present(self, t_s: float) -> list[Run]:
        """Return the runs in the picture at `t_s`."""
        near = self.runs(t_s - LONGEST_RUN_S - self._stands_s, t_s + LONGEST_RUN_S)
        return [run for run in near if _is_present(run, t_s)]

    def _slot_runs(self, slot: int) -> tuple[Run, ...]:
        rng = np.random.default_rng((self.seed, slot))
        vehicle = self._drawn(slot, rng)
        is_bike = vehicle.kind is Kind.MOTORBIKE
        # Close followers must drive alike, or they would meet before the camera.
        spread = min(0.18, 0.02 * self.slot_s)
        speed = BASE_KMH[vehicle.kind] * rng.uniform(1 - spread, 1 + spread)
        leaves = self.direction == "out" or (self.direction == "both" and rng.random() < 0.5)
        run = Run(
            number=slot,
            vehicle=vehicle,
            at_s=(slot + 0.5 + float(rng.uniform(-0.22, 0.22))) * self.slot_s,
            speed_kmh=float(speed) * self._manner.kmh / BASE_KMH[Kind.CAR],
            lane=int(leaves or is_bike),
            is_leaving=leaves or is_bike,
            aside_m=float(rng.uniform(-0.5, 0.0) if is_bike else rng.uniform(-0.12, 0.12)),
            turn=float(rng.normal(0, 0.02)),
        )
        every = self._manner.every
        if every and slot % every == every // 2:
            return (self._parked(run, slot // every % 2),)
        if is_bike and rng.random() < self._manner.abreast:
            return self._paired(run, rng)
        return (run,)

    def _parked(self, run: Run, kerb: int) -> Run:
        """Return the run with a stay at a kerb, or as it is where it would have to turn for it."""
        if kerb == 0 and run.vehicle.kind is Kind.MOTORBIKE:
            return run
        aside = KERB_X_M[kerb] - LANES_X_M[kerb]
        return replace(
            run, lane=kerb, is_leaving=kerb == 1, aside_m=aside, turn=0.0, line_m=KERB_M,
            stands_s=self._stands_s,
        )  # fmt: skip

    def _paired(self, run: Run, rng: np.random.Generator) -> tuple[Run, ...]:
        """Return a motorbike and the one beside it, never quite level."""
        face = random_plate(rng, Blank.MOTORBIKE)
        mate = replace(
            run, number=-1 - run.number, vehicle=Vehicle(face, Kind.MOTORBIKE),
            at_s=run.at_s + float(rng.uniform(-0.2, 0.2)), aside_m=float(rng.uniform(0.1, 0.3)),
        )  # fmt: skip
        return replace(run, aside_m=float(rng.uniform(-0.85, -0.7))), mate

    def _drawn(self, slot: int, rng: np.random.Generator) -> Vehicle:
        if not self._vehicles:
            face = random_plate(rng)
            return Vehicle(face, kind_of(face))
        deck = self._deck(slot // self._total)
        return self._vehicles[deck[slot % self._total]][0]

    def _shuffled(self, number: int) -> tuple[int, ...]:
        """Return the order in which vehicles come until each has come as often as its weight."""
        rng = np.random.default_rng((self.seed, number, 1))
        spots = [
            ((k + float(rng.random())) / weight, i)
            for i, (_, weight) in enumerate(self._vehicles)
            for k in range(weight)
        ]
        return tuple(i for _, i in sorted(spots))


def _is_present(run: Run, t_s: float) -> bool:
    begin, end = run.span_s()
    return begin <= t_s <= end
