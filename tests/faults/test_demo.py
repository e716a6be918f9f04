"""The whole demo, its processes killed by force: it comes back by itself and loses no read."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ioc.embedded.process import free_port, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

BACK_S = 30
CONFIG = Path(__file__).resolve().parents[2] / "config"
PROCESSES = ("postgres", "valkey", "ingest", "dashboards", "timekeeper", "vision-1", "simulator")


def two_small_cameras(folder: Path) -> Path:
    """Return a copy of config/ whose demo renders little, so that other tests get on beside it."""
    config = Path(shutil.copytree(CONFIG, folder / "config"))
    file = config / "hue" / "demo.toml"
    text = file.read_text(encoding="utf-8")
    first, second, *others = re.findall(r"(?ms)^\[\[camera\]\]\n.*?(?=^\[)", text)
    for camera in others:
        text = text.replace(camera, "")
    for camera in (first, second):
        small = camera.replace("width=960&height=540&fps=8", "width=640&height=360&fps=5")
        text = text.replace(camera, small.replace("per_minute=6", "per_minute=12"))
    file.write_text(text, encoding="utf-8")
    return config


def a_read(number: int) -> dict[str, Any]:
    return {
        "id": f"kept-{number}",
        "camera": "cam-001",
        "plate": f"75A{number:05}",
        "confidence": 0.99,
        "seen_at": datetime.now(UTC).isoformat(),
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, install) -> Iterator[Any]:
    """One demo for all tests of this file; the caller's own stores are none of its business."""
    folder = tmp_path_factory.mktemp("demo")
    env = {
        **os.environ,
        "IOC_DATABASE_URL": "postgresql+psycopg2://own@127.0.0.1:1/own",
        "IOC_CONFIG": str(two_small_cameras(folder)),
    }
    state = folder / "state"
    ports = ("--port", str(free_port()), "--api-port", str(free_port()))
    with install(["demo", "--state", str(state), *ports], state, env) as running:
        yield running


def test_it_prints_what_it_promised(demo) -> None:
    assert set(demo.known) == {"dashboards", "api", "api_key", "users"}
    assert {"operator", "leader", "police", "admin"} <= set(demo.known["users"])
    assert all(set(user) == {"name", "password"} for user in demo.known["users"].values())
    assert set(demo.pids()) == set(PROCESSES)
    assert demo.is_ready()


def start_another(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ioc.cli", "demo", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_start_on_the_same_state_says_who_holds_it(demo) -> None:
    ports = ("--port", str(free_port()), "--api-port", str(free_port()))
    done = start_another("--state", str(demo.state), *ports)
    assert done.returncode == 1
    assert f"is held by process {demo.process.pid}" in done.stderr


def test_a_busy_port_is_named(demo, tmp_path: Path) -> None:
    port = demo.known["api"].rsplit(":", 1)[1]
    ports = ("--port", str(free_port()), "--api-port", port)
    done = start_another("--state", str(tmp_path / "other"), *ports)
    assert done.returncode == 1
    assert f"port {port} is in use: give another with --api-port" in done.stderr


@pytest.mark.parametrize("name", PROCESSES)
def test_what_is_killed_comes_back_and_no_read_is_lost(demo, name: str) -> None:
    first = PROCESSES.index(name) * 100
    items = [a_read(first + n) for n in range(60)]
    results = demo.post("/v1/reads", items[:50])
    assert [result["status"] for result in results] == ["recorded"] * 50
    before = {row[0] for row in demo.ask("SELECT ref FROM sightings")}
    old = demo.pids()[name]
    os.kill(old, signal.SIGKILL)
    assert wait_until(lambda: demo.pids()[name] != old, BACK_S, 0.1)
    assert wait_until(demo.is_ready, BACK_S, 0.1)
    assert before <= {row[0] for row in demo.ask("SELECT ref FROM sightings")}
    again = demo.post("/v1/reads", items)
    assert [result["status"] for result in again] == ["repeated"] * 50 + ["recorded"] * 10
    assert demo.process.poll() is None


def test_the_cameras_go_on_reading_after_all_that(demo) -> None:
    count = "SELECT count(*) FROM sightings WHERE source = 'vision'"
    before = demo.ask(count)
    assert wait_until(lambda: demo.ask(count) > before, 90, 0.5)


def test_made_up_traffic_comes_in_beside_the_cameras(demo) -> None:
    count = "SELECT count(*) FROM sightings WHERE read_id !~ '^(kept|cam)-'"
    assert wait_until(lambda: demo.ask(count) > [(0,)], 90, 0.5)
