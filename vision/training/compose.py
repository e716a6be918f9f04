"""Pictures for the detector: real ones, some of their plates swapped for drawn ones, lettering."""

from pathlib import Path

import cv2
import numpy as np

from vision.scene.face import Blank
from vision.scene.plates import random_look, render_plate
from vision.training.data import Corners, Scene
from vision.training.degrade import Picture, dirt, random_quad, relight
from vision.training.faces import random_face

LONGEST_PX = 832
WORDS = (
    "VAN TAI", "TAXI", "HOTLINE", "BUS", "CAMERA", "IN", "OUT", "LANE", "XE", "CAM", "EXPRESS",
    "LOGISTICS", "ISUZU", "HINO", "TOLL", "GATE", "FAST", "STOP", "KM", "TRANSPORT", "SAFETY",
)  # fmt: skip
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
)


def shrink(picture: Picture, boxes: list[Corners]) -> tuple[Picture, list[Corners]]:
    """Return picture and boxes with the longer side at most LONGEST_PX."""
    scale = LONGEST_PX / max(picture.shape[:2])
    if scale >= 1:
        return picture, boxes
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    scaled = [(x * scale, y * scale, w * scale, h * scale) for x, y, w, h in boxes]
    return np.asarray(small, np.uint8), scaled


def paste_plate(
    rng: np.random.Generator, picture: Picture, middle: tuple[float, float], width_px: float
) -> Corners | None:
    """Draw a random plate into `picture`, in place.

    Returns:
        Its box, or None when it would not lie wholly inside the picture.
    """
    face = random_face(rng)
    wide = width_px * (1.0 if face.blank is Blank.LONG else rng.uniform(0.5, 0.75))
    plate = dirt(rng, render_plate(face, 110, random_look(rng)))
    tall = wide * plate.shape[0] / plate.shape[1]
    quad = random_quad(rng, (wide, tall), 1.2) + np.array(middle, np.float32)
    x0, y0 = quad.min(axis=0)
    x1, y1 = quad.max(axis=0)
    if x0 < 1 or y0 < 1 or x1 > picture.shape[1] - 2 or y1 > picture.shape[0] - 2:
        return None
    _blend(rng, picture, plate, quad)
    return float(x0), float(y0), float(x1 - x0), float(y1 - y0)


def _blend(rng: np.random.Generator, picture: Picture, plate: Picture, quad: np.ndarray) -> None:
    x, y = np.floor(quad.min(axis=0)).astype(int) - 1
    w, h = np.ceil(quad.max(axis=0)).astype(int) + 1 - (x, y)
    part = picture[y : y + h, x : x + w]
    # Plates are as bright as what is around them, so that paste is not what is learnt.
    level = 0.45 + 0.9 * float(part.mean()) / 255 + float(rng.normal(0, 0.12))
    lit = np.clip(relight(rng, plate).astype(np.float32) * level, 0, 255).astype(np.uint8)
    shrink_to = max(0.02, float(np.linalg.norm(quad[1] - quad[0])) / plate.shape[1])
    if shrink_to < 1:
        lit = cv2.GaussianBlur(lit, (0, 0), 0.42 / shrink_to)
    ph, pw = plate.shape[:2]
    flat = np.array([[0, 0], [pw, 0], [pw, ph], [0, ph]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, (quad - (x, y)).astype(np.float32))
    size = (part.shape[1], part.shape[0])
    warped = cv2.warpPerspective(lit, matrix, size, flags=cv2.INTER_LINEAR)
    share = cv2.warpPerspective(np.full((ph, pw), 255, np.uint8), matrix, size)
    share = cv2.GaussianBlur(share, (0, 0), 0.6).astype(np.float32)[:, :, None] / 255
    part[:] = (part * (1 - share) + warped * share).astype(np.uint8)


def letter(rng: np.random.Generator, picture: Picture, boxes: list[Corners]) -> None:
    """Write lettering that is no plate into `picture`, in place, away from `boxes`."""
    h, w = picture.shape[:2]
    for _ in range(int(rng.integers(1, 4))):
        text, font = lettering(rng), int(rng.choice(FONTS))
        scale = float(rng.uniform(0.35, 1.1)) * w / 700
        thick = max(1, round(scale * 2))
        (tw, th), _ = cv2.getTextSize(text, font, scale, thick)
        x, y = int(rng.integers(0, max(1, w - tw))), int(rng.integers(th, h))
        if rng.random() < 0.6:
            y = int(rng.choice([th + 4, h - 6]))
        if any(x < b[0] + b[2] and b[0] < x + tw and y - th < b[1] + b[3] and b[1] < y + 6
               for b in boxes):  # fmt: skip
            continue
        if rng.random() < 0.5:
            ground = tuple(int(v) for v in rng.choice([[0, 0, 0], [255, 255, 255], [160, 60, 20]]))
            cv2.rectangle(picture, (x - 3, y - th - 4), (x + tw + 3, y + 6), ground, -1)
        ink = tuple(int(v) for v in rng.choice([[255, 255, 255], [0, 255, 255], [10, 10, 10]]))
        cv2.putText(picture, text, (x, y), font, scale, ink, thick, cv2.LINE_AA)


def lettering(rng: np.random.Generator) -> str:
    digits = "".join(str(d) for d in rng.integers(0, 10, 12))
    clock = f"{digits[4:6]}:{digits[6:8]}"
    return str(
        rng.choice(
            [
                f"20{digits[:2]}-0{digits[2]}-1{digits[3]} {clock}:{digits[8:10]}",
                f"{digits[:2]}/0{digits[2]}/20{digits[3:5]} {digits[5:7]}:{digits[7:9]}",
                f"CAM {digits[:2]}",
                f"{digits[:2]}B{digits[2:7]} - {rng.choice(WORDS)}",
                f"0{digits[:3]}.{digits[3:6]}.{digits[6:9]}",
                " ".join(str(w) for w in rng.choice(WORDS, 2)),
                f"{digits[:8]}",
            ]
        )
    )


def as_is(scene: Scene) -> tuple[Picture, list[Corners]]:
    """Return a labelled picture, made no larger than LONGEST_PX."""
    return shrink(_load(scene.path), [p.box for p in scene.plates])


def redrawn(rng: np.random.Generator, scene: Scene) -> tuple[Picture, list[Corners]]:
    """Return a labelled picture; half of them with drawn plates over the real ones."""
    picture, boxes = as_is(scene)
    if rng.random() < 0.4 and len(boxes) == 1:
        x, y, w, h = boxes[0]
        larger = max(w, h * rng.uniform(1.4, 4.0)) * rng.uniform(1.05, 1.5)
        _hide(picture, boxes[0])
        pasted = paste_plate(rng, picture, (x + w / 2, y + h / 2), larger)
        boxes = [pasted] if pasted else []
    if rng.random() < 0.3:
        letter(rng, picture, boxes)
    return picture, boxes


def _hide(picture: Picture, box: Corners) -> None:
    """Smear a plate until nothing of it is left, in place."""
    x, y, w, h = (int(v) for v in box)
    x0, y0 = max(0, x - w // 6), max(0, y - h // 6)
    part = picture[y0 : y + h + h // 6, x0 : x + w + w // 6]
    if part.size:
        tiny = cv2.resize(part, (2, 2), interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(tiny, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_LINEAR)


def street(
    rng: np.random.Generator, path: Path, vehicles: list[Corners], found: list[Corners]
) -> tuple[Picture, list[Corners]]:
    """Return a street picture with drawn plates on its vehicles.

    Args:
        rng: where chance comes from.
        path: the picture; its own plates are not labelled.
        vehicles: their boxes, as shares of the picture.
        found: what an earlier detector took for plates, px: smeared, then drawn over.
    """
    picture = _load(path)
    picture, found = shrink(picture, found)
    h, w = picture.shape[:2]
    places = [((x + bw / 2, y + bh / 2), bw * rng.uniform(1.0, 1.4)) for x, y, bw, bh in found]
    for box in found:
        _hide(picture, box)
    for vx, vy, vw, vh in vehicles:
        taken = any(vx * w < m[0] < (vx + vw) * w and vy * h < m[1] < (vy + vh) * h
                    for m, _ in places)  # fmt: skip
        if not taken and vw * w > 40 and rng.random() < 0.85:
            middle = (vx + vw * rng.uniform(0.3, 0.7)) * w, (vy + vh * rng.uniform(0.55, 0.85)) * h
            places.append((middle, min(vw * w, vh * h * 1.4) * rng.uniform(0.16, 0.38)))
    boxes: list[Corners] = []
    for middle, wide in places:
        crowded = any(abs(middle[0] - b[0] - b[2] / 2) < wide for b in boxes)
        pasted = None if crowded else paste_plate(rng, picture, middle, max(wide, 16))
        if pasted is not None:
            boxes.append(pasted)
    if rng.random() < 0.4:
        letter(rng, picture, boxes)
    return picture, boxes


def _load(path: Path) -> Picture:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)
