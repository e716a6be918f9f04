"""Who still stands: asked of the store before every push, all displays of a moment in one query."""

import asyncio

from dashboards.auth import Viewer, display_viewer, recognise
from ioc.centre import Centre
from ioc.displays.model import Display
from ioc.displays.service import displays_of

# Screens of one page get their message in the same moment; those that ask within this go together.
GATHER_S = 0.005


class Standing:
    """Asks who brings the token of an open screen; the answer is never older than the question."""

    def __init__(self, centre: Centre) -> None:
        """Ask the store of `centre`."""
        self._centre = centre
        self._waiting: dict[str, asyncio.Future[Display | None]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def of(self, viewer: Viewer) -> Viewer | None:
        """Return who brings the token of `viewer` now; None when it stands no more.

        Raises:
            Unavailable: the store cannot be asked.
        """
        if viewer.role is not None:
            return await asyncio.to_thread(recognise, self._centre, viewer.token, "")
        display = await self._display(viewer.token)
        return None if display is None else display_viewer(display, viewer.token)

    async def _display(self, token: str) -> Display | None:
        if not self._waiting:
            asking = asyncio.create_task(self._ask())
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)
        if token not in self._waiting:
            self._waiting[token] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._waiting[token])

    async def _ask(self) -> None:
        await asyncio.sleep(GATHER_S)
        waiting, self._waiting = self._waiting, {}
        try:
            found = await asyncio.to_thread(displays_of, self._centre, list(waiting))
        except Exception as fault:  # noqa: BLE001 - it is told to everybody who waits
            for future in waiting.values():
                future.set_exception(fault)
                future.exception()  # whoever asked may have left meanwhile
            return
        for token, future in waiting.items():
            future.set_result(found.get(token))
