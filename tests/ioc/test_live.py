"""The live memory: hints arrive, heartbeats end by themselves, and losing it harms nobody."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterator

import pytest
import redis

from ioc.live import Live, Topic
from tests.loops import run_apart


@pytest.fixture
def live(redis_url: str) -> Iterator[Live]:
    opened = Live(redis_url)
    yield opened
    opened.close()


@pytest.fixture
def lost() -> Iterator[Live]:
    """A memory at a port where nobody listens."""
    opened = Live("redis://127.0.0.1:1/0")
    yield opened
    opened.close()


@pytest.fixture
def hung() -> Iterator[Live]:
    """A memory that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        opened = Live(f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        yield opened
        opened.close()


def test_hints_reach_every_listener_in_order(live: Live, redis_url: str) -> None:
    async def listen(count: int) -> list[Topic]:
        heard = []
        async for topic in Live(redis_url).changes():
            heard.append(topic)
            if len(heard) == count:
                break
        return heard

    async def both() -> list[list[Topic]]:
        listeners = [asyncio.create_task(listen(2)) for _ in range(2)]
        while live._memory.client.pubsub_numsub("ioc:changed")[0][1] < 2:
            await asyncio.sleep(0.01)
        live.announce(Topic.SIGHTINGS, Topic.ALERTS)
        return await asyncio.wait_for(asyncio.gather(*listeners), 10)

    assert run_apart(both) == [[Topic.SIGHTINGS, Topic.ALERTS]] * 2


def test_a_listener_ends_wherever_it_is_told_to(redis_url: str) -> None:
    async def listen() -> None:
        async for _ in Live(redis_url).changes():
            pass

    async def ends_after(turns: int) -> bool:
        task = asyncio.create_task(listen())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task}, timeout=10)
        return task.done() or not task.cancel()

    async def everywhere() -> list[bool]:
        return await asyncio.gather(*(ends_after(turns) for turns in range(0, 600, 4)))

    assert all(run_apart(everywhere))


def test_beats_are_told_apart_by_kind_and_id(live: Live) -> None:
    live.beat("camera:cam-001", {"state": "live", "reads": 3})
    live.beat("camera:a:b", {"state": "lost"})
    live.beat("service:ingest", {"state": "up"})
    assert live.beats("camera") == {
        "cam-001": {"state": "live", "reads": 3},
        "a:b": {"state": "lost"},
    }
    assert live.beats("cam") == {}


def test_a_heart_that_stops_is_forgotten(live: Live) -> None:
    live.beat("camera:cam-001", {}, ttl_s=1)
    assert "cam-001" in live.beats("camera")
    time.sleep(1.2)
    assert live.beats("camera") == {}


def test_a_limit_counts_each_key_in_its_window(live: Live) -> None:
    assert [live.allow("a", 2, 60) for _ in range(4)] == [True, True, False, False]
    assert live.allow("b", 2, 60)


def test_without_the_memory_everything_goes_on(
    lost: Live, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        lost.announce(Topic.ALERTS)
        lost.beat("camera:cam-001", {})
        assert lost.beats("camera") == {}
        assert lost.allow("a", 0, 60)
        assert not lost.is_reachable()
    assert lost.failures >= 1
    assert "live memory" in caplog.text


def test_a_memory_that_hangs_is_left_alone_for_a_while(hung: Live) -> None:
    for _ in range(20):
        hung.announce(Topic.SIGHTINGS)
        hung.beat("camera:cam-001", {})
        assert hung.beats("camera") == {}
        assert hung.allow("a", 0, 60)
    assert hung.failures == 1


def test_a_memory_that_was_restarted_is_found_again(redis_url: str, live: Live) -> None:
    assert live.is_reachable()
    with redis.Redis.from_url(redis_url) as other:
        other.client_kill_filter(_type="normal", skipme=True)
    live.beat("camera:cam-001", {})
    assert "cam-001" in live.beats("camera")
    assert live.failures == 0
