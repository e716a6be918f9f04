"""A store dies under open screens: they are told, nothing old looks new, and they go on."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from dashboards.hub import Hub, Message
from dashboards.pages import police, wall
from dashboards.screen import Seat
from ioc.access.model import Page
from ioc.centre import Centre, open_centre
from ioc.db import migrate, open_engine
from ioc.embedded.stores import Stores, open_stores
from ioc.labels import Language
from tests.loops import run_apart

from .makers import GATE, GREEN, a_read, a_stop, record_read

pytestmark = pytest.mark.faults

SEAT = Seat(Language.VI, sees_plates=True)


@pytest.fixture
def own_stores(tmp_path) -> Iterator[Stores]:
    with open_stores(tmp_path / "own", {}) as opened:
        engine = open_engine(opened.database_url())
        migrate(engine)
        engine.dispose()
        yield opened


@pytest.fixture
def own_centre(own_stores, settings, clock) -> Iterator[Centre]:
    ours = replace(settings, database_url=own_stores.database_url(), redis_url=own_stores.redis_url)
    with open_centre(ours, now=clock) as centre:
        yield centre


@asynccontextmanager
async def running(centre: Centre) -> AsyncIterator[Hub]:
    hub = Hub(centre, {Page.WALL: wall.SCREEN, Page.POLICE: police.SCREEN})
    task = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await hub.close()


async def until(queue: asyncio.Queue[Message], wanted: Callable[[Message], bool]) -> Message:
    async with asyncio.timeout(30):
        while True:
            message = await queue.get()
            if wanted(message):
                return message


def is_good(message: Message) -> bool:
    return message.picture is not None


def test_screens_are_told_that_the_store_is_gone_and_that_it_is_back(
    own_centre, own_stores, clock
) -> None:
    async def work() -> None:
        async with running(own_centre) as hub:
            with hub.watch(Page.POLICE, SEAT) as queue:
                good = await until(queue, is_good)
                own_stores.postgres.process.send_signal(signal.SIGKILL)
                own_stores.postgres.process.wait()
                clock.advance(seconds=30)
                told = await until(queue, lambda message: not is_good(message))
                assert told.as_of == good.as_of
                assert told.now > told.as_of
                own_stores.restart_dead()
                back = await until(queue, is_good)
                assert back.as_of == clock.at

    run_apart(work)


def test_a_live_memory_that_hangs_holds_no_screen_up(own_centre, own_stores) -> None:
    async def work() -> None:
        async with running(own_centre) as hub:
            with hub.watch(Page.WALL, SEAT) as queue:
                await until(queue, is_good)
                own_stores.valkey.process.send_signal(signal.SIGSTOP)
                try:
                    await until(queue, is_good)
                finally:
                    own_stores.valkey.process.send_signal(signal.SIGCONT)
                await until(queue, is_good)

    run_apart(work)


def test_without_the_live_memory_screens_go_on(own_centre, own_stores) -> None:
    async def work() -> None:
        async with running(own_centre) as hub:
            with hub.watch(Page.POLICE, SEAT) as queue:
                await until(queue, is_good)
                own_stores.valkey.process.send_signal(signal.SIGKILL)
                own_stores.valkey.process.wait()
                alert = str(a_stop(own_centre).alert)
                await until(queue, lambda m: is_good(m) and alert in m.picture.revisions)
                own_stores.restart_dead()
                other = str(a_stop(own_centre, "stop-2", "75C20303").alert)
                await until(queue, lambda m: is_good(m) and other in m.picture.revisions)

    run_apart(work)


def test_a_slow_screen_gets_the_newest_and_holds_nobody_up(centre) -> None:
    async def work() -> None:
        async with running(centre) as hub:
            with hub.watch(Page.WALL, SEAT) as slow, hub.watch(Page.WALL, SEAT) as quick:
                assert hub.watchers == 2
                await until(quick, is_good)
                record_read(centre, "box", a_read("r", GREEN, centre.now(), GATE))
                await until(quick, lambda m: 'reads">1</b>' in m.picture.parts["wall-feeds"])
                assert slow.qsize() == 1
                assert 'reads">1</b>' in slow.get_nowait().picture.parts["wall-feeds"]
            assert hub.watchers == 0

    run_apart(work)


def test_many_hints_make_few_drawings(centre, monkeypatch) -> None:
    drawn = []
    counted = replace(
        police.SCREEN, draw=lambda c, seat: drawn.append(seat) or police.draw(c, seat)
    )

    async def work() -> None:
        hub = Hub(centre, {Page.POLICE: counted})
        task = asyncio.create_task(hub.run())
        with hub.watch(Page.POLICE, SEAT) as queue:
            await until(queue, is_good)
            for n in range(200):
                await asyncio.to_thread(a_stop, centre, f"s{n}", f"75C{20000 + n}")
            await until(queue, lambda m: is_good(m) and len(m.picture.revisions) == 200)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await hub.close()

    begun = time.monotonic()
    run_apart(work)
    # 200 stops announce 600 hints; drawings follow no faster than the page allows.
    assert len(drawn) <= 3 + (time.monotonic() - begun) / police.SCREEN.least_s
