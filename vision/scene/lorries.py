"""Lorries built of panels: a cab and its box from ahead, the doors of the box from behind."""

import numpy as np

from vision.scene.mesh import Colour, Mesh, blend, shade
from vision.scene.shell import (
    AMBER,
    CHROME,
    GLASS,
    LAMP_GLASS,
    RUBBER,
    SHADOW,
    SKY_ON_GLASS,
    TAIL_RED,
    TRIM,
    UNDER,
)

LONG_M = 6.8


def lorry_from_ahead(paint: Colour, load: Colour, rng: np.random.Generator) -> Mesh:
    """Return a lorry that shows its cab; the plate belongs at z 0.62, just before s = 0."""
    mesh, half = Mesh(), 1.06
    _chassis(mesh)
    _load(mesh, load, 1.7, float(rng.uniform(2.5, 2.95)))
    _cab_sides(mesh, paint, half)
    mesh.front((-half, half, 0.9, 2.3), 0.1, shade(paint, 0.9))
    mesh.ramp(
        [(-half, 0.1, 2.3), (half, 0.1, 2.3)],
        [(-half + 0.1, 0.9, 2.5), (half - 0.1, 0.9, 2.5)],
        [shade(paint, 1.05), shade(paint, 1.12)],
    )
    tones = [blend(GLASS, SKY_ON_GLASS, k) for k in (0.0, 0.1, 0.22, 0.36)]
    mesh.ramp(
        [(-half + 0.08, 0.05, 1.45), (half - 0.08, 0.05, 1.45)],
        [(-half + 0.14, 0.09, 2.18), (half - 0.14, 0.09, 2.18)],
        tones,
    )
    for x in (0.5, -0.45) if rng.random() < 0.4 else (0.5,):
        mesh.round((x, 0.04, 1.62), (0.22, 0.17), shade((90, 80, 70), 0.6), "f")
        mesh.round((x, 0.04, 1.83), (0.09, 0.12), (62, 74, 96), "f")
    _cab_face(mesh, paint, half, rng)
    return mesh


def _chassis(mesh: Mesh) -> None:
    mesh.panel(
        [(-1.1, LONG_M, UNDER), (1.1, LONG_M, UNDER), (1.15, -0.15, UNDER), (-1.15, -0.15, UNDER)],
        SHADOW,
        "d",
    )
    for s in (LONG_M - 1.2, 0.7):
        mesh.both([(0.76, s, 0.85), (1.06, s, 0.85), (1.06, s, 0), (0.76, s, 0)], RUBBER, "d")
        turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        for radius, colour in ((0.46, RUBBER), (0.26, shade(CHROME, 0.55))):
            mesh.both(
                [
                    (1.07, s + 0.3 + radius * float(np.sin(a)), 0.46 + radius * float(np.cos(a)))
                    for a in turn
                ],
                colour,
            )
    mesh.front((-0.95, 0.95, 0.35, 0.8), 0.5, shade(TRIM, 0.7))


def _load(mesh: Mesh, colour: Colour, s: float, top: float) -> None:
    """Add the box behind the cab, higher and wider than it."""
    half = 1.12
    mesh.both(
        [(half, s, top), (half, LONG_M, top), (half, LONG_M, 0.95), (half, s, 0.95)],
        shade(colour, 0.72),
    )
    for k in range(5):
        at = s + 0.3 + k * 0.95
        mesh.both(
            [
                (half + 0.01, at, top - 0.1),
                (half + 0.01, at + 0.08, top - 0.1),
                (half + 0.01, at + 0.08, 1.0),
                (half + 0.01, at, 1.0),
            ],
            shade(colour, 0.6),
            "f",
        )
    mesh.front((-half, half, 0.95, top), s, shade(colour, 0.85))


def _cab_sides(mesh: Mesh, paint: Colour, half: float) -> None:
    side = shade(paint, 0.7)
    mesh.both([(half, 0.15, 2.3), (half, 1.6, 2.4), (half, 1.6, 0.75), (half, 0.15, 0.75)], side)
    mesh.both(
        [
            (half + 0.01, 0.3, 2.12),
            (half + 0.01, 1.25, 2.15),
            (half + 0.01, 1.25, 1.5),
            (half + 0.01, 0.2, 1.45),
        ],
        shade(GLASS, 0.9),
    )
    mesh.both(
        [
            (half + 0.02, 0.2, 2.0),
            (half + 0.24, 0.16, 2.0),
            (half + 0.24, 0.16, 1.5),
            (half + 0.02, 0.2, 1.5),
        ],
        TRIM,
        "d",
    )


def _cab_face(mesh: Mesh, paint: Colour, half: float, rng: np.random.Generator) -> None:
    mesh.front((-half, half, 1.1, 1.38), 0.04, shade(paint, 1.0))
    mesh.front((-half, half, 0.82, 1.1), 0.02, shade(paint, 0.92))
    mesh.front((-0.72, 0.72, 0.86, 1.16), 0.0, TRIM)
    for k in range(4):
        z = 1.14 - 0.07 * k
        mesh.front((-0.68, 0.68, z - 0.025, z), -0.01, shade(CHROME, 0.8), "f")
    mesh.round((0, -0.02, 1.26), (0.12, 0.07), CHROME)
    bumper = shade(paint, 0.85) if rng.random() < 0.5 else (150.0, 150.0, 152.0)
    mesh.front((-half - 0.03, half + 0.03, 0.4, 0.82), -0.01, bumper)
    mesh.front((-half - 0.03, half + 0.03, 0.36, 0.46), -0.015, TRIM)
    for x in (-0.8, 0.8):
        mesh.front((x - 0.19, x + 0.19, 0.6, 0.78), -0.015, shade(TRIM, 1.2))
        mesh.round((x, -0.02, 0.69), (0.11, 0.08), LAMP_GLASS, "l")
        mesh.round((x + np.sign(x) * 0.16, -0.02, 0.69), (0.04, 0.06), AMBER, "f")


def lorry_from_behind(load: Colour, rng: np.random.Generator) -> Mesh:
    """Return a lorry that shows the doors of its box; the plate belongs at z 0.72."""
    mesh, half, top = Mesh(), 1.12, float(rng.uniform(2.5, 2.95))
    _chassis(mesh)
    mesh.both(
        [(half, 0, top), (half, LONG_M - 1.8, top), (half, LONG_M - 1.8, 0.95), (half, 0, 0.95)],
        shade(load, 0.72),
    )
    mesh.front((-half, half, 0.95, top), 0, shade(load, 0.92))
    mesh.front((-half, half, top - 0.12, top), -0.005, shade(load, 0.7))
    mesh.front((-half, half, 0.95, 1.06), -0.005, shade(load, 0.62))
    mesh.front((-0.02, 0.02, 1.06, top - 0.12), -0.008, shade(load, 0.5))
    for x in (-0.8, -0.3, 0.3, 0.8):
        mesh.front((x - 0.02, x + 0.02, 1.0, top - 0.06), -0.012, shade(CHROME, 0.75), "f")
    for side in (-1, 1):
        for z in (1.25, 1.9, top - 0.3):
            x = side * (half - 0.08)
            mesh.front((x - 0.07, x + 0.07, z - 0.03, z + 0.03), -0.014, TRIM, "f")
    mesh.front((-1.05, 1.05, 0.55, 0.95), 0.05, shade(TRIM, 1.1))
    mesh.front((-1.08, 1.08, 0.5, 0.6), -0.01, (60.0, 60.0, 62.0))
    for k in range(8):
        x = -1.06 + k * 0.265
        tone: Colour = (40.0, 36.0, 190.0) if k % 2 else (220.0, 222.0, 222.0)
        mesh.front((x, x + 0.265, 0.52, 0.58), -0.015, tone, "f")
    for x in (-0.85, 0.85):
        mesh.front((x - 0.2, x + 0.2, 0.66, 0.82), -0.02, TRIM)
        mesh.front((x - 0.18, x + 0.02, 0.68, 0.8), -0.025, TAIL_RED, "l")
        mesh.front((x + 0.03, x + 0.17, 0.68, 0.8), -0.025, AMBER)
    return mesh
