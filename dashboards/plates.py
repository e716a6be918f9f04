"""Plate chips in their real proportions, and a plate as text."""

from dashboards.markup import Html, el
from ioc.vehicles.model import Ground, Layout

LONG, SHORT, SMALL = (520, 110), (330, 165), (190, 140)
DIPLOMATS = "NG"
# A chip's height on the screen, by the shape of the plate, for a column 108 px wide.
HEIGHTS = {LONG: 24, SHORT: 44, SMALL: 44}


def plate_text(shown: str) -> Html:
    """Return a plate, as displayed or masked, as text of equal cells."""
    return el("span", shown, cls="plate-text")


def plate_chip(
    shown: str,
    ground: Ground = Ground.UNKNOWN,
    layout: Layout | None = None,
    scale: float = 1.0,
) -> Html:
    """Return a drawn plate, `shown` as displayed or masked.

    A plate whose ground nobody told us is outlined, not coloured.
    """
    lines = _lines(shown, layout)
    size = LONG if len(lines) == 1 else SMALL if len(lines[0]) > 3 else SHORT
    width, height = size
    inset = height * 0.045
    frame = el(
        "rect",
        x=inset,
        y=inset,
        width=width - 2 * inset,
        height=height - 2 * inset,
        rx=height * 0.09,
        cls="plate-edge",
    )
    return el(
        "svg",
        el("rect", width=width, height=height, rx=height * 0.1, cls="plate-ground"),
        frame,
        [_line(line, number, len(lines), size) for number, line in enumerate(lines)],
        cls=f"chip ground-{ground.value}",
        viewBox=f"0 0 {width} {height}",
        height=HEIGHTS[size] * scale,
        width=HEIGHTS[size] * scale * width / height,
        role="img",
        aria_label=shown,
    )


def _lines(text: str, layout: Layout | None) -> list[str]:
    if layout is not Layout.TWO_LINE:
        return [text]
    if " " in text:
        return text.split(" ", 1)
    # 43C / 168.39, KP / 72-15, 80-256 / NG-07: the upper line says where it is from.
    parts = text.split("-")
    upper = max(1, len(parts) // 2)
    return ["-".join(parts[:upper]), "-".join(parts[upper:])] if len(parts) > 1 else [text]


def _line(text: str, number: int, count: int, size: tuple[int, int]) -> Html:
    width, height = size
    size_px = height * (0.92 if count == 1 else 0.48)
    baseline = height * 0.83 if count == 1 else height * (0.445 if number == 0 else 0.875)
    # Letters are set to a width, as a die would stamp them, but never pulled wide apart.
    longest = width * 0.88
    natural = len(text) * size_px * 0.47
    # Diplomats' letters are red on white, their digits black.
    head, sign, tail = text.partition(DIPLOMATS)
    shown = [head, el("tspan", sign, cls="is-diplomat"), tail] if sign else [text]
    return el(
        "text",
        *shown,
        x=width / 2,
        y=baseline,
        font_size=size_px,
        textLength=min(longest, natural * 1.12),
        lengthAdjust="spacingAndGlyphs",
    )
