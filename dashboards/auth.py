"""Who is looking: the guard before every page, callback and socket, and the doors it can shut.

Dash's own hooks cover neither page paths nor the socket, so the guard is plain ASGI and stands
in front of everything. Nobody unknown gets past it: pages send him to the sign-in page, data is
refused with 401, a socket with 403. What a person may see is asked again in every layout and
every callback, and before every push.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.cookies import tokens
from dashboards.entrance import is_foreign
from dashboards.notices import notice
from dashboards.paths import AWAY, BACK, SECOND, WALL, page_at, path_of, wall_at
from ioc.access.model import Action, Page, Role, User
from ioc.access.rules import may, pages_of
from ioc.access.sessions import session_of
from ioc.centre import Centre
from ioc.displays.model import Display
from ioc.displays.service import display_of
from ioc.errors import Forbidden, Unavailable
from ioc.masking import Trait, shown
from ioc.privacy import HIDDEN
from ioc.walls import Wall, load_walls

logger = logging.getLogger(__name__)

PUBLIC = frozenset(
    {"/login", SECOND, AWAY, BACK, "/screen", "/healthz", "/readyz", "/metrics", "/_favicon.ico"}
)
# Our own looks, and the scripts of the libraries: the same for everybody, and no secret.
PUBLIC_FOLDERS = ("/assets/", "/_dash-component-suites/")
# Files that are handed out one by one, each after its own right and with its own line in the audit.
FILES = ("/evidence/", "/paper/", "/pack/", "/issue/", "/rows/", "/sheet/", "/report/")
SIGNED_OUT = 4401
# Time for a page to be told that its session is over, before its socket closes.
FAREWELL_S = 1.5


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page; a display has no role and may open one screen of the walls alone.

    Attributes:
        scope: the code of the district or commune he sees, None for all: `centre.reach(scope)`.
        agency: whose reports he handles, if he works for one: `ioc.reports.routing.handled`.
        wall: the screen of the walls that a display is bound to, empty for a person.
        offered: the pages there are; the others are granted, but not built.
        shown_as: his name as people know it.
    """

    name: str
    role: Role | None
    token: str
    scope: str | None = None
    agency: str | None = None
    wall: str = ""
    offered: frozenset[Page] = field(default=frozenset(Page), compare=False)
    shown_as: str = field(default="", compare=False)

    def may_stand_at(self, wall: str) -> bool:
        """Tell whether a screen of the walls may be shown to the viewer."""
        return self.may_open(Page.WALL) and self.wall in ("", wall)

    def may_open(self, page: Page) -> bool:
        """Tell whether the page may be shown to the viewer."""
        return page in self.pages

    @property
    def pages(self) -> tuple[Page, ...]:
        """Return the pages of the viewer, in the order of the navigation."""
        return (Page.WALL,) if self.role is None else pages_of(self.role)

    @property
    def links(self) -> tuple[Page, ...]:
        """Return those of his pages that there are, for the navigation."""
        return tuple(page for page in self.pages if page in self.offered)

    def may(self, action: Action) -> bool:
        """Tell whether the viewer may do `action`."""
        return self.role is not None and may(self.role, action)

    def sees(self, trait: Trait, value: str | date | int | None) -> str | None:
        """Return a value of somebody as the viewer's role sees it: clear, masked or hidden."""
        if self.role is None:
            return None if value is None else HIDDEN
        return shown(self.role, trait, value)


current: ContextVar[Viewer | None] = ContextVar("viewer", default=None)
asked: ContextVar[Scope | None] = ContextVar("asked", default=None)


def viewer(page: Page, action: Action | None = None) -> Viewer:
    """Return who is asking, once it is sure that he may open `page` and do `action`.

    Raises:
        Forbidden: nobody is asking, or his role does not cover it.
    """
    found = current.get()
    if found is None or not found.may_open(page):
        raise Forbidden(f"this role may not open {page.value}")
    if action is not None and not found.may(action):
        raise Forbidden(f"this role may not {action.value}")
    return found


def recognise(centre: Centre, token: str, screen: str) -> Viewer | None:
    """Return who brings a session's token or a display's token, or None.

    Raises:
        Unavailable: the store of sessions cannot be asked.
    """
    if token:
        user = session_of(centre, token)
        if user is not None:
            return person_viewer(user, token)
    display = display_of(centre, screen) if screen else None
    return None if display is None else display_viewer(display, screen)


def person_viewer(user: User, token: str) -> Viewer:
    """Return an account as who looks."""
    # Without its agency an account of one handles no report, rather than all of them.
    agency = user.agency or ("" if user.role is Role.AGENCY else None)
    return Viewer(user.name, user.role, token, user.scope, agency, shown_as=user.display_name)


def display_viewer(display: Display, token: str) -> Viewer:
    """Return a display as who looks."""
    return Viewer(f"screen:{display.name}", None, token, wall=display.wall)


class Doors:
    """The open sockets by the token that opened them, so that a sign-out can shut them."""

    def __init__(self) -> None:
        """Begin with no socket open."""
        self._open: dict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def opened(self, token: str) -> Iterator[asyncio.Event]:
        """Yield the event that says the door of this socket was shut."""
        shut = asyncio.Event()
        self._open[token].add(shut)
        try:
            yield shut
        finally:
            self._open[token].discard(shut)
            if not self._open[token]:
                del self._open[token]

    def shut(self, token: str) -> None:
        """Close every socket that `token` opened."""
        for event in self._open.get(token, ()):
            event.set()


class Guard:
    """The ASGI layer that lets nobody unknown through."""

    def __init__(
        self, app: ASGIApp, centre: Centre, doors: Doors, offered: frozenset[Page]
    ) -> None:
        """Stand before `app`, which has the pages `offered`."""
        self._app = app
        self._centre = centre
        self._doors = doors
        self._offered = offered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "lifespan" or is_public(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            found = await asyncio.to_thread(recognise, self._centre, *tokens(scope))
        except Unavailable:
            await _refuse(scope, receive, send, _away(scope))
            return
        if is_foreign(scope):
            await _refuse(scope, receive, send, JSONResponse({"title": "a foreign page"}, 403))
            return
        found = None if found is None else replace(found, offered=self._offered)
        refusal = _refusal(scope, found, load_walls(self._centre.settings.city_dir))
        if found is None or refusal is not None:
            await _refuse(scope, receive, send, refusal)
            return
        marks = current.set(found), asked.set(scope)
        try:
            await self._enter(found, scope, receive, send)
        finally:
            current.reset(marks[0])
            asked.reset(marks[1])

    async def _enter(self, found: Viewer, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        with self._doors.opened(found.token) as shut:
            await self._app(scope, _until_shut(receive, send, shut), send)


def is_public(path: str) -> bool:
    """Tell whether a path is open to everybody: the sign-in page, its looks, and health."""
    return path in PUBLIC or path.startswith(PUBLIC_FOLDERS)


def _until_shut(receive: Receive, send: Send, shut: asyncio.Event) -> Receive:
    """Return a `receive` that ends the socket once its door is shut."""

    async def receive_or_end() -> Message:
        heard = asyncio.ensure_future(receive())
        closed = asyncio.ensure_future(shut.wait())
        await asyncio.wait({heard, closed}, return_when=asyncio.FIRST_COMPLETED)
        closed.cancel()
        if heard.done():
            return heard.result()
        heard.cancel()
        await asyncio.sleep(FAREWELL_S)
        await send({"type": "websocket.close", "code": SIGNED_OUT, "reason": "signed out"})
        return {"type": "websocket.disconnect", "code": SIGNED_OUT}

    return receive_or_end


def _refusal(scope: Scope, found: Viewer | None, walls: Mapping[str, Wall]) -> Response | None:
    path = scope["path"]
    if found is None:
        return _unknown(scope, path)
    if found.wall and path in ("/", WALL):
        return RedirectResponse(path_of(found.wall), 303)
    if not _is_granted(found, path):
        return HTMLResponse(notice("sign_in.forbidden", scope), 403)
    if found.role is None and path.startswith(FILES):
        return JSONResponse({"title": "a screen shows no pictures"}, 403)
    page = page_at(path)
    is_there = page is None or page in found.offered
    if not _exists(path) or not is_there or wall_at(path) not in ("", *walls):
        # Dash would answer every other path with the shell of the app.
        return HTMLResponse(notice("shell.no_page", scope), 404)
    return None


def _is_granted(found: Viewer, path: str) -> bool:
    page, wall = page_at(path), wall_at(path)
    return page is None or (found.may_stand_at(wall) if wall else found.may_open(page))


def _unknown(scope: Scope, path: str) -> Response:
    if not _wants_page(scope):
        return JSONResponse({"title": "sign in first"}, 401)
    # A display whose token ended has no keyboard: it waits at its own door, not at the sign-in.
    if tokens(scope)[1]:
        return RedirectResponse("/screen", 303)
    return RedirectResponse(f"/login?next={path}" if page_at(path) else "/login", 303)


def _exists(path: str) -> bool:
    is_file = path.startswith(FILES) and path.count("/") == 2
    return (
        page_at(path) is not None
        or path in ("/", "/logout")
        or path.startswith("/_dash")
        or is_file
    )


def _away(scope: Scope) -> Response:
    if _wants_page(scope):
        return HTMLResponse(
            notice("state.no_store", scope), 503, {"Retry-After": "5", "Refresh": "5"}
        )
    return JSONResponse({"title": "the store does not answer"}, 503)


def _wants_page(scope: Scope) -> bool:
    path = scope["path"]
    is_data = path.startswith(("/_dash", "/evidence/", "/paper/", "/report/", "/issue/"))
    return scope["type"] == "http" and scope["method"] == "GET" and not is_data


async def _refuse(scope: Scope, receive: Receive, send: Send, refusal: Response | None) -> None:
    if scope["type"] == "websocket":
        # Closed before it was accepted: the server answers the handshake with 403.
        await receive()
        await send({"type": "websocket.close", "code": 4403})
    elif refusal is not None:
        await refusal(scope, receive, send)
