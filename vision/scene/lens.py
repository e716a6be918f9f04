"""What a camera does to the picture of a plate: few pixels, blur, noise, JPEG."""

from collections.abc import Callable

import cv2
import numpy as np

from vision.scene.plates import Picture

Rng = np.random.Generator
Step = Callable[[Picture, Rng, float], Picture]


def through_lens(picture: Picture, rng: Rng, severity: float) -> Picture:
    """Return what the camera makes of it, smaller; `severity` 0 (good) to 1 (hardly readable)."""
    small = _shrink(picture, rng, severity)
    for step, chance in _CAMERA:
        if rng.random() < chance * (0.4 + severity):
            small = step(small, rng, severity)
    return small


def _shrink(picture: Picture, rng: Rng, severity: float) -> Picture:
    """Return the picture at the size a camera saw it; sometimes enlarged again, and thus soft."""
    h, w = picture.shape[:2]
    least = 110 - 55 * severity if w / h > 2.2 else 70 - 32 * severity
    width = float(np.exp(rng.uniform(np.log(least), np.log(w))))
    size = (max(24, round(width)), max(10, round(width * h / w)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.25:
        up = float(rng.uniform(1.2, 2.5))
        way = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST]))
        small = cv2.resize(small, None, fx=up, fy=up, interpolation=way)
    return np.asarray(small, np.uint8)


def _defocus(picture: Picture, rng: Rng, severity: float) -> Picture:
    sigma = rng.uniform(0.3, 0.5 + picture.shape[1] / 160 * (0.4 + 0.7 * severity))
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def _motion(picture: Picture, rng: Rng, severity: float) -> Picture:
    length = int(rng.integers(2, 4 + round(picture.shape[1] / 26 * (0.3 + severity))))
    angle = rng.normal(np.pi / 2, 0.5) if rng.random() < 0.6 else rng.uniform(0, np.pi)
    kernel = np.zeros((length, length), np.float32)
    middle = (length - 1) / 2
    dx, dy = np.cos(angle) * middle, np.sin(angle) * middle
    ends = [(round(middle - dx), round(middle - dy)), (round(middle + dx), round(middle + dy))]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1)
    return np.asarray(cv2.filter2D(picture, -1, kernel / max(kernel.sum(), 1)), np.uint8)


def _noise(picture: Picture, rng: Rng, severity: float) -> Picture:
    sigma = rng.uniform(1, 4 + 9 * severity)
    grain = rng.standard_normal(picture.shape, np.float32) * sigma
    return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)


def _jpeg(picture: Picture, rng: Rng, severity: float) -> Picture:
    quality = int(rng.integers(round(70 - 50 * severity), 96))
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _sharpen(picture: Picture, rng: Rng, _severity: float) -> Picture:
    soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
    much = float(rng.uniform(0.4, 1.4))
    return np.asarray(cv2.addWeighted(picture, 1 + much, soft, -much, 0), np.uint8)


_CAMERA: tuple[tuple[Step, float], ...] = (
    (_defocus, 0.6),
    (_motion, 0.3),
    (_noise, 0.6),
    (_sharpen, 0.3),
    (_jpeg, 0.8),
)
