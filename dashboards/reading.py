"""One reading of the store for all screens that a hint woke at once.

Seats differ in what they may see, not in what there is: what is read is read once, and each seat's
picture is drawn from it. A reading serves whoever asks for data no newer than its beginning, so
nobody is shown less than what the hint that woke him was about.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from math import inf
from threading import Lock
from typing import Generic, TypeVar

from ioc.centre import Centre, held_at

Read = TypeVar("Read")

# From when on the data of a screen must be, on the monotonic clock; the hub sets it.
# Outside of it everything is read anew.
wanted_since: ContextVar[float] = ContextVar("wanted_since", default=inf)


class Reading(Generic[Read]):
    """What was read last, and when that was begun."""

    def __init__(self, read: Callable[[Centre], Read]) -> None:
        """Read by `read`, in whichever thread asks first."""
        self._read = read
        self._lock = Lock()
        self._begun = -inf
        self._centre: Centre | None = None
        self._found: Read | None = None
        self._fault: Exception | None = None

    def of(self, centre: Centre) -> Read:
        """Return what was read of `centre` since it is wanted, reading it where nobody has.

        A fault of a reading is the fault of all who waited for it: a store that hangs is not asked
        by one after the other.
        """
        since = wanted_since.get()
        with self._lock:
            if self._centre is not centre or self._begun < since:
                self._begin(centre)
            if self._fault is not None:
                raise self._fault
            assert self._found is not None
            return self._found

    def _begin(self, centre: Centre) -> None:
        # A replica was asked for what there was when its reading was begun, not when this was.
        self._begun = min(time.monotonic(), held_at.get())
        self._centre, self._fault = centre, None
        try:
            self._found = self._read(centre)
        except Exception as fault:  # noqa: BLE001 - it is raised to everybody who waited
            self._fault = fault
