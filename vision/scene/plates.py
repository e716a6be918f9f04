"""Plates as pictures: characters pressed into metal, drawn from an open DIN face."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ioc.vehicles.model import Ground
from vision.scene.dies import DieSet, die
from vision.scene.face import RED_LETTERS, Blank, PlateFace

CORNER_MM = 10.0
EVEN = 0.92
# Shares of the height of a character.
SPACE = 0.13
SEPARATOR_WIDTH = {"-": 0.22, ".": 0.14}

Picture = NDArray[np.uint8]
Colour = NDArray[np.float64]

# BGR, as reflective sheeting looks in daylight.
GROUNDS = {
    Ground.WHITE: (232, 234, 232),
    Ground.YELLOW: (28, 190, 240),
    Ground.BLUE: (150, 70, 18),
    Ground.RED: (38, 28, 190),
}
INKS = {
    Ground.WHITE: (30, 26, 26),
    Ground.YELLOW: (24, 24, 26),
    Ground.BLUE: (235, 235, 232),
    Ground.RED: (235, 235, 235),
}
DIPLOMATIC_RED = (40, 30, 190)


@dataclass(frozen=True)
class Look:
    """What differs between two pressings of the same text; 1.0 is the ordinary one.

    `stroke` scales the stroke width (0.75-1.3), `fill` the share of the plate's width that the
    longest line takes (0.8-0.97), `tall` the height of characters (0.9-1.08), `border` the border
    line in mm (0 = none), `ink` how dark the paint is (0.5 faded - 1.0), `emboss` the light on
    the pressed edges (0-1), `ground_shift` is added to the ground colour (BGR, -60..40). `dies`
    says whose characters are pressed, `even` how far M and W keep to the width of others (0-1).
    """

    stroke: float = 1.0
    fill: float = 0.91
    tall: float = 1.0
    border: float = 2.5
    ink: float = 1.0
    emboss: float = 0.35
    ground_shift: tuple[int, int, int] = (0, 0, 0)
    dies: DieSet = DieSet.DIN
    even: float = 0.0


PLAIN = Look()


def random_look(rng: np.random.Generator) -> Look:
    """Return a pressing as makers and years make them."""
    grey = int(rng.integers(-40, 20))
    tint = rng.integers(-10, 10, 3)
    return Look(
        stroke=float(rng.uniform(0.75, 1.3)),
        fill=float(rng.uniform(0.84, 0.965)),
        tall=float(rng.uniform(0.9, 1.07)),
        border=float(rng.choice([0.0, 1.5, 2.5, 3.5], p=[0.15, 0.25, 0.4, 0.2])),
        ink=float(rng.choice([1.0, rng.uniform(0.5, 1.0)])),
        emboss=float(rng.uniform(0.0, 0.8)),
        ground_shift=(grey + int(tint[0]), grey + int(tint[1]), grey + int(tint[2])),
    )


def render_plate(face: PlateFace, height_px: int = 110, look: Look = PLAIN) -> Picture:
    """Draw the plate from straight ahead.

    Args:
        face: text, blank and ground colour.
        height_px: height of the picture, 20 or more.
        look: the pressing.

    Returns:
        (H, W, 3) uint8 BGR, W by the blank's proportions, the plate filling the picture.
    """
    width_mm, height_mm = face.blank.size_mm
    scale = height_px / height_mm
    ink = np.zeros((height_px, round(width_mm * scale)), np.uint8)
    red = np.zeros_like(ink)
    places = _line_places(face, look)
    for line, cells, (top, tall) in zip(face.lines, _cells(face, look), places, strict=True):
        is_red = any(letters in line for letters in RED_LETTERS)
        for char, x, wide in cells:
            layer = red if is_red and char in "NGQT" else ink
            box = (x * scale, top * scale, wide * scale, tall * scale)
            _press(layer, char, box, look)
    return _coloured(face.ground, (ink, red), look, scale)


def _line_places(face: PlateFace, look: Look) -> list[tuple[float, float]]:
    """Return top and height of each line in mm."""
    height_mm = face.blank.size_mm[1]
    if face.blank is Blank.LONG:
        tall = 70.0 * look.tall
        return [((height_mm - tall) / 2, tall)]
    tall = (67.0 if face.blank is Blank.SHORT else 55.0) * look.tall
    gap = (height_mm - 2 * tall) / 3.15
    return [(gap, tall), (height_mm - gap - tall, tall)]


def _cells(face: PlateFace, look: Look) -> list[list[tuple[str, float, float]]]:
    """Return for each line its characters with left edge and width in mm."""
    width_mm = face.blank.size_mm[0]
    tall = _line_places(face, look)[0][1]
    # Both lines are set with the same dies, so the longest line decides how wide they are.
    totals = [_total(line, face.blank, look.even) * tall for line in face.lines]
    stretch = min(look.fill * width_mm / max(totals), 1.12)
    lines = []
    for line, total in zip(face.lines, totals, strict=True):
        spare = look.fill * width_mm - total * stretch
        is_last = line is face.lines[-1]
        extra = min(spare / max(len(line) - 1, 1), 0.16 * tall) * (1.0 if is_last else 0.4)
        x = (width_mm - total * stretch - extra * (len(line) - 1)) / 2
        cells = []
        for char in line:
            wide = _natural_width(char, face.blank, look.even) * tall * stretch
            cells.append((char, x, wide))
            x += wide + SPACE * tall * stretch + extra
        lines.append(cells)
    return lines


def _total(line: str, blank: Blank, even: float) -> float:
    return sum(_natural_width(c, blank, even) for c in line) + SPACE * (len(line) - 1)


def _natural_width(char: str, blank: Blank, even: float) -> float:
    """Return the width of a character's cell, as a share of its height."""
    if char in SEPARATOR_WIDTH:
        return SEPARATOR_WIDTH[char]
    wide = 0.5 if blank is Blank.MOTORBIKE else 0.55
    share = {"1": 0.62, "M": 1.12, "I": 0.4, "W": 1.3}.get(char, 1.0)
    return wide * (min(share, share + even * (EVEN - share)))


def _press(ink: Picture, char: str, box: tuple[float, float, float, float], look: Look) -> None:
    """Press `char` into `ink` at box = (x, y, w, h) in px."""
    x, y, w, h = box
    left, top, wide, tall = max(round(x), 0), max(round(y), 0), max(2, round(w)), max(4, round(h))
    weight = max(1, round(look.stroke * 8))
    if char in SEPARATOR_WIDTH:
        thick = max(1, round(0.15 * tall * look.stroke))
        up = (tall - thick) // 2 if char == "-" else tall - thick
        inset = 0 if char == "-" else max(0, (wide - thick) // 2)
        ink[top + up : top + up + thick, left + inset : left + wide - inset] = 255
        return
    pressed = die(look.dies, char, round(20 * wide / tall), weight)
    mask = cv2.resize(pressed, (wide, tall), interpolation=cv2.INTER_AREA)
    part = ink[top : top + tall, left : left + wide]
    np.maximum(part, mask[: part.shape[0], : part.shape[1]], out=part)


def _coloured(ground: Ground, inks: tuple[Picture, Picture], look: Look, scale: float) -> Picture:
    ink, red = inks
    if look.border > 0:
        thick = max(1, round(look.border * scale))
        inset = max(1, round(3.0 * scale)) + thick // 2
        _rim(ink, inset, round(CORNER_MM * scale), thick)
    paper = np.clip(np.array(GROUNDS[ground], float) + np.array(look.ground_shift), 0, 255)
    paint = np.array(INKS[ground], float) * look.ink + paper * (1 - look.ink)
    picture = _dyed(ink, paper, paint)
    if look.emboss > 0 and scale > 0.5:
        # Pressed strokes catch light above and lose it below.
        shift = max(1, round(1.2 * scale))
        strength = look.emboss * 0.28
        shade = cv2.subtract(np.roll(ink, shift, 0), ink)
        shine = cv2.subtract(np.roll(ink, -shift, 0), ink)
        darker = cv2.merge([cv2.convertScaleAbs(shade, None, strength)] * 3)
        lighter = cv2.merge([cv2.convertScaleAbs(shine, None, strength)] * 3)
        picture = np.asarray(cv2.add(cv2.subtract(picture, darker), lighter), np.uint8)
    if red.any():
        dyed = _dyed(red, paper, np.array(DIPLOMATIC_RED, float))
        picture = np.where(red[:, :, None] > 0, dyed, picture)
    return np.asarray(picture, np.uint8)


def _rim(ink: Picture, inset: int, radius: int, thick: int) -> None:
    """Draw the border line, its corners round."""
    right, foot = ink.shape[1] - 1 - inset, ink.shape[0] - 1 - inset
    r = max(0, min(radius - inset // 2, (right - inset) // 3, (foot - inset) // 3))
    for x in (inset, right):
        cv2.line(ink, (x, inset + r), (x, foot - r), 255, thick, cv2.LINE_AA)
    for y in (inset, foot):
        cv2.line(ink, (inset + r, y), (right - r, y), 255, thick, cv2.LINE_AA)
    for angle, x, y in ((180, inset + r, inset + r), (270, right - r, inset + r),
                        (0, right - r, foot - r), (90, inset + r, foot - r)):  # fmt: skip
        cv2.ellipse(ink, (x, y), (r, r), angle, 0, 90, 255, thick, cv2.LINE_AA)


def _dyed(ink: Picture, paper: Colour, paint: Colour) -> Picture:
    """Return (H, W, 3): `paper` where there is no ink, `paint` where it is full."""
    share = np.arange(256)[:, None] / 255
    table = (paper * (1 - share) + paint * share).astype(np.uint8)
    return np.asarray(cv2.merge([cv2.LUT(ink, table[:, i].copy()) for i in range(3)]), np.uint8)
