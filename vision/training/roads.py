"""Pictures of rendered roads, with the boxes of the plates in them."""

import numpy as np

from vision.scene.scene import Scene
from vision.scene.traffic import RandomTraffic
from vision.scene.weather import Weather
from vision.training.compose import shrink
from vision.training.data import Corners
from vision.training.degrade import Picture

SIZES = ((1280, 720), (1280, 720), (1920, 1080), (640, 480))
MOSTLY_VISIBLE = 0.6
LEAST_WIDTH_PX = 11.0


def road_picture(rng: np.random.Generator) -> tuple[Picture, list[Corners]]:
    """Return one picture of traffic with at least one plate, shrunk, and the plates' boxes."""
    while True:
        size = SIZES[int(rng.integers(len(SIZES)))]
        seed = int(rng.integers(0, 2**31))
        traffic = RandomTraffic(seed, 35.0, direction=str(rng.choice(["in", "out", "both"])))
        weather = Weather(str(rng.choice(list(Weather))))
        name = "CAM 04" if rng.random() < 0.5 else ""
        scene = Scene(
            size, traffic, weather, seed=seed, look_x_m=float(rng.uniform(-1.5, 1.5)), name=name
        )
        for t_s in rng.uniform(20, 200, 6):
            boxes = [s.plate_box for s in scene.truth(float(t_s)) if s.visible >= MOSTLY_VISIBLE]
            picture, boxes = shrink(scene.frame(float(t_s)), [_inside(b, size) for b in boxes])
            boxes = [b for b in boxes if b[2] >= LEAST_WIDTH_PX]
            if boxes:
                return picture, boxes


def _inside(box: Corners, size: tuple[int, int]) -> Corners:
    x0, y0 = max(box[0], 0.0), max(box[1], 0.0)
    x1, y1 = min(box[0] + box[2], size[0]), min(box[1] + box[3], size[1])
    return x0, y0, x1 - x0, y1 - y0
