"""Who still stands: asked of the store before every push, the whole room of a moment at once."""

import asyncio
from collections.abc import Sequence

from dashboards.auth import Viewer, display_viewer, person_viewer
from ioc.access.sessions import sessions_of
from ioc.centre import Centre
from ioc.displays.service import displays_of

# Screens of one page get their message in the same moment; those that ask within this go together.
GATHER_S = 0.005


class Standing:
    """Asks who brings the token of an open screen; the answer is never older than the question."""

    def __init__(self, centre: Centre) -> None:
        """Ask the store of `centre`."""
        self._centre = centre
        self._waiting: dict[Viewer, asyncio.Future[Viewer | None]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def of(self, viewer: Viewer) -> Viewer | None:
        """Return who brings the token of `viewer` now; None when it stands no more.

        Raises:
            Unavailable: the store cannot be asked.
        """
        if not self._waiting:
            asking = asyncio.create_task(self._ask())
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)
        if viewer not in self._waiting:
            self._waiting[viewer] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._waiting[viewer])

    async def _ask(self) -> None:
        await asyncio.sleep(GATHER_S)
        waiting, self._waiting = self._waiting, {}
        try:
            found = await asyncio.to_thread(self._found, list(waiting))
        except Exception as fault:  # noqa: BLE001 - it is told to everybody who waits
            for future in waiting.values():
                future.set_exception(fault)
                future.exception()  # whoever asked may have left meanwhile
            return
        for viewer, future in waiting.items():
            future.set_result(found.get(viewer))

    def _found(self, viewers: Sequence[Viewer]) -> dict[Viewer, Viewer]:
        """Return who each of them is now; not those whose token stands no more."""
        people = sessions_of(self._centre, {v.token for v in viewers if v.role is not None})
        screens = displays_of(self._centre, {v.token for v in viewers if v.role is None})
        found: dict[Viewer, Viewer] = {}
        for viewer in viewers:
            token = viewer.token
            if viewer.role is None and token in screens:
                found[viewer] = display_viewer(screens[token], token)
            elif viewer.role is not None and token in people:
                found[viewer] = person_viewer(people[token], token)
        return found
