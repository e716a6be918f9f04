"""Two senders, one API that is killed again and again: totals as if all had been sent once."""

import os
import queue
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.simulator.client import Client
from ingest.simulator.history import History
from ingest.simulator.people import People
from ingest.simulator.totals import STREAMS, load_totals
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import open_centre
from ioc.clock import shifted_now
from ioc.embedded.process import free_port, wait_until
from ioc.errors import Unavailable
from ioc.labels import CONFIG_DIR
from ioc.overview import figures
from ioc.settings import Settings
from ioc.upkeep import recount

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

FOLDER = CONFIG_DIR / "hue"
Batches = list[tuple[str, list[dict]]]
BATCH = 20
KILLS = 2
READY_S = 60


class Api:
    """One API process on a port of its own; it may be killed, and started again."""

    def __init__(self, env: dict[str, str], log: Path, port: int | None = None) -> None:
        self._env, self._log, self.port = env, log, port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        words = ("ingest", "serve", "--port", str(self.port))
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ioc.cli", *words], env=self._env, stderr=log, stdout=log
            )

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def send(url: str, key: str, batches: Batches, told: queue.SimpleQueue[list[str]]) -> None:
    """Send every batch until it is answered, with the same ids; tell what was answered."""
    client = Client(url, key)
    for path, items in batches:
        while True:
            try:
                results = client.send(path, items)
                break
            except Unavailable:
                wait_until(lambda: False, 0.2, 0.1)
        told.put([str(result["status"]) for result in results])
    client.close()


def sent_through(api: Api, key: str, work: Batches) -> Counter[str]:
    """Send all work by two at once, each in an order of its own, while the API is killed."""
    told: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    statuses: Counter[str] = Counter()
    with ThreadPoolExecutor(2) as senders:
        orders = (work, work[::-1])
        sending = [senders.submit(send, api.url, key, batches, told) for batches in orders]
        for number in range(2 * len(work)):
            statuses.update(told.get(timeout=READY_S))
            if number % (2 * len(work) // (KILLS + 1)) == len(work) // (KILLS + 1):
                api.kill()
                api.start()
        for one in sending:
            one.result()
    return statuses


def test_two_senders_and_a_killed_api_end_in_the_totals_of_one(
    settings: Settings, service_env: dict[str, str], tmp_path: Path, hue_roads
) -> None:
    totals, city = load_totals(FOLDER / "replay.toml").scaled(4000), hue_roads.city
    now = shifted_now(totals.as_of, city.zone)
    with open_centre(settings, now=now, city=city) as centre:
        key = create_key(centre, "gates", list(Right))
        history = History(city, People(city, FOLDER, totals.as_of), totals, now())
        streams = history.streams()
        work = [
            (told.path, items[start : start + BATCH])
            for told, items in ((streams[name], list(streams[name].items())) for name in STREAMS)
            for start in range(0, len(items), BATCH)
        ]
        api = Api(service_env | {"IOC_AS_OF": totals.as_of.isoformat()}, tmp_path / "api.log")
        try:
            statuses = sent_through(api, key, work)
        finally:
            api.kill()
        assert set(statuses) == {"recorded", "repeated"}
        found = figures(centre).values
        assert {name: found[name] for name in totals.figures()} == totals.figures()
        assert recount(centre) == []
