"""What road, weather and camera do to the picture of a plate."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.scene.plates import Picture

WORK_PX = 300
Rng = np.random.Generator
Light = NDArray[np.float32]
Step = Callable[[Picture, Rng, float], Picture]


def distort(plate_bgr: Picture, rng: Rng, severity: float = 0.5) -> Picture:
    """Return the plate as a camera might have cut it out of a street picture.

    Args:
        plate_bgr: (H, W, 3) uint8 BGR, a plate filling the picture.
        rng: the only source of chance.
        severity: 0 = a good gate camera, 1 = hardly readable.

    Returns:
        (h, w, 3) uint8 BGR with a margin of background; w from 40 to about 300 px.
    """
    picture = _fit(plate_bgr)
    for step, chance in _METAL:
        if rng.random() < chance * (0.3 + severity):
            picture = step(picture, rng, severity)
    picture = _placed(picture, rng, severity)
    for step, chance in _LIGHT:
        if rng.random() < chance * (0.3 + severity):
            picture = step(picture, rng, severity)
    small = _shrink(_gained(picture), rng, severity)
    for step, chance in _CAMERA:
        if rng.random() < chance * (0.4 + severity):
            small = step(small, rng, severity)
    return small


def _fit(plate: Picture) -> Picture:
    scale = WORK_PX / plate.shape[1]
    if plate.shape[1] / plate.shape[0] < 2.5:
        scale *= 0.7
    size = (round(plate.shape[1] * scale), round(plate.shape[0] * scale))
    return np.asarray(cv2.resize(plate, size, interpolation=cv2.INTER_AREA), np.uint8)


def cloud(rng: Rng, size: tuple[int, int], cells: int = 6) -> Light:
    """Return smooth noise (H, W) float32 in 0..1; size = (width, height)."""
    aspect = max(size) / max(min(size), 1)
    grid = (max(2, cells), max(2, round(cells * (aspect if size[0] > size[1] else 1 / aspect))))
    coarse = rng.random(grid, np.float32)
    return np.asarray(
        cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC).clip(0, 1), np.float32
    )


def _lit(picture: Picture, factor: Light) -> Picture:
    """Multiply by a (H, W) light map."""
    return np.asarray(cv2.multiply(picture, cv2.merge([factor] * 3), dtype=cv2.CV_8U), np.uint8)


# --- the metal -------------------------------------------------------------------------------


def _dirt(picture: Picture, rng: Rng, severity: float) -> Picture:
    h, w = picture.shape[:2]
    where = (cloud(rng, (w, h), int(rng.integers(3, 14))) - rng.uniform(0.45, 0.75)) * 3
    if rng.random() < 0.5:
        where += np.linspace(-1.2, 0.8, h, dtype=np.float32)[:, None]
    share = np.clip(where, 0, 0.35 + 0.5 * severity)[:, :, None].astype(np.float32)
    mud = np.array(rng.uniform((30, 50, 70), (110, 130, 150)), np.float32)
    return np.asarray(picture * (1 - share) + mud * share, np.uint8)


def _screws(picture: Picture, rng: Rng, _severity: float) -> Picture:
    h, w = picture.shape[:2]
    out = picture.copy()
    grey = int(rng.integers(20, 200))
    y = float(rng.choice([0.1, 0.22, 0.5, 0.9]))
    inset = float(rng.uniform(0.05, 0.3))
    radius = max(2, round(h * rng.uniform(0.025, 0.06)))
    colour = (grey, grey + int(rng.integers(0, 20)), grey + int(rng.integers(0, 40)))
    for x in (inset, 1 - inset):
        centre = (round(x * w), round(y * h))
        cv2.circle(out, centre, radius, colour, -1, cv2.LINE_AA)
        cv2.circle(out, centre, radius, (grey // 3,) * 3, 1, cv2.LINE_AA)
    return out


def _frame(picture: Picture, rng: Rng, _severity: float) -> Picture:
    h = picture.shape[0]
    thick = max(1, round(h * rng.uniform(0.02, 0.09)))
    grey = int(rng.choice([15, 30, 60, 150, 200]))
    below = round(h * rng.uniform(0.05, 0.2)) if rng.random() < 0.3 else thick
    paint = (grey, grey, grey)
    edged = cv2.copyMakeBorder(
        picture, thick, below, thick, thick, cv2.BORDER_CONSTANT, value=paint
    )
    return np.asarray(edged, np.uint8)


def _bend(picture: Picture, rng: Rng, severity: float) -> Picture:
    h, w = picture.shape[:2]
    x = np.linspace(-1, 1, w, dtype=np.float32)
    swing = float(rng.uniform(-0.07, 0.07)) * (0.5 + severity) * h
    wave = swing * (x * x if rng.random() < 0.6 else np.sin(x * 3))
    map_y = np.arange(h, dtype=np.float32)[:, None] + wave[None, :].astype(np.float32)
    map_x = np.repeat(np.arange(w, dtype=np.float32)[None, :], h, 0)
    bent = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, np.uint8)


def _worn_paint(picture: Picture, rng: Rng, _severity: float) -> Picture:
    """Let the ground shine through where the paint has flaked off."""
    h, w = picture.shape[:2]
    share = np.clip((cloud(rng, (w, h), 24) - rng.uniform(0.6, 0.8)) * 5, 0, 0.8)
    ground = np.median(picture[:: max(1, h // 12), :: max(1, w // 24)].reshape(-1, 3), 0)
    mixed = picture * (1 - share[:, :, None]) + ground * share[:, :, None]
    return np.asarray(mixed, np.uint8)


# --- in the street ---------------------------------------------------------------------------


def _background(rng: Rng, size: tuple[int, int]) -> Picture:
    """Return body paint, bumper or road around the plate: soft blotches and a line or two."""
    tint = rng.uniform(0, 220) + rng.uniform(-35, 35, 3)
    patches = cloud(rng, size, int(rng.integers(2, 6))) * rng.uniform(10, 120)
    out = np.clip(patches[:, :, None] + tint - 30, 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(0, 4))):
        grey = int(rng.integers(0, 255))
        ends = rng.integers(0, max(size), 4)
        cv2.line(
            out,
            (int(ends[0]), int(ends[1])),
            (int(ends[2]), int(ends[3])),
            (grey, grey, grey),
            int(rng.integers(2, 30)),
            cv2.LINE_AA,
        )
    return out


def _placed(plate: Picture, rng: Rng, severity: float) -> Picture:
    """Put the plate into a background, seen from the side."""
    h, w = plate.shape[:2]
    margin = rng.uniform(-0.01, 0.06 + 0.1 * severity, 4) * np.array([h, h, w, w])
    angle = np.deg2rad(rng.normal(0, 3 + 6 * severity))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float64) - (w / 2, h / 2)
    corners[:, 1] += corners[:, 0] * rng.normal(0, 0.03 + 0.1 * severity)
    corners[:, 0] += corners[:, 1] * rng.normal(0, 0.03 + 0.09 * severity)
    corners[:, 0] *= rng.uniform(0.98 - 0.3 * severity, 1.02)
    corners += rng.normal(0, 0.012 + 0.02 * severity, (4, 2)) * h
    corners = corners @ turn.T
    corners -= corners.min(0) - np.array([margin[2], margin[0]])
    far = corners.max(0) + np.array([margin[3], margin[1]])
    size = (max(16, round(far[0])), max(12, round(far[1])))
    move = cv2.getPerspectiveTransform(
        np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32), corners.astype(np.float32)
    )
    out = _background(rng, size)
    cv2.warpPerspective(
        plate, move, size, dst=out, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
    )
    return out


def _shadow(picture: Picture, rng: Rng, severity: float) -> Picture:
    h, w = picture.shape[:2]
    x = np.linspace(-1, 1, w, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, h, dtype=np.float32)[:, None]
    angle = rng.uniform(0, 2 * np.pi)
    edge = (x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.6, 0.6)) * rng.uniform(1.5, 20)
    depth = rng.uniform(0.3, 0.55 + 0.25 * severity)
    return _lit(picture, (1 - depth / (1 + np.exp(-np.clip(edge, -9, 9)))).astype(np.float32))


def _glare(picture: Picture, rng: Rng, severity: float) -> Picture:
    h, w = picture.shape[:2]
    y, x = np.ogrid[:h, :w]
    spot = ((x - rng.uniform(0, w)) / (w * rng.uniform(0.08, 0.5))) ** 2
    spot = spot + ((y - rng.uniform(0, h)) / (h * rng.uniform(0.15, 0.6))) ** 2
    light = np.exp(-spot) * rng.uniform(30, 90 + 100 * severity)
    return np.asarray(cv2.add(picture, cv2.merge([light.astype(np.uint8)] * 3)), np.uint8)


def _exposure(picture: Picture, rng: Rng, severity: float) -> Picture:
    levels = np.arange(256) / 255
    gamma = np.exp(rng.normal(0, 0.25 + 0.35 * severity))
    gain = rng.uniform(0.7 - 0.35 * severity, 1.12 + 0.13 * severity)
    lift = rng.uniform(-0.05, 0.08 + 0.12 * severity)
    table = np.clip(levels**gamma * gain * (1 - max(lift, 0)) + lift, 0.02, 1) * 255
    return np.asarray(cv2.LUT(picture, table.astype(np.uint8)), np.uint8)


def _colour_cast(picture: Picture, rng: Rng, severity: float) -> Picture:
    gains = np.clip(rng.normal(1, 0.08 + 0.06 * severity, 3), 0.6, 1.3)
    table = np.clip(np.arange(256)[:, None] * gains, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(picture, table[:, None, :]), np.uint8)


def _infrared(picture: Picture, rng: Rng, _severity: float) -> Picture:
    """Turn to the grey of a night camera: the sheeting shines, all else is dark."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    pivot = rng.uniform(90, 160)
    table = np.clip((np.arange(256) - pivot) * rng.uniform(0.9, 2.2) + rng.uniform(70, 170), 4, 255)
    if rng.random() < 0.35:
        table = table * rng.uniform(0.4, 0.8)
    return np.asarray(cv2.merge([cv2.LUT(grey, table.astype(np.uint8))] * 3), np.uint8)


def _gained(picture: Picture) -> Picture:
    """Lift a picture too dark for any camera's own gain control to leave it so."""
    mean = float(picture.mean())
    if mean >= 40:
        return picture
    return np.asarray(cv2.convertScaleAbs(picture, None, min(40 / max(mean, 1), 6.0)), np.uint8)


# --- the camera ------------------------------------------------------------------------------


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


_METAL: tuple[tuple[Step, float], ...] = (
    (_worn_paint, 0.25),
    (_dirt, 0.4),
    (_screws, 0.5),
    (_bend, 0.4),
    (_frame, 0.4),
)
_LIGHT: tuple[tuple[Step, float], ...] = (
    (_shadow, 0.35),
    (_glare, 0.25),
    (_colour_cast, 0.7),
    (_exposure, 0.9),
    (_infrared, 0.2),
)
_CAMERA: tuple[tuple[Step, float], ...] = (
    (_defocus, 0.6),
    (_motion, 0.3),
    (_noise, 0.6),
    (_sharpen, 0.3),
    (_jpeg, 0.8),
)
