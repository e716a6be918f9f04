"""The socket of a screen: pushes what changed, and asks before each push who is looking."""

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import Any

from dash import Dash, ctx

from dashboards.auth import Doors, Viewer, current
from dashboards.hub import Hub
from dashboards.paths import page_at, wall_at
from dashboards.screen import seat_of
from dashboards.shell import SPOKEN, WHERE
from dashboards.standing import Standing
from dashboards.wire import Message, send
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.errors import Unavailable
from ioc.labels import Language
from ioc.walls import load_walls

logger = logging.getLogger(__name__)

LIVE = "live"
ANSWER_S = 5.0
# A tab that was closed leaves its callback behind on a socket that other tabs share.
ASK_EVERY_S = 5.0
GONE = '{"gone": true}'


def register(app: Dash, centre: Centre, hub: Hub, doors: Doors) -> None:
    """Add the callback that feeds every open page."""
    standing = Standing(centre)

    @app.callback(websocket=True, persistent=True)
    async def live() -> None:
        viewer, socket = current.get(), ctx.websocket
        where = await _where(socket, hub) if viewer is not None else None
        if viewer is None or where is None:
            return
        path, language = where
        look = look_of(centre, viewer, path)
        if look is None:
            logger.warning("%s asked over the socket for what he may not open", viewer.name)
            return
        with hub.watch(look.page, seat_of(viewer, language, look.wall)) as queue:
            await _feed(queue, Watch(standing, doors, viewer, look.page, socket))


@dataclass(frozen=True)
class Look:
    """What somebody looks at: a page, and which screen where it is the walls'."""

    page: Page
    wall: str = ""


@dataclass(frozen=True)
class Watch:
    """One open screen: who looks, at what, over which socket."""

    standing: Standing
    doors: Doors
    viewer: Viewer
    page: Page
    socket: Any


def look_of(centre: Centre, viewer: Viewer, path: str) -> Look | None:
    """Return what is at `path`; None where there is nothing, or not for this viewer."""
    page, wall = page_at(path), wall_at(path)
    if page is None or not viewer.may_open(page):
        return None
    if page is not Page.WALL:
        return Look(page)
    walls = load_walls(centre.settings.city_dir)
    wall = wall or next(iter(walls))
    return Look(page, wall) if wall in walls and viewer.may_stand_at(wall) else None


async def _feed(queue: asyncio.Queue[Message], watch: Watch) -> None:
    sent: dict[str, str] = {}
    asked_at = time.monotonic()
    while not watch.socket.is_shutdown:
        try:
            async with asyncio.timeout(ANSWER_S):
                message = await queue.get()
        except TimeoutError:
            continue
        checked = await _checked(watch, message)
        if checked is None:
            send(watch.socket, LIVE, GONE)
            watch.doors.shut(watch.viewer.token)
            return
        send(watch.socket, LIVE, checked.news(sent))
        if time.monotonic() - asked_at >= ASK_EVERY_S:
            if await _asked(watch.socket, WHERE, "pathname") is None:
                return
            asked_at = time.monotonic()


async def _checked(watch: Watch, message: Message) -> Message | None:
    """Return `message` when the token still stands with the same right to this page.

    None when it does not. While the store cannot be asked nothing personal goes out: the message is
    told without its picture.
    """
    if message.picture is None:
        return message
    viewer = watch.viewer
    try:
        found = await watch.standing.of(viewer)
    except Unavailable:
        return replace(message, picture=None)
    return message if found == viewer and viewer.may_open(watch.page) else None


async def _where(socket: Any, hub: Hub) -> tuple[str, Language] | None:
    """Return the path and the language of the browser; None for no page of ours."""
    path, spoken = await asyncio.gather(
        _asked(socket, WHERE, "pathname"), _asked(socket, SPOKEN, "data")
    )
    page = page_at(str(path))
    if page is None or not hub.shows(page):
        return None
    return str(path), Language.EN if spoken == Language.EN else Language.VI


async def _asked(socket: Any, name: str, prop: str) -> object:
    try:
        return await socket.get_prop(name, prop, ANSWER_S)
    except TimeoutError:
        return None
