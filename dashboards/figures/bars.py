"""Bars: values in, drawing out. Bars stand on zero; a bar over its limit is work for a person."""

from collections.abc import Sequence

from dashboards.markup import Html, el

AXIS_PX = 30
GAP = 0.22


def mini_bars(values: Sequence[float], width: int = 66, height: int = 28) -> Html:
    """Return bars without axes, on a scale of their own; a zero is a hairline."""
    step = width / max(1, len(values))
    top = max([*values, 1])
    bars = [
        _bar(n * step, step * (1 - GAP), height, max(2.0, value / top * height) if value else 1.5)
        for n, value in enumerate(values)
    ]
    return _drawing(bars, width, height, "mini")


def hour_bars(
    values: Sequence[float], hour: int, size: tuple[int, int], *, before: Sequence[float] = ()
) -> Html:
    """Return the 24 hours of a day as bars; `hour` is the one that still runs, marked.

    `before` are the hours of the day compared with, drawn as a line of steps behind the bars.
    """
    width, height = size
    room = height - AXIS_PX
    step = width / 24
    top = max([*values, *before, 1])
    bars = [
        _bar(
            n * step + step * GAP / 2,
            step * (1 - GAP),
            room,
            value / top * (room - 2),
            "now" if n == hour else None,
        )
        for n, value in enumerate(values)
        if n <= hour and value
    ]
    line = _steps(before, step, room, top)
    ground = el("line", x1=0, x2=width, y1=room, y2=room, cls="axis")
    marks = [_hour_mark(n, n * step, room) for n in (0, 6, 12, 18, 24)]
    return _drawing([ground, line, *bars, *marks], width, height, "hours")


def load_bars(values: Sequence[float], limit: float, size: tuple[int, int], caption: str) -> Html:
    """Return bars of ten minutes against a dashed limit; those above it are marked."""
    width, height = size
    step = width / max(1, len(values))
    top = max([*values, limit * 1.6])  # room for the words above the line, and their accents
    at = height - limit / top * height
    bars = [
        _bar(
            n * step,
            step * (1 - GAP),
            height,
            max(1.5, value / top * height),
            "over" if value > limit else None,
        )
        for n, value in enumerate(values)
    ]
    dashed = el("line", x1=0, x2=width, y1=at, y2=at, cls="limit-line")
    words = el("text", caption, x=0, y=at - 8, cls="limit-text")
    return _drawing([*bars, dashed, words], width, height, "load")


def share_bar(value: float, top: float, width: int, height: int = 13) -> Html:
    """Return one horizontal bar, `value` of `top`."""
    length = 0.0 if top <= 0 else max(0.0, min(1.0, value / top)) * width
    bar = el("rect", x=0, y=0, width=max(2.0, length), height=height, cls="bar")
    return _drawing([bar], width, height, "share")


def _bar(x: float, width: float, floor: float, length: float, cls: str | None = None) -> Html:
    name = "bar" if cls is None else f"bar {cls}"
    return el("rect", x=x, y=floor - length, width=width, height=length, cls=name)


def _steps(values: Sequence[float], step: float, room: float, top: float) -> Html | None:
    if not any(values):
        return None
    parts = [
        f"{'ML'[n > 0]}{n * step:.1f} {room - value / top * (room - 2):.1f}h{step:.1f}"
        for n, value in enumerate(values)
    ]
    return el("path", d="".join(parts), cls="before")


def _hour_mark(hour: int, x: float, room: float) -> list[Html]:
    anchor = "start" if hour == 0 else "end" if hour == 24 else "middle"
    tick = el("line", x1=x, x2=x, y1=room, y2=room + 6, cls="axis")
    return [tick, el("text", hour, x=x, y=room + 27, text_anchor=anchor, cls="hour")]


def _drawing(parts: Sequence[object], width: float, height: float, name: str) -> Html:
    return el(
        "svg",
        *parts,
        cls=f"figure {name}",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        aria_hidden="true",
    )
