"""The days of a figure as a small drawing: bars from nought, or a line before its usual range."""

from collections.abc import Sequence

from ioc.briefings.sheet import Box, Disc, Ink, Item, Shape, rule

GAP = 0.16
DOT = 3.6
Area = tuple[float, float, float, float]


def bars(values: Sequence[int], area: Area) -> list[Item]:
    """Return a bar a day in left, top, width, height; the last day is the one that is told."""
    left, top, width, height = area
    step = width / max(1, len(values))
    most = max([*values, 1])
    drawn: list[Item] = []
    for n, value in enumerate(values):
        high = max(0.0, value / most * height)
        is_last = n == len(values) - 1
        x, ink = left + n * step + step * GAP / 2, Ink.TEXT if is_last else Ink.BAR
        drawn.append(Box(x, top + height - high, step * (1 - GAP), high, fill=ink))
    return [*drawn, rule(left, left + width, top + height, 1.0, Ink.EDGE)]


def line(values: Sequence[int], band: tuple[int, int] | None, area: Area) -> list[Item]:
    """Return the days as a line before their usual range; outside of it the last is marked."""
    left, top, width, height = area
    shown: list[int] = [*values, *(band or ())]
    low, high = min(shown), max(shown)
    span = max(1, high - low)
    step = width / max(1, len(values) - 1)

    def y_of(value: int) -> float:
        return top + height - 5 - (value - low) / span * (height - 10)

    points = tuple((left + n * step, y_of(value)) for n, value in enumerate(values))
    drawn: list[Item] = []
    if band is not None:
        edges = (y_of(band[1]), y_of(band[0]))
        drawn.append(Box(left, edges[0], width, edges[1] - edges[0], fill=Ink.BAND))
        drawn += [rule(left, left + width, y, 1.0, Ink.LINE) for y in edges]
    if len(points) > 1:
        drawn.append(Shape((points,), stroke=Ink.TEXT, width=1.6))
    if points:
        is_outside = band is not None and not band[0] <= values[-1] <= band[1]
        drawn.append(Disc(*points[-1], DOT, Ink.ALARM if is_outside else Ink.TEXT))
    return [*drawn, rule(left, left + width, top + height, 1.0, Ink.LINE)]
