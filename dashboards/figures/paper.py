"""A sheet of paper as SVG: the same items that the PDF is painted of, in the same places."""

from functools import singledispatch

from dashboards.markup import Html, el, join
from ioc.briefings.paint import INKS
from ioc.briefings.sheet import (
    HEIGHT,
    WIDTH,
    Box,
    Clipped,
    Disc,
    Face,
    Group,
    Ink,
    Item,
    Shape,
    Sheet,
    Text,
)

# Air between what is told and the line around it.
PAD = 7.0
FACES = {
    Face.MEDIUM: "f5",
    Face.SEMIBOLD: "f6",
    Face.BOLD: "f7",
    Face.MONO: "fm",
    Face.PROSE: "fp",
    Face.PROSE_BOLD: "fb",
}


def svg_of(sheet: Sheet) -> Html:
    """Return the sheet; what tells a figure can be chosen, by hand or by key."""
    return el(
        "svg",
        [_drawn(item) for item in sheet.items],
        cls="printed",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="group",
        aria_label=sheet.title,
    )


@singledispatch
def _drawn(item: Item) -> Html:
    raise TypeError(f"{type(item).__name__} cannot be drawn")


@_drawn.register
def _text(item: Text) -> Html:
    heads = {"role": "heading", "aria_level": item.level} if item.level else {}
    return el(
        "text",
        item.text,
        x=item.x,
        y=item.y,
        cls=f"{FACES[item.face]} badge" if item.is_sign else FACES[item.face],
        font_size=item.size,
        fill=INKS[item.ink],
        text_anchor=None if item.anchor == "start" else item.anchor,
        **heads,
    )


@_drawn.register
def _shape(item: Shape) -> Html:
    end = "Z" if item.is_closed else ""
    lines = ("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line) + end for line in item.lines)
    return el(
        "path",
        d="".join(lines),
        fill=_ink(item.fill),
        stroke=None if item.stroke is None else INKS[item.stroke],
        stroke_width=None if item.stroke is None else item.width,
        stroke_linejoin="round",
        stroke_dasharray=None if item.dash is None else " ".join(map(str, item.dash)),
    )


@_drawn.register
def _box(item: Box) -> Html:
    return el(
        "rect",
        x=item.x,
        y=item.y,
        width=item.width,
        height=item.height,
        fill=_ink(item.fill),
        stroke=None if item.stroke is None else INKS[item.stroke],
        stroke_width=None if item.stroke is None else item.line,
    )


@_drawn.register
def _disc(item: Disc) -> Html:
    return el("circle", cx=item.x, cy=item.y, r=item.radius, fill=INKS[item.fill])


@_drawn.register
def _clipped(item: Clipped) -> Html:
    outline = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in item.outline) + "Z"
    name = "paper-clip"
    clip = el("clipPath", el("path", d=outline), id=name)
    return join([clip, el("g", [_drawn(one) for one in item.items], clip_path=f"url(#{name})")])


@_drawn.register
def _group(item: Group) -> Html:
    left, top, width, height = item.area
    area = {"x": left - PAD, "y": top - PAD, "width": width + 2 * PAD, "height": height + 2 * PAD}
    ground = el("rect", **area, rx=3, fill="none", cls="hit")
    return el(
        "g",
        ground,
        [_drawn(one) for one in item.items],
        cls="told",
        data_figure=item.figure,
        role="button",
        tabindex=0,
        aria_label=item.said,
    )


def _ink(ink: Ink | None) -> str:
    return "none" if ink is None else INKS[ink]
