"""Plates of other countries, drawn so that the reader does not take the shape of ours for granted.

No country's plate is copied: what they share is learnt from, one line of five to eight characters
in any hand, set wide or close, with a gap, a dot or a badge in it, small print, bands, bolts,
frames and pictures around it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ioc.vehicles.model import Ground, Layout
from vision.scene.wear import cloud
from vision.training.degrade import Picture
from vision.training.typefaces import Mask, random_hand

HEIGHT_PX = 110
DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHAPES_OF_TEXT = (
    "LLL9999", "LLL9999", "LLL999", "9LLL999", "LL99LLL", "LLL9L99", "999LLL", "LL9L9L", "LL9999",
    "L999999", "LLLL99", "9999LL", "LL999LL", "99LLL9", "LLL99L", "LL99999", "L99LLL", "999LL99",
    "LLLL999", "LL9999LL", "9999LLL", "LLL9LL", "99L9999", "9L99999", "99999", "9999999", "999999",
    "LLLL9999", "L999LL99", "LLL99999", "L9999L", "999L99", "LL999L", "9999999L",
)  # fmt: skip
PRINT = (
    "CALIFORNIA", "TEXAS", "NORTH", "STATE", "CITY", "BA", "SP", "MOTORS", "LAND", "RIO", "JAN",
    "FORD", "CENTER", "GRANDE", "THE", "SUN", "SANTOS", "NEW", "DEALER", "AUTO", "PARIS", "BERN",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What plates of a part of the world share.

    `wide` = width over height from-to; `tall`, `middle` = height of the characters and where
    their middle lies, of the plate's height; `wide_char` = width over height of a character.
    """

    wide: tuple[float, float]
    tall: tuple[float, float]
    middle: tuple[float, float]
    wide_char: tuple[float, float]
    is_banded: bool = False
    is_printed: bool = True


SHORT = Kind((1.8, 2.2), (0.42, 0.66), (0.47, 0.56), (0.3, 0.55))
TITLED = Kind((2.6, 3.3), (0.52, 0.7), (0.54, 0.63), (0.42, 0.72))
LONG = Kind((3.9, 5.0), (0.62, 0.86), (0.47, 0.53), (0.4, 0.68), is_banded=True, is_printed=False)


def random_foreign_text(rng: np.random.Generator) -> str:
    """Return a text in a shape that other countries issue, or (one in five) in none."""
    if rng.random() < 0.2:
        both = LETTERS + DIGITS
        return "".join(both[i] for i in rng.integers(0, len(both), int(rng.integers(4, 9))))
    shape = str(rng.choice(SHAPES_OF_TEXT))
    return "".join(str(rng.choice(list(LETTERS if c == "L" else DIGITS))) for c in shape)


def draw_foreign(rng: np.random.Generator) -> tuple[Picture, str, Layout, Ground]:
    """Return a plate seen from straight ahead, (110, W, 3) BGR, its text, layout and colour.

    The colour is unknown: grounds of other countries are many.
    """
    text = random_foreign_text(rng)
    kind = (SHORT, TITLED, LONG)[int(rng.choice(3, p=[0.38, 0.34, 0.28]))]
    width = round(HEIGHT_PX * rng.uniform(*kind.wide))
    plate, ink = _ground(rng, width)
    left, right = _bands(rng, plate) if kind.is_banded else (0, width)
    if kind.is_printed:
        _small_print(rng, plate, ink, rng.uniform(*kind.tall))
    _stick(rng, plate)
    _press_line(rng, plate, text, (ink, kind, left, right))
    if rng.random() < 0.25:
        _frame(rng, plate)
    return plate, text, Layout.ONE_LINE, Ground.UNKNOWN


def _ground(rng: np.random.Generator, width: int) -> tuple[Picture, tuple[int, int, int]]:
    """Return the empty plate and the colour of its characters."""
    light = rng.random() < 0.8
    base = rng.uniform(150, 250) if light else rng.uniform(10, 100)
    tint = np.clip(base + rng.normal(0, 22, 3), 0, 255)
    if light and rng.random() < 0.15:
        tint = np.array([rng.uniform(10, 90), base * 0.9, base])
    plate = np.full((HEIGHT_PX, width, 3), tint, np.float32)
    if rng.random() < 0.4:  # a sunset, mountains, a crest: soft colours behind the characters
        shapes = cloud(rng, (width, HEIGHT_PX), int(rng.integers(2, 7)))[:, :, None]
        plate += (shapes - 0.5) * rng.normal(0, 60, 3).astype(np.float32)
    if rng.random() < 0.3:
        edge = round(HEIGHT_PX * rng.uniform(0.15, 0.3))
        side = slice(0, edge) if rng.random() < 0.5 else slice(HEIGHT_PX - edge, None)
        plate[side] = plate[side] * 0.4 + rng.uniform(0, 255, 3) * 0.6
    if light:
        ink = rng.choice([[20, 20, 20], [25, 25, 25], [90, 30, 20], [30, 60, 20], [40, 30, 130]])
    else:
        ink = rng.choice([[235, 235, 235], [120, 220, 240]])
    shade = tuple(int(v) for v in np.clip(ink + rng.normal(0, 18, 3), 0, 255))
    return np.clip(plate, 0, 255).astype(np.uint8), (shade[0], shade[1], shade[2])


def _bands(rng: np.random.Generator, plate: Picture) -> tuple[int, int]:
    """Draw a narrow band with a country's letters at an end or both; return what is left free."""
    h, w = plate.shape[:2]
    wide = round(h * rng.uniform(0.32, 0.48))
    left = right = 0
    ends = rng.choice(["left", "both", "none"], p=[0.6, 0.2, 0.2])
    blue = [int(v) for v in np.clip(rng.normal((150, 60, 20), 30), 0, 255)]
    for at in {"left": (0,), "both": (0, w - wide)}.get(str(ends), ()):
        cv2.rectangle(plate, (at, 0), (at + wide, h), blue, -1)
        letters = "".join(rng.choice(list(LETTERS), int(rng.integers(1, 3))))
        place = at + round(wide * 0.15), round(h * 0.9)
        cv2.putText(plate, letters, place, cv2.FONT_HERSHEY_DUPLEX, wide / 60, (240,) * 3, 1,
                    cv2.LINE_AA)  # fmt: skip
        cv2.circle(plate, (at + wide // 2, round(h * 0.3)), round(wide * 0.25), (60, 200, 230), 1)
        left, right = (wide, right) if at == 0 else (left, wide)
    return left, w - right


def _small_print(
    rng: np.random.Generator, plate: Picture, ink: tuple[int, int, int], tall: float
) -> None:
    """Set words above and below the characters; above, at times in a box of their own."""
    h, w = plate.shape[:2]
    band = (1 - tall) / 2
    for foot in (h * min(0.3, band * 0.85), h * (1 - band * 0.2)):
        if rng.random() < 0.7:
            words = " ".join(str(v) for v in rng.choice(PRINT, int(rng.integers(1, 3))))
            scale = band * h / 36 * float(rng.uniform(0.6, 1.15))
            (tw, th), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_DUPLEX, scale, 1)
            x, y = max(0, round((w - tw) / 2 + rng.normal(0, w * 0.05))), round(foot)
            if rng.random() < 0.3:
                cv2.rectangle(plate, (x - 8, y - th - 3), (x + tw + 8, y + 4), ink, 1)
            cv2.putText(plate, words, (x, y), cv2.FONT_HERSHEY_DUPLEX, scale, ink, 1, cv2.LINE_AA)


def _stick(rng: np.random.Generator, plate: Picture) -> None:
    """Put bolts, seals and stickers of the year on the rim."""
    h, w = plate.shape[:2]
    for x in (0.1, 0.2, 0.4, 0.6, 0.8, 0.9):
        if rng.random() < 0.22:
            colour = [int(v) for v in rng.integers(0, 255, 3)]
            corner = round(w * x), round(h * float(rng.choice([0.08, 0.92])))
            if rng.random() < 0.5:
                cv2.circle(plate, corner, round(h * rng.uniform(0.03, 0.07)), colour, -1)
            else:
                far = corner[0] + round(h * 0.14), corner[1] + round(h * 0.11)
                cv2.rectangle(plate, corner, far, colour, -1)


def _press_line(
    rng: np.random.Generator,
    plate: Picture,
    text: str,
    how: tuple[tuple[int, int, int], Kind, int, int],
) -> None:
    """Set the characters, a gap, a dot, a dash or a badge somewhere between them."""
    ink, kind, left, right = how
    h = plate.shape[0]
    tall = round(h * rng.uniform(*kind.tall))
    hand, stretch = random_hand(rng), float(rng.uniform(*kind.wide_char))
    masks = [hand.mask(char, tall) for char in text]
    # One stretch for the whole line, so that an M stays wider than an E where the hand has it so.
    usual = float(np.median([mask.shape[1] for mask in masks]))
    even = float(rng.uniform(0, 0.7))
    widths = [stretch * tall * (mask.shape[1] / usual) ** (1 - even) for mask in masks]
    between = stretch * tall * float(rng.uniform(0.08, 0.5))
    gap = between * float(rng.uniform(0.8, 4.0)) if rng.random() < 0.7 else 0.0
    room = (right - left) * float(rng.uniform(0.86, 0.97))
    scale = min(1.0, room / (sum(widths) + between * (len(text) - 1) + gap))
    wide = scale * (sum(widths) + between * (len(text) - 1) + gap)
    x = left + (right - left - wide) * float(rng.beta(4, 4))
    top = round(h * rng.uniform(*kind.middle) - tall / 2)
    at = int(rng.integers(2, max(3, len(text) - 1)))
    for n, (mask, own) in enumerate(zip(masks, widths, strict=True)):
        if n == at and gap:
            _part(rng, plate, (x - between * scale / 2 + gap * scale / 2, top + tall / 2), ink)
            x += gap * scale
        _press(plate, mask, (round(x), top, max(2, round(own * scale)), tall), ink)
        x += (own + between) * scale


def _part(
    rng: np.random.Generator, plate: Picture, at: tuple[float, float], ink: tuple[int, int, int]
) -> None:
    """Draw what parts the groups: nothing, a dot, a dash, a badge."""
    x, y = round(at[0]), round(at[1])
    kind = rng.random()
    if kind < 0.25:
        cv2.circle(plate, (x, y), int(rng.integers(3, 7)), ink, -1, cv2.LINE_AA)
    elif kind < 0.45:
        half = int(rng.integers(3, 9))
        cv2.rectangle(plate, (x - half, y - 3), (x + half, y + 3), ink, -1)
    elif kind < 0.7:
        colour = [int(v) for v in rng.integers(0, 255, 3)]
        axes = int(rng.integers(4, 11)), int(rng.integers(6, 16))
        cv2.ellipse(plate, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, colour, -1,
                    cv2.LINE_AA)  # fmt: skip


def _press(
    plate: Picture, mask: Mask, box: tuple[int, int, int, int], ink: tuple[int, int, int]
) -> None:
    x, y, w, h = box
    own = cv2.resize(mask, (w, h), interpolation=cv2.INTER_AREA)
    x0, y0 = max(x, 0), max(y, 0)
    part = plate[y0 : y + h, x0 : x + w]
    share = own[y0 - y :, x0 - x :][: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
    part[:] = (part * (1 - share) + np.array(ink, np.float32) * share).astype(np.uint8)


def _frame(rng: np.random.Generator, plate: Picture) -> None:
    """Lay a dealer's frame over the rim, at times with a word on it."""
    h, w = plate.shape[:2]
    shade = [int(v) for v in rng.choice([[20, 20, 20], [200, 200, 200], [60, 60, 60]])]
    thick = [round(h * rng.uniform(0.02, 0.13)) for _ in range(2)]
    cv2.rectangle(plate, (0, 0), (w, thick[0]), shade, -1)
    cv2.rectangle(plate, (0, h - thick[1]), (w, h), shade, -1)
    for x in (0, w):
        cv2.line(plate, (x, 0), (x, h), shade, max(2, thick[0] // 2))
    if thick[1] > 9:
        ink = (235,) * 3 if shade[0] < 128 else (20,) * 3
        word = str(rng.choice(PRINT))
        cv2.putText(plate, word, (round(w * 0.3), h - 2), cv2.FONT_HERSHEY_DUPLEX,
                    thick[1] / 34, ink, 1, cv2.LINE_AA)  # fmt: skip
