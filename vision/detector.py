"""Plates in a picture."""

import threading
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from ioc.errors import InvalidInput
from vision.box import Box
from vision.network import Network, Tensor
from vision.weights import find_weights

MODEL = "detector.onnx"
# Width, height of what the network sees: a 16:9 picture fits with 8 lines to spare. A part of it
# is seen at the same scale, in the smallest view it fits; a quarter costs a quarter.
INPUT_SIZE = (640, 352)
VIEWS = ((192, 192), (320, 192), (320, 352))
GREY = 114
LEAST_CONFIDENCE = 0.35
FAINT = 0.08
# How much of the network's view a picture may fill in a search for plates close up.
SMALLER = (0.5, 0.25)
# The parts a picture is searched in: their share of its sides, so that they overlap by a third.
PART = 0.6
SAME_PLATE = 0.45
MOST_PLATES = 50
# A box this much inside another is a line of it, or the plate with its frame.
CONTAINED = 0.85


@dataclass(frozen=True)
class Detection:
    """A plate in one picture; 0 <= confidence <= 1."""

    box: Box
    confidence: float


class Detector:
    """Finds licence plates; one thread may use it at a time."""

    def __init__(
        self,
        threads: int = 1,
        least_confidence: float = LEAST_CONFIDENCE,
        *,
        for_parts: bool = False,
    ) -> None:
        """Load the model.

        Args:
            threads: cores one run may take.
            least_confidence: detections below are not told, 0-1.
            for_parts: make the smaller views for `find_near` too, in the background; until they
                are there it looks at the whole picture.

        Raises:
            Unavailable: the model file is missing or not the measured one.
        """
        self._model, self._threads = find_weights(MODEL), threads
        self._least = least_confidence
        self._networks = {INPUT_SIZE: self._made(INPUT_SIZE)}
        if for_parts:
            # Waited for at the end: a thread cut off within the library takes the process with it.
            threading.Thread(target=self.make_views, name="views").start()

    def make_views(self) -> None:
        """Make the smaller views, for looking at parts of pictures; returns when they are there."""
        for size in VIEWS:
            self._networks[size] = self._made(size)

    def find(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Return the plates in `image`, the surest first, boxes clipped to the picture.

        Args:
            image: (H, W, 3), uint8, BGR, any size.

        Raises:
            InvalidInput: it is no such array.
        """
        require_picture(image)
        return self._found(image, self._least)

    def find_near(self, image: NDArray[np.uint8], region: Box) -> tuple[list[Detection], Box]:
        """Return the plates in and around a part of `image`, and the part that was looked at.

        Args:
            image: (H, W, 3), uint8, BGR, any size.
            region: what must be looked at, in pixels of it; what lies outside is left out.

        Raises:
            InvalidInput: the image is no such array.
        """
        require_picture(image)
        height, width = image.shape[:2]
        scale = _scale(width, height, INPUT_SIZE)
        need = region.w * scale, region.h * scale
        ready = (size for size in VIEWS if size in self._networks)
        size = next((s for s in ready if need[0] <= s[0] and need[1] <= s[1]), None)
        if size is None:
            return self.find(image), Box(0, 0, width, height)
        wide, tall = min(round(size[0] / scale), width), min(round(size[1] / scale), height)
        left = round(min(max(region.x + (region.w - wide) / 2, 0), width - wide))
        top = round(min(max(region.y + (region.h - tall) / 2, 0), height - tall))
        part = image[top : top + tall, left : left + wide]
        found = _moved(self._found(part, self._least, size=size), left, top)
        return found, Box(left, top, wide, tall)

    def search(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Return what might be plates where `find` told none, the surest first.

        Looks at the picture made smaller (a plate close up), at four parts of it enlarged (plates
        far off), and trusts itself less: most of what it tells is none. Eight times as slow.

        Args:
            image: (H, W, 3), uint8, BGR, any size.

        Raises:
            InvalidInput: it is no such array.
        """
        require_picture(image)
        told = self._found(image, FAINT)
        height, width = image.shape[:2]
        for fill in SMALLER:
            told += self._found(image, FAINT, fill)
        wide, tall = max(1, int(PART * width)), max(1, int(PART * height))
        for left, top in product((0, width - wide), (0, height - tall)):
            part = image[top : top + tall, left : left + wide]
            told += _moved(self._found(part, FAINT), left, top)
        inside = [d for one in told if (d := _clipped(one, width, height)) is not None]
        scores = np.array([d.confidence for d in inside], np.float32)
        corners = [(d.box.x, d.box.y, d.box.x + d.box.w, d.box.y + d.box.h) for d in inside]
        kept = _without_repeats(np.array(corners, np.float32).reshape(-1, 4), scores)
        return [inside[i] for i in kept]

    def _made(self, size: tuple[int, int]) -> Network:
        # Twice as fast, boxes the same within a fifth of a pixel (median; 95 %: half a pixel).
        # What the reader says must not depend on the processor: it computes in full.
        shape = (1, 3, size[1], size[0])
        return Network(self._model, self._threads, shape, may_round=True)

    def _found(
        self,
        image: NDArray[np.uint8],
        least: float,
        fill: float = 1.0,
        size: tuple[int, int] = INPUT_SIZE,
    ) -> list[Detection]:
        tensor, scale, offset = _letterbox(image, fill, size)
        rows = self._networks[size].run(tensor)[0][0].T
        rows = rows[rows[:, 4] >= least]
        corners = _corners(rows, scale, offset, image.shape[:2])
        kept = _without_repeats(corners, rows[:, 4])
        return [_detection(corners[i], rows[i, 4]) for i in kept]


def _moved(found: list[Detection], x: float, y: float) -> list[Detection]:
    return [Detection(Box(d.box.x + x, d.box.y + y, d.box.w, d.box.h), d.confidence) for d in found]


def _clipped(found: Detection, width: int, height: int) -> Detection | None:
    """Return what of a detection lies in the picture; None when that is not nearly all of it."""
    box = found.box
    left, top = max(box.x, 0.0), max(box.y, 0.0)
    wide, tall = min(box.x + box.w, width) - left, min(box.y + box.h, height) - top
    if wide <= 0 or tall <= 0 or wide * tall < CONTAINED * box.w * box.h:
        return None
    return Detection(Box(left, top, wide, tall), found.confidence)


def require_picture(image: NDArray[np.uint8]) -> None:
    """Raise InvalidInput unless `image` is (H, W, 3), uint8, with at least one pixel."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise InvalidInput("image", f"needs (H, W, 3) uint8, got {image.shape} {image.dtype}")


def _letterbox(
    image: NDArray[np.uint8], fill: float, view: tuple[int, int]
) -> tuple[Tensor, float, tuple[int, int]]:
    """Return the network's input (1, 3, H, W) RGB 0-1, the scale, and the offset in its px.

    `fill` is how much of the input's width or height the picture takes, over 0 to 1.
    """
    height, width = image.shape[:2]
    wide, tall = view
    scale = fill * _scale(width, height, view)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    small = cv2.resize(image, size, interpolation=way)
    left, top = (wide - size[0]) // 2, (tall - size[1]) // 2
    sheet = np.full((tall, wide, 3), GREY, np.uint8)
    sheet[top : top + size[1], left : left + size[0]] = small
    tensor = cv2.dnn.blobFromImage(sheet, 1 / 255, swapRB=True)
    return np.asarray(tensor, np.float32), scale, (left, top)


def _scale(width: int, height: int, view: tuple[int, int]) -> float:
    return min(view[0] / width, view[1] / height)


def _corners(rows: Tensor, scale: float, offset: tuple[int, int], shape: tuple[int, ...]) -> Tensor:
    """Return (n, 4) left, top, right, bottom in px of the picture, from rows x y w h score."""
    half = rows[:, 2:4] / 2
    corners = np.concatenate([rows[:, :2] - half, rows[:, :2] + half], axis=1)
    corners = (corners - np.array([*offset, *offset])) / scale
    limits = np.array([shape[1], shape[0], shape[1], shape[0]], np.float32)
    return np.asarray(np.clip(corners, 0, limits), np.float32)


def _without_repeats(corners: Tensor, scores: Tensor) -> list[int]:
    """Return the indexes of the boxes to keep, the surest first."""
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    areas = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    kept: list[int] = []
    for i in order:
        if areas[i] >= 1 and not any(_is_same(corners, areas, i, k) for k in kept):
            kept.append(i)
        if len(kept) == MOST_PLATES:
            break
    return kept


def _is_same(corners: Tensor, areas: Tensor, one: int, other: int) -> bool:
    top_left = np.maximum(corners[one, :2], corners[other, :2])
    bottom_right = np.minimum(corners[one, 2:], corners[other, 2:])
    shared = float(np.prod(np.maximum(bottom_right - top_left, 0)))
    union = float(areas[one] + areas[other]) - shared
    return shared > SAME_PLATE * union or shared > CONTAINED * float(min(areas[one], areas[other]))


def _detection(corners: Tensor, score: float) -> Detection:
    left, top, right, bottom = (float(v) for v in corners)
    return Detection(Box(left, top, right - left, bottom - top), float(score))
