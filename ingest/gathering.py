"""Scans that arrive at once are kept at once: one transaction for all that wait.

Requests hand theirs over and wait, without a thread each; while one transaction runs, what comes
gathers for the next (group commit, as in ADR 0010). A lone scan goes at once.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, cast

from ioc.venues.drafting import ScanAnswer
from ioc.venues.model import Scan, Sender
from ioc.venues.recording import Answers, Party

MOST = 1_000
# While one waits for the disk, the other makes the next transaction ready: worth it only where
# enough wait, or few scans would share a commit.
WRITERS, ENOUGH = 2, 400
# Whoever was just answered sends his next within this, and shares a commit with those who wait:
# alone it would cost as much as twenty together. Nobody waits once all of them are there.
PATIENCE_S = 0.005

# Is told the answers to scans, in order, or why there are none.
Told = Callable[[list[ScanAnswer] | Exception], None]


class _Waiting(NamedTuple):
    party: Party
    told: Told


class Gathering:
    """Hands scans over to `record`, which answers several parties in one transaction."""

    def __init__(self, record: Callable[[Sequence[Party]], Answers]) -> None:
        """Begin with nobody waiting."""
        self._record = record
        self._waiting: list[_Waiting] = []
        self._size = 0
        self._free = WRITERS
        self._threads = ThreadPoolExecutor(WRITERS, thread_name_prefix="scans")
        self._tasks: set[asyncio.Task[None]] = set()
        self._hoped, self._came = 0, cast("asyncio.Future[None] | None", None)

    async def record(self, sender: Sender, scans: Sequence[Scan]) -> list[ScanAnswer]:
        """Return the answers to scans, in order, after the commit that holds them."""
        answered = asyncio.get_running_loop().create_future()

        def tell(told: list[ScanAnswer] | Exception) -> None:
            if answered.done():
                return
            if isinstance(told, Exception):
                answered.set_exception(told)
            else:
                answered.set_result(told)

        self.hand_over(sender, scans, tell)
        found: list[ScanAnswer] = await answered
        return found

    def hand_over(self, sender: Sender, scans: Sequence[Scan], told: Told) -> None:
        """Have scans recorded; `told` gets their answers after the commit that holds them."""
        self._waiting.append(_Waiting((sender, scans), told))
        self._size += len(scans)
        if self._came is not None and len(self._waiting) >= self._hoped:
            _settle(self._came)
        if self._free == WRITERS or (self._free and self._size >= ENOUGH):
            self._free -= 1
            loop = asyncio.get_running_loop()
            task = loop.create_task(self._lead(loop))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _lead(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve those who wait until nobody does."""
        try:
            while self._waiting:
                taken = self._taken()
                await self._serve(loop, taken)
                if len(taken) > 1 and self._size < ENOUGH and self._came is None:
                    await self._patience(loop, len(self._waiting) + len(taken))
        finally:
            self._free += 1

    async def _patience(self, loop: asyncio.AbstractEventLoop, hoped: int) -> None:
        """Wait until as many came as are hoped for, at most PATIENCE_S."""
        self._hoped, self._came = hoped, loop.create_future()
        timer = loop.call_later(PATIENCE_S, _settle, self._came)
        try:
            await self._came
        finally:
            timer.cancel()
            self._came = None

    def _taken(self) -> list[_Waiting]:
        """Take parties from the front, at most about MOST scans of them, and at least one."""
        count = size = 0
        for one in self._waiting:
            if count and size + len(one.party[1]) > MOST:
                break
            count, size = count + 1, size + len(one.party[1])
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        self._size -= size
        return taken

    async def _serve(self, loop: asyncio.AbstractEventLoop, taken: Sequence[_Waiting]) -> None:
        """Answer parties together; where that fails each by itself: one may be at fault."""
        parties = [one.party for one in taken]
        try:
            answers = await loop.run_in_executor(self._threads, self._record, parties)
        except Exception as fault:  # noqa: BLE001  raised where its caller waits
            if len(taken) > 1:
                for one in taken:
                    await self._serve(loop, [one])
            else:
                taken[0].told(fault)
            return
        for one, told in zip(taken, answers, strict=True):
            one.told(told)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
