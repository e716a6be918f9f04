"""The workers of the fleet as actors on a Ray cluster: Ray places them, and nothing else.

Who owns which camera stands in the store, so that a node that Ray takes for dead, and is not, reads
no camera that another has. The actors outlive whoever placed them.
"""

import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ioc.errors import IocError, Unavailable
from ioc.serving import told_to_end
from ioc.settings import load_settings
from vision.member import Member
from vision.watching import Orders, watch_in_fleet

logger = logging.getLogger(__name__)

NAMESPACE = "ioc"
ROUND_S = 1.0
# One that does not answer for so long is given up; its cameras were taken long before.
ANSWER_S = 30.0
WORKS, ENDED = "works", "ended"


@dataclass(frozen=True)
class Placing:
    """Where workers are placed.

    Attributes:
        address: of the Ray cluster, or `auto` for the one of this machine.
        workers: how many; 0: as many as its nodes have room for.
        cpus: cores a worker is given, over 0.
        gpus: GPUs a worker is given; a share of one is possible.
    """

    address: str
    workers: int
    cpus: float
    gpus: float


class FleetActor:
    """A worker of the fleet within a process of Ray's."""

    def __init__(self, orders: Orders, env: Mapping[str, str]) -> None:
        """Begin to work; what the node's own environment says of IOC stands before `env`."""
        own = {name: value for name, value in os.environ.items() if name.startswith("IOC_")}
        self._settings = load_settings({**env, **own})
        self._orders = orders
        self._member: Member | None = None
        self._state = WORKS
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def state(self) -> str:
        """Return `works`, or that it has ended and why."""
        return self._state

    def leave(self) -> None:
        """Let others take its cameras; returns when it has ended, or after a while."""
        if self._member is not None:
            self._member.leave(self._orders.patience_s)
        self._thread.join(2 * self._orders.patience_s)

    def _run(self) -> None:
        try:
            watch_in_fleet(self._orders, self._settings, self._begin)
            self._state = ENDED
        except Exception as fault:  # the outermost loop of this thread
            logger.exception("worker %s failed", self._orders.worker)
            self._state = f"{ENDED}: {fault}"

    def _begin(self, member: Member) -> None:
        self._member = member


def keep_fleet(orders: Orders, placing: Placing) -> None:
    """Keep so many workers on the cluster until a signal ends it; then let them end as well.

    Raises:
        Unavailable: Ray is not installed, or the cluster does not answer.
    """
    try:
        import ray  # noqa: PLC0415  an extra: only where it is asked for
    except ImportError as fault:
        raise Unavailable("Ray is not installed: pip install 'open-ioc[fleet]'") from fault
    stop = told_to_end()
    try:
        ray.init(placing.address, namespace=NAMESPACE, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError) as fault:
        raise Unavailable(f"--ray {placing.address}: {fault}") from fault
    try:
        placed = Placed(ray, orders, placing)
        while not stop.is_set():
            placed.tend()
            stop.wait(ROUND_S)
        placed.end()
    finally:
        ray.shutdown()


class Placed:
    """The workers that stand on a cluster, by their names in the fleet."""

    def __init__(self, ray: Any, orders: Orders, placing: Placing) -> None:
        """Find the workers that an earlier run has left there."""
        self._ray = ray
        self._orders = orders
        self._placing = placing
        self._env = {name: value for name, value in os.environ.items() if name.startswith("IOC_")}
        self._actors: dict[str, Any] = {}
        self._asked: dict[str, tuple[Any, float]] = {}
        for number in range(1, self._wanted() + 1):
            name = self._name(number)
            try:
                self._actors[name] = ray.get_actor(name)
            except ValueError:
                continue

    def tend(self) -> None:
        """Place what is missing, and what has ended anew."""
        for name in list(self._actors):
            state = self._state(name)
            if state != WORKS:
                logger.warning("worker %s: %s", name, state)
                self._give_up(name)
        number = 0
        while len(self._actors) < self._wanted():
            number += 1
            if self._name(number) not in self._actors:
                self._place(self._name(number))

    def end(self) -> None:
        """Let all of them end at once, so that none waits for another."""
        asked = [actor.leave.remote() for actor in self._actors.values()]
        self._ray.wait(
            asked, num_returns=len(asked), timeout=2 * self._orders.patience_s
        ) if asked else None
        for name in list(self._actors):
            self._give_up(name)

    def _name(self, number: int) -> str:
        return f"{self._orders.worker}-{number}"

    def _wanted(self) -> int:
        if self._placing.workers:
            return self._placing.workers
        return sum(self._room(node) for node in self._ray.nodes() if node["Alive"])

    def _room(self, node: Mapping[str, Any]) -> int:
        has = node["Resources"]
        room = int(has.get("CPU", 0) / self._placing.cpus)
        if self._placing.gpus:
            room = min(room, int(has.get("GPU", 0) / self._placing.gpus))
        return room

    def _place(self, name: str) -> None:
        logger.info("worker %s is placed", name)
        actor = self._ray.remote(FleetActor).options(
            name=name,
            lifetime="detached",
            num_cpus=self._placing.cpus,
            num_gpus=self._placing.gpus,
            scheduling_strategy="SPREAD",
            max_concurrency=4,
        )
        self._actors[name] = actor.remote(replace(self._orders, worker=name), self._env)

    def _state(self, name: str) -> str:
        """Return what a worker answers; it works until it answers otherwise, or not for long."""
        asked, since_s = self._asked.get(name) or (self._ask(name), time.monotonic())
        self._asked[name] = asked, since_s
        done, _ = self._ray.wait([asked], timeout=0)
        is_late = time.monotonic() - since_s > ANSWER_S
        if not done:
            return f"{ENDED}: no answer" if is_late else WORKS
        del self._asked[name]
        try:
            return str(self._ray.get(asked))
        except self._ray.exceptions.ActorUnavailableError:
            if is_late:
                return f"{ENDED}: it cannot be reached"
            self._asked[name] = self._ask(name), since_s  # it may come back
            return WORKS
        except self._ray.exceptions.RayError as fault:
            return f"{ENDED}: {type(fault).__name__}"

    def _ask(self, name: str) -> Any:
        return self._actors[name].state.remote()

    def _give_up(self, name: str) -> None:
        self._asked.pop(name, None)
        try:
            self._ray.kill(self._actors.pop(name))
        except (IocError, ValueError, self._ray.exceptions.RayError) as fault:
            logger.warning("worker %s: %s", name, fault)
