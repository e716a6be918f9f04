"""The dies that press the characters: masks of single letters and digits, in several hands."""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FONT = Path(__file__).parent / "fonts" / "OSP-DIN.ttf"
MASTER_PX = 128
# Of the height of a character.
STROKE_SHARE = 0.148

Picture = NDArray[np.uint8]


class DieSet(StrEnum):
    """Whose dies: those of the standard, and hands that older and foreign plates show.

    `din` is the face of the standard; `round` has strokes of one width with round ends; `plain`
    is a sans serif of wider shapes (Pillow's own, Aileron).
    """

    DIN = "din"
    ROUND = "round"
    PLAIN = "plain"


@lru_cache(maxsize=8192)
def die(dies: DieSet, char: str, aspect: int, weight: int) -> Picture:
    """Return the ink of `char`, (h, w) uint8, 255 = full.

    Args:
        dies: whose.
        char: one of `0-9A-Z` and Đ.
        aspect: twentieths of the height that it is wide, about.
        weight: eighths of the ordinary stroke width.
    """
    master = _master(dies, char)
    large = max(20, round(MASTER_PX * aspect / 20)), MASTER_PX
    mask = np.asarray(cv2.resize(master, large, interpolation=cv2.INTER_AREA), np.uint8)
    # Stretching made the upright strokes too wide: they are brought to the weight of the others.
    natural = STROKE_SHARE * MASTER_PX
    own = _master(dies, "I").shape[1]  # a stroke as this hand draws it
    target = natural * weight / 8
    across = own * large[0] / master.shape[1]
    mask = _weigh(_weigh(mask, target - across, (1, 0)), target - own, (0, 1))
    soft = cv2.GaussianBlur(mask, (0, 0), MASTER_PX * 0.03)
    mask = np.clip((soft.astype(np.float32) - 112) * 8, 0, 255).astype(np.uint8)
    x, y, w, h = cv2.boundingRect(cv2.findNonZero(mask))
    return mask[y : y + h, x : x + w]


def _weigh(mask: Picture, by_px: float, axis: tuple[int, int]) -> Picture:
    """Thicken (positive) or thin the strokes of `mask` along one axis."""
    n = round(abs(by_px))
    padded = cv2.copyMakeBorder(mask, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=0)
    if n == 0:
        return np.asarray(padded, np.uint8)
    kernel = np.ones((n * axis[1] + 1, n * axis[0] + 1), np.uint8)
    changed = cv2.dilate(padded, kernel) if by_px > 0 else cv2.erode(padded, kernel)
    return np.asarray(changed, np.uint8)


@lru_cache(maxsize=160)
def _master(dies: DieSet, char: str) -> Picture:
    """Return the character, about MASTER_PX tall, white on black."""
    return _stroked(char) if dies is DieSet.ROUND else _typeset(dies, char)


def _stroked(char: str) -> Picture:
    """Return the character drawn with a round pen."""
    pen = round(STROKE_SHARE * MASTER_PX)
    canvas = np.zeros((MASTER_PX * 2, MASTER_PX * 2), np.uint8)
    place, scale = (40, MASTER_PX + 60), (MASTER_PX - pen) / 21
    letter = {"Đ": "D", "0": "O"}.get(char, char)  # the pen's own zero is crossed out
    cv2.putText(canvas, letter, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, pen, cv2.LINE_AA)
    if char == "Đ":
        _, y, _, h = cv2.boundingRect(cv2.findNonZero(canvas))
        cv2.line(canvas, (30, y + h // 2), (80, y + h // 2), 255, pen - 4, cv2.LINE_AA)
    x, y, w, h = cv2.boundingRect(cv2.findNonZero(canvas))
    return canvas[y : y + h, x : x + w]


def _typeset(dies: DieSet, char: str) -> Picture:
    size = round(MASTER_PX / 0.7)
    font = ImageFont.truetype(str(FONT), size)
    if dies is DieSet.PLAIN and isinstance(other := ImageFont.load_default(size), type(font)):
        font = other
    canvas = Image.new("L", (MASTER_PX * 3, MASTER_PX * 2), 0)
    draw = ImageDraw.Draw(canvas)
    draw.text((40, 20), "D" if char == "Đ" else char, font=font, fill=255)
    x0, y0, x1, y1 = canvas.getbbox() or (0, 0, 1, 1)
    if char == "Đ":
        # The fonts have no crossed D.
        middle = (y0 + y1) // 2
        draw.rectangle((x0 - 13, middle - 8, x0 + 32, middle + 8), fill=255)
        x0 -= 13
    return np.asarray(canvas.crop((x0, y0, x1, y1)), np.uint8)
