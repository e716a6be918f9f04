"""A sheet of paper as values: texts, lines and shapes, placed once, painted on screen and in PDF.

Lengths are pixels of a sheet 1452 wide and 1026 high (A4, landscape); y grows downwards. Letters
are measured with the fonts that the PDF embeds and pages serve, so that a line ends alike in both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reportlab.pdfbase import pdfmetrics

from ioc.geometry import Xy
from ioc.printing import load_fonts

WIDTH, HEIGHT = 1452, 1026


class Face(StrEnum):
    """A cut of a typeface; the value is the name of its file, and of the font in a PDF."""

    MEDIUM = "ibm-plex-sans-condensed-500"
    SEMIBOLD = "ibm-plex-sans-condensed-600"
    BOLD = "ibm-plex-sans-condensed-700"
    MONO = "ibm-plex-mono-500"
    PROSE = "be-vietnam-pro"
    PROSE_BOLD = "be-vietnam-pro-bold"


class Ink(StrEnum):
    """A colour by its meaning; paper is always the day theme."""

    TEXT = "t1"
    SECOND = "t2"
    THIRD = "t3"
    NORMAL = "dl"
    BAR = "bar"
    BAND = "band"
    EDGE = "line2"
    LINE = "line"
    PAPER = "bg2"
    ALARM = "al"
    GREEN = "px"
    YELLOW = "pv"
    RED = "pd"
    LAND1 = "land"
    LAND2 = "land2"
    LAND3 = "land3"
    LAND4 = "land4"
    ROAD = "road"
    MAIN_ROAD = "roadm"
    WATER = "water"
    GATE = "gate"


@dataclass(frozen=True)
class Text:
    """One line of letters from its baseline; `anchor` is start, middle or end.

    `level` is that of a heading; a sign is a letter within a symbol, which may be small.
    """

    x: float
    y: float
    text: str
    face: Face = Face.MEDIUM
    size: float = 15.0
    ink: Ink = Ink.TEXT
    anchor: str = "start"
    level: int = 0
    is_sign: bool = False


@dataclass(frozen=True)
class Shape:
    """Lines through points, closed or not: one outline or several."""

    lines: tuple[tuple[Xy, ...], ...]
    fill: Ink | None = None
    stroke: Ink | None = None
    width: float = 1.0
    is_closed: bool = False
    dash: tuple[float, float] | None = None


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: Ink | None = None
    stroke: Ink | None = None
    line: float = 1.0


@dataclass(frozen=True)
class Disc:
    """A filled circle."""

    x: float
    y: float
    radius: float
    fill: Ink = Ink.TEXT


@dataclass(frozen=True)
class Clipped:
    """Items of which only what lies inside an outline is seen."""

    outline: tuple[Xy, ...]
    items: tuple["Item", ...]


@dataclass(frozen=True)
class Group:
    """Items that belong together; `figure` names what they tell, so that it can be asked for.

    `said` is what they tell in words, for who cannot see them.
    """

    items: tuple["Item", ...]
    figure: str = ""
    said: str = ""
    area: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


Item = Text | Shape | Box | Disc | Clipped | Group


@dataclass(frozen=True)
class Sheet:
    """One page."""

    title: str
    items: tuple[Item, ...]


def rule(x1: float, x2: float, y: float, width: float = 1.5, ink: Ink = Ink.TEXT) -> Box:
    """Return a level line; `y` is its middle."""
    return Box(x1, y - width / 2, x2 - x1, width, fill=ink)


def width_of(text: str, face: Face, size: float) -> float:
    """Return how wide a line of letters is."""
    load_fonts()
    return float(pdfmetrics.stringWidth(text, face.value, size))


def wrapped(text: str, face: Face, size: float, room: float) -> list[str]:
    """Return the lines of a text, broken between words so that none is wider than `room`."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, face, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def fitted(text: str, face: Face, size: float, room: float) -> str:
    """Return a text as it fits on a line: cut with an ellipsis where it must be."""
    if width_of(text, face, size) <= room:
        return text
    while text and width_of(text + "…", face, size) > room:
        text = text[:-1]
    return text.rstrip(" ,·") + "…"


def sized(text: str, face: Face, sizes: Sequence[float], room: float) -> float:
    """Return the first of the sizes in which a text fits, the last where it fits in none."""
    return next((size for size in sizes if width_of(text, face, size) <= room), sizes[-1])


def run(x: float, y: float, parts: Sequence[Text]) -> list[Item]:
    """Return texts one after the other on a baseline, from `x` on."""
    placed: list[Item] = []
    for part in parts:
        placed.append(Text(x, y, part.text, part.face, part.size, part.ink, level=part.level))
        x += width_of(part.text, part.face, part.size)
    return placed
