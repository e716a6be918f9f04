"""A simulated camera box: posts reads to the API as a box at the roadside does."""

import logging
import random
import time
import tomllib
import uuid
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from ingest.simulator.portal import Portal
from ingest.simulator.rounds import Rounds
from ingest.simulator.traffic import Pass, Traffic
from ioc.applicants import Applicants
from ioc.city import load_city
from ioc.clock import utc_now
from ioc.errors import ConfigFault, InvalidInput, Unavailable

logger = logging.getLogger(__name__)

ROUND_S = 1.0
BATCH = 500
# A real box keeps what waits on its disk; what is made up may be forgotten.
MOST_WAITING = 5_000
LONGEST_WAIT_S = 10.0
UNITS_EVERY_S = 10.0
SEED = 2021


class Box:
    """One sender of simulated reads; `waiting` is what the API has not taken yet."""

    def __init__(self, api: str, key: str) -> None:
        """Remember whom to send to; nothing is connected yet.

        Raises:
            InvalidInput: `api` is no http address, or the key is missing.
        """
        if not api.startswith(("http://", "https://")):
            raise InvalidInput("--api", f"{api!r} must begin with http:// or https://")
        if not key.isascii() or not key.isprintable() or not key:
            raise InvalidInput("IOC_API_KEY", "set the key of the source 'simulator'")
        headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=api, headers=headers, timeout=10, trust_env=False)
        self.waiting: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)

    def clock_shift(self) -> timedelta:
        """Return how far the centre's clock is from this machine's: it may replay another day.

        Raises:
            Unavailable: the centre does not answer.
            InvalidInput: it does not know the key, or the key lacks the right to figures.
        """
        answer = self._ask("GET", "/v1/figures")
        return datetime.fromisoformat(answer.json()["as_of"]) - utc_now()

    def add(self, seen: Pass, at: datetime) -> None:
        """Let a pass wait to be sent."""
        self.waiting.append(
            {
                "id": uuid.uuid4().hex,
                "camera": seen.camera.id,
                "plate": seen.plate,
                "confidence": seen.confidence,
                "direction": seen.heading.value,
                "seen_at": at.isoformat(),
            }
        )

    def send(self) -> int:
        """Send a batch of what waits and return how many items were answered.

        Raises:
            Unavailable: the centre does not answer; everything goes on waiting.
            InvalidInput: it refuses the whole batch.
        """
        batch = [self.waiting[index] for index in range(min(BATCH, len(self.waiting)))]
        if batch:
            self._ask("POST", "/v1/reads", {"items": batch})
            for _ in batch:
                self.waiting.popleft()
        return len(batch)

    def post(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send reads at once and return what was answered to each, in their order.

        Raises:
            Unavailable: the centre does not answer.
            InvalidInput: it refuses the whole batch.
        """
        return list(self._ask("POST", "/v1/reads", {"items": items}).json()["results"])

    def units(self) -> list[dict[str, Any]]:
        """Return the units of the city as they are now.

        Raises:
            Unavailable: the centre does not answer.
            InvalidInput: the key lacks the right to units.
        """
        return list(self._ask("GET", "/v1/patrols").json()["items"])

    def place_units(self, updates: list[dict[str, Any]]) -> None:
        """Tell where units are.

        Raises:
            Unavailable: the centre does not answer.
            InvalidInput: it refuses the whole batch.
        """
        if updates:
            self._ask("POST", "/v1/patrols", {"items": updates})

    def register(self, items: Sequence[object]) -> None:
        """Send registrations, as a portal does.

        Raises:
            Unavailable: the centre does not answer.
            InvalidInput: it refuses the whole batch.
        """
        self._ask("POST", "/v1/registrations", {"items": list(items)})

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.HTTPError as fault:
            raise Unavailable(f"{self._client.base_url}: {fault}") from fault
        if answer.status_code in (401, 403, 413, 422):
            raise InvalidInput(path, f"status {answer.status_code}: {answer.text[:200]}")
        if answer.status_code != httpx.codes.OK:
            raise Unavailable(f"{path}: status {answer.status_code}: {answer.text[:200]}")
        return answer


def simulate(city_dir: Path, box: Box, speed: float) -> None:
    """Send the traffic of the city in `city_dir` until a signal ends it; `speed` 0 sends none.

    Raises:
        ConfigFault: the city's folder is wrong.
        InvalidInput: the centre refuses the key or what is sent.
    """
    if speed <= 0:
        return
    city = load_city(city_dir)
    demo = _demo(city_dir / "demo.toml")
    traffic = Traffic(city, demo, SEED)
    portal = Portal(Applicants(demo, random.randrange(SEED)), box.register)
    shift = _patiently(box)
    rounds = Rounds(list(city.cameras.values()), SEED)
    last, wait_s = time.monotonic(), ROUND_S
    driven = last
    while True:
        time.sleep(wait_s)
        passed, last = time.monotonic() - last, time.monotonic()
        now = utc_now() + shift
        # After a long sleep of the machine nobody drove meanwhile.
        for seen in traffic.passes(min(passed, 5.0) * speed, now.astimezone(city.zone)):
            box.add(seen, now)
        try:
            while box.send() == BATCH:
                pass
            wait_s = ROUND_S
            portal.pass_time(passed, speed, now)
            if last - driven >= UNITS_EVERY_S:
                _drive(box, rounds, last - driven, now)
                driven = last
        except Unavailable as fault:
            logger.warning("%d simulated reads wait: %s", len(box.waiting), fault)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)


def _drive(box: Box, rounds: Rounds, seconds: float, now: datetime) -> None:
    try:
        box.place_units(rounds.move(box.units(), min(seconds, 60.0), now))
    except InvalidInput as fault:
        # A key of an older demo: its traffic goes on, its units stand still.
        logger.warning("units stand still: %s", fault)


def _patiently(box: Box) -> timedelta:
    wait_s = ROUND_S
    while True:
        try:
            return box.clock_shift()
        except Unavailable as fault:
            logger.warning("the centre does not answer yet: %s", fault)
            time.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)


def _demo(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise ConfigFault(file, 0, str(fault)) from fault
