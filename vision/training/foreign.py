"""Plates of other countries, drawn so that the reader does not take the shape of ours for granted.

No country's plate is copied: what they share is learnt from, one line of five to eight characters
on metal that is longer than high, with small print, bolts, badges and pictures around it.
"""

import cv2
import numpy as np

from ioc.vehicles.model import Ground, Layout
from vision.scene.dies import DieSet, die
from vision.scene.wear import cloud
from vision.training.degrade import Picture

HEIGHT_PX = 110
# Width over height, and how tall the characters stand in it.
SHAPES = ((2.0, 0.5), (2.0, 0.58), (3.08, 0.58), (4.7, 0.72))
DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHAPES_OF_TEXT = (
    "LLL9999", "LLL999", "9LLL999", "LL99LLL", "LLL9L99", "999LLL", "LL9L9L", "LL9999", "L999999",
    "LLLL99", "9999LL", "LL999LL", "99LLL9", "LLL99L", "LL99999", "L99LLL",
)  # fmt: skip
PRINT = (
    "CALIFORNIA", "TEXAS", "NORTH", "STATE", "CITY", "BA", "SP", "MOTORS", "LAND", "RIO", "JAN",
    "FORD", "CENTER", "GRANDE", "THE", "SUN", "SANTOS", "NEW", "DEALER", "AUTO",
)  # fmt: skip


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
    wide, tall = SHAPES[int(rng.integers(len(SHAPES)))]
    width = round(HEIGHT_PX * wide * rng.uniform(0.95, 1.05))
    plate, ink = _ground(rng, width)
    _small_print(rng, plate, ink, (1 - tall) / 2)
    _press_line(rng, plate, text, (ink, tall * float(rng.uniform(0.88, 1.1))))
    return plate, text, Layout.ONE_LINE, Ground.UNKNOWN


def _ground(rng: np.random.Generator, width: int) -> tuple[Picture, tuple[int, int, int]]:
    """Return the empty plate and the colour of its characters."""
    light = rng.random() < 0.8
    base = rng.uniform(175, 250) if light else rng.uniform(10, 110)
    tint = np.clip(base + rng.normal(0, 22, 3), 0, 255)
    plate = np.full((HEIGHT_PX, width, 3), tint, np.float32)
    if rng.random() < 0.45:  # a sunset, mountains, a crest: soft colours behind the characters
        shapes = cloud(rng, (width, HEIGHT_PX), int(rng.integers(2, 7)))[:, :, None]
        plate += (shapes - 0.5) * rng.normal(0, 60, 3).astype(np.float32)
    if rng.random() < 0.3:
        edge = round(HEIGHT_PX * rng.uniform(0.15, 0.3))
        side = slice(0, edge) if rng.random() < 0.5 else slice(HEIGHT_PX - edge, None)
        plate[side] = plate[side] * 0.4 + rng.uniform(0, 255, 3) * 0.6
    if light:
        ink = rng.choice([[20, 20, 20], [90, 30, 20], [30, 60, 20], [40, 30, 130]])
    else:
        ink = rng.choice([[235, 235, 235], [120, 220, 240]])
    shade = tuple(int(v) for v in np.clip(ink + rng.normal(0, 15, 3), 0, 255))
    return np.clip(plate, 0, 255).astype(np.uint8), (shade[0], shade[1], shade[2])


def _small_print(
    rng: np.random.Generator, plate: Picture, ink: tuple[int, int, int], band: float
) -> None:
    h, w = plate.shape[:2]
    for y in (h * band * 0.75, h * (1 - band * 0.2)):
        if rng.random() < 0.7:
            words = " ".join(str(v) for v in rng.choice(PRINT, int(rng.integers(1, 3))))
            scale = band * h / 40 * float(rng.uniform(0.6, 1.1))
            (tw, _), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_DUPLEX, scale, 1)
            at = max(0, round((w - tw) / 2 + rng.normal(0, w * 0.05))), round(y)
            cv2.putText(plate, words, at, cv2.FONT_HERSHEY_DUPLEX, scale, ink, 1, cv2.LINE_AA)
    for x in (0.1, 0.2, 0.8, 0.9):
        if rng.random() < 0.25:  # bolts and stickers of the year
            grey = [int(v) for v in rng.integers(0, 255, 3)]
            corner = round(w * x), round(h * float(rng.choice([0.1, 0.9])))
            far = corner[0] + round(h * 0.13), corner[1] + round(h * 0.1)
            cv2.rectangle(plate, corner, far, grey, -1)


def _press_line(
    rng: np.random.Generator, plate: Picture, text: str, how: tuple[tuple[int, int, int], float]
) -> None:
    """Set the characters, a gap or a badge somewhere between them."""
    h, w = plate.shape[:2]
    ink, tall = how[0], round(h * how[1])
    dies = DieSet(str(rng.choice(list(DieSet), p=[0.4, 0.3, 0.3])))
    weight = int(rng.integers(6, 11))
    gap = float(rng.uniform(0.2, 1.0)) if rng.random() < 0.7 else 0.0
    at = int(rng.integers(2, 5))
    cells = len(text) + gap + 0.2 * (len(text) - 1)
    wide = min(w * float(rng.uniform(0.84, 0.95)) / cells, tall * 0.72)
    x = (w - wide * cells) / 2
    top = round((h - tall) / 2 + rng.normal(0, h * 0.03))
    for n, char in enumerate(text):
        if n == at and gap:
            if rng.random() < 0.5:
                middle = round(x + gap * wide / 2 - wide * 0.1), h // 2
                colour = [int(v) for v in rng.integers(0, 255, 3)]
                cv2.circle(plate, middle, max(2, round(gap * wide * 0.3)), colour, -1, cv2.LINE_AA)
            x += gap * wide
        across = max(3, round(wide * {"1": 0.6, "I": 0.45}.get(char, 1.0)))
        mask = cv2.resize(die(dies, char, round(20 * wide / tall), weight), (across, tall),
                          interpolation=cv2.INTER_AREA)  # fmt: skip
        left = round(x + (wide - across) / 2)
        part = plate[max(top, 0) : max(top, 0) + tall, left : left + across]
        share = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
        part[:] = (part * (1 - share) + np.array(ink, np.float32) * share).astype(np.uint8)
        x += 1.2 * wide
