"""The still part of a scene: sky, houses, trees, verges and a worn road with its marks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.scene.camera import View
from vision.scene.mesh import Colour, Mesh, Picture, Place, Solid, shade
from vision.scene.wear import cloud
from vision.scene.weather import Light, Weather

HALF_ROAD_M = 3.1
FAR_M = 140.0
TEXEL_PER_M = 30.0
ASPHALT: Colour = (124, 122, 120)
HOUSE_WALLS: tuple[Colour, ...] = (
    (170, 200, 214), (150, 190, 220), (196, 196, 190), (140, 170, 180), (205, 190, 160),
    (150, 160, 200), (176, 182, 150),
)  # fmt: skip
ROOFS: tuple[Colour, ...] = ((60, 70, 140), (90, 96, 110), (120, 110, 90), (70, 84, 150))
LEAVES: Colour = (52, 104, 72)


def road_picture(view: View, weather: Weather, light: Light, rng: np.random.Generator) -> Picture:
    """Return the empty road as `view` sees it, (H, W, 3) uint8 BGR."""
    image = _sky(view, light)
    _ground(image, view, light, rng)
    _haze(image, view, light)
    _surroundings(image, view, light, rng)
    if weather is Weather.NIGHT:
        _floodlit(image)
    if light.is_wet:
        _wet(image, view, rng)
    return image


def horizon_px(view: View) -> float:
    """Return the row of the horizon in the middle of the picture."""
    return float(view.height / 2 - np.tan(view.pitch) * view.focal_px)


def _sky(view: View, light: Light) -> Picture:
    low = light.grade(np.array([222.0, 214.0, 206.0]))
    top = light.grade(np.array([214.0, 190.0, 160.0]))
    share = np.clip(np.arange(view.height) / max(horizon_px(view), 1), 0, 1)[:, None]
    rows = top * (1 - share) + low * share
    return np.repeat(rows[:, None, :], view.width, 1).astype(np.uint8)


def _ground(image: Picture, view: View, light: Light, rng: np.random.Generator) -> None:
    """Lay verge and road, textured near the camera, plain far away."""
    verge = light.grade(np.array([96.0, 132.0, 126.0]))
    far_edge = view.project(np.array([[-900, 900, 0], [900, 900, 0]], float))
    below = np.array([[far_edge[1, 0], view.height * 3], [far_edge[0, 0], view.height * 3]])
    cv2.fillPoly(image, [np.vstack([far_edge, below]).astype(np.int32)], verge.tolist())
    plain = np.array([[-HALF_ROAD_M, 900, 0], [HALF_ROAD_M, 900, 0],
                      [HALF_ROAD_M, 30, 0], [-HALF_ROAD_M, 30, 0]], float)  # fmt: skip
    tone = light.grade(np.array(ASPHALT)).tolist()
    cv2.fillPoly(image, [view.project(plain).astype(np.int32)], tone, cv2.LINE_AA)
    white = light.grade(np.array([206.0, 208.0, 208.0])).tolist()
    for side in (-1, 1):
        a, b = side * (HALF_ROAD_M - 0.35), side * (HALF_ROAD_M - 0.21)
        line = np.array([[a, 400, 0], [b, 400, 0], [b, 30, 0], [a, 30, 0]], float)
        cv2.fillPoly(image, [view.project(line).astype(np.int32)], white, cv2.LINE_AA)
    texture, (wide, near, far) = _texture(rng)
    graded = light.grade(texture.astype(float)).astype(np.uint8)
    h, w = texture.shape[:2]
    corners = np.array([[-wide, far, 0], [wide, far, 0], [wide, near, 0], [-wide, near, 0]], float)
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    move = cv2.getPerspectiveTransform(source, view.project(corners).astype(np.float32))
    size = (view.width, view.height)
    cv2.warpPerspective(
        graded, move, size, dst=image, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
    )


def _texture(rng: np.random.Generator) -> tuple[Picture, tuple[float, float, float]]:
    """Return the ground from above, far edge first, and its half width, near and far end in m."""
    wide, near, far = 7.0, 3.0, 45.0
    w, h = round(2 * wide * TEXEL_PER_M), round((far - near) * TEXEL_PER_M)
    per_m = TEXEL_PER_M
    blotches = cloud(rng, (w, h), 9) * 26 + cloud(rng, (w, h), 60) * 14 - 20
    grain = rng.normal(0, 6, (h, w)).astype(np.float32)
    x = (np.arange(w) / per_m - wide)[None, :]
    ruts = sum(np.exp(-(((np.abs(x) - at) / 0.22) ** 2)) for at in (0.65, 2.05)) * -10
    tone = (blotches + grain + ruts)[:, :, None] + np.array(ASPHALT)
    soil = np.array([100.0, 142.0, 138.0]) + (blotches * 1.6 + grain * 1.5)[:, :, None]
    kerb = np.array([172.0, 172.0, 170.0]) + grain[:, :, None] * 0.6
    edge = np.abs(x)[:, :, None]
    ground = np.where(edge < HALF_ROAD_M, tone, np.where(edge < HALF_ROAD_M + 0.25, kerb, soil))
    picture = np.clip(ground, 0, 255).astype(np.uint8)
    _marks(picture, (wide, far, per_m), rng)
    _wear(picture, (wide, far, per_m), rng)
    return picture, (wide, near, far)


def _marks(picture: Picture, frame: tuple[float, float, float], rng: np.random.Generator) -> None:
    wide, far, per_m = frame
    white = (206, 208, 208)

    def strip(x0: float, x1: float, y0: float, y1: float, colour: tuple[int, int, int]) -> None:
        a = (round((x0 + wide) * per_m), round((far - y1) * per_m))
        b = (round((x1 + wide) * per_m) - 1, round((far - y0) * per_m))
        cv2.rectangle(picture, a, b, colour, -1)

    for side in (-1, 1):
        x = side * (HALF_ROAD_M - 0.28)
        strip(x - 0.07, x + 0.07, 0, far, white)
    centre = (90, 190, 220) if rng.random() < 0.3 else white
    start = float(rng.uniform(0, 6))
    for y in np.arange(start, far, 6.0):
        strip(-0.07, 0.07, float(y), float(y) + 2.6, centre)
    if rng.random() < 0.5:
        y = float(rng.uniform(13, 22))
        strip(-HALF_ROAD_M + 0.4, HALF_ROAD_M - 0.4, y, y + 0.35, white)
    if rng.random() < 0.5:
        # A painted kerb, black and yellow or red and white.
        tones = [((40, 190, 220), (40, 40, 40)), ((50, 50, 180), (214, 214, 214))][
            int(rng.integers(2))
        ]
        for k in range(int(far)):
            for side in (-1, 1):
                x = side * (HALF_ROAD_M + 0.125)
                strip(x - 0.125, x + 0.125, k, k + 1.0, tones[k % 2])


def _wear(picture: Picture, frame: tuple[float, float, float], rng: np.random.Generator) -> None:
    """Add patches, oil and cracks, and rub the marks."""
    h, w = picture.shape[:2]
    wide, _, per_m = frame
    for _ in range(int(rng.integers(2, 6))):
        x, y = int(rng.uniform(wide - 2.6, wide + 2.2) * per_m), int(rng.integers(0, h))
        size = rng.uniform(0.4, 1.8, 2) * per_m
        part = picture[y : y + int(size[1]), x : x + int(size[0])]
        part[:] = np.clip(part * float(rng.uniform(0.8, 1.1)), 0, 255)
    layer = picture.astype(np.float32)
    for _ in range(int(rng.integers(4, 9))):
        at, along = rng.uniform(wide - 3, wide + 3) * per_m, rng.uniform(0, h)
        ends = np.cumsum(rng.normal(0, 6, (14, 2)), 0) + np.array([at, along])
        cv2.polylines(layer, [ends.astype(np.int32)], isClosed=False, color=(98, 96, 94))
    rubbed = np.clip(cloud(rng, (w, h), 30) * 1.4, 0.55, 1)[:, :, None]
    picture[:] = np.where(layer > 165, layer * rubbed + (1 - rubbed) * np.array(ASPHALT), layer)


def _surroundings(image: Picture, view: View, light: Light, rng: np.random.Generator) -> None:
    """Put houses, trees, lamp posts and a fence along both sides, far ones first."""
    things: list[tuple[float, float, Mesh]] = []
    for side in (-1, 1):
        y = 12.0
        while y < FAR_M:
            deep = float(rng.uniform(5, 11))
            if rng.random() < 0.75:
                things.append((y, side * float(rng.uniform(6.0, 8.0)), _house(side, deep, rng)))
            y += deep + float(rng.choice([0.2, 3.0]))
        for y in np.arange(float(rng.uniform(9, 20)), 90, float(rng.uniform(11, 19))):
            aside = float(rng.uniform(4.6, 5.6))
            things.append((float(y), side * aside, _tree(rng)))
        posts = np.arange(float(rng.uniform(10, 24)), 120, 24.0)
        things += [(float(y), side * 3.9, _post(side)) for y in posts]
    for y, x, mesh in sorted(things, key=lambda t: -t[0]):
        solid = Solid(mesh, light.grade(np.array(mesh.colours)))
        veil = float(np.clip((y - 20) / 110, 0, 0.85))
        solid.draw(image, view, Place(x, y), (light.haze, veil))


def _house(side: int, deep: float, rng: np.random.Generator) -> Mesh:
    """Return a narrow town house; its inner wall stands at x = 0 of its own axes."""
    mesh, tall = Mesh(), float(rng.uniform(3.2, 9.5))
    wall = HOUSE_WALLS[int(rng.integers(len(HOUSE_WALLS)))]
    roof = ROOFS[int(rng.integers(len(ROOFS)))]
    out = side * 9.0
    left, right = min(0.0, out), max(0.0, out)
    mesh.front((left, right, 0, tall), 0, shade(wall, 0.72))
    face = shade(wall, 0.95)
    mesh.panel([(0, 0, tall), (0, deep, tall), (0, deep, 0), (0, 0, 0)], face, "d")
    mesh.panel([(0, -0.1, tall + 0.3), (0, deep + 0.1, tall + 0.3), (-side * 0.5, deep, tall - 0.1),
                (-side * 0.5, 0, tall - 0.1)], roof, "d")  # fmt: skip
    x = -side * 0.02
    for z in np.arange(0.0, tall - 2.2, 3.0):
        for s in np.arange(0.6, deep - 1.4, 2.2):
            low, high = (0.0, 2.3) if z == 0 else (z + 0.9, z + 2.3)
            tone = (
                shade((70, 74, 84), float(rng.uniform(0.7, 1.3)))
                if z
                else shade((110, 104, 100), float(rng.uniform(0.5, 1.4)))
            )
            mesh.panel(
                [(x, s, high), (x, s + 1.3, high), (x, s + 1.3, low), (x, s, low)], tone, "d"
            )
    if rng.random() < 0.5:
        sign: Colour = tuple(rng.uniform(40, 220, 3))
        mesh.panel([(x * 2, 0.4, 3.1), (x * 2, deep - 0.4, 3.1), (x * 2, deep - 0.4, 2.5),
                    (x * 2, 0.4, 2.5)], sign, "d")  # fmt: skip
    return mesh


def _tree(rng: np.random.Generator) -> Mesh:
    mesh = Mesh()
    mesh.front((-0.1, 0.1, 0, 2.6), 0.1, (66, 78, 92))
    leaf = shade(LEAVES, float(rng.uniform(0.7, 1.2)))
    for _ in range(11):
        x, z = rng.normal(0, 0.7), 3.1 + rng.normal(0, 0.6)
        radii = (float(rng.uniform(0.4, 0.9)), float(rng.uniform(0.4, 0.8)))
        tone = shade(leaf, float(rng.uniform(0.7, 1.25)))
        mesh.round((float(x), 0.0, float(z)), radii, tone)
    return mesh


def _post(side: int) -> Mesh:
    mesh = Mesh()
    mesh.front((-0.06, 0.06, 0, 7.0), 0, (150, 150, 148))
    mesh.front((min(0, -side * 1.8), max(0, -side * 1.8), 6.9, 7.0), 0, (150, 150, 148))
    mesh.front((-0.13, 0.13, 0, 0.5), -0.05, (60, 150, 190))
    return mesh


def _haze(image: Picture, view: View, light: Light) -> None:
    """Let the far road and the foot of the sky fade into the air."""
    rows = np.arange(view.height) - horizon_px(view)
    metres = view.focal_px * view.height_m / np.maximum(rows, 1.0)
    share = np.clip((metres - 25) / 120, 0, 0.85)
    share[rows < 0] = np.clip(0.85 + rows[rows < 0] / 160, 0.35, 0.85)
    veil = share[:, None, None].astype(np.float32)
    image[:] = image * (1 - veil) + np.array(light.haze, np.float32) * veil


def _floodlit(image: Picture) -> None:
    """Light the middle of the picture as the camera's own infrared lamp does."""
    h, w = image.shape[:2]
    y, x = np.ogrid[:h, :w]
    spot = np.exp(-(((x - w / 2) / (w * 0.42)) ** 2) - ((y - h * 0.62) / (h * 0.5)) ** 2)
    image[:] = np.clip(image * (0.35 + 1.5 * spot[:, :, None]) + 4, 0, 255)


def _wet(image: Picture, view: View, rng: np.random.Generator) -> None:
    """Let a wet road mirror what stands above it, blurred downwards."""
    row = max(int(horizon_px(view)) + 6, 1)
    tall = view.height - row
    above = cv2.resize(image[: row + 10], (view.width, tall))
    mirrored: NDArray[np.uint8] = np.asarray(cv2.flip(above, 0), np.uint8)
    mirrored = np.asarray(cv2.blur(mirrored, (9, 121)), np.uint8)
    patches = np.asarray(cv2.blur(cloud(rng, (view.width, tall), 14), (view.width // 5, 9)))
    shine = np.clip((patches - 0.35) * 1.6, 0.1, 0.42)
    road = np.array([[-HALF_ROAD_M, 300, 0], [HALF_ROAD_M, 300, 0],
                     [HALF_ROAD_M, 2, 0], [-HALF_ROAD_M, 2, 0]], float)  # fmt: skip
    mask = np.zeros((view.height, view.width), np.uint8)
    cv2.fillConvexPoly(mask, view.project(road).astype(np.int32), 255, cv2.LINE_AA)
    share = (shine * (mask[row:] / 255))[:, :, None]
    image[row:] = np.clip(image[row:] * (0.92 - share * 0.7) + mirrored * share, 0, 255)
