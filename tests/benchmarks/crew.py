"""Vehicles that must be stopped, and who stops them: so that the desks of a soak have work."""

import random
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.installation import Installation

# A gate at which whoever has no permit raises an alert; one in so many seconds, which is a flood
# for a room of people and for screens what they must bear.
GATE, EVERY_S = "cam-001", 2.4
STEPS = ("acknowledge", "clear")
OPEN = {"desk": "police", "state": ["new", "acknowledged"]}
PLATES = random.Random(11)


class Crew:
    """Sends a vehicle without a permit to a gate, then works on what is open, in turn."""

    def __init__(self, demo: Installation) -> None:
        """Work through the API of `demo`, with the key that it printed."""
        self._demo, self._left = demo, deque[tuple[str, str]]()
        headers = {"Authorization": f"Bearer {demo.known['api_key']}"}
        api = demo.known["api"]
        self._client = httpx.Client(base_url=api, headers=headers, trust_env=False, timeout=10)
        self.steps = 0

    def run(self, until: threading.Event) -> None:
        """Work until told otherwise; what the centre cannot answer waits for the next turn."""
        turns = (self._arrive, *[self._work for _ in STEPS])
        with self._client:
            while True:
                for turn in turns:
                    if until.wait(EVERY_S / len(turns)):
                        return
                    with suppress(httpx.HTTPError, AssertionError):
                        turn()

    def _arrive(self) -> None:
        name, now = f"soak-{PLATES.getrandbits(48):012x}", datetime.now(UTC).isoformat()
        plate = f"75C{PLATES.randrange(10_000, 99_999)}"
        read = {"id": name, "camera": GATE, "plate": plate, "confidence": 0.99, "seen_at": now}
        self._demo.post("/v1/reads", [{**read, "direction": "in"}])

    def _work(self) -> None:
        if not self._left:
            found: list[dict[str, Any]] = self._client.get("/v1/alerts", params=OPEN).json()[
                "items"
            ]
            self._left.extend((str(alert["id"]), step) for alert in found for step in STEPS)
        if self._left:
            alert, step = self._left.popleft()
            # Whoever is at the desk may have been quicker: then it is refused, and that is all.
            answer = self._client.post(f"/v1/alerts/{alert}/steps", json={"step": step})
            self.steps += answer.status_code == httpx.codes.OK


@contextmanager
def working(demo: Installation) -> Iterator[Crew]:
    """Let a crew work until the block ends."""
    crew, over = Crew(demo), threading.Event()
    thread = threading.Thread(target=crew.run, args=(over,), name="crew", daemon=True)
    thread.start()
    try:
        yield crew
    finally:
        over.set()
        thread.join(30)
