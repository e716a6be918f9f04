"""Vehicles with their plates: which model belongs to a plate, and how it is drawn."""

import zlib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ioc.vehicles.model import Ground
from vision.scene.camera import NEAR_M, Points, View
from vision.scene.cars import car_from_ahead, car_from_behind
from vision.scene.face import Blank, PlateFace
from vision.scene.lorries import lorry_from_ahead, lorry_from_behind
from vision.scene.mesh import Colour, Mesh, Picture, Place, Solid
from vision.scene.motorbikes import motorbike_from_behind
from vision.scene.plates import Look, render_plate
from vision.scene.shell import SHAPES
from vision.scene.weather import Light, glow

PAINTS: tuple[Colour, ...] = (
    (214, 216, 216), (214, 216, 216), (168, 166, 164), (38, 36, 36), (38, 36, 36), (96, 94, 92),
    (40, 36, 150), (130, 66, 30), (52, 74, 104), (46, 92, 128), (120, 150, 172), (70, 96, 56),
)  # fmt: skip
LOADS: tuple[Colour, ...] = (
    (206, 208, 206), (150, 96, 40), (60, 110, 60), (178, 180, 178), (60, 70, 170), (110, 118, 122),
)  # fmt: skip
ARMY_GREEN: Colour = (44, 66, 58)
TAXI_YELLOW: Colour = (40, 190, 225)
GLOW = glow(96)
MAX_GLOW_PX = 150


class Kind(StrEnum):
    """What drives by."""

    CAR = "car"
    LORRY = "lorry"
    MOTORBIKE = "motorbike"


@dataclass(frozen=True)
class Vehicle:
    """A vehicle known by its plate; paint and model follow from the plate, so they never change."""

    face: PlateFace
    kind: Kind

    def chance(self) -> np.random.Generator:
        """Return the vehicle's own source of chance, the same on every machine."""
        return np.random.default_rng(zlib.crc32(self.face.text.encode()))


def kind_of(face: PlateFace) -> Kind:
    """Return the kind a plate suggests: motorbikes have their own blank, C and H are lorries."""
    if face.blank is Blank.MOTORBIKE:
        return Kind.MOTORBIKE
    return Kind.LORRY if face.text[2:3] in ("C", "H", "R") else Kind.CAR


class Model:
    """A vehicle's one side as panels, its plate and its lamps, all in one light."""

    def __init__(
        self, vehicle: Vehicle, light: Light, *, is_leaving: bool, look: Look | None = None
    ) -> None:
        """Build the side that shows: rear when leaving, else front; `look` is the plate's."""
        rng = vehicle.chance()
        mesh, middle_z = _built(vehicle, rng, is_leaving=is_leaving)
        colours = light.grade(np.array(mesh.colours))
        lamps = np.array(mesh.lamps)
        if light.lamps:
            colours[lamps] = np.clip(
                np.array(mesh.colours)[lamps] * (0.6 + light.lamps * 0.6), 0, 255
            )
            if light.grey == 1.0:
                colours[lamps] = colours[lamps].max(1, keepdims=True)
        self.solid = Solid(mesh, colours)
        self.corners = _plate_corners(vehicle.face.blank, middle_z)
        self._light = light
        self._lamps = _lamp_places(mesh, colours) if light.lamps else []
        look = look or _ordinary_look(rng)
        large = light.grade_sheeting(render_plate(vehicle.face, 110, look))
        self._plates = [large]
        for _ in range(3):
            h, w = self._plates[-1].shape[:2]
            half = cv2.resize(self._plates[-1], (w // 2, h // 2), interpolation=cv2.INTER_AREA)
            self._plates.append(np.asarray(half, np.uint8))

    def draw(self, image: Picture, view: View, place: Place, veil: float) -> None:
        """Paint vehicle, plate and the light of its lamps; veil = share of haze before it."""
        haze = self._light.haze
        self.solid.draw(image, view, place, (haze, veil))
        self._draw_plate(image, view, place, veil)
        for where, colour in self._lamps:
            self._draw_glow(image, view, place.road(where[None, :]), colour * (1 - veil))

    def plate_quad(self, view: View, place: Place) -> NDArray[np.float32] | None:
        """Return the plate's corners (4, 2) in px from upper left clockwise, None if behind us."""
        seen = view.seen(place.road(self.corners))
        if seen[:, 2].min() < NEAR_M:
            return None
        return np.asarray(view.flat(seen), np.float32)

    def _draw_plate(self, image: Picture, view: View, place: Place, veil: float) -> None:
        quad = self.plate_quad(view, place)
        if quad is None:
            return
        low = np.maximum(np.floor(quad.min(0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(quad.max(0)).astype(int) + 2, (view.width, view.height))
        if (high <= low).any():
            return
        tall = float(np.linalg.norm(quad[3] - quad[0]))
        plate = next((p for p in reversed(self._plates) if p.shape[0] >= tall), self._plates[0])
        h, w = plate.shape[:2]
        source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
        move = cv2.getPerspectiveTransform(source, quad - low.astype(np.float32))
        if veil > 0:
            haze = np.full_like(plate, self._light.haze)
            plate = np.asarray(cv2.addWeighted(plate, 1 - veil, haze, veil, 0), np.uint8)
        region = image[low[1] : high[1], low[0] : high[0]]
        size = (int(high[0] - low[0]), int(high[1] - low[1]))
        cv2.warpPerspective(
            plate, move, size, dst=region, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
        )

    def _draw_glow(self, image: Picture, view: View, at: Points, colour: Points) -> None:
        seen = view.seen(at)
        if seen[0, 2] < 2.0:
            return
        x, y = view.flat(seen)[0]
        radius = int(min(view.focal_px * 0.42 / seen[0, 2] ** 0.8, MAX_GLOW_PX))
        x0, y0 = round(x) - radius, round(y) - radius
        left, top = max(x0, 0), max(y0, 0)
        right, bottom = min(x0 + 2 * radius, view.width), min(y0 + 2 * radius, view.height)
        if right <= left or bottom <= top or radius < 2:
            return
        spot = cv2.resize(GLOW, (2 * radius, 2 * radius))[
            top - y0 : bottom - y0, left - x0 : right - x0
        ]
        lit = cv2.merge(
            [np.multiply(spot, c * self._light.lamps * 0.85).astype(np.uint8) for c in colour]
        )
        region = image[top:bottom, left:right]
        cv2.add(region, lit, dst=region)


def _ordinary_look(rng: np.random.Generator) -> Look:
    return Look(
        stroke=float(rng.uniform(0.9, 1.15)),
        fill=float(rng.uniform(0.88, 0.95)),
        ground_shift=(int(rng.integers(-22, 10)),) * 3,
    )


@lru_cache(maxsize=64)
def model_of(vehicle: Vehicle, light: Light, is_leaving: bool) -> Model:  # noqa: FBT001  a cache key
    """Return the model of one side of a vehicle in one light; the last 64 are kept."""
    return Model(vehicle, light, is_leaving=is_leaving)


def _built(vehicle: Vehicle, rng: np.random.Generator, *, is_leaving: bool) -> tuple[Mesh, float]:
    """Return the panels, and how high in m the middle of the plate sits."""
    paint = PAINTS[int(rng.integers(len(PAINTS)))]
    load = LOADS[int(rng.integers(len(LOADS)))]
    shape = list(SHAPES)[int(rng.integers(len(SHAPES)))]
    if vehicle.face.ground is Ground.RED:
        paint = load = ARMY_GREEN
    elif vehicle.face.ground is Ground.YELLOW and rng.random() < 0.3:
        paint = TAXI_YELLOW
    if vehicle.kind is Kind.MOTORBIKE:
        return motorbike_from_behind(paint, rng), 0.56
    if vehicle.kind is Kind.LORRY:
        if is_leaving:
            return lorry_from_behind(load, rng), 0.74
        return lorry_from_ahead(paint, load, rng), 0.62
    if is_leaving:
        return car_from_behind(shape, paint, rng), 0.765
    return car_from_ahead(shape, paint, rng), 0.45


def _plate_corners(blank: Blank, middle_z: float) -> Points:
    wide, tall = blank.size_mm[0] / 2000, blank.size_mm[1] / 2000
    s = -0.04
    return np.array(
        [(-wide, s, middle_z + tall), (wide, s, middle_z + tall),
         (wide, s, middle_z - tall), (-wide, s, middle_z - tall)]
    )  # fmt: skip


def _lamp_places(mesh: Mesh, colours: NDArray[np.float64]) -> list[tuple[Points, Points]]:
    """Return one light source for each side: its place and colour."""
    found: dict[int, list[tuple[Points, Points]]] = {}
    for i, is_lamp in enumerate(mesh.lamps):
        if is_lamp:
            middle = np.mean(mesh.corners[mesh.starts[i] : mesh.starts[i + 1]], axis=0)
            found.setdefault(int(np.sign(np.round(middle[0], 2))), []).append((middle, colours[i]))
    return [
        (np.mean([m for m, _ in group], axis=0), np.mean([c for _, c in group], axis=0))
        for group in found.values()
    ]
