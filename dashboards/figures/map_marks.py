"""What changes on the map: cameras with their state, gates with their traffic, violations.

Labels and violations look for a free place; one that finds none is left out, never drawn over
another (the lists beside the map hold them all).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot

from dashboards.components import badge_mark
from dashboards.markup import Html, el
from dashboards.words import Words
from ioc.geometry import Box, Frame, LatLon, Xy, free_place
from ioc.permits.model import PermitClass

RING = 25.0
LINE = 24.0
LETTER = 10.1


@dataclass(frozen=True)
class CameraMark:
    """A camera on the map; `state` is live, late, lost or none."""

    at: LatLon
    state: str


@dataclass(frozen=True)
class GateMark:
    """A gate on the map with the vehicles it saw in the last hour."""

    at: LatLon
    name: str
    per_hour: int


@dataclass(frozen=True)
class ViolationMark:
    """An open violation; `index` is the number of its card."""

    at: LatLon
    index: int
    permit_class: PermitClass | None


def cameras(marks: Sequence[CameraMark], frame: Frame) -> list[Html]:
    """Return the cameras, the lost ones on top."""
    order = {"none": 0, "live": 1, "late": 2, "lost": 3}
    return [
        _camera(mark, frame.at(mark.at)) for mark in sorted(marks, key=lambda m: order[m.state])
    ]


def _camera(mark: CameraMark, at: Xy) -> Html:
    x, y = at
    if mark.state == "lost":
        cross = f"M{x - 6:.1f} {y - 6:.1f}l12 12m0 -12l-12 12"
        return el("path", d=cross, cls="cam lost")
    return el("circle", cx=x, cy=y, r=2.6 if mark.state == "none" else 4.2, cls=f"cam {mark.state}")


def gates(marks: Sequence[GateMark], frame: Frame, taken: list[Box]) -> list[Html]:
    """Return the gates; `taken` grows by their places."""
    places = [frame.at(mark.at) for mark in marks]
    taken.extend(Box(x - 11, y - 9, 22, 18) for x, y in places)
    return [_gate(at) for at in places]


def gate_labels(
    marks: Sequence[GateMark], frame: Frame, taken: list[Box], sheet: Box, unit: str
) -> list[Html]:
    """Return name and traffic of the gates that saw any, the busiest served first.

    `taken` grows by what was drawn; `unit` is the word behind the number, e.g. vehicles an hour.
    """
    drawn: list[Html] = []
    for mark in sorted(marks, key=lambda mark: (-mark.per_hour, mark.name)):
        if mark.per_hour <= 0:
            continue
        at, rate = frame.at(mark.at), f"{mark.per_hour} {unit}"
        width = (len(mark.name) + 1 + len(rate)) * LETTER
        box = free_place(_beside(at, width), taken, sheet)
        if box is not None:
            taken.append(box)
            drawn.append(_gate_label(box, mark.name, rate, is_left=box.left < at[0]))
    return drawn


def _gate(at: Xy) -> Html:
    x, y = at
    posts = f"M{x - 8:.1f} {y - 8:.1f}v16m16 -16v16m-16 -8h16"
    return el("g", el("path", d=posts, cls="gate-casing"), el("path", d=posts, cls="gate"))


def _gate_label(box: Box, name: str, rate: str, *, is_left: bool) -> Html:
    x = box.left + box.width - 3 if is_left else box.left + 3
    return el(
        "text",
        el("tspan", name, cls="gate-name"),
        el("tspan", f" {rate}"),
        x=x,
        y=box.top + LINE - 6,
        text_anchor="end" if is_left else "start",
        cls="gate-label",
    )


def _beside(at: Xy, width: float) -> Iterator[Box]:
    x, y = at
    for drop in (0, -18, 18, -34, 34):
        yield Box(x + 13, y - LINE / 2 + drop, width, LINE)
        yield Box(x - 13 - width, y - LINE / 2 + drop, width, LINE)


def violations(
    marks: Sequence[ViolationMark], frame: Frame, taken: list[Box], sheet: Box, words: Words
) -> list[Html]:
    """Return the open violations in their rings, each tied to its point.

    Several at one place share a ring, which bears the number of the first and a plus.
    """
    leaders, rings = [], []
    for at, group in _at_one_place(marks, frame):
        box = free_place(_around(at), taken, sheet)
        if box is not None:
            taken.append(box)
            middle = (box.left + box.width / 2, box.top + box.height / 2)
            leaders.append(_leader(at, middle))
            rings.append(_violation(group, middle, words))
    return [*leaders, *rings]


def _at_one_place(
    marks: Sequence[ViolationMark], frame: Frame
) -> list[tuple[Xy, list[ViolationMark]]]:
    """Return the marks that stand nearer to one another than their rings are wide, together."""
    groups: list[tuple[Xy, list[ViolationMark]]] = []
    for mark in marks:
        x, y = frame.at(mark.at)
        near = [g for g in groups if hypot(g[0][0] - x, g[0][1] - y) < RING]
        if near:
            near[0][1].append(mark)
        else:
            groups.append(((x, y), [mark]))
    return groups


def _around(at: Xy) -> Iterator[Box]:
    x, y = at
    side = 2 * RING + 20
    for far in (48, 66, 88, 112, 140):
        for dx, dy in (
            (1, -1),
            (-1, 1),
            (1, 1),
            (-1, -1),
            (0, 1.3),
            (0, -1.3),
            (1.3, 0),
            (-1.3, 0),
        ):
            cx, cy = x + dx * far * 0.72, y + dy * far * 0.72
            yield Box(cx - side / 2, cy - side / 2, side, side)


def _leader(at: Xy, middle: Xy) -> Html:
    line = el("line", x1=at[0], y1=at[1], x2=middle[0], y2=middle[1], cls="leader")
    return el("g", line, el("circle", cx=at[0], cy=at[1], r=5, cls="spot"))


def _violation(group: Sequence[ViolationMark], middle: Xy, words: Words) -> Html:
    (x, y), mark = middle, group[0]
    index = f"{mark.index}+" if len(group) > 1 else str(mark.index)
    sign = (
        badge_mark(mark.permit_class, words, middle, 30.0)
        if mark.permit_class
        else el("text", "?", x=x, y=y + 9, cls="no-pass")
    )
    return el(
        "g",
        el("circle", cx=x, cy=y, r=RING, cls="ring"),
        sign,
        el("circle", cx=x + 19, cy=y - 19, r=14.5, cls="ring-disc"),
        el("text", index, x=x + 19, y=y - 11.5, cls="ring-index"),
        cls="violation",
    )
