"""Cars built of panels: saloons, off-roaders and vans, from ahead and from behind."""

import numpy as np

from vision.scene.mesh import Colour, Mesh, shade
from vision.scene.shell import (
    AMBER,
    CHROME,
    LAMP_GLASS,
    RUBBER,
    SHAPES,
    TAIL_RED,
    TRIM,
    Body,
    add_shell,
)


def car_from_ahead(shape: str, paint: Colour, rng: np.random.Generator) -> Mesh:
    """Return a car that shows its front; the plate belongs at z 0.45, just before s = 0."""
    body, mesh = SHAPES[shape][0], Mesh()
    add_shell(mesh, body, paint)
    _people(mesh, body, rng)
    _headlamps(mesh, body)
    _grille(mesh, body, paint, rng)
    return mesh


def car_from_behind(shape: str, paint: Colour, rng: np.random.Generator) -> Mesh:
    """Return a car that shows its rear; the plate belongs at z 0.75, just before s = 0."""
    body, mesh = SHAPES[shape][1], Mesh()
    add_shell(mesh, body, paint)
    _tail(mesh, body, paint, rng)
    return mesh


def _people(mesh: Mesh, body: Body, rng: np.random.Generator) -> None:
    """Add driver, wipers and the inspection sticker behind and on the windscreen."""
    s = body.nose + body.rake * 0.5
    middle = (body.belt + body.roof) / 2
    shirt = tuple(rng.uniform(40, 140, 3))
    seats = (0.36, -0.36) if rng.random() < 0.5 else (0.36,)
    for x in seats:
        mesh.round((x, s, middle - 0.1), (0.19, 0.13), shade(shirt, 0.5), "f")
        mesh.round((x, s, middle + 0.07), (0.08, 0.1), (62, 74, 96), "f")
    low = body.belt + 0.05
    for x in (-0.55, 0.05):
        mesh.panel(
            [
                (x, body.nose, low + 0.03),
                (x + 0.55, body.nose + 0.06, low + 0.05),
                (x + 0.55, body.nose + 0.05, low + 0.03),
                (x, body.nose, low),
            ],
            RUBBER,
            "fd",
        )
    mesh.front((-0.62, -0.54, low + 0.06, low + 0.14), body.nose, (60, 150, 90), "f")


def _headlamps(mesh: Mesh, body: Body) -> None:
    x0, x1 = body.wide / 2 * 0.76, body.wide / 2
    high, low = body.edge - 0.04, body.edge - 0.2
    mesh.both(
        [
            (x0 - 0.26, -0.01, high - 0.05),
            (x0, -0.01, high),
            (x0, -0.01, low),
            (x0 - 0.2, -0.01, low),
        ],
        shade(TRIM, 1.3),
        "d",
    )
    mesh.both(
        [
            (x0, -0.01, high),
            (x1 - 0.02, 0.2, high + 0.02),
            (x1 - 0.02, 0.2, low + 0.05),
            (x0, -0.01, low),
        ],
        shade(LAMP_GLASS, 0.72),
        "dl",
    )
    for x in (-x0 + 0.09, x0 - 0.09):
        mesh.round((x, -0.015, (high + low) / 2 - 0.01), (0.085, 0.07), LAMP_GLASS, "l")
        mesh.round((x, -0.02, 0.33), (0.07, 0.055), shade(TRIM, 0.8))
        mesh.round((x, -0.025, 0.33), (0.045, 0.04), shade(LAMP_GLASS, 0.8), "f")


def _grille(mesh: Mesh, body: Body, paint: Colour, rng: np.random.Generator) -> None:
    half = float(rng.uniform(0.36, 0.46))
    high, low = body.edge - 0.07, body.edge - float(rng.uniform(0.18, 0.24))
    mesh.panel(
        [
            (-half, -0.012, high),
            (half, -0.012, high),
            (half - 0.07, -0.012, low),
            (-half + 0.07, -0.012, low),
        ],
        TRIM,
    )
    bar = CHROME if rng.random() < 0.6 else shade(paint, 0.9)
    for k in range(3):
        z = high - 0.03 - 0.05 * k
        mesh.front((-half + 0.04, half - 0.04, z - 0.014, z), -0.015, bar, "f")
    mesh.round((0, -0.02, (high + low) / 2), (0.075, 0.055), CHROME)
    mesh.round((0, -0.022, (high + low) / 2), (0.055, 0.038), shade(TRIM, 1.6), "f")
    mesh.panel(
        [(-0.42, -0.012, 0.36), (0.42, -0.012, 0.36), (0.36, -0.012, 0.24), (-0.36, -0.012, 0.24)],
        shade(TRIM, 0.8),
    )


def _tail(mesh: Mesh, body: Body, paint: Colour, rng: np.random.Generator) -> None:
    x0, x1 = body.wide / 2 * 0.76, body.wide / 2
    high, low = body.edge - 0.06, body.edge - float(rng.uniform(0.22, 0.34))
    inner = float(rng.uniform(0.12, 0.3))
    mesh.both(
        [
            (x0 - inner, -0.01, high - 0.02),
            (x0, -0.01, high),
            (x0, -0.01, low),
            (x0 - inner, -0.01, low + 0.04),
        ],
        TAIL_RED,
        "dl",
    )
    mesh.both(
        [(x0, -0.01, high), (x1 - 0.01, 0.22, high), (x1 - 0.01, 0.22, low), (x0, -0.01, low)],
        shade(TAIL_RED, 0.85),
        "dl",
    )
    mesh.both(
        [
            (x0 - 0.1, -0.013, low + 0.1),
            (x0, -0.013, low + 0.1),
            (x0, -0.013, low + 0.03),
            (x0 - 0.1, -0.013, low + 0.03),
        ],
        AMBER,
        "f",
    )
    mesh.front((-x0, x0, 0.55, 0.565), -0.012, shade(paint, 0.55), "f")
    mesh.front((-x0, x0, body.edge - 0.02, body.edge), -0.012, shade(paint, 1.1), "f")
    mesh.front((-0.38, 0.38, 0.66, 0.87), -0.012, shade(paint, 0.62))
    mesh.front((-0.3, 0.3, 0.87, 0.9), -0.02, CHROME if rng.random() < 0.5 else shade(paint, 0.8))
    mesh.front((-x0 + 0.05, x0 - 0.05, 0.24, 0.36), -0.012, TRIM)
    mesh.both(
        [
            (x0 - 0.22, -0.016, 0.47),
            (x0 - 0.04, -0.016, 0.47),
            (x0 - 0.04, -0.016, 0.43),
            (x0 - 0.22, -0.016, 0.43),
        ],
        shade(TAIL_RED, 0.9),
        "fl",
    )
    mesh.round((0, -0.02, body.edge - 0.1), (0.06, 0.05), CHROME, "f")
