"""The whole demo, its processes killed by force: it comes back by itself and loses no read."""

import json
import os
import selectors
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from ioc.embedded.process import born_at, free_port, wait_until, working_in
from ioc.embedded.stores import join_stores

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

READY_S = 150
BACK_S = 30
STORES = ("postgres", "valkey")
SERVICES = ("ingest", "dashboards", "timekeeper", "vision-1")


@dataclass
class Demo:
    """A running demo: what it printed, and where its state lies."""

    process: subprocess.Popen[str]
    state: Path
    known: dict[str, Any]
    lines: list[str]

    def pid(self, name: str) -> int:
        """Return the present process of a store or service."""
        runtime = json.loads((self.state / "runtime.json").read_text())
        return int({**runtime, **runtime["services"]}[name]["pid"])

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Return the rows of a question to the demo's database."""
        with join_stores(self.state) as stores:
            conn = psycopg2.connect(stores.database_url().replace("+psycopg2", ""))
            with conn.cursor() as cursor:
                cursor.execute(question)
                rows = cursor.fetchall()
            conn.close()
        return rows

    def post(self, path: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Post `items` to the API and return its results."""
        request = urllib.request.Request(
            self.known["api"] + path,
            json.dumps({"items": items}).encode(),
            {
                "Authorization": f"Bearer {self.known['api_key']}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["results"]

    def is_ready(self) -> bool:
        """Tell whether API and pages both answer."""
        return all(answers(self.known[name] + "/readyz") for name in ("api", "dashboards"))


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def first_line(process: subprocess.Popen[str], patience_s: float) -> str:
    """Return the first line a process prints, or an empty text when it takes too long."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline() if selector.select(patience_s) else ""


def a_read(number: int) -> dict[str, Any]:
    return {
        "id": f"kept-{number}",
        "camera": "cam-001",
        "plate": f"75A{number:05}",
        "confidence": 0.99,
        "seen_at": datetime.now(UTC).isoformat(),
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all tests of this file, started and stopped as a user does."""
    state = tmp_path_factory.mktemp("demo") / "state"
    ports = ("--port", str(free_port()), "--api-port", str(free_port()))
    command = [sys.executable, "-m", "ioc.cli", "demo", "--state", str(state), *ports, "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        line = first_line(process, READY_S)
        if not line:
            process.send_signal(signal.SIGTERM)
            pytest.fail(f"the demo is not ready: {process.communicate(timeout=60)[1]}")
        running = Demo(process, state, json.loads(line), [line])
        pids = [running.pid(name) for name in (*STORES, *SERVICES)]
        yield running
        pids += [running.pid(name) for name in (*STORES, *SERVICES)]
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    assert rest == ""
    assert not [pid for pid in pids if born_at(pid)]
    assert not working_in(state / "postgres" / "data")
    assert not working_in(state / "valkey")


def test_it_prints_what_it_promised(demo: Demo) -> None:
    assert set(demo.known) == {"dashboards", "api", "api_key", "users"}
    assert {"operator", "leader", "police", "admin"} <= set(demo.known["users"])
    assert all(set(user) == {"name", "password"} for user in demo.known["users"].values())
    assert demo.is_ready()


def test_a_second_start_on_the_same_state_says_who_holds_it(demo: Demo) -> None:
    command = [sys.executable, "-m", "ioc.cli", "demo", "--state", str(demo.state)]
    ports = ["--port", str(free_port()), "--api-port", str(free_port())]
    done = subprocess.run(
        [*command, *ports], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert f"is held by process {demo.process.pid}" in done.stderr


def test_a_busy_port_is_named(demo: Demo, tmp_path: Path) -> None:
    port = demo.known["api"].rsplit(":", 1)[1]
    command = [sys.executable, "-m", "ioc.cli", "demo", "--state", str(tmp_path / "other")]
    ports = ["--port", str(free_port()), "--api-port", port]
    done = subprocess.run(
        [*command, *ports], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert f"port {port} is in use: give another with --api-port" in done.stderr


@pytest.mark.parametrize("name", [*STORES, *SERVICES])
def test_what_is_killed_comes_back_and_no_read_is_lost(demo: Demo, name: str) -> None:
    first = (*STORES, *SERVICES).index(name) * 100
    recorded = [
        result["id"]
        for result in demo.post("/v1/reads", [a_read(first + n) for n in range(50)])
        if result["status"] == "recorded"
    ]
    assert len(recorded) == 50
    before = {row[0] for row in demo.ask("SELECT id FROM sightings")}
    old = demo.pid(name)
    os.kill(old, signal.SIGKILL)
    assert wait_until(lambda: demo.pid(name) != old, BACK_S, 0.1)
    assert wait_until(demo.is_ready, BACK_S, 0.1)
    after = {row[0] for row in demo.ask("SELECT id FROM sightings")}
    assert before <= after
    again = demo.post("/v1/reads", [a_read(first + n) for n in range(50, 60)])
    assert {result["status"] for result in again} == {"recorded"}
    assert demo.process.poll() is None


def test_the_cameras_go_on_reading_after_all_that(demo: Demo) -> None:
    count = "SELECT count(*) FROM sightings WHERE source = 'vision'"
    before = demo.ask(count)
    assert wait_until(lambda: demo.ask(count) > before, 90, 0.5)
