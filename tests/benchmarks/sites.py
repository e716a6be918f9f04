"""Machines and what they have to do, as a discrete-event simulation: vision workers, and a centre.

A core is a resource; work comes in slices, so that threads share cores about as fairly as Linux
lets them. Nothing is fitted to the run that is foretold: every cost is a unit cost of `Costs`.
"""

import random
from collections.abc import Generator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import simpy

# How often a camera's thread takes what has come, and how long a thread runs at a time, in seconds.
STEP_S, SLICE_S = 0.2, 0.005
LOOKS_PER_S = 5.0
Event = Generator[Any, Any, None]


@dataclass(frozen=True)
class Costs:
    """What one of each costs, in seconds of a core, MB and bytes; see docs/capacity.md.

    `told_by_looks`: of vehicles that get so many looks, which share is told; rising, up to 1.
    """

    quiet_camera_cores: float
    vehicle_taking_core_s: float
    look_core_s: float
    looks_a_vehicle: float
    rest_cores_a_camera: float
    memory_mb_a_process: float
    memory_mb_a_camera: float
    told_by_looks: tuple[tuple[float, float], ...]
    read_core_s: float
    scan_core_s: float
    single_scan_core_s: float
    screen_cores: float
    commit_s: float
    bytes_a_read: float
    bytes_a_scan: float
    kb_of_pictures_a_read: float
    mbit_s_a_camera: float

    def told(self, looks: float) -> float:
        """Return the share of vehicles told that get so many looks, between what was measured."""
        known = ((0.0, 0.0), *self.told_by_looks)
        for (low, there), (high, then) in pairwise(known):
            if looks <= high:
                return there + (then - there) * (looks - low) / (high - low)
        return known[-1][1]


@dataclass(frozen=True)
class Watched:
    """How cameras do on one machine."""

    cameras: int
    cores: float
    memory_mb: float
    looks_a_vehicle: float
    share_told: float
    look_waits_p95_s: float


class VisionMachine:
    """Cameras in the processes of one machine: a thread takes each one's pictures, one looks."""

    def __init__(self, costs: Costs, cameras: int, cores: int, *, processes: int = 1) -> None:
        """Share `cameras` out among `processes`, on `cores`."""
        self.costs, self.cameras, self.processes = costs, cameras, processes
        self.env = simpy.Environment()
        self.cpu = simpy.Resource(self.env, capacity=cores)
        self.busy_s = 0.0
        self.vehicles = 0
        self.looks = 0
        self.waits: list[float] = []
        # Which vehicles wait for a look, since when; the newest picture of each alone.
        self.slots: list[dict[int, float]] = [{} for _ in range(processes)]
        self.passing: list[set[int]] = [set() for _ in range(cameras)]

    def run(self, seconds: float, per_minute: float, seed: int = 1) -> Watched:
        """Return how they do while `per_minute` vehicles pass each camera."""
        chance = random.Random(seed)
        for camera in range(self.cameras):
            own = random.Random(chance.random())
            self.env.process(self._vehicles(camera, per_minute, own))
            self.env.process(self._taking(camera, own.random() * STEP_S))
        for number in range(self.processes):
            self.env.process(self._looking(self.slots[number]))
        self.env.run(until=seconds)
        looks = self.looks / max(self.vehicles, 1)
        waits = sorted(self.waits) or [0.0]
        costs = self.costs
        memory = (
            costs.memory_mb_a_process * self.processes + costs.memory_mb_a_camera * self.cameras
        )
        return Watched(
            self.cameras,
            round(self.busy_s / seconds, 2),
            round(memory),
            round(looks, 1),
            round(costs.told(looks), 4),
            round(waits[int(0.95 * (len(waits) - 1))], 3),
        )

    def _vehicles(self, camera: int, per_minute: float, chance: random.Random) -> Event:
        before_s = self.costs.looks_a_vehicle / LOOKS_PER_S
        while True:
            yield self.env.timeout(chance.expovariate(per_minute / 60))
            self.vehicles += 1
            self.env.process(self._passes(camera, before_s))

    def _passes(self, camera: int, seconds: float) -> Event:
        vehicle = self.vehicles
        self.passing[camera].add(vehicle)
        yield self.env.timeout(seconds)
        self.passing[camera].discard(vehicle)

    def _taking(self, camera: int, begins_s: float) -> Event:
        costs = self.costs
        before_s = costs.looks_a_vehicle / LOOKS_PER_S
        yield self.env.timeout(begins_s)
        due = self.env.now
        while True:
            work_s = STEP_S * (costs.quiet_camera_cores + costs.rest_cores_a_camera)
            # Costs of a vehicle are of the traffic they were measured in: that some share their
            # pictures is in them.
            work_s += STEP_S * len(self.passing[camera]) * costs.vehicle_taking_core_s / before_s
            yield from self._use(work_s)
            for vehicle in self.passing[camera]:
                self.slots[camera % self.processes].setdefault(vehicle, self.env.now)
            due += STEP_S
            yield self.env.timeout(max(0.0, due - self.env.now))

    def _looking(self, slots: dict[int, float]) -> Event:
        while True:
            if not slots:
                yield self.env.timeout(SLICE_S)
                continue
            for vehicle in list(slots):
                since = slots.pop(vehicle)
                yield from self._use(self.costs.look_core_s)
                self.looks += 1
                self.waits.append(self.env.now - since)

    def _use(self, work_s: float) -> Event:
        while work_s > 0:
            with self.cpu.request() as turn:
                yield turn
                part = min(SLICE_S, work_s)
                yield self.env.timeout(part)
                self.busy_s += part
                work_s -= part


@dataclass(frozen=True)
class Served:
    """How a centre does: cores used, and how long reads and scans wait for their answers."""

    cores: float
    read_p95_s: float
    scan_p95_s: float


@dataclass(frozen=True)
class Load:
    """What comes to a centre in a second of its busiest hour."""

    reads: float
    scans: float
    single_scans: float
    screens: int


class Centre:
    """API, pages and store on the cores of one machine, or as many as many have together."""

    def __init__(self, costs: Costs, cores: int) -> None:
        """Begin idle."""
        self.costs = costs
        self.env = simpy.Environment()
        self.cpu = simpy.Resource(self.env, capacity=cores)
        self.busy_s = 0.0
        self.answers: dict[str, list[float]] = {"read": [], "scan": []}

    def run(self, load: Load, seconds: float, seed: int = 1) -> Served:
        """Return how it does under `load`."""
        chance, costs = random.Random(seed), self.costs
        streams = [
            ("read", load.reads, costs.read_core_s),
            ("scan", load.scans / 100, 100 * costs.scan_core_s),
            ("scan", load.single_scans, costs.single_scan_core_s),
            # Each screen is pushed to about twice a second: see bench_screens.
            ("push", 2.0 * load.screens, costs.screen_cores / 2.0),
        ]
        for kind, rate, work_s in streams:
            if rate > 0:
                self.env.process(self._stream(kind, rate, work_s, random.Random(chance.random())))
        self.env.run(until=seconds)
        return Served(round(self.busy_s / seconds, 2), self._p95("read"), self._p95("scan"))

    def _stream(self, kind: str, rate: float, work_s: float, chance: random.Random) -> Event:
        while True:
            yield self.env.timeout(chance.expovariate(rate))
            self.env.process(self._serve(kind, work_s))

    def _serve(self, kind: str, work_s: float) -> Event:
        begun = self.env.now
        with self.cpu.request() as turn:
            yield turn
            yield self.env.timeout(work_s)
            self.busy_s += work_s
        if kind in self.answers:
            yield self.env.timeout(self.costs.commit_s)
            self.answers[kind].append(self.env.now - begun)

    def _p95(self, kind: str) -> float:
        waits = sorted(self.answers[kind]) or [0.0]
        return round(waits[int(0.95 * (len(waits) - 1))], 4)
