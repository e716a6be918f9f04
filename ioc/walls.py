"""What a city's walls show: the screens, their pages, and which tile stands where.

`walls.toml` of a city is read here; dashboards/panels draws each tile. A page is four columns of
450 px with 24 between, 761 px high, under the line of alerts, which no page may take.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from ioc.config import Entry
from ioc.document import read_toml
from ioc.errors import ConfigFault

FILE = "walls.toml"
COLUMNS, HEIGHT, GAP = 4, 761, 13
COLUMN, GUTTER = 450, 24
SCREEN = ("id", "vi", "en", "pages", "turn_s", "hold_s")
PAGE = ("id", "vi", "en", "columns")
# How long a page may stand before the next, and a new P1 on the first page.
LEAST_TURN_S, MOST_TURN_S, LEAST_HOLD_S, MOST_HOLD_S = 10, 600, 10, 900
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
BESIDE = "+"


class Tile(StrEnum):
    """What a wall can show."""

    ENTRIES = "entries"
    DOSES = "doses"
    TESTS = "tests"
    MAP = "map"
    SCANS = "scans"
    POINTS = "points"
    VERDICTS = "verdicts"
    LOAD = "load"
    REPORTS = "reports"
    GATES = "gates"
    CAMERAS = "cameras"
    PEOPLE_DAY = "people_day"
    SCANS_DAY = "scans_day"
    DOSES_DAY = "doses_day"
    TESTS_DAY = "tests_day"
    REPORTS_DAY = "reports_day"
    VEHICLES_DAY = "vehicles_day"


# The room each tile takes: columns, px of height.
DAY_ROOM = (2, 245)
ROOM: Mapping[Tile, tuple[int, int]] = {
    Tile.ENTRIES: (1, 417),
    Tile.DOSES: (1, 175),
    Tile.TESTS: (1, 143),
    Tile.MAP: (2, 528),
    Tile.SCANS: (1, 220),
    Tile.POINTS: (1, 220),
    Tile.VERDICTS: (1, 340),
    Tile.LOAD: (1, 176),
    Tile.REPORTS: (1, 217),
    Tile.GATES: (1, 545),
    Tile.CAMERAS: (1, 400),
    **dict.fromkeys(
        (
            Tile.PEOPLE_DAY,
            Tile.SCANS_DAY,
            Tile.DOSES_DAY,
            Tile.TESTS_DAY,
            Tile.REPORTS_DAY,
            Tile.VEHICLES_DAY,
        ),
        DAY_ROOM,
    ),
}

Row = tuple[Tile, ...]


@dataclass(frozen=True)
class WallPage:
    """One page: its columns from left to right, each a pile of rows of tiles."""

    id: str
    name: Mapping[str, str]
    columns: tuple[tuple[Row, ...], ...]

    def widths(self) -> tuple[int, ...]:
        """Return how many of the four columns each pile takes."""
        return tuple(max(map(_width, pile)) for pile in self.columns)


@dataclass(frozen=True)
class Wall:
    """One screen: its pages take turns.

    Attributes:
        turn_s: how long each page stands.
        hold_s: how long the first page stands for a new P1, and longer while nobody has taken it.
    """

    id: str
    name: Mapping[str, str]
    pages: tuple[WallPage, ...]
    turn_s: int
    hold_s: int


@cache
def load_walls(folder: Path) -> Mapping[str, Wall]:
    """Return the screens of a city's `folder` by id, the first one for `/wall` itself.

    Raises:
        ConfigFault: the file is wrong.
    """
    walls, faults = read_walls(folder)
    if faults:
        raise faults[0]
    return walls


def read_walls(folder: Path) -> tuple[Mapping[str, Wall], list[ConfigFault]]:
    """Return the screens of a city's `folder`, with everything that is wrong in their file."""
    faults: list[ConfigFault] = []
    file = folder / FILE
    document = read_toml(file, faults)
    if document is None:
        return {}, faults
    document.root().only(("page", "screen"))
    pages: dict[str, WallPage] = {}
    for entry in document.tables("page"):
        page = _page(entry)
        if page.id in pages:
            entry.fault("id", f"{page.id!r} stands twice")
        pages[page.id] = page
    walls: dict[str, Wall] = {}
    for entry in document.tables("screen"):
        wall = _wall(entry, pages)
        if wall.id in walls:
            entry.fault("id", f"{wall.id!r} stands twice")
        walls[wall.id] = wall
    if not walls:
        faults.append(ConfigFault(file, 0, "has no [[screen]]"))
    return walls, faults


def _wall(entry: Entry, pages: Mapping[str, WallPage]) -> Wall:
    entry.only(SCREEN)
    names = entry.texts("pages")
    for name in names:
        if name not in pages:
            entry.fault("pages", f"there is no page {name!r}")
    if len(set(names)) < len(names):
        entry.fault("pages", "a page stands there twice")
    return Wall(
        _id(entry),
        _name(entry),
        tuple(pages[name] for name in names if name in pages),
        entry.count("turn_s", LEAST_TURN_S, MOST_TURN_S) if "turn_s" in entry.values else 20,
        entry.count("hold_s", LEAST_HOLD_S, MOST_HOLD_S) if "hold_s" in entry.values else 60,
    )


def _page(entry: Entry) -> WallPage:
    entry.only(PAGE)
    value = entry.values.get("columns")
    piles = value if isinstance(value, list) else []
    columns = tuple(_pile(entry, pile) for pile in piles)
    page = WallPage(_id(entry), _name(entry), tuple(pile for pile in columns if pile))
    if not columns or not all(columns):
        entry.fault("columns", "needs lists of rows, each one tile or tiles joined by ' + '")
        return page
    shown = [tile for pile in columns for row in pile for tile in row]
    for tile in sorted({tile for tile in shown if shown.count(tile) > 1}):
        entry.fault("columns", f"{tile.value} stands there twice")
    for number, pile in enumerate(columns, 1):
        _fits(entry, number, pile)
    if sum(page.widths()) != COLUMNS:
        entry.fault("columns", f"take {sum(page.widths())} of the {COLUMNS} columns of a page")
    return page


def _pile(entry: Entry, pile: object) -> tuple[Row, ...]:
    rows = pile if isinstance(pile, list) and all(isinstance(row, str) for row in pile) else []
    found = []
    for row in rows:
        names = [name.strip() for name in row.split(BESIDE)]
        for name in names:
            if name not in set(Tile):
                entry.fault("columns", f"there is no tile {name!r}")
        found.append(tuple(Tile(name) for name in names if name in set(Tile)))
    return tuple(row for row in found if row)


def _fits(entry: Entry, number: int, pile: Sequence[Row]) -> None:
    """Note a pile whose rows differ in width, or which is higher than a page."""
    if len({_width(row) for row in pile}) > 1:
        entry.fault("columns", f"the rows of column {number} differ in width")
    height = sum(max(ROOM[tile][1] for tile in row) for row in pile) + GAP * (len(pile) - 1)
    if height > HEIGHT:
        entry.fault("columns", f"column {number} needs {height} px of the {HEIGHT} there are")


def _width(row: Row) -> int:
    return sum(ROOM[tile][0] for tile in row)


def _id(entry: Entry) -> str:
    name = entry.text("id")
    if name and not ID.fullmatch(name):
        entry.fault("id", "needs 1 to 40 characters a-z, 0-9, dash")
    return name


def _name(entry: Entry) -> Mapping[str, str]:
    return {language: entry.text(language) for language in ("vi", "en")}


def from_afar(shown: Wall, scale: float) -> Wall:
    """Return a screen for letters `scale` times as large: the same tiles, on more pages.

    The line of alerts, the header and the line of sources keep their size; of the room between them
    fewer columns are left and less height. No tile is left out.

    >>> from_afar(Wall("a", {}, (), 20, 60), 1.0).pages
    ()
    """
    if scale <= 1:
        return shown
    width = COLUMNS * COLUMN + (COLUMNS - 1) * GUTTER
    room = int((width / scale + GUTTER) // (COLUMN + GUTTER)), int(HEIGHT / scale)
    pages = tuple(part for page in shown.pages for part in _parted(page, room))
    return replace(shown, pages=pages)


def _parted(page: WallPage, room: tuple[int, int]) -> list[WallPage]:
    """Return the tiles of a page on as many as they need; `room` is columns and px of height.

    Wide tiles find their places first, the others around them; columns keep their order.
    """
    order = [tile for pile in page.columns for row in pile for tile in row]
    pages: list[list[list[Tile]]] = []
    for tile in sorted(order, key=lambda tile: -ROOM[tile][0]):
        _place(tile, pages, room)
    for piles in pages:
        for pile in piles:
            pile.sort(key=order.index)
        piles.sort(key=lambda pile: order.index(pile[0]))
    return [
        replace(page, columns=tuple(tuple((tile,) for tile in pile) for pile in piles))
        for piles in pages
    ]


def _place(tile: Tile, pages: list[list[list[Tile]]], room: tuple[int, int]) -> None:
    """Put a tile under others of its width, else into a column of its own, else on a new page."""
    columns, height = room
    for piles in pages:
        for pile in piles:
            if _joins(tile, pile, height):
                pile.append(tile)
                return
        if sum(ROOM[pile[0]][0] for pile in piles) + ROOM[tile][0] <= columns:
            piles.append([tile])
            return
    pages.append([[tile]])


def _joins(tile: Tile, pile: Sequence[Tile], height: int) -> bool:
    taken = sum(ROOM[one][1] + GAP for one in pile) + ROOM[tile][1]
    return ROOM[tile][0] == ROOM[pile[0]][0] and taken <= height
