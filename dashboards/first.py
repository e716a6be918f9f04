"""The first picture of a wall, in the document itself: nothing has to be asked for to see it.

The page that Dash builds comes up behind it, and takes its place once it holds the first push
(assets/1-centre.js). Until then the same script lets its ages grow, and says so when nothing comes.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboards.auth import current
from dashboards.build import BOOT
from dashboards.hub import Hub
from dashboards.looks import looks_of
from dashboards.markup import Html, el
from dashboards.notices import language_of
from dashboards.pages.wall import layout_of
from dashboards.paths import page_at
from dashboards.push import look_of
from dashboards.screen import seat_of
from dashboards.shell import first
from dashboards.wire import Message
from dashboards.words import Words
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.walls import from_afar, load_walls

# A document that waited longer would come later than the push.
PATIENCE_S = 1.5


class FirstPicture:
    """The ASGI layer that has a wall drawn before its document is written."""

    def __init__(self, app: ASGIApp, centre: Centre, hub: Hub) -> None:
        """Stand before `app`, behind the guard."""
        self._app, self._centre, self._hub = app, centre, hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the picture in the document of a wall."""
        is_wall = scope["type"] == "http" and page_at(scope["path"]) is Page.WALL
        mark = first.set(await self._drawn(scope) if is_wall else None)
        try:
            await self._app(scope, receive, send)
        finally:
            first.reset(mark)

    async def _drawn(self, scope: Scope) -> Html | None:
        """Return the wall that is asked for as it is now; None where it cannot be had at once."""
        viewer, language = current.get(), language_of(scope)
        look = None if viewer is None else look_of(self._centre, viewer, scope["path"])
        if viewer is None or look is None:
            return None
        with self._hub.watch(look.page, seat_of(viewer, language, look.wall)) as queue:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    message = await queue.get()
            except TimeoutError:
                return None
        if message.picture is None:
            return None
        shown = load_walls(self._centre.settings.city_dir)[look.wall]
        scale = looks_of(scope, look.page).scale
        layout = layout_of(from_afar(shown, scale), Words(language, self._centre.city.zone))
        return _document_part(still(layout, message.picture.parts), message)


def still(component: object, parts: Mapping[str, str]) -> Html | str:
    """Return the markup of a layout with its regions filled.

    A region is named, not identified: its id is that of its place in the page that comes after.
    """
    if not isinstance(component, Component):
        return str(component)
    drawn = component.to_plotly_json()  # type: ignore[no-untyped-call]
    told: dict[str, Any] = dict(drawn["props"])
    name = str(told.pop("id", None) or told.pop("data-part", ""))
    held = told.pop("children", None) or []
    children = held if isinstance(held, list) else [held]
    within = [Html(parts[name])] if name in parts else [still(one, parts) for one in children]
    more = {"cls": told.pop("className", None), "data-part": name or None, **told}
    return el(str(drawn["type"]).lower(), *within, **more)


def _document_part(wall: Html | str, message: Message) -> Html:
    told = {
        "data_boot": BOOT,
        "data_now": message.now.isoformat(),
        "data_as_of": message.as_of and message.as_of.isoformat(),
    }
    return el("div", wall, id="first", **told)
