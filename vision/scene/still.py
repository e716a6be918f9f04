"""Single pictures with plates in them, as many and as different as a detector needs to learn."""

from functools import lru_cache

import cv2
import numpy as np

from ioc.vehicles.model import Ground, Layout
from vision.scene.camera import View, road_view
from vision.scene.face import PlateFace
from vision.scene.mesh import Picture, Place
from vision.scene.numbers import random_plate
from vision.scene.plates import random_look
from vision.scene.road import road_picture
from vision.scene.sight import Box, Outline, box_of, visible_share
from vision.scene.vehicles import Kind, Model, Vehicle, kind_of
from vision.scene.weather import LIGHTS, Light, Weather

Labelled = tuple[Box, str, Layout, Ground]
ROADS = 12
LEAST_WIDE_PX = 18.0
WEATHERS = (Weather.DAY,) * 4 + (Weather.DUSK, Weather.NIGHT, Weather.RAIN)


def training_picture(
    rng: np.random.Generator, width: int = 960, height: int = 540
) -> tuple[Picture, list[Labelled]]:
    """Draw one picture: a road with several vehicles, or one to three close up as at a gate.

    Args:
        rng: the only source of chance.
        width: of the picture, px.
        height: of the picture, px.

    Returns:
        The picture, (H, W, 3) uint8 BGR, and for each plate of which 80 % or more can be seen and
        that is 18 px wide or wider: its upright box x, y, w, h in px (cut at the picture's edge),
        text, layout and ground.
    """
    weather = WEATHERS[int(rng.integers(len(WEATHERS)))]
    light = LIGHTS[weather]
    if rng.random() < 0.45:
        view, road = _road(width, height, int(rng.integers(ROADS)), weather)
        image, places = road.copy(), _road_places(rng)
    else:
        view = _gate_view(rng, width, height)
        image, places = _yard(rng, view, light), _gate_places(rng)
    labelled = _parked(image, (view, light), places, rng)
    return _taken(image, rng), labelled


@lru_cache(maxsize=ROADS * len(Weather))
def _road(width: int, height: int, number: int, weather: Weather) -> tuple[View, Picture]:
    rng = np.random.default_rng((number, 11))
    view = road_view(width, height, rng, float(rng.uniform(-1.2, 1.2)))
    return view, road_picture(view, weather, LIGHTS[weather], rng)


def _road_places(rng: np.random.Generator) -> list[Place]:
    return [
        Place(
            float(rng.uniform(-2.2, 2.2)), float(rng.uniform(4.5, 26)), float(rng.normal(0, 0.07))
        )
        for _ in range(int(rng.integers(1, 6)))
    ]


def _gate_view(rng: np.random.Generator, width: int, height: int) -> View:
    """Return a camera at hand height or on a mast, looking at the ground some metres ahead."""
    tall = float(rng.choice([rng.uniform(0.7, 1.6), rng.uniform(1.6, 3.4)]))
    aim_m = float(rng.uniform(3.0, 7.0))
    return View(
        width,
        height,
        focal_px=width * float(rng.uniform(0.8, 2.0)),
        x_m=0.0,
        height_m=tall,
        pitch=float(np.arctan((tall - 0.6) / aim_m) + rng.normal(0, 0.05)),
        yaw=float(rng.normal(0, 0.07)),
        roll=float(rng.normal(0, 0.05)),
    )


def _gate_places(rng: np.random.Generator) -> list[Place]:
    first = Place(float(rng.normal(0, 0.35)), float(rng.uniform(2.2, 6)), float(rng.normal(0, 0.2)))
    others = [
        Place(
            float(rng.choice([-1, 1]) * rng.uniform(0.9, 2.6)),
            first.y_m + float(rng.uniform(-0.6, 4)),
            float(rng.normal(0, 0.25)),
        )
        for _ in range(int(rng.integers(0, 3)))
    ]
    return [first, *others]


def _yard(rng: np.random.Generator, view: View, light: Light) -> Picture:
    """Return a plain floor before a plain wall, with some clutter."""
    size = (view.width, view.height)
    image = np.empty((view.height, view.width, 3), np.uint8)
    tint = rng.uniform(60, 210) + rng.uniform(-25, 25, 3)
    image[:] = light.grade(tint).astype(np.uint8)
    for _ in range(int(rng.integers(2, 9))):
        corner, span = rng.uniform(-0.1, 1, 2) * size, rng.uniform(0.03, 0.5, 2) * size
        tone = light.grade(rng.uniform(20, 235) + rng.uniform(-30, 30, 3))
        first, last = corner.astype(int).tolist(), (corner + span).astype(int).tolist()
        cv2.rectangle(image, first, last, tone.tolist(), int(rng.choice([-1, -1, 3, 8])))
    far = float(rng.uniform(6, 16))
    floor = view.project(
        np.array([[-40, far, 0], [40, far, 0], [40, 1.2, 0], [-40, 1.2, 0]], float)
    )
    floor[2:] = [[view.width * 3, view.height * 2], [-view.width * 2, view.height * 2]]
    tone = light.grade(rng.uniform(60, 190) + rng.uniform(-12, 12, 3))
    cv2.fillConvexPoly(image, floor.astype(np.int32), tone.tolist(), cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 4))):
        _stripe(image, view, rng, light)
    cells = (int(rng.integers(2, 12)), int(rng.integers(3, 20)))
    coarse = rng.integers(0, int(rng.integers(10, 60)), cells, np.uint8)
    blotches = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.subtract(image, cv2.merge([blotches] * 3)), np.uint8)


def _stripe(image: Picture, view: View, rng: np.random.Generator, light: Light) -> None:
    """Paint a line or a bump on the floor, along or across."""
    x, y = float(rng.uniform(-3, 3)), float(rng.uniform(2.5, 9))
    wide, deep = (0.15, 8.0) if rng.random() < 0.5 else (6.0, 0.3)
    corners = np.array([[x, y + deep, 0], [x + wide, y + deep, 0], [x + wide, y, 0], [x, y, 0]])
    if view.seen(corners)[:, 2].min() > 0.5:
        tone = light.grade(
            np.array([(200, 205, 205), (40, 190, 220), (50, 50, 50)])[rng.integers(3)]
        )
        cv2.fillConvexPoly(
            image, view.project(corners).astype(np.int32), tone.tolist(), cv2.LINE_AA
        )


def _parked(
    image: Picture, eye: tuple[View, Light], places: list[Place], rng: np.random.Generator
) -> list[Labelled]:
    """Draw a vehicle at each place that does not stand in another; return the plates that show."""
    view, light = eye
    size = (view.width, view.height)
    standing: list[tuple[Place, Model, PlateFace]] = []
    for place in sorted(places, key=lambda p: -p.y_m):
        if any(abs(p.x_m - place.x_m) < 1.6 and abs(p.y_m - place.y_m) < 5 for p, _, _ in standing):
            continue
        face = random_plate(rng)
        kind = kind_of(face)
        leaving = kind is Kind.MOTORBIKE or rng.random() < 0.5
        model = Model(Vehicle(face, kind), light, is_leaving=leaving, look=random_look(rng))
        model.draw(image, view, place, float(np.clip((place.y_m - 20) / 80, 0, 0.4)))
        standing.append((place, model, face))
    found: list[Labelled] = []
    nearer: list[Outline] = []
    for place, model, face in reversed(standing):
        quad = model.plate_quad(view, place)
        if quad is not None and visible_share(quad, nearer, size) >= 0.8:
            x, y, w, h = box_of(np.clip(quad, 0, np.array(size, np.float32)))
            if w >= LEAST_WIDE_PX:
                found.append(((x, y, w, h), face.text, face.layout, face.ground))
        nearer.append(model.solid.outline(view, place))
    return found


def _taken(image: Picture, rng: np.random.Generator) -> Picture:
    """Return the picture as a camera of middling quality hands it over."""
    levels = (np.arange(256) / 255) ** float(np.exp(rng.normal(0, 0.25)))
    gains = rng.normal(1, 0.06, 3) * float(rng.uniform(0.8, 1.15))
    table = np.clip(levels[:, None] * gains * 255, 0, 255).astype(np.uint8)
    out = np.asarray(cv2.LUT(image, table[:, None, :]), np.uint8)
    if rng.random() < 0.5:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.4, 1.4))), np.uint8)
    rows = rng.integers(0, int(rng.integers(2, 22)), (97, out.shape[1], 3), np.uint8)
    grain = np.tile(rows, (out.shape[0] // 97 + 1, 1, 1))[: out.shape[0]]
    out = np.asarray(cv2.add(out, grain), np.uint8)
    if rng.random() < 0.6:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))]
        out = np.asarray(cv2.imdecode(cv2.imencode(".jpg", out, quality)[1], 1), np.uint8)
    return out
