"""The walls: what the room must know at a glance; no full plate, no person, no picture.

Which screen shows which tiles stands in walls.toml of the city. The header, the line of alerts and
the line of sources stand on every page of every screen.
"""

from dataclasses import replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.components import live_age
from dashboards.markup import Html, el
from dashboards.notices import brand
from dashboards.panels import wall_alerts, wall_sources
from dashboards.panels.wall_tiles import TILES
from dashboards.reading import Reading
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import region
from dashboards.words import Words
from ioc.access.model import Page
from ioc.alerts.model import AlertState
from ioc.centre import Centre
from ioc.live import Topic
from ioc.snapshot import WallSnapshot
from ioc.wallboard import wall
from ioc.walls import Row, Tile, Wall, WallPage, load_walls

# The live map from its ground up: what changes often is drawn apart from what does not.
LAYERS = ("ground", "cams", "marks")


def layout_of(shown: Wall, words: Words) -> Component:
    """Return the grid of a screen; its regions are filled by pushes.

    A tile that stands on several pages has its id on the first, and is named on the others.
    """
    placed: set[Tile] = set()
    pages = [_page(page, n, placed, words) for n, page in enumerate(shown.pages)]
    turns: dict[str, Any] = (
        {"data-turn": shown.turn_s, "data-hold": shown.hold_s} if len(pages) > 1 else {}
    )
    return html.Div(
        [
            region("wall-header"),
            region("wall-count"),
            region("wall-alerts"),
            *pages,
            region("wall-feeds"),
        ],
        className="wall",
        **turns,
    )


def _page(page: WallPage, number: int, placed: set[Tile], words: Words) -> Component:
    columns = [
        html.Div([_row(row, placed, words) for row in pile], className=f"column of-{width}")
        for pile, width in zip(page.columns, page.widths(), strict=True)
    ]
    more: dict[str, Any] = {"data-name": page.name[words.language.value], "hidden": number > 0}
    return html.Div(columns, className="wall-page", **more)


def _row(row: Row, placed: set[Tile], words: Words) -> Component:
    tiles = [_place(tile, placed, words) for tile in row]
    return tiles[0] if len(tiles) == 1 else html.Div(tiles, className="two")


def _place(tile: Tile, placed: set[Tile], words: Words) -> Component:
    is_first = tile not in placed
    placed.add(tile)
    if tile is not Tile.MAP:
        return _region(f"wall-{tile.value}", is_first=is_first)
    layers = [_region(f"wall-{name}", is_first=is_first) for name in LAYERS]
    return html.Div([html.H2(words.say("wall.map")), *layers], className="map-tile")


def _region(name: str, *, is_first: bool) -> Component:
    named: dict[str, Any] = {"data-part": name}
    return region(name) if is_first else html.Div(**named)


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return a screen as it is now."""
    snapshot, city = SNAPSHOT.of(centre), centre.city
    words, walls = seat.words(city), load_walls(centre.settings.city_dir)
    shown = walls[seat.wall or next(iter(walls))]
    parts = {
        "wall-header": _header(centre, shown, snapshot, words),
        "wall-count": wall_alerts.count(snapshot, words),
        "wall-alerts": wall_alerts.cards(snapshot.ticker, city, snapshot.as_of, words),
        "wall-feeds": wall_sources.feeds(snapshot, words),
    }
    tiles = {tile for page in shown.pages for pile in page.columns for row in pile for tile in row}
    for tile in tiles:
        parts |= TILES[tile](snapshot, city, words)
    return Picture(snapshot.as_of, parts)


def _snapshot(centre: Centre) -> WallSnapshot:
    """Return the city without the cards of alerts put aside for a while; they come back."""
    snapshot = wall(centre)
    shown = tuple(line for line in snapshot.ticker if line.state is not AlertState.SHELVED)
    return replace(snapshot, ticker=shown)


# All screens and languages are drawn from one reading.
SNAPSHOT = Reading(_snapshot)


def _header(centre: Centre, shown: Wall, snapshot: WallSnapshot, words: Words) -> Html:
    title = centre.city.settings["title"]
    name = title[words.language.value] if isinstance(title, dict) else centre.city.name
    ring = el(
        "svg",
        el("circle", cx=20, cy=20, r=17),
        el("circle", cx=20, cy=20, r=17, cls="left"),
        cls="ring-timer",
        viewBox="0 0 40 40",
    )
    about = el("small", words.say("wall.about"))
    if len(shown.pages) > 1:
        about = el("small", el("b", cls="page-name"), " ", el("span", cls="page-place"))
    return el(
        "header",
        brand(),
        el("div", el("h1", name), about),
        el("span", cls="span"),
        el("div", words.say("wall.newest"), live_age(10), cls="cell"),
        el("div", words.say("wall.refresh"), ring, el("b", cls="ring-left"), cls="cell"),
        el(
            "div",
            el("span", words.weekday(snapshot.as_of)),
            el("span", words.day(snapshot.as_of)),
            cls="cell date",
        ),
        el("time", cls="clock"),
        cls="wall-head",
    )


def layout(_words: Words, _viewer: Viewer) -> Component:
    """Return the place of a wall that is not yet known by its name."""
    return html.Div(className="wall")


SCREEN = Screen(
    Page.WALL,
    layout,
    draw,
    frozenset(Topic) - {Topic.ACCESS, Topic.LOOKUPS, Topic.PATROLS, Topic.REGISTRATIONS},
    least_s=0.4,
)
