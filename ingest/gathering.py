"""Scans that arrive at once are kept at once: one transaction for all that wait.

Requests hand theirs over and wait, without a thread each; while one transaction runs, what comes
gathers for the next (group commit, as in ADR 0010). A lone scan goes at once.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from ioc.venues.drafting import ScanAnswer
from ioc.venues.model import Scan, Sender
from ioc.venues.recording import Answers, Party

MOST = 1_000
# While one waits for the disk, the other makes the next transaction ready: worth it only where
# enough wait, or few scans would share a commit.
WRITERS, ENOUGH = 2, 400
# Whoever was just answered sends his next within this, and shares a commit with those who wait.
PATIENCE_S = 0.002


class _Waiting(NamedTuple):
    party: Party
    answered: asyncio.Future[list[ScanAnswer]]


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

    async def record(self, sender: Sender, scans: Sequence[Scan]) -> list[ScanAnswer]:
        """Return the answers to scans, in order, after the commit that holds them."""
        loop = asyncio.get_running_loop()
        one = _Waiting((sender, scans), loop.create_future())
        self._waiting.append(one)
        self._size += len(scans)
        if self._free == WRITERS or (self._free and self._size >= ENOUGH):
            self._free -= 1
            task = loop.create_task(self._lead(loop))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await one.answered

    async def _lead(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve those who wait until nobody does."""
        try:
            while self._waiting:
                taken = self._taken()
                await self._serve(loop, taken)
                if len(self._waiting) < len(taken) > 1:
                    await asyncio.sleep(PATIENCE_S)
        finally:
            self._free += 1

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
            elif not taken[0].answered.done():
                taken[0].answered.set_exception(fault)
            return
        for one, told in zip(taken, answers, strict=True):
            if not one.answered.done():
                one.answered.set_result(told)
