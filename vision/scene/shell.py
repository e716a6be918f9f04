"""The shell of a car: wheels, sides, cabin, bonnet and bumper wall; and what things are made of."""

from dataclasses import dataclass

import numpy as np

from vision.scene.mesh import Colour, Mesh, blend, shade

GLASS: Colour = (58, 48, 40)
SKY_ON_GLASS: Colour = (176, 160, 142)
RUBBER: Colour = (28, 28, 30)
TRIM: Colour = (34, 33, 34)
CHROME: Colour = (188, 186, 184)
LAMP_GLASS: Colour = (226, 226, 222)
TAIL_RED: Colour = (28, 24, 172)
AMBER: Colour = (40, 140, 235)
SHADOW: Colour = (58, 56, 55)
# Shadows lie a hair under the road, which tells them from the thing itself.
UNDER = -0.001


@dataclass(frozen=True)
class Body:
    """Measures of a car in metres, from its near face: `nose` long, glass `rake` deep."""

    wide: float
    long: float
    edge: float
    belt: float
    roof: float
    nose: float
    rake: float


SHAPES: dict[str, tuple[Body, Body]] = {
    # seen from ahead, seen from behind
    "saloon": (
        Body(1.76, 4.5, 0.72, 0.96, 1.46, 1.05, 0.85),
        Body(1.76, 4.5, 0.98, 1.04, 1.45, 0.5, 0.75),
    ),
    "hatchback": (
        Body(1.68, 3.9, 0.76, 1.0, 1.5, 0.8, 0.75),
        Body(1.68, 3.9, 0.98, 1.02, 1.5, 0.1, 0.38),
    ),
    "off-roader": (
        Body(1.86, 4.6, 0.96, 1.14, 1.74, 0.95, 0.65),
        Body(1.86, 4.6, 1.1, 1.14, 1.74, 0.06, 0.3),
    ),
    "van": (
        Body(1.82, 4.7, 0.92, 1.16, 1.92, 0.6, 0.8),
        Body(1.82, 4.7, 1.08, 1.12, 1.92, 0.04, 0.14),
    ),
}


def add_shell(mesh: Mesh, body: Body, paint: Colour) -> None:
    """Add all that the front and the rear of a car have in common."""
    _underneath(mesh, body)
    _flanks(mesh, body, paint)
    _cabin(mesh, body, paint)
    _bonnet(mesh, body, paint)
    _face(mesh, body, paint)


def _underneath(mesh: Mesh, body: Body) -> None:
    half, far = body.wide / 2, body.long
    ring = [
        (-half, far, UNDER),
        (half, far, UNDER),
        (half + 0.05, -0.1, UNDER),
        (-half - 0.05, -0.1, UNDER),
    ]
    mesh.panel(ring, SHADOW, "d")
    for s in (far - 0.8, 0.45):
        mesh.both(
            [
                (half - 0.26, s, 0.6),
                (half - 0.02, s, 0.6),
                (half - 0.02, s, 0),
                (half - 0.26, s, 0),
            ],
            RUBBER,
            "d",
        )
    mesh.front((-half + 0.1, half - 0.1, 0.12, 0.5), 0.3, shade(TRIM, 0.6))


def _flanks(mesh: Mesh, body: Body, paint: Colour) -> None:
    """Add the sides below the windows, with wheels."""
    x, far = body.wide / 2, body.long
    side = shade(paint, 0.72)
    mesh.both(
        [
            (x, 0.2, body.edge),
            (x, body.nose, body.belt),
            (x, far, body.belt),
            (x, far, 0.25),
            (x, 0.2, 0.25),
        ],
        side,
    )
    mesh.both([(x, 0.2, 0.42), (x, far, 0.42), (x, far, 0.25), (x, 0.2, 0.25)], shade(TRIM, 1.2))
    mesh.both(
        [
            (x, 0.3, body.edge - 0.1),
            (x, far, body.belt - 0.12),
            (x, far, body.belt - 0.16),
            (x, 0.3, body.edge - 0.14),
        ],
        shade(paint, 0.85),
        "f",
    )
    for s in (far - 0.85, 0.8):
        for radius, colour in ((0.38, shade(TRIM, 0.6)), (0.32, RUBBER), (0.2, shade(CHROME, 0.7))):
            turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)
            rim = [
                (x + 0.01, s + radius * float(np.sin(a)), 0.32 + radius * float(np.cos(a)))
                for a in turn
            ]
            mesh.both(rim, colour)
    mirror = body.nose + 0.25
    mesh.both(
        [
            (x, mirror, body.belt + 0.14),
            (x + 0.18, mirror, body.belt + 0.14),
            (x + 0.18, mirror, body.belt),
            (x, mirror, body.belt),
        ],
        shade(paint, 0.9),
        "d",
    )


def _cabin(mesh: Mesh, body: Body, paint: Colour) -> None:
    """Add roof, side windows and the near glass."""
    low, top = body.wide / 2 * 0.97, body.wide / 2 * 0.77
    s0, s1, far = body.nose, body.nose + body.rake, body.long - 0.35
    belt, roof = body.belt, body.roof
    mesh.both(
        [(top, s1, roof), (top, far, roof), (low, far + 0.25, belt), (low, s0, belt)],
        shade(paint, 0.66),
    )
    mesh.both(
        [
            (top + 0.015, s1 + 0.12, roof - 0.07),
            (top + 0.015, far - 0.1, roof - 0.07),
            (low, far, belt + 0.04),
            (low, s0 + 0.35, belt + 0.04),
        ],
        shade(GLASS, 0.85),
    )
    roof_tones = [shade(paint, f) for f in (1.0, 1.06, 1.12)]
    mesh.ramp(
        [(-top, s1, roof), (top, s1, roof)], [(-top, far, roof), (top, far, roof)], roof_tones
    )
    # The frame of the glass, then the glass: dark below, the sky in it above.
    mesh.panel(
        [(-top, s1, roof), (top, s1, roof), (low, s0, belt), (-low, s0, belt)], shade(paint, 0.8)
    )
    tones = [blend(GLASS, SKY_ON_GLASS, 0.055 * k) for k in range(9)]
    mesh.ramp(
        [(-low + 0.06, s0 + 0.03, belt + 0.02), (low - 0.06, s0 + 0.03, belt + 0.02)],
        [(-top + 0.05, s1 - 0.05, roof - 0.05), (top - 0.05, s1 - 0.05, roof - 0.05)],
        tones,
    )


def _bonnet(mesh: Mesh, body: Body, paint: Colour) -> None:
    near, far = body.wide / 2 * 0.985, body.wide / 2 * 0.99
    tones = [shade(paint, f) for f in (0.98, 1.06, 1.14, 1.2, 1.12)]
    mesh.ramp(
        [(-near, 0.1, body.edge), (near, 0.1, body.edge)],
        [(-far, body.nose, body.belt), (far, body.nose, body.belt)],
        tones,
    )
    for side in (-1, 1):
        x0, x1 = 0.52 * side * near, 0.62 * side * near
        mesh.panel(
            [
                (x1 - 0.02, body.nose - 0.05, body.belt),
                (x1, body.nose - 0.05, body.belt),
                (x0, 0.12, body.edge),
                (x0 - 0.02, 0.12, body.edge),
            ],
            shade(paint, 0.88),
            "fd",
        )


def _face(mesh: Mesh, body: Body, paint: Colour) -> None:
    """Add the bumper wall, bent back at its corners."""
    x0, x1, top = body.wide / 2 * 0.76, body.wide / 2, body.edge
    bands = ((top, top - 0.12, 0.97), (top - 0.12, 0.5, 0.9), (0.5, 0.34, 0.82), (0.34, 0.2, 0.66))
    for high, low, light in bands:
        mesh.both(
            [(x0, 0, high), (x1, 0.24, high), (x1, 0.24, low), (x0, 0, low)],
            shade(paint, light * 0.86),
        )
        mesh.front((-x0, x0, low, high), 0, shade(paint, light))
    mesh.front((-x0, x0, 0.18, 0.25), -0.01, shade(TRIM, 0.9))
