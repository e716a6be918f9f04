"""A simulated camera box: posts reads to the API as a box at the roadside does."""

import uuid
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ingest.simulator.client import MOST_WAITING, Client, Item, Outbox
from ingest.simulator.traffic import Pass

READS = "/v1/reads"


class Box(Client):
    """One sender of simulated reads; `waiting` is what the API has not taken yet."""

    def __init__(self, api: str, key: str) -> None:
        """Remember whom to send to; nothing is connected yet.

        Raises:
            InvalidInput: `api` is no http address, or the key is missing.
        """
        super().__init__(api, key)
        self.waiting: deque[Item] = deque(maxlen=MOST_WAITING)

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

    def send_reads(self) -> int:
        """Send what waits and return how many items were answered.

        Raises:
            Unavailable: the centre does not answer; everything goes on waiting.
            InvalidInput: it refuses the whole batch.
        """
        outbox = Outbox(self, READS)
        outbox.waiting = self.waiting
        return len(outbox.send())

    def units(self) -> list[dict[str, Any]]:
        """Return the units of the city as they are now.

        Raises:
            Unavailable: the centre does not answer.
            InvalidInput: the key lacks the right to units.
        """
        return list(self.ask("GET", "/v1/patrols")["items"])

    def place_units(self, updates: Sequence[Item]) -> None:
        """Tell where units are; raises as `send` does."""
        if updates:
            self.send("/v1/patrols", updates)
