"""The live memory on a cluster of three nodes: hints reach every listener, at whichever node."""

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import pytest
import redis

from ioc.embedded.binaries import plan_launch, valkey_server
from ioc.embedded.process import end, free_port, spawn, wait_until
from ioc.live import CHANNEL, Live, Topic
from tests.loops import run_apart

NODES, SLOTS = 3, 16384
PASSWORD = "a:word/of@tests"
CONFIG = """\
port {port}
cluster-port {bus}
bind 127.0.0.1
dir {folder}
requirepass "{password}"
masterauth "{password}"
save ""
cluster-enabled yes
cluster-config-file nodes-{port}.conf
cluster-node-timeout 1000
cluster-require-full-coverage no
"""


@dataclass
class Cluster:
    ports: list[int]
    processes: list[Popen[bytes]]

    @property
    def url(self) -> str:
        word = PASSWORD.replace(":", "%3A").replace("/", "%2F").replace("@", "%40")
        return f"redis+cluster://:{word}@" + ",".join(f"127.0.0.1:{port}" for port in self.ports)

    def node(self, number: int) -> redis.Redis:
        return redis.Redis(port=self.ports[number], password=PASSWORD, decode_responses=True)

    def kill(self, number: int) -> None:
        self.processes[number].send_signal(signal.SIGKILL)
        self.processes[number].wait(10)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    program = valkey_server({"PATH": os.environ["PATH"]})
    launch = plan_launch(program)
    made = Cluster([], [])
    try:
        buses = []
        for _ in range(NODES):
            port, bus = free_port(), free_port()
            config = CONFIG.format(port=port, bus=bus, folder=tmp_path, password=PASSWORD)
            log = tmp_path / f"{port}.log"
            made.processes.append(spawn([*launch.prefix, program, "-"], log, stdin_text=config))
            made.ports.append(port)
            buses.append(bus)
        join(made, buses)
        yield made
    finally:
        for process in made.processes:
            end(process, signal.SIGTERM, 3)


def join(made: Cluster, buses: list[int]) -> None:
    for number in range(NODES):
        with made.node(number) as node:
            assert wait_until(lambda n=node: answers(n), 20)
            first, last = SLOTS * number // NODES, SLOTS * (number + 1) // NODES - 1
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            node.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
    with made.node(0) as node:
        for port, bus in zip(made.ports[1:], buses[1:], strict=True):
            node.execute_command("CLUSTER", "MEET", "127.0.0.1", port, bus)
    for number in range(NODES):
        with made.node(number) as node:
            assert wait_until(lambda n=node: knows_all(n), 30)


def answers(node: redis.Redis) -> bool:
    try:
        return bool(node.ping())
    except redis.RedisError:
        return False


def knows_all(node: redis.Redis) -> bool:
    told = node.execute_command("CLUSTER", "INFO")
    state = told if isinstance(told, dict) else dict(x.split(":") for x in told.split())
    return state["cluster_state"] == "ok" and int(state["cluster_slots_ok"]) == SLOTS


def test_a_cluster_does_all_that_one_server_does(cluster: Cluster) -> None:
    live = Live(cluster.url)
    assert live.is_reachable()
    cameras = {f"cam-{n:03}": {"state": "live", "reads": n} for n in range(40)}
    for name, state in cameras.items():
        live.beat(f"camera:{name}", state)
    live.beat("service:ingest", {"pid": 1})
    assert live.beats("camera") == cameras
    # They lie on all nodes, or this would be one server.
    held = []
    for number in range(NODES):
        with cluster.node(number) as node:
            held.append(node.dbsize())
    assert min(held) > 0
    assert sum(held) == 41
    assert [live.allow("key", 2, 60) for _ in range(3)] == [True, True, False]
    assert live.failures == 0
    live.close()


def test_hints_reach_listeners_at_every_node_and_go_on_when_one_is_lost(cluster: Cluster) -> None:
    live = Live(cluster.url)
    heard: dict[int, list[Topic]] = {number: [] for number in range(NODES)}
    cut: set[int] = set()

    async def listen(number: int) -> None:
        # One that knows this node alone: so that each has its listener.
        here = Live(f"{cluster.url.rpartition('@')[0]}@127.0.0.1:{cluster.ports[number]}")
        try:
            async for topic in here.changes():
                heard[number].append(topic)
        except (redis.RedisError, OSError):
            cut.add(number)

    async def work() -> None:
        tasks = [asyncio.create_task(listen(number)) for number in range(NODES)]
        for number in range(NODES):
            await until(lambda n=number: listeners_at(cluster, n) == 1)
        await asyncio.to_thread(live.announce, Topic.SIGHTINGS, Topic.ALERTS)
        await until(lambda: all(len(topics) == 2 for topics in heard.values()))
        cluster.kill(1)
        await until(lambda: cut == {1})
        # Whoever publishes through the lost node tries another; hints meanwhile may be lost.
        while Topic.SCANS not in heard[0] or Topic.SCANS not in heard[2]:
            await asyncio.to_thread(live.announce, Topic.SCANS)
            await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run_apart(work)
    assert heard[1] == [Topic.SIGHTINGS, Topic.ALERTS]
    live.close()


def test_a_cluster_that_is_away_harms_nobody() -> None:
    live = Live("redis+cluster://127.0.0.1:1,127.0.0.1:2")
    live.announce(Topic.SCANS)
    live.beat("camera:cam-001", {})
    assert (live.beats("camera"), live.allow("k", 1, 60), live.is_reachable()) == ({}, True, False)
    # It was asked once, and then left alone for a while.
    assert live.failures == 1


async def until(done) -> None:
    while not await asyncio.to_thread(done):
        await asyncio.sleep(0.02)


def listeners_at(cluster: Cluster, number: int) -> int:
    with cluster.node(number) as node:
        return int(node.pubsub_numsub(CHANNEL)[0][1])
