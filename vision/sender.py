"""The thread that empties a spool, and sets aside what the other side will never accept."""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence

from ioc.errors import IocError, Unavailable
from vision.spool import Item, Spool

logger = logging.getLogger(__name__)

BATCH = 100
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 2.0
# Two hundred boxes come back with one line: they must not all knock at once, or every two seconds.
LONGEST_WAIT_AFAR_S = 15.0
# Boxes name their reads by numbers that nobody has twice: what the other side knows under a read's
# id is that read, and had its pictures then.
KNOWN = "id: id_reused"

# Sends items; answers why each was refused for good, None for those that were taken.
Send = Callable[[Sequence[Item]], list[str | None]]


class Sender:
    """The thread that empties a spool, oldest first, for as long as it takes."""

    def __init__(
        self,
        spool: Spool,
        send: Send,
        batch: int = BATCH,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        """Remember what to send and how; `start` begins.

        Args:
            spool: what is emptied.
            send: sends a batch.
            batch: so many at once; fewer after each failure, for a line that bears only little.
            longest_wait_s: between two tries.
        """
        self._spool = spool
        self._send = send
        self._most = self._batch = batch
        self._longest_wait_s = longest_wait_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self.sent = 0
        self.error: str | None = None

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def drain(self, patience_s: float) -> None:
        """Return once nothing waits to be sent, or after `patience_s`."""
        limit_s = time.monotonic() + patience_s
        while not self._spool.is_empty and time.monotonic() < limit_s:
            time.sleep(0.02)

    def stop(self, patience_s: float = 3.0) -> None:
        """Send what can be sent within `patience_s`; the rest stays for the next start."""
        self._stop.set()
        self._spool.arrived.set()
        self._thread.join(patience_s)

    def _run(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            self._spool.arrived.clear()
            try:
                while self.send_some():
                    wait_s = FIRST_WAIT_S
            except Exception as fault:  # noqa: BLE001  the outermost loop of this thread
                self._lose(fault)
                if self._stop.wait(wait_s * random.uniform(0.5, 1)):
                    return
                wait_s = min(wait_s * 2, self._longest_wait_s)
                continue
            if self._stop.is_set():
                return
            self._spool.arrived.wait()

    def send_some(self) -> int:
        """Send the oldest batch; return how many bytes of the spool that has emptied."""
        items, size = self._spool.batch(self._batch)
        for item, why in zip(items, self._answers(items), strict=True):
            if why is not None and not why.startswith(KNOWN):
                self._spool.refuse(item, why)
        if size:
            self._spool.done(size)
            self.sent += len(items)
            self._batch = min(self._batch * 2, self._most)
        if self.error is not None:
            logger.info("reads are sent again")
            self.error = None
        return size

    def _answers(self, items: Sequence[Item]) -> list[str | None]:
        if not items:
            return []
        try:
            return self._send(items)
        except Unavailable:
            raise
        except IocError as fault:
            # one item spoils the batch: send them singly, so that only that one is set aside
            if len(items) == 1:
                return [str(fault)]
            return [why for item in items for why in self._answers([item])]

    def _lose(self, fault: Exception) -> None:
        self._batch = max(1, self._batch // 2)
        if self.error is None:
            expected = isinstance(fault, Unavailable)
            logger.warning("reads wait on the disk: %s", fault, exc_info=not expected)
        self.error = str(fault) or type(fault).__name__
