"""Scenarios of a running demo, each begun by its key in the demo's terminal."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ioc.keyboard import pressed_keys
from ioc.progress import console
from ioc.scenarios import Scenario, load_scenarios


@contextmanager
def open_stage(city: Path, api: str, environment: Mapping[str, str]) -> Iterator[list[Scenario]]:
    """Listen for the keys of the city's scenarios; what still plays at the end is broken off.

    Yields the scenarios that have a key to press: none where there is no terminal.

    Args:
        city: the city's folder.
        api: address that the reads are sent to.
        environment: of the processes that send them; holds their key.

    Raises:
        ConfigFault: scenarios.toml is wrong.
    """
    known = load_scenarios(city / "scenarios.toml")
    stage = _Stage(api, environment, known)
    try:
        with pressed_keys(stage.start) as has_keys:
            yield known if has_keys else []
    finally:
        stage.end()


class _Stage:
    """What is played, each scenario in a process of its own."""

    def __init__(self, api: str, environment: Mapping[str, str], known: Sequence[Scenario]) -> None:
        self._api, self._environment = api, {**os.environ, **environment}
        self._by_key = {one.key: one for one in known}
        self._plays: list[subprocess.Popen[bytes]] = []

    def start(self, key: str) -> None:
        """Begin the scenario of this key; other keys do nothing."""
        chosen = self._by_key.get(key)
        if chosen is None:
            return
        console.print(f"  {chosen.id}  {chosen.texts['vi']}")
        words = ("ingest", "scenario", chosen.id, "--api", self._api)
        self._plays = [play for play in self._plays if play.poll() is None]
        self._plays.append(
            subprocess.Popen(
                [sys.executable, "-m", "ioc.cli", *words],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def end(self) -> None:
        """Break off what still plays."""
        for play in self._plays:
            if play.poll() is None:
                play.terminate()
                play.wait()
