"""Workers of the fleet on a Ray cluster of three nodes: one killed, one added, under traffic."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ioc.centre import open_centre
from ioc.embedded.process import wait_until
from ioc.settings import Settings
from tests.fleets import Roads, gaps, owners, read_twice, sightings

pytestmark = [pytest.mark.faults, pytest.mark.soak, pytest.mark.timeout(400)]

WITHIN_S = 15
READY_S = 120
SEES_S = 4.0


@contextmanager
def running(words: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a Python program until the block ends: it is asked to end, then made to."""
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=env,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()


@pytest.fixture
def cluster(tmp_path: Path, service_env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Three nodes; a line of its output is its address."""
    quiet = {**service_env, "RAY_USAGE_STATS_ENABLED": "0"}
    with running(["tests.nodes"], quiet, tmp_path / "nodes.log") as nodes:
        yield nodes
        nodes.stdin.close()
        nodes.wait(30)


def told(nodes: subprocess.Popen[str], word: str) -> None:
    nodes.stdin.write(word + "\n")
    nodes.stdin.flush()
    assert nodes.stdout.readline() == "done\n"


@pytest.mark.parametrize(
    ("roads", "seconds"),
    [(Roads(3), 0), pytest.param(Roads(12, per_minute=6), 60, marks=pytest.mark.soak)],
)
def test_every_camera_has_one_worker_again_when_a_node_dies_and_one_comes(
    settings: Settings,
    service_env: dict[str, str],
    tmp_path: Path,
    cluster: subprocess.Popen[str],
    roads: Roads,
    seconds: int,
) -> None:
    cameras = len(roads.addresses)
    address = cluster.stdout.readline().strip()
    words = ["ioc.cli", "vision", "fleet", "--cameras", str(roads.file(tmp_path)), "--name", "w"]
    options = ["--ray", address, "--cpus", "1"]
    with (
        open_centre(settings) as centre,
        running([*words, *options], service_env, tmp_path / "fleet.log"),
    ):
        even = shared_by_three(lambda: owners(centre), cameras)
        assert wait_until(even, READY_S)
        began = datetime.now(UTC)
        time.sleep(seconds)
        told(cluster, "kill")
        left = set(owners(centre).values())
        assert wait_until(lambda: len(set(owners(centre).values())) == 2, WITHIN_S)
        assert wait_until(lambda: len(owners(centre)) == cameras, WITHIN_S), left
        time.sleep(seconds)
        told(cluster, "add")
        assert wait_until(even, READY_S)
        time.sleep(seconds)
        passed = roads.passed(began, datetime.now(UTC))
        time.sleep(SEES_S)
        seen, gone = sightings(centre), gaps(centre)
        assert not read_twice(passed, seen, centre.city.limits.sure_confidence)
        assert 1 <= sum(map(len, gone.values())) <= cameras, "of the killed node's cameras alone"
        assert {row[0] for row in seen} == set(roads.addresses), "all cameras are read"


def shared_by_three(owned: Callable[[], dict[str, str]], cameras: int) -> Callable[[], bool]:
    def even() -> bool:
        loads = sorted(Counter(owned().values()).values())
        return sum(loads) == cameras and len(loads) == 3 and loads[-1] - loads[0] <= 1

    return even
