"""The socket of a screen: pushes what changed, and asks before each push who is looking."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

from dash import Dash, ctx, set_props

from dashboards.auth import PAGES, Doors, Viewer, current, recognise
from dashboards.hub import Hub, Message
from dashboards.screen import seat_of
from dashboards.shell import SPOKEN, WHERE
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.errors import Unavailable
from ioc.labels import Language

logger = logging.getLogger(__name__)

LIVE = "live"
ANSWER_S = 5.0
# A tab that was closed leaves its callback behind on a socket that other tabs share.
ASK_EVERY = 5


def register(app: Dash, centre: Centre, hub: Hub, doors: Doors) -> None:
    """Add the callback that feeds every open page."""

    @app.callback(websocket=True, persistent=True)
    async def live() -> None:
        viewer, socket = current.get(), ctx.websocket
        where = await _where(socket, hub) if viewer is not None else None
        if viewer is None or where is None:
            return
        page, language = where
        if not viewer.may_open(page):
            logger.warning("%s asked for %s over the socket", viewer.name, page)
            return
        with hub.watch(page, seat_of(viewer, language)) as queue:
            sent: dict[str, str] = {}
            told = 0
            while not socket.is_shutdown:
                try:
                    message = await asyncio.wait_for(queue.get(), ANSWER_S)
                except TimeoutError:
                    continue
                checked = await _checked(centre, viewer, page, message)
                if checked is None:
                    set_props(LIVE, {"data": {"gone": True}})
                    doors.shut(viewer.token)
                    return
                set_props(LIVE, {"data": payload(checked, sent)})
                told += 1
                if told % ASK_EVERY == 0 and await _asked(socket, WHERE, "pathname") is None:
                    return


def payload(message: Message, sent: dict[str, str]) -> dict[str, Any]:
    """Return what goes to the browser, and note in `sent` what it will have then.

    Only regions that differ from those sent before are in it.
    """
    picture = message.picture
    parts = {} if picture is None else picture.parts
    changed = {name: text for name, text in parts.items() if sent.get(name) != text}
    sent.update(changed)
    return {
        "now": message.now.isoformat(),
        "as_of": None if message.as_of is None else message.as_of.isoformat(),
        "state": "stale" if picture is None else "fresh",
        "next_s": message.next_s,
        "retry_s": message.next_s,
        "parts": changed,
        "revisions": {} if picture is None else dict(picture.revisions),
    }


async def _checked(centre: Centre, viewer: Viewer, page: Page, message: Message) -> Message | None:
    """Return `message` when the session still stands with the same right to this page.

    None when it does not. While the sessions cannot be asked nothing personal goes out: the
    message is told without its picture.
    """
    if message.picture is None:
        return message
    screen = viewer.token if viewer.role is None else ""
    session = "" if viewer.role is None else viewer.token
    try:
        found = await asyncio.to_thread(recognise, centre, session, screen)
    except Unavailable:
        return replace(message, picture=None)
    return message if found == viewer and viewer.may_open(page) else None


async def _where(socket: Any, hub: Hub) -> tuple[Page, Language] | None:
    """Return which page the browser shows, and in which language; None for no page of ours."""
    path, spoken = await _asked(socket, WHERE, "pathname"), await _asked(socket, SPOKEN, "data")
    page = PAGES.get(str(path))
    if page is None or not hub.shows(page):
        return None
    return page, Language.EN if spoken == Language.EN else Language.VI


async def _asked(socket: Any, name: str, prop: str) -> object:
    try:
        return await socket.get_prop(name, prop, ANSWER_S)
    except TimeoutError:
        return None
