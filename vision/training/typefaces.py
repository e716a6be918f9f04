"""Lettering of any hand: characters set in the typefaces of a folder, else pressed by our dies.

The folder is named by IOC_TYPEFACES; how the one used was filled stands in docs/models.md. A
reader that has only seen the faces of one country takes every other hand for a hard case.
"""

import os
from functools import cache, lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vision.scene.dies import DieSet, die

MASTER_PX = 120
ENDINGS = (".ttf", ".otf", ".woff")
FROM_DIES = 0.3

Mask = NDArray[np.uint8]


@cache
def typefaces() -> tuple[Path, ...]:
    """Return the files of typefaces at hand, sorted; none when no folder is named."""
    folder = os.environ.get("IOC_TYPEFACES")
    if not folder:
        return ()
    files = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in ENDINGS)
    return tuple(path for path in files if _is_plain(path))


def random_hand(rng: np.random.Generator) -> "Hand":
    """Return one of the typefaces at hand, or (three in ten, all where there are none) our dies."""
    files = typefaces()
    if files and rng.random() > FROM_DIES:
        return Hand(files[int(rng.integers(len(files)))], rng)
    return Hand(DieSet(str(rng.choice(list(DieSet), p=[0.4, 0.3, 0.3]))), rng)


class Hand:
    """Somebody's way to make characters: a typeface or a die set, at one weight."""

    def __init__(self, source: Path | DieSet, rng: np.random.Generator) -> None:
        """Take a source; how heavy and how wide it comes out is chance."""
        self._source = source
        self._weight = int(rng.integers(6, 11))
        self._aspect = int(rng.integers(8, 14))
        self._bolder = int(rng.integers(-2, 4)) if rng.random() < 0.5 else 0

    def mask(self, char: str, tall: int) -> Mask:
        """Return the ink of `char`, (tall, w) uint8, 255 = full, as wide as the hand makes it."""
        if isinstance(self._source, DieSet):
            narrow = {"1": 0.6, "I": 0.45}.get(char, 1.0)
            master = die(self._source, char, max(3, round(self._aspect * narrow)), self._weight)
        else:
            master = _typeset(self._source, char, self._bolder)
        wide = max(2, round(master.shape[1] * tall / master.shape[0]))
        return np.asarray(cv2.resize(master, (wide, tall), interpolation=cv2.INTER_AREA), np.uint8)


@lru_cache(maxsize=20_000)
def _typeset(file: Path, char: str, bolder: int) -> Mask:
    """Return the character cut to its ink, strokes thicker (or thinner) by `bolder` px."""
    font = _font(file)
    canvas = Image.new("L", (MASTER_PX * 4, MASTER_PX * 3), 0)
    ImageDraw.Draw(canvas).text((MASTER_PX, MASTER_PX // 2), char, 255, font)
    mask = np.asarray(canvas, np.uint8)
    if bolder:
        kernel = np.ones((abs(bolder) * 2 + 1,) * 2, np.uint8)
        changed = cv2.dilate(mask, kernel) if bolder > 0 else cv2.erode(mask, kernel)
        mask = np.asarray(changed if changed.any() else mask, np.uint8)
    x, y, w, h = cv2.boundingRect(cv2.findNonZero(mask))
    return mask[y : y + h, x : x + w]


@cache
def _font(file: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(file), MASTER_PX)


def _is_plain(file: Path) -> bool:
    """Say whether a face has capitals and lining figures of one height: others are no plate's."""
    try:
        tall = [_typeset(file, char, 0).shape[0] for char in "AHKX1470"]
    except (OSError, cv2.error):
        return False
    return bool(min(tall) > 0.85 * max(tall))
