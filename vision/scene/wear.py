"""What road and weather do to the picture of a plate; the camera follows in `lens`."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.scene.lens import Rng, Step, through_lens
from vision.scene.plates import Picture

WORK_PX = 240
Light = NDArray[np.float32]


def distort(plate_bgr: Picture, rng: Rng, severity: float = 0.5) -> Picture:
    """Return the plate as a camera might have cut it out of a street picture.

    Args:
        plate_bgr: (H, W, 3) uint8 BGR, a plate filling the picture.
        rng: the only source of chance.
        severity: 0 = a good gate camera, 1 = hardly readable.

    Returns:
        (h, w, 3) uint8 BGR with a margin of background; w from 40 to about 240 px.
    """
    picture = _fit(plate_bgr)
    for step, chance in _METAL:
        if rng.random() < chance * (0.3 + severity):
            picture = step(picture, rng, severity)
    picture = _placed(picture, rng, severity)
    for step, chance in _LIGHT:
        if rng.random() < chance * (0.3 + severity):
            picture = step(picture, rng, severity)
    return through_lens(_gained(picture), rng, severity)


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
    metal = cv2.warpPerspective(plate, move, size, flags=cv2.INTER_LINEAR)
    share = cv2.warpPerspective(_metal(rng, (w, h)), move, size, flags=cv2.INTER_LINEAR)
    return np.asarray(np.where(share[:, :, None] > 127, metal, out), np.uint8)


def _metal(rng: Rng, size: tuple[int, int]) -> Picture:
    """Return where there is metal, (H, W), 255 = there: all but the round corners."""
    w, h = size
    r = max(1, round(h * rng.uniform(0.01, 0.1)))
    mask = np.zeros((h, w), np.uint8)
    cv2.rectangle(mask, (r, 0), (w - 1 - r, h), 255, -1)
    cv2.rectangle(mask, (0, r), (w, h - 1 - r), 255, -1)
    for centre in ((r, r), (w - 1 - r, r), (r, h - 1 - r), (w - 1 - r, h - 1 - r)):
        cv2.circle(mask, centre, r, 255, -1)
    return mask


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


def bleached(picture: Picture, rng: Rng, severity: float) -> Picture:
    """Let a lamp's reflection or a drop of water wipe out parts of one or two characters."""
    h, w = picture.shape[:2]
    layer = np.zeros((h, w), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.uniform(0, w)), int(rng.uniform(0, h))
        long = max(2, round(h * rng.uniform(0.03, 0.1 + 0.14 * severity)))
        flat = max(1, round(long * rng.uniform(0.15, 0.9)))
        cv2.ellipse(layer, at, (long, flat), rng.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(layer, (0, 0), max(0.5, h * rng.uniform(0.005, 0.05)))
    share = soft.astype(np.float32)[:, :, None] / 255 * rng.uniform(0.6, 1.0)
    light = np.array(rng.uniform(215, 255, 3), np.float32)
    return np.asarray(picture * (1 - share) + light * share, np.uint8)


def covered(picture: Picture, rng: Rng, _severity: float) -> Picture:
    """Hang a strap, a cable or a sticker across a part of the plate."""
    h, w = picture.shape[:2]
    paint = tuple(int(v) for v in np.clip(rng.uniform(0, 255) + rng.normal(0, 20, 3), 0, 255))
    x, y = rng.uniform(0, w), rng.uniform(0, h)
    angle = rng.uniform(0, np.pi)
    reach = h * rng.uniform(0.2, 3.0)
    dx, dy = np.cos(angle) * reach, np.sin(angle) * reach
    thick = max(1, round(h * rng.uniform(0.01, 0.09)))
    ends = (round(x - dx), round(y - dy)), (round(x + dx), round(y + dy))
    out = picture.copy()
    cv2.line(out, ends[0], ends[1], paint, thick, cv2.LINE_AA)
    return out


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
    (bleached, 0.4),
    (covered, 0.15),
    (_colour_cast, 0.7),
    (_exposure, 0.9),
    (_infrared, 0.2),
)
