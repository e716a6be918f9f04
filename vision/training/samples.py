"""Crops for the reader: drawn plates, real plates, and things that are no plate."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ioc.errors import IocError
from ioc.vehicles.model import Ground, Layout
from vision.reader import ALPHABET, BLANK, GROUNDS, INPUT_SIZE, LAYOUTS, PLACES
from vision.scene.numbers import random_plate
from vision.scene.plates import render_plate
from vision.scene.wear import bleached, covered, distort
from vision.training.compose import FONTS, lettering
from vision.training.data import Corners, load_crops, load_scenes, load_vehicles, plates_root
from vision.training.degrade import Picture, blur, noise, relight
from vision.training.faces import random_face, training_look
from vision.training.foreign import draw_foreign

UNKNOWN = -1
ONE_LINE_FROM = 2.5
FOREIGN_SHARE = 0.3


@dataclass(frozen=True)
class Sample:
    """One crop and what is on it; `text` None = no plate, or not all of one."""

    picture: Picture
    text: str | None
    layout: Layout | None = None
    ground: Ground = Ground.UNKNOWN


def target(sample: Sample) -> NDArray[np.int16]:
    """Return what the network should answer: PLACES characters, layout, ground, is a plate.

    UNKNOWN (-1) stands where a sample has nothing to say.
    """
    row = np.full(PLACES + 3, UNKNOWN, np.int16)
    row[PLACES + 2] = sample.text is not None
    if sample.text is not None:
        row[:PLACES] = BLANK
        row[: len(sample.text)] = [ALPHABET.index(c) for c in sample.text[:PLACES]]
    if sample.layout is not None:
        row[PLACES] = LAYOUTS.index(sample.layout)
    if sample.ground in GROUNDS:
        row[PLACES + 1] = GROUNDS.index(sample.ground)
    return row


def resized(picture: Picture) -> Picture:
    """Return a crop at the size of the network's input, (64, 160, 3), as `prepare` makes it."""
    way = cv2.INTER_AREA if picture.shape[1] > INPUT_SIZE[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, INPUT_SIZE, interpolation=way), np.uint8)


def drawn(rng: np.random.Generator) -> Sample:
    """Return a drawn plate as a camera would have cut it out.

    Three in ten are of another country, one in fourteen is cut through.
    """
    if rng.random() < FOREIGN_SHARE:
        plate, text, layout, ground = draw_foreign(rng)
    else:
        face = random_face(rng) if rng.random() < 0.6 else random_plate(rng)
        plate = render_plate(face, 96, training_look(rng))
        text, layout, ground = face.text, face.layout, face.ground
    picture = distort(plate, rng, float(rng.beta(1.6, 2.4)))
    if rng.random() < 0.07:
        return Sample(_cut_through(rng, picture), None)
    return Sample(_jitter(rng, picture, 0.05), text, layout, ground)


def _cut_through(rng: np.random.Generator, picture: Picture) -> Picture:
    h, w = picture.shape[:2]
    lost = rng.uniform(0.22, 0.6)
    side = int(rng.integers(0, 4))
    x0, x1 = (int(w * lost), w) if side == 0 else (0, int(w * (1 - lost)) if side == 1 else w)
    y0, y1 = (int(h * lost), h) if side == 2 else (0, int(h * (1 - lost)) if side == 3 else h)
    return picture[y0 : max(y1, y0 + 4), x0 : max(x1, x0 + 4)]


def _jitter(rng: np.random.Generator, picture: Picture, most: float) -> Picture:
    """Return the picture with each side moved in by up to `most` of its size."""
    h, w = picture.shape[:2]
    cut = np.abs(rng.normal(0, most / 2, 4)).clip(0, most)
    top, bottom = int(cut[0] * h), h - int(cut[1] * h)
    left, right = int(cut[2] * w * 0.6), w - int(cut[3] * w * 0.6)
    return picture[top:bottom, left:right]


def boxed(rng: np.random.Generator, image: Picture, box: Corners, most: float) -> Picture:
    """Return a labelled plate cut out as a detector would: sides off by about `most` of height."""
    x, y, w, h = box
    off = rng.normal(0.03, most, 4) * np.array([h, h, h, h])
    off = off.clip(-0.07 * h, 0.2 * h)
    x0, y0 = max(0, int(x - off[0])), max(0, int(y - off[1]))
    x1, y1 = int(np.ceil(x + w + off[2])), int(np.ceil(y + h + off[3]))
    return image[y0 : max(y1, y0 + 4), x0 : max(x1, x0 + 4)]


def worn(rng: np.random.Generator, picture: Picture) -> Picture:
    """Return a real crop under other light, smaller, blurred, turned: each a little."""
    h, w = picture.shape[:2]
    if rng.random() < 0.6:
        turn = cv2.getRotationMatrix2D((w / 2, h / 2), float(rng.normal(0, 3)), 1.0)
        turn[0, 1] += rng.normal(0, 0.05)
        picture = np.asarray(
            cv2.warpAffine(picture, turn, (w, h), borderMode=cv2.BORDER_REPLICATE), np.uint8
        )
    if rng.random() < 0.5:
        least = 44 if w / h > ONE_LINE_FROM else 34
        wide = int(np.exp(rng.uniform(np.log(min(least, w)), np.log(w + 1))))
        size = max(wide, 8), max(8, round(h * wide / w))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < 0.2:
        picture = bleached(picture, rng, float(rng.random()))
    if rng.random() < 0.06:
        picture = covered(picture, rng, 0.5)
    if rng.random() < 0.4:
        picture = blur(rng, picture, picture.shape[0] / 16)
    if rng.random() < 0.7:
        picture = relight(rng, picture)
    return noise(rng, picture) if rng.random() < 0.6 else picture


@dataclass(frozen=True)
class Real:
    """A real plate: the picture around it, its box there, and its text."""

    image: Picture
    box: Corners
    text: str
    source: str
    held_out: bool

    @property
    def layout(self) -> Layout:
        """One line when it is wide; the sources label no layout for most."""
        return Layout.ONE_LINE if self.box[2] > ONE_LINE_FROM * self.box[3] else Layout.TWO_LINE


def load_real(root: Path) -> list[Real]:
    """Return every real plate with a text that can be trusted, scenes first."""
    out = []
    for scene in load_scenes(root):
        texts = [p for p in scene.plates if p.text and len(p.text) <= PLACES]
        image = cv2.imread(str(scene.path)) if texts else None
        for plate in texts:
            around = _around(np.asarray(image, np.uint8), plate.box)
            out.append(Real(*around, plate.text, scene.source, scene.held_out))
    for crop in load_crops(root):
        picture = np.asarray(cv2.imread(str(crop.path)), np.uint8)
        whole = (0.0, 0.0, float(picture.shape[1]), float(picture.shape[0]))
        source = crop.source if crop.checked else f"{crop.source}-unchecked"
        out.append(Real(picture, whole, crop.text, source, crop.held_out))
    return out


def _around(image: Picture, box: Corners) -> tuple[Picture, Corners]:
    """Return the part of `image` with the box and its own size around it, and the box there."""
    x, y, w, h = box
    left, top = max(0, int(x - w / 2)), max(0, int(y - h))
    part = image[top : int(y + 2 * h), left : int(x + 1.5 * w)].copy()
    return part, (x - left, y - top, w, h)


def real(rng: np.random.Generator, plate: Real) -> Sample:
    """Return one real plate, worn anew; one in fourteen is cut through."""
    picture = worn(rng, boxed(rng, plate.image, plate.box, 0.07))
    if rng.random() < 0.07:
        return Sample(_cut_through(rng, picture), None)
    ground = Ground.UNKNOWN if plate.source.startswith(("foreign", "ndata")) else Ground.WHITE
    return Sample(picture, plate.text, plate.layout, ground)


def others(rng: np.random.Generator, root: Path) -> Iterator[Sample]:
    """Yield things that are no plate, without end: street, grilles, lettering, overlays."""
    streets = [path for path, _ in load_vehicles(root)]
    while True:
        image = np.asarray(cv2.imread(str(streets[int(rng.integers(len(streets)))])), np.uint8)
        for _ in range(4):
            yield Sample(_nothing(rng, image), None)
        for _ in range(4):
            yield Sample(_words(rng, image), None)


def _nothing(rng: np.random.Generator, image: Picture) -> Picture:
    h, w = image.shape[:2]
    wide = int(rng.uniform(0.06, 0.4) * w)
    tall = max(8, int(wide / rng.uniform(1.2, 5)))
    x, y = int(rng.integers(0, max(1, w - wide))), int(rng.integers(0, max(1, h - tall)))
    return worn(rng, image[y : y + tall, x : x + wide])


def _words(rng: np.random.Generator, image: Picture) -> Picture:
    """Return overlay text or lettering as it looks when a detector falls for it."""
    text, font = lettering(rng), int(rng.choice(FONTS))
    (tw, th), base = cv2.getTextSize(text, font, 1.0, 2)
    ground = rng.choice([[0, 0, 0], [255, 255, 255], [160, 60, 20], [40, 40, 200], [30, 190, 230]])
    sheet = np.full((th + base + 14, tw + 16, 3), ground, np.uint8)
    if rng.random() < 0.4:
        patch = cv2.resize(_nothing(rng, image), (sheet.shape[1], sheet.shape[0]))
        sheet = np.asarray(patch, np.uint8)
    dark = float(sheet.mean()) < 128
    ink = (235, 235, 235) if dark else (20, 20, 20)
    cv2.putText(sheet, text, (8, th + 7), font, 1.0, ink, int(rng.integers(1, 4)), cv2.LINE_AA)
    return worn(rng, _jitter(rng, sheet, 0.25))


def real_root() -> Path | None:
    """Return the folder of real pictures, or None: then drawn plates alone are trained on."""
    try:
        return plates_root()
    except IocError:
        return None
