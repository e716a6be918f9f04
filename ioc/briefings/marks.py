"""Signs of the sheet: the passes by shape and letter, the bridge of the city."""

from math import cos, pi, sin

from ioc.briefings.sheet import Box, Disc, Face, Ink, Item, Shape, Text
from ioc.permits.model import PermitClass
from ioc.wording import Wording

ARCHES = 6


def badge(
    permit_class: PermitClass, words: Wording, middle: tuple[float, float], size: float
) -> list[Item]:
    """Return the sign of a pass: X in a circle, V in a triangle, Đ in a square."""
    (x, y), half = middle, size / 2
    letter = words.say(f"pass_letter.{permit_class.value}")
    if permit_class is PermitClass.GREEN:
        shape: Item = Disc(x, y, half, Ink.GREEN)
    elif permit_class is PermitClass.YELLOW:
        points = ((x, y - half * 1.02), (x + half * 1.12, y + half * 0.92),
                  (x - half * 1.12, y + half * 0.92))  # fmt: skip
        shape = Shape((points,), Ink.YELLOW, Ink.TEXT, 0.8, is_closed=True)
    else:
        shape = Box(x - half, y - half, size, size, fill=Ink.RED)
    drop, ink = size * 0.21, Ink.PAPER
    if permit_class is PermitClass.YELLOW:
        drop, ink = size * 0.34, Ink.TEXT
    return [shape, Text(x, y + drop, letter, Face.BOLD, size * 0.58, ink, "middle", is_sign=True)]


def bridge(x: float, y: float, width: float) -> list[Item]:
    """Return the six arches on their deck; `y` is that of the deck."""
    step = width / ARCHES
    arches = tuple(
        tuple(
            (x + step * (n + 0.5) - cos(pi * k / 12) * step / 2, y - sin(pi * k / 12) * step * 0.86)
            for k in range(13)
        )
        for n in range(ARCHES)
    )
    deck = ((x - 3, y), (x + width + 3, y))
    return [Shape((*arches, deck), stroke=Ink.TEXT, width=2.2)]
