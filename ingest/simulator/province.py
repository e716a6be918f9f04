"""The whole made-up province before one centre: its traffic, its people, its units on their rounds.

Everything goes in by the public API, as from cameras, points, facilities and portals.
"""

import logging
import random
import time
import tomllib
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from ingest.simulator.box import Box
from ingest.simulator.client import Outbox
from ingest.simulator.life import PATHS, REPORTS, Life
from ingest.simulator.morning import morning
from ingest.simulator.people import People
from ingest.simulator.portal import PATH as REGISTRATIONS
from ingest.simulator.portal import Portal
from ingest.simulator.rhythm import load_habits
from ingest.simulator.rounds import Rounds
from ingest.simulator.traffic import Traffic
from ioc.applicants import Applicants
from ioc.city import load_city
from ioc.clock import day_bounds, utc_now
from ioc.errors import ConfigFault, InvalidInput, NotFound, Unavailable
from ioc.places import City

Answer = TypeVar("Answer")
logger = logging.getLogger(__name__)

ROUND_S = 1.0
LONGEST_WAIT_S = 10.0
# After a long sleep of the machine nothing happened meanwhile.
LONGEST_ROUND_S = 5.0
UNITS_EVERY_S = 10.0
# Of what happened before the start so much is sent a round: a small part of what a centre takes.
MOST_PAST = 1_500
SEED = 2021
REPORT_PATH = "/open311/v2/requests.json"


class Senders:
    """What a province sends, each stream in its own order; `run` tells its ids from other runs'."""

    def __init__(self, box: Box, run: str) -> None:
        """Begin with nothing that waits."""
        self._box, self.run = box, run
        self._outboxes = {name: Outbox(box, path) for name, path in PATHS.items()}
        self._reports: list[dict[str, Any]] = []
        self._shut: set[str] = set()

    @property
    def waiting(self) -> int:
        """Return how many items wait."""
        return sum(len(one.waiting) for one in self._outboxes.values()) + len(self._reports)

    def add(self, name: str, item: dict[str, Any]) -> None:
        """Let an item wait to be sent."""
        if name in self._shut:
            return
        if name == REPORTS:
            self._reports.append(item)
        else:
            self._outboxes[name].waiting.append({**item, "id": f"{self.run}-{item['id']}"})

    def send(self) -> int:
        """Send everything that waits; return how many items were answered.

        Raises:
            Unavailable: the centre does not answer; what was not taken goes on waiting.
        """
        sent = 0
        for name, outbox in self._outboxes.items():
            sent += self._tried(name, lambda box=outbox: len(box.send()))  # type: ignore[misc]
        return sent + self._tried(REPORTS, self._send_reports)

    def _tried(self, name: str, send: Callable[[], int]) -> int:
        if name in self._shut:
            return 0
        try:
            return send()
        except (InvalidInput, NotFound) as fault:
            # An older centre, or a key without the right: the others go on.
            logger.warning("%s are not taken and no longer sent: %s", name, fault)
            self._shut.add(name)
            if name in self._outboxes:
                self._outboxes[name].waiting.clear()
            return 0

    def _send_reports(self) -> int:
        sent = 0
        while self._reports:
            try:
                self._box.ask("POST", REPORT_PATH, form=self._reports[0])
                sent += 1
            except InvalidInput as fault:
                # One by one: the next may be of a place that the city has.
                logger.warning("a made-up report is not taken: %s", fault)
            del self._reports[0]
        return sent


class Folk:
    """The people of a city: what they do, and what they did on the day before the start.

    The past is sent a little at a time beside what happens, where the centre has seen nothing of
    the day.
    """

    def __init__(self, box: Box, city: City, folder: Path, started: datetime, speed: float) -> None:
        """Begin at an instant of the city's own time, asking the centre what it has seen.

        Raises:
            ConfigFault: the city's folder is wrong.
        """
        day, habits = started.date(), load_habits(folder / "rhythm.toml")
        people = People(city, folder, day, SEED)
        self._zone, self._speed = city.zone, speed
        self._senders = Senders(box, uuid.uuid4().hex[:8])
        self._life = Life(city, people, habits, day, (SEED, self._senders.run))
        self._of_past = Senders(box, uuid.uuid4().hex[:8])
        self._past: Iterator[tuple[str, dict[str, Any]]] = iter(())
        if not patiently(box.figures)["scans_today"]:
            lived = Life(city, people, habits, day, (SEED + 1, self._of_past.run))
            span = (day_bounds(day, city.zone)[0], started)
            self._past = morning(lived, span, city.zone, speed)

    @property
    def waiting(self) -> int:
        """Return how many items wait."""
        return self._senders.waiting + self._of_past.waiting

    def live(self, seconds: float, now: datetime) -> None:
        """Let happen what happens in `seconds` until `now`."""
        for name, item in self._life.happen(seconds, now, self._zone, self._speed):
            self._senders.add(name, item)
        if not self._of_past.waiting:
            for name, item in islice(self._past, MOST_PAST):
                self._of_past.add(name, item)

    def send(self) -> None:
        """Send everything that waits.

        Raises:
            Unavailable: the centre does not answer; what was not taken goes on waiting.
        """
        self._senders.send()
        self._of_past.send()


def simulate(city_dir: Path, box: Box, speed: float) -> None:
    """Send the life of the city in `city_dir` until a signal ends it; `speed` 0 sends none.

    Raises:
        ConfigFault: the city's folder is wrong.
        InvalidInput: the centre refuses the key or what is sent.
    """
    if speed <= 0:
        return
    city = load_city(city_dir)
    demo = _demo(city_dir / "demo.toml")
    traffic = Traffic(city, demo, SEED)
    portal = Portal(Applicants(demo, random.randrange(SEED)), _register(box))
    shift = patiently(box.clock_shift)
    started = (utc_now() + shift).astimezone(city.zone)
    folk = Folk(box, city, city_dir, started, speed)
    rounds = Rounds(list(city.cameras.values()), SEED)
    last, driven, wait_s = time.monotonic(), 0.0, ROUND_S
    while True:
        time.sleep(wait_s)
        passed, last = time.monotonic() - last, time.monotonic()
        driven, lived, now = driven + passed, min(passed, LONGEST_ROUND_S), utc_now() + shift
        for seen in traffic.passes(lived * speed, now.astimezone(city.zone)):
            box.add(seen, now)
        folk.live(lived, now)
        try:
            box.send_reads()
            folk.send()
            wait_s = ROUND_S
            portal.pass_time(passed, speed, now)
            if driven >= UNITS_EVERY_S:
                _drive(box, rounds, driven, now)
                driven = 0.0
        except Unavailable as fault:
            logger.warning("%d items wait: %s", len(box.waiting) + folk.waiting, fault)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)


def patiently(ask: Callable[[], Answer]) -> Answer:
    """Return what `ask` answers once the centre does."""
    wait_s = ROUND_S
    while True:
        try:
            return ask()
        except Unavailable as fault:
            logger.warning("the centre does not answer yet: %s", fault)
            time.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)


def _register(box: Box) -> Callable[[Any], None]:
    def register(items: Any) -> None:
        box.send(REGISTRATIONS, items)

    return register


def _drive(box: Box, rounds: Rounds, seconds: float, now: datetime) -> None:
    try:
        box.place_units(rounds.move(box.units(), min(seconds, 60.0), now))
    except InvalidInput as fault:
        # A key of an older demo: its traffic goes on, its units stand still.
        logger.warning("units stand still: %s", fault)


def _demo(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise ConfigFault(file, 0, str(fault)) from fault
