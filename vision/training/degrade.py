"""What a camera and the weather do to a picture: light, blur, noise, few pixels, JPEG."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Points = NDArray[np.float32]


def random_quad(rng: np.random.Generator, size: tuple[float, float], strength: float) -> Points:
    """Return where the corners of a w x h plate come to lie, centred on 0, 0; (4, 2) px.

    Order: top left, top right, bottom right, bottom left. `strength` 1 turns the plate up to
    about 12 degrees and shears and foreshortens it as a camera at the roadside would.
    """
    w, h = size
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]], np.float32) / 2
    angle = np.deg2rad(rng.normal(0, 4.5)) * strength
    shear_x, shear_y = rng.normal(0, 0.09, 2) * strength
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slant = np.array([[1, shear_x], [shear_y, 1]])
    narrow = np.diag([1 - abs(rng.normal(0, 0.12)) * strength, 1 - abs(rng.normal(0, 0.08))])
    quad = corners @ (turn @ slant @ narrow).T
    quad += rng.normal(0, 0.012, (4, 2)) * strength * np.array([h, h])
    return np.asarray(quad, np.float32)


def relight(rng: np.random.Generator, picture: Picture) -> Picture:
    """Return the picture under other light: gain, gamma, tint, and one shade across it."""
    x = picture.astype(np.float32) / 255
    x = x ** float(np.exp(rng.normal(0, 0.3)))
    x *= float(np.exp(rng.normal(-0.12, 0.3)))
    x *= np.exp(rng.normal(0, 0.06, 3)).astype(np.float32)
    x += float(rng.normal(0, 0.04))
    if rng.random() < 0.35:
        h, w = picture.shape[:2]
        ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
        across = (xs / w - 0.5) * rng.normal() + (ys / h - rng.uniform(0.2, 0.8)) * rng.normal()
        edge = across > 0 if rng.random() < 0.5 else across
        x *= (1 + float(rng.normal(0, 0.35)) * np.asarray(edge, np.float32))[:, :, None]
    if rng.random() < 0.15:
        x = x.mean(axis=2, keepdims=True).repeat(3, axis=2)
    return np.asarray(np.clip(x, 0, 1) * 255, np.uint8)


def blur(rng: np.random.Generator, picture: Picture, most_px: float) -> Picture:
    """Return the picture out of focus or smeared along one direction by up to `most_px`."""
    reach = float(rng.uniform(0, most_px))
    if reach < 0.4:
        return picture
    if rng.random() < 0.6:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), reach * 0.5), np.uint8)
    n = round(reach) | 1
    kernel = np.zeros((n, n), np.float32)
    angle = rng.uniform(0, np.pi)
    dx, dy = np.cos(angle) * n / 2, np.sin(angle) * n / 2
    middle = n / 2 - 0.5
    ends = [(int(middle - dx), int(middle - dy)), (int(middle + dx), int(middle + dy))]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return np.asarray(cv2.filter2D(picture, -1, kernel / max(kernel.sum(), 1)), np.uint8)


def noise(rng: np.random.Generator, picture: Picture) -> Picture:
    """Return the picture with sensor noise, sharpening halos and JPEG blocks, each sometimes."""
    if rng.random() < 0.5:
        grain = rng.normal(0, rng.uniform(1, 12), picture.shape).astype(np.float32)
        picture = np.clip(picture.astype(np.float32) + grain, 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
        picture = np.asarray(cv2.addWeighted(picture, 1.9, soft, -0.9, 0), np.uint8)
    if rng.random() < 0.6:
        quality = int(rng.integers(22, 92))
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return picture


def dirt(rng: np.random.Generator, picture: Picture) -> Picture:
    """Return the plate with mud, screws and scratches, mostly few."""
    out = picture.copy()
    h, w = out.shape[:2]
    for _ in range(int(rng.poisson(1.6))):
        at = int(rng.integers(0, w)), int(rng.integers(0, h))
        shade = tuple(int(v) for v in rng.integers(20, 190, 3))
        size = max(1, int(h * rng.uniform(0.01, 0.07)))
        if rng.random() < 0.7:
            cv2.circle(out, at, size, shade, -1, cv2.LINE_AA)
        else:
            to = at[0] + int(rng.normal(0, h * 0.3)), at[1] + int(rng.normal(0, h * 0.3))
            cv2.line(out, at, to, shade, max(1, size // 3), cv2.LINE_AA)
    return out
