"""A worker's place in the fleet: once a second it asks which cameras are its own.

While the store is away it goes on with those it has: nobody can take them meanwhile, and what it
reads waits on its disk.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from functools import partial

from ioc.centre import Centre
from ioc.errors import Conflict, IocError
from ioc.fleet.model import LEASE, Orders, Worker
from ioc.fleet.service import give, join, part, take_orders
from vision.passing import VehiclePass
from vision.worker import Post, Watch

logger = logging.getLogger(__name__)

ROUND_S = 1.0
# Until it knows who else is there: then those that start together do not take all there is.
FIRST_ROUND_S = 0.5
# A camera is seen once it was looked at for so long: so long vehicles were followed unheard.
SEES_AFTER_S = 2.0
# Whoever is started anew waits so long at most for others to take its cameras.
ROLL_S = 30.0
TELL_S = 3.0
END_S = 4.0

# Makes the post of a camera; its sink is given by the member.
MakePost = Callable[[str], Post]
# Keeps what passed a camera, under the number of its lease.
LeasedSink = Callable[[str, VehiclePass, int], object]
# Waits until what was kept is sent, so many seconds at most.
Drain = Callable[[float], object]


class Member:
    """The thread that keeps a watch to the cameras the fleet gives it."""

    def __init__(
        self, centre: Centre, worker: Worker, watch: Watch, make: MakePost, sink: LeasedSink
    ) -> None:
        """Remember who and what; `start` joins the fleet."""
        self._centre = centre
        self._worker = worker
        self._watch = watch
        self._make = make
        self._sink = sink
        self._posts: dict[str, Post] = {}
        self._numbers: dict[str, int] = {}
        self._leaving = threading.Event()
        self._patience_s = ROLL_S
        self._leaves_by: float | None = None
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="member", daemon=True)
        self.drain: Drain = lambda _patience_s: None
        self.fault: Conflict | None = None

    def start(self) -> None:
        """Join the fleet, and begin to ask."""
        self._thread.start()

    def leave(self, patience_s: float) -> None:
        """Let others take the cameras, then stop the watch; may be called from a signal handler.

        It stops after `patience_s` though nobody took them.
        """
        self._patience_s = patience_s
        self._leaving.set()
        self._wake.set()

    def end(self) -> None:
        """Let go of what is left; the watch has ended, and what it told is sent."""
        self._leaves_by = time.monotonic()
        self.leave(0)
        self._thread.join(END_S)
        try:
            part(self._centre, self._worker)
        except IocError as fault:
            logger.warning("the fleet will notice only later that this worker is gone: %s", fault)

    def _run(self) -> None:
        heard_s: float | None = None
        has_joined = False
        wait_s = FIRST_ROUND_S
        while True:
            begun_s = time.monotonic()
            was_away = heard_s is None or begun_s - heard_s > LEASE.total_seconds()
            try:
                if not has_joined:
                    join(self._centre, self._worker)
                    has_joined = True
                if self._take_round(was_away=was_away):
                    break
                heard_s = begun_s
            except Conflict as fault:
                logger.error("%s", fault)  # noqa: TRY400  its sentence is enough
                self.fault = fault
                break
            except Exception as fault:  # noqa: BLE001  the outermost loop of this thread
                logger.warning("the fleet cannot be asked: %s", fault)
                if self._leaving.is_set():
                    break
            self._wake.wait(wait_s)
            self._wake.clear()
            wait_s = ROUND_S / 4 if self._is_changing() else ROUND_S
        self._watch.stop()

    def _take_round(self, *, was_away: bool) -> bool:
        """Ask for orders and carry them out; tell whether it is time to end."""
        is_leaving = self._leaving.is_set()
        orders = take_orders(
            self._centre, self._worker, self._seen(), was_away=was_away, is_leaving=is_leaving
        )
        self._follow(orders)
        if not orders.is_leaving:
            return False
        self._leaving.set()
        self._leaves_by = self._leaves_by or time.monotonic() + self._patience_s
        return not orders.is_awaited or time.monotonic() > self._leaves_by

    def _follow(self, orders: Orders) -> None:
        for camera in self._posts.keys() - orders.owned.keys() - orders.warming:
            self._watch.dismiss(self._posts.pop(camera))
        for camera, number in orders.owned.items():
            self._own(camera, number)
        for camera in orders.warming:
            if camera in self._posts:
                self._posts[camera].is_held = True  # it was taken while this worker was away
            else:
                self._begin(camera, is_held=True)
        self._numbers = dict(orders.owned)
        self._give(orders.giving)

    def _own(self, camera: str, number: int) -> None:
        sink = partial(self._told, camera, number)
        post = self._posts.get(camera) or self._begin(camera, is_held=False, sink=sink)
        if self._numbers.get(camera) != number:
            logger.info("camera %s is watched under number %d", camera, number)
            post.sink = sink
            post.is_held = False

    def _begin(
        self, camera: str, *, is_held: bool, sink: Callable[[VehiclePass], object] | None = None
    ) -> Post:
        post = self._make(camera)
        post.is_held = is_held
        post.sink = sink or post.sink
        self._posts[camera] = post
        self._watch.admit(post)
        return post

    def _told(self, camera: str, number: int, seen: VehiclePass) -> None:
        self._sink(camera, seen, number)

    def _is_changing(self) -> bool:
        return self._leaving.is_set() or any(post.is_held for post in self._posts.values())

    def _seen(self) -> Collection[str]:
        limit_s = time.monotonic() - SEES_AFTER_S
        return {c for c, post in self._posts.items() if 0 < post.first_at <= limit_s}

    def _give(self, cameras: Collection[str]) -> None:
        """Hand cameras over: what this worker saw of them is told and sent before."""
        limit_s = time.monotonic() + TELL_S
        gone = [self._watch.dismiss(self._posts.pop(camera)) for camera in cameras]
        for event in gone:
            event.wait(max(0.0, limit_s - time.monotonic()))
        if cameras:
            self.drain(max(0.1, limit_s - time.monotonic()))
        for camera in cameras:
            given = give(self._centre, self._worker, camera)
            logger.info("camera %s is %s", camera, "handed over" if given else "kept: nobody came")
