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
from ioc.fleet.service import ask_to_roll
from ioc.settings import Settings
from tests.fleets import Roads, gaps, owners, read_twice, sightings
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


def watched_without(centre: Centre, name: str) -> set[str]:
    return {camera for camera, owner in owners(centre).items() if owner != name}


def test_cameras_are_watched_again_when_workers_freeze_die_and_come(
    live_centre: Centre, start: Start, tmp_path: Path
) -> None:
    centre, roads = live_centre, Roads(4)
    roads.file(tmp_path)
    one, _ = start("one"), start("two")
    assert wait_until(shared(centre, one=2, two=2), READY_S)
    began = datetime.now(UTC)

    one.send_signal(signal.SIGSTOP)
    assert wait_until(shared(centre, two=4), WITHIN_S)
    one.send_signal(signal.SIGCONT)
    assert wait_until(shared(centre, one=2, two=2), READY_S), "awake, it is given its share again"
    one.kill()
    start("three")
    assert wait_until(lambda: watched_without(centre, "one") == set(roads.addresses), WITHIN_S)
    assert wait_until(shared(centre, two=2, three=2), READY_S)

    passed = roads.passed(began, datetime.now(UTC))
    time.sleep(SEES_S)
    seen = sightings(centre)
    assert not read_twice(passed, seen, centre.city.limits.sure_confidence)
    gone = gaps(centre)
    assert sum(map(len, gone.values())) == 4, "two frozen, two killed; handed over without a gap"
    assert {row[0] for row in seen} == set(roads.addresses), "all cameras are read"
    rows = fleet_status(centre)["cameras"]
    assert {row["worker"] for row in rows} == {"two", "three"}
    assert all(row["unwatched_s"] > 0 for row in rows if row["worker"] == "three")


@pytest.mark.soak
def test_all_workers_are_started_anew_and_no_vehicle_is_missed(
    live_centre: Centre, start: Start, tmp_path: Path
) -> None:
    centre, roads = live_centre, Roads(4, per_minute=12)
    roads.file(tmp_path)
    running = {name: start(name) for name in ("one", "two")}
    assert wait_until(shared(centre, one=2, two=2), READY_S)
    began = datetime.now(UTC)
    for _ in range(3):
        time.sleep(20)
        assert ask_to_roll(centre) == 2
        for name in ("one", "two"):
            assert running[name].wait(READY_S) == 0
            running[name] = start(name)
        assert wait_until(shared(centre, one=2, two=2), READY_S)
    passed = roads.passed(began, datetime.now(UTC))
    time.sleep(SEES_S)
    seen = sightings(centre)
    assert not read_twice(passed, seen, centre.city.limits.sure_confidence)
    assert not any(gaps(centre).values())
    assert {row[0] for row in seen} == set(roads.addresses)
