"""Workers of the fleet as processes of one machine: one killed, one added, all started anew."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ioc.centre import Centre, open_centre
from ioc.embedded.process import wait_until
from ioc.fleet.board import fleet_board
from ioc.fleet.service import ask_to_roll
from ioc.settings import Settings
from tests.fleets import Roads, gaps, is_in_gap, lost, owners, read_twice, sightings
from vision.fleet.status import fleet_status

pytestmark = [pytest.mark.faults, pytest.mark.timeout(170)]

WITHIN_S = 15
READY_S = 60
SEES_S = 4.0
Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def live_centre(settings: Settings) -> Iterator[Centre]:
    """The centre of this test by the time of day, as processes of their own have it."""
    with open_centre(settings) as opened:
        yield opened


@pytest.fixture
def start(service_env: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start a worker of a name on the cameras of the test; all end with it."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(name: str) -> subprocess.Popen[bytes]:
        words = ["vision", "fleet", "--name", name, "--cameras", str(tmp_path / "cameras.toml")]
        command = [sys.executable, "-m", "ioc.cli", *words]
        with (tmp_path / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=service_env, stderr=log, stdout=log)
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.wait()


def shared(centre: Centre, **loads: int) -> Callable[[], bool]:
    return lambda: Counter(owners(centre).values()) == loads


def test_a_killed_worker_s_cameras_are_watched_again_and_nothing_is_read_twice(
    live_centre: Centre, start: Start, tmp_path: Path
) -> None:
    centre, roads = live_centre, Roads(4)
    roads.file(tmp_path)
    one, _ = start("one"), start("two")
    assert wait_until(shared(centre, one=2, two=2), READY_S)
    began = datetime.now(UTC)
    time.sleep(SEES_S)

    one.kill()
    three = start("three")
    assert wait_until(lambda: len(owners(centre)) == 4 and "one" not in owners(centre).values(), 15)
    assert wait_until(shared(centre, two=2, three=2), READY_S)
    assert ask_to_roll(centre) == 2
    assert wait_until(lambda: three.poll() == 0, READY_S), "it gave its cameras away, and ended"
    assert wait_until(shared(centre, two=4), WITHIN_S)
    start("three")
    assert wait_until(shared(centre, three=4), READY_S), "now the other one's turn has come"

    passed = roads.passed(began, datetime.now(UTC))
    time.sleep(SEES_S)
    seen = sightings(centre)
    assert not read_twice(passed, seen, centre.city.limits.sure_confidence)
    gone = gaps(centre)
    assert sum(map(len, gone.values())) == 2, "only the killed one left a gap"
    missed = [p for p in lost(passed, seen) if not is_in_gap(p, gone, SEES_S)]
    assert len(missed) <= 0.25 * len(passed), "of these small pictures on a busy machine"
    rows = fleet_status(centre)
    assert {row["worker"] for row in rows["cameras"]} == {"three"}
    assert sum(row["unwatched_s"] > 0 for row in rows["cameras"]) == 2
    assert all(row.is_alive for row in fleet_board(centre).cameras)


def test_a_frozen_worker_that_wakes_up_finds_its_cameras_gone(
    live_centre: Centre, start: Start, tmp_path: Path
) -> None:
    centre = live_centre
    Roads(2).file(tmp_path)
    one = start("one")
    assert wait_until(shared(centre, one=2), READY_S)
    start("two")
    assert wait_until(shared(centre, one=1, two=1), READY_S)
    one.send_signal(signal.SIGSTOP)
    assert wait_until(shared(centre, two=2), WITHIN_S)
    one.send_signal(signal.SIGCONT)
    assert wait_until(shared(centre, one=1, two=1), READY_S)
    numbers = [row.number for row in fleet_board(centre).cameras]
    assert len(set(numbers)) == 2
