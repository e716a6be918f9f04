"""What hour and weather do to a picture: light, haze, lamps, rain, noise and blur."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.scene.mesh import Picture

Grades = NDArray[np.float64]
# Shares of B, G, R in brightness.
LUMA = np.array([0.114, 0.587, 0.299])


class Weather(StrEnum):
    """The conditions a scene can be shown in; night is seen by an infrared camera."""

    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"
    RAIN = "rain"
    BLUR = "blur"


@dataclass(frozen=True)
class Light:
    """One set of conditions.

    `gains` multiply B, G, R; `grey` is the share of colour lost; `lamps` how bright lamps shine
    (0 = off); `sheeting` how bright plates are, which throw light back; `haze` (BGR) veils what
    is far; `noise` is the grain in grey levels; `blur_px` the softness of a bad lens.
    """

    gains: tuple[float, float, float]
    grey: float
    lamps: float
    sheeting: float
    haze: tuple[float, float, float]
    noise: int
    blur_px: float = 0.0
    is_wet: bool = False

    def grade(self, colours: Grades) -> Grades:
        """Return daylight colours (..., 3) BGR as they look now, 0-255."""
        pale = colours * (1 - self.grey) + (colours @ LUMA)[..., None] * self.grey
        return np.asarray(np.clip(pale * np.array(self.gains), 0, 255))

    def grade_sheeting(self, picture: Picture) -> Picture:
        """Return the picture of a plate as it looks now."""
        gains = np.diag(np.array(self.gains) / max(self.gains) * self.sheeting)
        pale = np.eye(3) * (1 - self.grey) + np.tile(LUMA, (3, 1)) * self.grey
        return np.asarray(cv2.transform(picture, gains @ pale), np.uint8)


LIGHTS = {
    Weather.DAY: Light((1.0, 1.0, 1.0), 0.0, 0.0, 1.0, (206, 200, 192), 5),
    Weather.DUSK: Light((0.58, 0.54, 0.58), 0.1, 0.75, 0.78, (122, 112, 124), 9),
    Weather.NIGHT: Light((0.24, 0.24, 0.24), 1.0, 1.0, 0.92, (26, 26, 26), 12),
    Weather.RAIN: Light((0.72, 0.7, 0.68), 0.35, 0.6, 0.8, (170, 166, 160), 7, is_wet=True),
    Weather.BLUR: Light((0.95, 0.95, 0.95), 0.1, 0.0, 0.95, (206, 200, 192), 6, blur_px=1.3),
}


class Air:
    """Grain and rain over the finished picture, drawn once and shown in turn."""

    def __init__(self, size: tuple[int, int], light: Light, rng: np.random.Generator) -> None:
        """Prepare for pictures of size = (width, height)."""
        width, height = size
        self._light = light
        tall = height + 97
        grain = rng.integers(0, light.noise + 1, (tall, width, 1), np.uint8)
        self._grain = np.repeat(grain, 3, 2)
        if light.is_wet:
            self._grain = np.asarray(cv2.add(self._grain, _streaks((width, tall), rng)), np.uint8)

    def over(self, picture: Picture, index: int) -> Picture:
        """Return `picture` with the grain of its `index` added (in place)."""
        if self._light.blur_px:
            cv2.GaussianBlur(picture, (0, 0), self._light.blur_px, dst=picture)
        start = index * 41 % 97
        grain = self._grain[start : start + picture.shape[0]]
        return np.asarray(cv2.add(picture, grain, dst=picture), np.uint8)


def _streaks(size: tuple[int, int], rng: np.random.Generator) -> Picture:
    """Return falling rain, grey on black (H, W, 3)."""
    width, height = size
    drops = np.zeros((height, width, 3), np.uint8)
    scale = height / 720
    for _ in range(int(width * height / 2600)):
        x, y = int(rng.integers(0, width)), int(rng.integers(-20, height))
        long, tone = float(rng.uniform(8, 34)) * scale, int(rng.integers(10, 44))
        end = (x - round(long * 0.16), y + round(long))
        cv2.line(drops, (x, y), end, (tone, tone, tone), 1, cv2.LINE_AA)
    return drops


def glow(size_px: int) -> NDArray[np.float32]:
    """Return a round light (n, n) 0..1, bright in the middle and soft at its rim."""
    axis = np.linspace(-1, 1, size_px, dtype=np.float32)
    far = np.sqrt(axis[None, :] ** 2 + axis[:, None] ** 2)
    fall = np.clip(1 - far, 0, 1)
    return np.asarray(fall**3 * 0.75 + np.clip(1 - far * 4.5, 0, 1), np.float32).clip(0, 1)
