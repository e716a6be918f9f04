"""A second process of a service that has loaded everything and waits: it follows at once.

Loading takes seconds of a core, and on a machine whose cores are all busy many times as long. What
waits costs memory, and no time.
"""

import logging
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf

from ioc.errors import Unavailable

logger = logging.getLogger(__name__)

# It is loaded once what it stands in for is through with its own start; one that keeps dying is
# not started over and over.
AFTER_S, PAUSE_S = 20.0, 30.0
# What it is told when its turn has come; the end of its input means that nobody needs it any more.
TURN = b"go\n"


class Spare:
    """The spare of one service, if it has one."""

    def __init__(self) -> None:
        """Begin without one."""
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = -inf

    def keep(self, begun: float, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        """Start one where there is none for a service that was `begun`; none at all is no harm.

        `start` leaves its input open.
        """
        now = time.monotonic()
        if self._waits() or now - begun < AFTER_S or now - self._started_at < PAUSE_S:
            return
        self._started_at = now
        try:
            self._process = start()
        except (OSError, Unavailable) as fault:
            logger.warning("no spare can be started: %s", fault)

    def take(self) -> subprocess.Popen[bytes] | None:
        """Tell the spare that its turn has come and return it; None where there is none."""
        process, self._process = (self._process, None) if self._waits() else (None, None)
        if process is None or process.stdin is None:
            return None
        try:
            with process.stdin:
                process.stdin.write(TURN)
        except OSError:
            return None
        return process

    def end(self) -> None:
        """End it; it has nothing to finish."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.close()
            self._process = None

    def _waits(self) -> bool:
        return self._process is not None and self._process.poll() is None
