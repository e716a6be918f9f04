"""Colours as eyes see them: contrast (WCAG 2.2), distance (OKLab), three kinds of colour blindness.

The matrices of colour blindness are those of Machado, Oliveira and Fernandes 2009 at full severity,
applied to linear light; OKLab is Ottosson 2020.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

Rgb = Sequence[float]
EYES: Mapping[str, Sequence[Rgb]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
LUMINANCE = (0.2126, 0.7152, 0.0722)


def tokens(css: str, theme: str) -> dict[str, str]:
    r"""Return the colours that a stylesheet sets for `theme`, `#rrggbb` by name without dashes.

    >>> tokens('[data-theme="day"] {\n  --t1: #14181c;\n}', "day")
    {'t1': '#14181c'}
    """
    block = re.search(rf'\[data-theme="{theme}"\] \{{(.*?)\}}', css, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1])) if block else {}


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return round((light + 0.05) / (dark + 0.05), 2)


def seen_by(colour: str, eyes: str) -> str:
    """Return what a colour looks like to one kind of `EYES`, as a colour for the others."""
    parts = [round(255 * _encoded(part)) for part in _seen(colour, eyes)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def nearest(colours: Mapping[str, str], eyes: str) -> tuple[float, str, str]:
    """Return the least OKLab distance (x 100) among `colours` for `eyes`, and between which two."""
    labs = {name: _lab(_seen(colour, eyes)) for name, colour in colours.items()}
    return min(
        (100 * sum((a - b) ** 2 for a, b in zip(labs[x], labs[y], strict=True)) ** 0.5, x, y)
        for x, y in combinations(labs, 2)
    )


def _linear(colour: str) -> list[float]:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _luminance(colour: str) -> float:
    return sum(w * part for w, part in zip(LUMINANCE, _linear(colour), strict=True))


def _seen(colour: str, eyes: str) -> list[float]:
    return [min(1.0, max(0.0, part)) for part in _by(EYES[eyes], _linear(colour))]


def _lab(light: Rgb) -> list[float]:
    return _by(TO_LAB, [part ** (1 / 3) for part in _by(TO_CONES, light)])


def _by(matrix: Sequence[Rgb], vector: Rgb) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]
