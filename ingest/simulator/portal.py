"""A simulated portal: people register vehicles there, and it sends what they filled in."""

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ioc.applicants import Applicants
from ioc.errors import InvalidInput
from ioc.registrations.model import Registration

logger = logging.getLogger(__name__)

# After a long sleep of the machine nobody registered meanwhile.
LONGEST_S = 60.0
PATH = "/v1/registrations"
NAMES = ("holder", "driver", "phone", "origin", "destination", "route", "goods", "colour")


class Portal:
    """One sender of simulated registrations."""

    def __init__(self, applicants: Applicants, send: Callable[[Sequence[object]], None]) -> None:
        """Remember who registers, and how a batch is sent."""
        self._applicants = applicants
        self._send = send
        self._due = 0.0

    def pass_time(self, seconds: float, speed: float, now: datetime) -> int:
        """Send what is registered within `seconds` and return how many that is.

        Raises:
            Unavailable: the centre does not answer; they register later.
        """
        more = min(seconds, LONGEST_S) * speed * self._applicants.per_hour / 3600
        count = int(self._due + more)
        if count:
            made = [self._applicants.next(uuid.uuid4().hex, now) for _ in range(count)]
            try:
                self._send([item_of(one) for one in made])
            except InvalidInput as fault:
                # A key of an older demo: its traffic goes on, nobody registers.
                logger.warning("registrations are not taken: %s", fault)
        self._due += more - count
        return count


def item_of(one: Registration) -> dict[str, Any]:
    """Return a registration as the API takes it."""
    item: dict[str, Any] = {"id": one.id, "plate": one.plate, "kind": one.kind.value}
    item |= {name: getattr(one, name) for name in NAMES if getattr(one, name) is not None}
    for name, at in (("from", one.from_at), ("until", one.until_at)):
        if at is not None:
            item[name] = at.isoformat()
    return item | {"seats": one.seats, "companions": one.companions, "people": list(one.people)}
