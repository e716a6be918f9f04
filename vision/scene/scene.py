"""A camera that shows rendered traffic, and knows what it shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np

from ioc.errors import InvalidInput
from vision.scene.camera import road_view
from vision.scene.mesh import Picture, Place
from vision.scene.overlay import Overlay
from vision.scene.road import road_picture
from vision.scene.sight import Box, Outline, box_of, character_px, visible_share
from vision.scene.traffic import FAR_M, Run, SceneScript
from vision.scene.vehicles import Model, Vehicle, model_of
from vision.scene.weather import LIGHTS, Air, Weather

# Vehicles rise out of the haze between these distances.
CLEAR_M = 40.0
READABLE_CHAR_PX = 11.0
START = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Sighted:
    """What one picture shows of one vehicle; boxes are x, y, w, h in px and may leave the picture.

    `visible` is the share of the plate inside the picture and not hidden by a nearer vehicle;
    `readable`: all of it is visible and its characters are at least 11 px tall.
    """

    number: int
    vehicle: Vehicle
    plate_box: Box
    plate_corners: tuple[tuple[float, float], ...]
    vehicle_box: Box
    visible: float
    readable: bool


@dataclass(frozen=True)
class Pass:
    """One vehicle's way past the camera; first and last second its plate is readable."""

    number: int
    vehicle: Vehicle
    first_s: float
    last_s: float
    is_leaving: bool


@dataclass(frozen=True)
class Setting:
    """The camera of a scene.

    Attributes:
        width: 320-3840 px.
        height: 180-2160 px.
        fps: pictures a second, 1-60; in `frame` only the grain depends on it.
        weather: hour and weather.
        seed: decides place, houses and grain; 0 or more.
        look_x_m: where across the road the camera stands, m right of its middle.
        name: burnt into the picture with the time; empty for neither.
        start: the time burnt in at t = 0.
    """

    width: int = 1280
    height: int = 720
    fps: float = 25.0
    weather: Weather = Weather.DAY
    seed: int = 1
    look_x_m: float = 0.0
    name: str = ""
    start: datetime = START

    def __post_init__(self) -> None:
        for name, low, high in (("width", 320, 3840), ("height", 180, 2160), ("fps", 1, 60)):
            if not low <= getattr(self, name) <= high:
                raise InvalidInput(name, f"must lie between {low} and {high}")


class Scene:
    """Rendered traffic as one camera sees it; `frame`, `truth`, `passes` depend on time alone."""

    def __init__(self, script: SceneScript, setting: Setting | None = None) -> None:
        """Set the camera up and paint its background (0.1 to 0.3 s)."""
        self.script, self.setting = script, setting or Setting()
        self.size = (self.setting.width, self.setting.height)
        rng = np.random.default_rng((self.setting.seed, 7))
        self.light = LIGHTS[self.setting.weather]
        self.view = road_view(*self.size, rng, self.setting.look_x_m)
        self._road = road_picture(self.view, self.setting.weather, self.light, rng)
        self._air = Air(self.size, self.light, rng)
        name = self.setting.name
        self._overlay = Overlay(name, self.setting.start, self.size[0]) if name else None

    def frame(self, t_s: float) -> Picture:
        """Return the picture at `t_s` seconds, (H, W, 3) uint8 BGR, the caller's own."""
        image = self._road.copy()
        for run, place in self._present(t_s):
            self._draw(image, self._model(run), place)
        image = self._air.over(image, int(t_s * self.setting.fps))
        if self._overlay:
            self._overlay.write(image, t_s)
        return image

    def truth(self, t_s: float) -> list[Sighted]:
        """Return what `frame(t_s)` shows, nearest vehicle first."""
        found: list[Sighted] = []
        hulls: list[Outline] = []
        for run, place in reversed(self._present(t_s)):
            model = self._model(run)
            hull = model.solid.outline(self.view, place)
            sighted = self._sighted(run, model, place, hulls)
            if sighted is not None and len(hull) and self._overlaps(box_of(hull)):
                found.append(sighted)
            hulls.append(hull)
        return found

    def passes(self, from_s: float, until_s: float) -> list[Pass]:
        """Return each pass whose vehicle crosses the line in this span; unreadable ones too.

        A plate that is never readable has `last_s < first_s`.
        """
        return [self._pass(run) for run in self.script.runs(from_s, until_s)]

    def _pass(self, run: Run) -> Pass:
        readable = [t for t in np.arange(*run.span_s(), 0.04).tolist() if self._reads(run, t)]
        first, last = (readable[0], readable[-1]) if readable else (run.at_s, run.at_s - 1)
        return Pass(run.number, run.vehicle, first, last, run.is_leaving)

    def _reads(self, run: Run, t_s: float) -> bool:
        quad = self._model(run).plate_quad(self.view, run.place(t_s))
        if quad is None or character_px(quad, run.vehicle.face.blank) < READABLE_CHAR_PX:
            return False
        return any(seen.number == run.number and seen.readable for seen in self.truth(t_s))

    def _present(self, t_s: float) -> list[tuple[Run, Place]]:
        """Return the runs in the picture at `t_s`, the farthest first."""
        near = [(run, run.place(t_s)) for run in self.script.present(t_s)]
        return sorted(near, key=lambda pair: -pair[1].y_m)

    def _model(self, run: Run) -> Model:
        return model_of(run.vehicle, self.light, run.is_leaving)

    def _draw(self, image: Picture, model: Model, place: Place) -> None:
        veil = float(np.clip((place.y_m - 25) / 120, 0, 0.3))
        if place.y_m <= CLEAR_M:
            model.draw(image, self.view, place, veil)
            return
        hull = model.solid.outline(self.view, place)
        x0, y0 = np.maximum(hull.min(0).astype(int) - 60, 0)
        x1, y1 = np.minimum(hull.max(0).astype(int) + 61, self.size)
        if x1 <= x0 or y1 <= y0:
            return
        region = image[y0:y1, x0:x1]
        before = region.copy()
        model.draw(image, self.view, place, veil)
        share = float(np.clip((FAR_M - place.y_m) / (FAR_M - CLEAR_M), 0, 1))
        cv2.addWeighted(region, share, before, 1 - share, 0, dst=region)

    def _sighted(
        self, run: Run, model: Model, place: Place, nearer: list[Outline]
    ) -> Sighted | None:
        quad = model.plate_quad(self.view, place)
        hull = model.solid.outline(self.view, place)
        if quad is None or not len(hull):
            return None
        visible = visible_share(quad, nearer, self.size)
        tall = character_px(quad, run.vehicle.face.blank)
        corners = tuple((float(x), float(y)) for x, y in quad)
        readable = visible > 0.999 and tall >= READABLE_CHAR_PX
        return Sighted(
            run.number, run.vehicle, box_of(quad), corners, box_of(hull), visible, readable
        )

    def _overlaps(self, box: Box) -> bool:
        x, y, w, h = box
        return x < self.size[0] and y < self.size[1] and x + w > 0 and y + h > 0


def frames(scene: Scene, from_s: float, until_s: float) -> Iterator[tuple[float, Picture]]:
    """Yield (t_s, picture) of each picture in this span, at the scene's own rate."""
    for k in range(
        int(np.ceil(from_s * scene.setting.fps)), int(np.ceil(until_s * scene.setting.fps))
    ):
        yield k / scene.setting.fps, scene.frame(k / scene.setting.fps)
