"""Whole installations, started and stopped as a user does."""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg2

from ioc.embedded.process import born_at
from ioc.embedded.stores import join_stores

READY_S = 150


@dataclass
class Installation:
    """A running `ioc demo` or `ioc up`: what it printed, and where its state lies."""

    process: subprocess.Popen[str]
    state: Path
    known: dict[str, Any]

    def pids(self) -> dict[str, int]:
        """Return the present process of every store and service."""
        runtime = json.loads((self.state / "runtime.json").read_text())
        stores = {name: runtime[name] for name in ("postgres", "valkey") if name in runtime}
        return {name: at["pid"] for name, at in {**stores, **runtime["services"]}.items()}

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Return the rows of a question to the database of a demo."""
        with join_stores(self.state) as stores:
            conn = psycopg2.connect(stores.database_url().replace("+psycopg2", ""))
            with conn.cursor() as cursor:
                cursor.execute(question)
                rows = cursor.fetchall()
            conn.close()
        return rows

    def post(self, path: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Post `items` to the API and return its results."""
        headers = {"Authorization": f"Bearer {self.known['api_key']}"}
        with httpx.Client(trust_env=False, timeout=10) as client:
            url = self.known["api"] + path
            answer = client.post(url, json={"items": items}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["results"]

    def is_ready(self) -> bool:
        """Tell whether API and pages both answer."""
        return all(answers(self.known[name] + "/readyz") for name in ("api", "dashboards"))


def answers(url: str) -> bool:
    try:
        # Asked twenty times a second: no authority of the world is read for it.
        with httpx.Client(trust_env=False, timeout=2, verify=False) as client:
            return client.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the first line a process prints, or an empty text when it takes too long."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline() if selector.select(READY_S) else ""


@contextmanager
def installed(
    words: Sequence[str], state: Path, env: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """Run `ioc WORDS --json` until the block ends; then nothing of it may be left."""
    command = [sys.executable, "-m", "ioc.cli", *words, "--json"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ if env is None else env),
        start_new_session=True,
    ) as process:
        line = first_line(process)
        if not line:
            process.send_signal(signal.SIGTERM)
            raise AssertionError(f"{words[0]} is not ready: {process.communicate(timeout=120)[1]}")
        running = Installation(process, state, json.loads(line))
        pids = set(running.pids().values())
        try:
            yield running
        finally:
            pids |= set(running.pids().values())
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=120)
    assert rest == "", "one line and no more"
    assert not [pid for pid in pids if born_at(pid)], "a process was left behind"
