"""One per process: re-reads the store and hands every open screen what its seat may see.

A hint on the live channel means "look again", never more. A page that somebody watches is read
at once on a hint, every two seconds without one, and when the channel came back; hints in quick
succession are taken together. Reading and drawing run off the event loop, once for all screens of
the same seat. When the store does not answer, the screens are told so, with the time of the last
good data.
"""

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from math import floor

from redis.exceptions import RedisError

from dashboards.reading import wanted_since
from dashboards.screen import Picture, Screen, Seat
from dashboards.wire import Message
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.errors import IocError
from ioc.live import Topic

logger = logging.getLogger(__name__)

PATIENCE_S = 5.0
RECONNECT_S = 1.0
BEAT_S = 5.0
# More at once only take the interpreter from one another.
DRAWERS = 3
# A timer of the loop may come so much early.
JITTER_S = 0.002


@dataclass
class _Feed:
    """One page drawn for one seat, and the screens that wait for it."""

    screen: Screen
    seat: Seat
    hint: asyncio.Event = field(default_factory=asyncio.Event)
    queues: set[asyncio.Queue[Message]] = field(default_factory=set)
    last: Message | None = None
    good_at: datetime | None = None
    hinted_at: float = 0.0

    def wake(self) -> None:
        """Draw as soon as it may be, from data that are not older than this."""
        self.hinted_at = time.monotonic()
        self.hint.set()

    def give(self, message: Message) -> None:
        """Hand `message` to every screen; one that is slow misses the older, never the newest."""
        self.last = message
        for queue in self.queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)


class Hub:
    """The feeds of one process."""

    def __init__(self, centre: Centre, screens: Mapping[Page, Screen]) -> None:
        """Serve `screens`; nothing is read before somebody watches."""
        self._centre = centre
        self._screens = screens
        self._feeds: dict[tuple[Page, Seat], _Feed] = {}
        self._tasks: dict[tuple[Page, Seat], asyncio.Task[None]] = {}
        self._drawers = ThreadPoolExecutor(DRAWERS, "draw")

    async def run(self) -> None:
        """Listen and beat until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._beat())

    @contextmanager
    def watch(self, page: Page, seat: Seat) -> Iterator[asyncio.Queue[Message]]:
        """Yield the queue of one screen; it holds the newest message alone."""
        key = (page, seat)
        if key not in self._feeds:
            self._feeds[key] = _Feed(self._screens[page], seat)
            self._tasks[key] = asyncio.create_task(self._follow(self._feeds[key]))
        feed = self._feeds[key]
        queue: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
        if feed.last is not None:
            queue.put_nowait(feed.last)
        feed.queues.add(queue)
        try:
            yield queue
        finally:
            feed.queues.discard(queue)
            if not feed.queues:
                self._tasks.pop(key).cancel()
                del self._feeds[key]

    def shows(self, page: Page) -> bool:
        """Tell whether there is such a page."""
        return page in self._screens

    @property
    def watchers(self) -> int:
        """Return how many screens are open."""
        return sum(len(feed.queues) for feed in self._feeds.values())

    async def close(self) -> None:
        """Stop every feed."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._drawers.shutdown(wait=False, cancel_futures=True)

    async def _follow(self, feed: _Feed) -> None:
        clock = asyncio.get_running_loop().time
        reading: asyncio.Task[Picture] | None = None
        while True:
            begun = clock()
            feed.hint.clear()
            # What others of this page read meanwhile will do, unless something happened since.
            wanted_since.set(max(feed.hinted_at, time.monotonic() - feed.screen.least_s))
            reading = reading or asyncio.create_task(self._drawn(feed))
            # A store that hangs must not hold one thread more with every try.
            await asyncio.wait({reading}, timeout=PATIENCE_S)
            picture, reading = (_outcome(reading), None) if reading.done() else (None, reading)
            self._tell(feed, picture)
            with suppress(TimeoutError):
                async with asyncio.timeout(feed.screen.every_s):
                    await feed.hint.wait()
            await asyncio.sleep(next_turn(begun, feed.screen.least_s) - clock())

    async def _drawn(self, feed: _Feed) -> Picture:
        """Draw in a thread of its own kind: who stands at a door does not wait behind a drawing."""

        def draw(centre: Centre) -> Picture:
            return feed.screen.draw(centre, feed.seat)

        work = partial(copy_context().run, self._centre.read, draw)
        return await asyncio.get_running_loop().run_in_executor(self._drawers, work)

    def _tell(self, feed: _Feed, picture: Picture | None) -> None:
        if picture is not None:
            feed.good_at = picture.as_of
        feed.give(Message(self._centre.now(), feed.good_at, picture, feed.screen.every_s))

    async def _listen(self) -> None:
        while True:
            self._hint(None)
            try:
                async for topic in self._centre.live.changes():
                    self._hint(topic)
            except (RedisError, OSError) as fault:
                logger.warning("the live channel is away: %s", fault)
            await asyncio.sleep(RECONNECT_S)

    def _hint(self, topic: Topic | None) -> None:
        for feed in self._feeds.values():
            # A change of access makes every screen ask at once whether it may go on.
            if topic in (None, Topic.ACCESS) or topic in feed.screen.topics:
                feed.wake()

    async def _beat(self) -> None:
        while True:
            state = {"screens": self.watchers, "at": self._centre.now().isoformat()}
            await asyncio.to_thread(self._centre.live.beat, "service:dashboards", state)
            await asyncio.sleep(BEAT_S)


def next_turn(begun: float, least_s: float) -> float:
    """Return when a page that was begun at `begun` may be begun again, on the clock of the loop.

    All of a page that are busy go together, so that one reading serves them: their turns lie on a
    grid of `least_s`. Who was still until now waits for nobody and is on the grid with his next.

    >>> next_turn(10.0, 0.5), next_turn(10.3, 0.5)
    (10.5, 10.5)
    """
    return floor((begun + JITTER_S) / least_s + 1) * least_s


def _outcome(reading: asyncio.Task[Picture]) -> Picture | None:
    try:
        return reading.result()
    except IocError as fault:
        logger.warning("a page could not be read: %s", fault)
    except Exception:  # the outermost loop: one page that cannot be drawn must not end the others
        logger.exception("a page could not be drawn")
    return None
