"""Motorbikes with their riders, from behind: the side that carries the plate."""

import numpy as np

from vision.scene.mesh import Colour, Mesh, shade
from vision.scene.shell import AMBER, CHROME, RUBBER, SHADOW, TAIL_RED, TRIM, UNDER

SKIN: Colour = (118.0, 150.0, 196.0)
HELMETS: tuple[Colour, ...] = (
    (220, 220, 222),
    (40, 40, 42),
    (40, 40, 190),
    (170, 90, 30),
    (60, 170, 210),
    (150, 120, 200),
)
SHIRTS: tuple[Colour, ...] = (
    (210, 210, 205),
    (60, 55, 50),
    (150, 80, 40),
    (60, 60, 170),
    (90, 150, 80),
    (120, 190, 225),
    (140, 120, 110),
    (190, 160, 90),
    (70, 110, 200),
)


def motorbike_from_behind(paint: Colour, rng: np.random.Generator) -> Mesh:
    """Return a scooter with one or two riders; the plate belongs at z 0.6, just before s = 0."""
    mesh = Mesh()
    mesh.panel(
        [(-0.18, 1.5, UNDER), (0.18, 1.5, UNDER), (0.24, 0.1, UNDER), (-0.24, 0.1, UNDER)],
        shade(SHADOW, 1.25),
        "d",
    )
    _front_end(mesh, paint)
    shirt = SHIRTS[int(rng.integers(len(SHIRTS)))]
    helmet = HELMETS[int(rng.integers(len(HELMETS)))]
    trousers = shade((70, 62, 60), float(rng.uniform(0.5, 1.6)))
    _rider(mesh, 0.75, (shirt, helmet, trousers))
    if rng.random() < 0.3:
        other = SHIRTS[int(rng.integers(len(SHIRTS)))]
        _rider(mesh, 0.42, (other, HELMETS[int(rng.integers(len(HELMETS)))], trousers))
    _wheel(mesh)
    _tail(mesh, paint, rng)
    return mesh


def _front_end(mesh: Mesh, paint: Colour) -> None:
    """Add the leg shield, handlebars and mirrors, which show left and right of the rider."""
    mesh.front((-0.2, 0.2, 0.3, 0.95), 1.3, shade(paint, 0.6))
    mesh.front((-0.36, 0.36, 1.0, 1.04), 1.15, TRIM)
    for x in (-0.34, 0.34):
        mesh.front((x - 0.012, x + 0.012, 1.03, 1.26), 1.15, TRIM, "f")
        mesh.round((x * 1.15, 1.14, 1.29), (0.075, 0.05), shade(TRIM, 1.2))
        mesh.round((x * 1.15, 1.13, 1.29), (0.058, 0.036), (150, 140, 130), "f")


def _rider(mesh: Mesh, s: float, wear: tuple[Colour, Colour, Colour]) -> None:
    shirt, helmet, trousers = wear
    # Feet and lower legs beside the machine, arms reaching forward, then back and head.
    for side in (-1, 1):
        mesh.round((side * 0.28, s + 0.28, 0.24), (0.07, 0.06), RUBBER)
        mesh.panel(
            [
                (side * 0.2 - 0.07, s + 0.2, 0.62),
                (side * 0.2 + 0.07, s + 0.2, 0.62),
                (side * 0.28 + 0.055, s + 0.25, 0.26),
                (side * 0.28 - 0.055, s + 0.25, 0.26),
            ],
            shade(trousers, 0.85),
        )
        mesh.panel(
            [
                (side * 0.17 - 0.055, s + 0.02, 1.34),
                (side * 0.17 + 0.055, s + 0.02, 1.34),
                (side * 0.37 + 0.045, s + 0.2, 1.06),
                (side * 0.37 - 0.045, s + 0.2, 1.06),
            ],
            shade(shirt, 0.8),
        )
        mesh.round((side * 0.37, s + 0.3, 1.04), (0.05, 0.045), SKIN, "f")
    mesh.panel(
        [
            (-0.2, s, 0.98),
            (0.2, s, 0.98),
            (0.26, s, 0.8),
            (0.24, s, 0.66),
            (-0.24, s, 0.66),
            (-0.26, s, 0.8),
        ],
        trousers,
    )
    mesh.panel(
        [
            (-0.14, s, 1.44),
            (0.14, s, 1.44),
            (0.235, s, 1.34),
            (0.2, s, 0.9),
            (-0.2, s, 0.9),
            (-0.235, s, 1.34),
        ],
        shade(shirt, 0.88),
    )
    mesh.panel(
        [
            (-0.1, s - 0.01, 1.42),
            (0.12, s - 0.01, 1.42),
            (0.15, s - 0.01, 1.0),
            (-0.06, s - 0.01, 0.94),
        ],
        shade(shirt, 1.0),
        "f",
    )
    mesh.round((0, s, 1.47), (0.06, 0.07), SKIN)
    mesh.round((0, s - 0.01, 1.6), (0.135, 0.15), shade(helmet, 0.85))
    mesh.round((0.02, s - 0.02, 1.63), (0.1, 0.1), helmet, "f")
    mesh.front((-0.11, 0.11, 1.49, 1.51), s - 0.03, shade(TRIM, 1.0), "f")


def _wheel(mesh: Mesh) -> None:
    mesh.panel(
        [
            (-0.045, 0.25, 0.56),
            (0.045, 0.25, 0.56),
            (0.06, 0.1, 0.3),
            (0.045, 0.22, 0.0),
            (-0.045, 0.22, 0.0),
            (-0.06, 0.1, 0.3),
        ],
        RUBBER,
        "d",
    )
    mesh.panel(
        [(0.1, 0.15, 0.44), (0.2, 0.05, 0.48), (0.21, 0.05, 0.36), (0.1, 0.15, 0.32)],
        shade(CHROME, 0.6),
        "d",
    )
    mesh.round((0.155, 0.04, 0.42), (0.05, 0.055), shade(TRIM, 0.8))
    mesh.round((0.155, 0.035, 0.42), (0.03, 0.034), (15, 15, 15), "f")


def _tail(mesh: Mesh, paint: Colour, rng: np.random.Generator) -> None:
    """Add seat, rear body with its lamps, and the mudguard that carries the plate."""
    mesh.panel(
        [(-0.13, 0.1, 0.87), (0.13, 0.1, 0.87), (0.15, 0.12, 0.79), (-0.15, 0.12, 0.79)], TRIM
    )
    mesh.both(
        [(0.0, 0.06, 0.82), (0.15, 0.3, 0.84), (0.2, 0.34, 0.6), (0.0, 0.1, 0.62)],
        shade(paint, 0.9),
        "d",
    )
    mesh.panel(
        [
            (-0.12, 0.05, 0.83),
            (0.12, 0.05, 0.83),
            (0.14, 0.05, 0.74),
            (0.06, 0.05, 0.66),
            (-0.06, 0.05, 0.66),
            (-0.14, 0.05, 0.74),
        ],
        shade(paint, 1.0),
    )
    lamp = float(rng.uniform(0.07, 0.11))
    mesh.panel(
        [
            (-lamp, 0.03, 0.8),
            (lamp, 0.03, 0.8),
            (lamp - 0.03, 0.03, 0.72),
            (0.03 - lamp, 0.03, 0.72),
        ],
        TAIL_RED,
        "l",
    )
    for x in (-0.19, 0.19):
        mesh.round((x, 0.04, 0.74), (0.05, 0.028), AMBER)
    mesh.front((-0.12, 0.12, 0.79, 0.83), 0.01, shade(CHROME, 0.8), "f")
    mesh.panel(
        [
            (-0.09, 0.02, 0.66),
            (0.09, 0.02, 0.66),
            (0.08, -0.02, 0.38),
            (0.06, 0.0, 0.28),
            (-0.06, 0.0, 0.28),
            (-0.08, -0.02, 0.38),
        ],
        shade(TRIM, 0.9),
    )
    mesh.front((-0.03, 0.03, 0.33, 0.37), -0.03, shade(TAIL_RED, 0.9), "f")
