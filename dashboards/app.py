"""The dashboards: Dash on FastAPI, built around one centre, with no state outside it."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html
from dash.development.base_component import Component
from fastapi import FastAPI

from dashboards import (
    briefing_desk,
    cameras_desk,
    desk,
    push,
    report_pictures,
    reports_desk,
    reviewing,
    searching,
    shift_desk,
    transport_desk,
)
from dashboards.auth import Doors, Guard, Viewer, asked, viewer
from dashboards.build import ASSETS, add_bundles
from dashboards.displays import add_door
from dashboards.first import FirstPicture
from dashboards.headers import Headers
from dashboards.hub import Hub
from dashboards.issues import add_issues
from dashboards.looks import looks_of
from dashboards.packing import add_pack_route
from dashboards.pages import (
    admin,
    briefing,
    cameras,
    components,
    entries,
    health,
    police,
    reports,
    review,
    scans,
    shift,
    transport,
    wall,
)
from dashboards.papers import add_papers
from dashboards.paths import page_at, wall_at
from dashboards.searchable import may_search
from dashboards.shell import SPOKEN, WHERE, Shell, root_layout
from dashboards.signin import add_routes
from dashboards.tables import hands
from dashboards.tables import routes as table_routes
from dashboards.vitals import PageVitals
from dashboards.words import Words
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.counting import Counting
from ioc.errors import Forbidden
from ioc.labels import Language
from ioc.walls import from_afar, load_walls

SCREENS = {
    screen.page: screen
    for screen in (
        wall.SCREEN,
        police.SCREEN,
        review.SCREEN,
        shift.SCREEN,
        transport.SCREEN,
        briefing.SCREEN,
        cameras.SCREEN,
        entries.SCREEN,
        components.SCREEN,
        reports.SCREEN,
        scans.SCREEN,
        health.SCREEN,
        admin.SCREEN,
    )
}
# Which store of the server each script of the browser hears.
HANDS = (
    ("live", "draw"),
    ("case", "show"),
    ("answer", "hear"),
    ("found", "find"),
    ("filing-shown", "shownFiling"),
    ("filing-told", "toldFiling"),
    ("looked", "looked"),
    ("ruled", "ruled"),
    ("shift-shown", "shownShift"),
    ("shift-told", "toldShift"),
    ("lists", "beginLists"),
    ("row-shown", "shownRow"),
    ("row-told", "toldRow"),
    ("report-shown", "shownReport"),
    ("report-told", "toldReport"),
    ("briefing-shown", "shownBriefing"),
    ("briefing-told", "toldBriefing"),
    ("camera-shown", "shownCamera"),
)
TABLES = {table.name: table for screen in SCREENS.values() for table in screen.tables}
DESKS = (
    *(desk, transport_desk, reviewing, shift_desk),
    *(reports_desk, cameras_desk, searching, briefing_desk),
)
THREADS = 12


def create_app(centre: Centre) -> FastAPI:
    """Return the web application of `centre`."""
    vitals = PageVitals(centre)
    hub, doors = Hub(centre, vitals.timed(SCREENS)), Doors()
    server = FastAPI(lifespan=_lifespan(hub), docs_url=None, redoc_url=None, openapi_url=None)
    vitals.add_to(server, hub)
    add_bundles(server)
    add_routes(server, centre, doors)
    add_door(server, centre)
    add_papers(server, centre)
    add_pack_route(server, centre)
    table_routes.add_routes(server, centre, TABLES)
    report_pictures.add_route(server, centre)
    add_issues(server, centre)
    app = _dash(server, centre)
    _register_pages(app, centre)
    push.register(app, centre, hub, doors)
    for one in DESKS:
        one.register(app, centre)
    hands.register(app, centre, TABLES)
    _register_hands(app)
    server.add_middleware(FirstPicture, centre=centre, hub=hub)
    # The layer added last stands outermost: nothing reaches Dash that the guard did not let in.
    server.add_middleware(Guard, centre=centre, doors=doors, offered=frozenset(SCREENS))
    server.add_middleware(Headers, scripts=_inline(app))
    server.add_middleware(Counting, requests=vitals.requests)
    server.state.hub, server.state.doors, server.state.dash = hub, doors, app
    return server


def _inline(app: Dash) -> list[str]:
    """Return the scripts that Dash writes into the page, once all callbacks are known."""
    app.csp_hashes()  # gathers those of the callbacks
    return [*app._inline_scripts, app.renderer]


def _dash(server: FastAPI, centre: Centre) -> Dash:
    app = Shell(
        __name__,
        server=server,  # type: ignore[arg-type]
        assets_folder=str(ASSETS),
        # Handed out as one file of each kind: see dashboards/build.py.
        assets_ignore=r".*",
        suppress_callback_exceptions=True,
        update_title="",
        websocket_inactivity_timeout=0,
        # One message a picture: there is nothing to wait for that could go along with it.
        websocket_batch_delay=0,
    )
    app.city = centre.city
    app.layout = root_layout
    return app


def _register_pages(app: Dash, centre: Centre) -> None:
    """Add the callback that puts the page of an address in its place.

    Not Dash's own pages: their registry belongs to the process, not to the app.
    """

    @app.callback(
        Output("place", "children"),
        Input(WHERE, "pathname"),
        State(SPOKEN, "data"),
    )
    async def place(path: str, spoken: str) -> Component:
        words = Words(Language(spoken), centre.city.zone)
        page = page_at(path)
        if page not in SCREENS:
            return _notice(words.say("shell.no_page"))
        try:
            who = viewer(page)
        except Forbidden:
            return _notice(words.say("sign_in.forbidden"))
        if page is Page.WALL:
            return _wall(centre, who, wall_at(path), words)
        screen = SCREENS[page]
        if screen.opened is not None:
            await asyncio.to_thread(screen.opened, centre, who)
        layout = screen.layout(words, who)
        return html.Div([layout, searching.dialog()]) if may_search(who) else layout


def _wall(centre: Centre, who: Viewer, name: str, words: Words) -> Component:
    """Return the screen `name` of the walls, the first of them where no name is given."""
    walls = load_walls(centre.settings.city_dir)
    shown = walls.get(name) if name else next(iter(walls.values()))
    if shown is None:
        return _notice(words.say("shell.no_page"))
    if not who.may_stand_at(shown.id):
        return _notice(words.say("sign_in.forbidden"))
    scale = looks_of(asked.get() or {}, Page.WALL).scale
    return wall.layout_of(from_afar(shown, scale), words)


def _notice(text: str) -> Component:
    return html.Main(html.H1(text), className="notice")


def _register_hands(app: Dash) -> None:
    """Connect the stores that the server fills with the scripts that show them."""
    for store, function in HANDS:
        app.clientside_callback(  # type: ignore[no-untyped-call]
            ClientsideFunction("centre", function), Input(store, "data")
        )


def _lifespan(hub: Hub) -> Any:
    @asynccontextmanager
    async def lifespan(server: FastAPI) -> AsyncIterator[None]:
        # Browsers reconnect by socket before any page is asked for; without its callbacks Dash
        # would refuse them for good.
        server.state.dash._setup_server()
        # Every screen asks the store before each push: more threads than the loop's own few.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        running = asyncio.create_task(hub.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await hub.close()

    return lifespan
