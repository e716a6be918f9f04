"""Today's curve before the usual range of its hours: values in, drawing out."""

from collections.abc import Sequence

from dashboards.markup import Html, el

HOURS = 24


def band_chart(
    values: Sequence[float],
    band: tuple[Sequence[float], Sequence[float]],
    hour: float,
    size: tuple[int, int],
    said: str,
) -> Html:
    """Return the hours of today that are over as a line, and the usual range behind all 24.

    `hour` is the time of day (14.5: half past two): the hour that runs is not drawn, for it is not
    whole. `band` is low and high of each hour, both empty where nothing is usual yet. `said` is the
    chart in words.
    """
    (low, high), (width, height) = band, size
    room = height - 2
    top = max([*values, *high, 1])

    def at(n: int, value: float) -> str:
        return f"{(n + 0.5) * width / HOURS:.1f} {room - value / top * (room - 4):.1f}"

    over = [at(n, value) for n, value in enumerate(values) if n + 1 <= hour]
    drawn: list[Html | None] = [
        _band([at(n, v) for n, v in enumerate(low)], [at(n, v) for n, v in enumerate(high)]),
        el("line", x1=0, x2=width, y1=room, y2=room, cls="axis"),
        el("path", d="M" + "L".join(over), cls="today") if over else None,
        _dot(over[-1]) if over else None,
    ]
    return el(
        "svg",
        *drawn,
        cls="figure curve",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=said,
    )


def hour_axis(width: int) -> Html:
    """Return the hours under a curve of a day, every sixth."""
    marks = [
        el(
            "text",
            hour,
            x=hour * width / HOURS,
            y=24,
            text_anchor="start" if hour == 0 else "end" if hour == HOURS else "middle",
            cls="hour",
        )
        for hour in range(0, HOURS + 1, 6)
    ]
    return el(
        "svg",
        marks,
        cls="figure hours",
        width=width,
        height=30,
        viewBox=f"0 0 {width} 30",
        aria_hidden="true",
    )


def reconciliation(held: int, whole: int) -> Html:
    """Return what is held of the whole at its true scale, and the rest hatched, never widened."""
    if whole <= 0:
        return el("div", cls="reconciled is-empty")
    share = min(1.0, max(0.0, held / whole))
    return el("div", el("i", style=f"width:{share * 100:.3f}%"), cls="reconciled")


def ageing_bar(steps: Sequence[int], labels: Sequence[str], width: int) -> Html:
    """Return how long things waited: four greys, the older the stronger, counts inside."""
    total = sum(steps)
    # A step of one needs room for its number: each gets a floor, the rest is shared.
    floor = 64
    rest = width - floor * len(steps)
    x, parts = 0.0, []
    for n, (count, label) in enumerate(zip(steps, labels, strict=True)):
        length = floor + rest * (count / total if total else 1 / len(steps))
        parts.append(el("rect", x=x, y=0, width=length - 3, height=34, cls=f"age-{n}"))
        middle = x + (length - 3) / 2
        parts.append(el("text", count, x=middle, y=25, text_anchor="middle", cls=f"on-{n}"))
        at, anchor = (middle, "middle") if n else (x, "start")
        parts.append(el("text", label, x=at, y=60, text_anchor=anchor, cls="hour"))
        x += length
    return el(
        "svg",
        parts,
        cls="figure ageing",
        width=width,
        height=66,
        viewBox=f"0 0 {width} 66",
        aria_hidden="true",
    )


def ageing_row(steps: Sequence[int], width: float, height: int = 26) -> Html:
    """Return the same in a row of many: as long as `width`, a count only where it has room."""
    total, x, parts = sum(steps), 0.0, []
    for n, count in enumerate(steps):
        length = width * count / total if total else 0.0
        if count:
            shown = max(1.5, length - 2)
            parts.append(el("rect", x=x, y=0, width=shown, height=height, cls=f"age-{n}"))
            if length >= 11 * len(str(count)) + 4:
                middle = x + shown / 2
                parts.append(
                    el("text", count, x=middle, y=height - 8, text_anchor="middle", cls=f"on-{n}")
                )
        x += length
    return el(
        "svg",
        parts,
        cls="figure ageing",
        width=max(2.0, width),
        height=height,
        viewBox=f"0 0 {max(2.0, width):.0f} {height}",
        aria_hidden="true",
    )


def _band(low: Sequence[str], high: Sequence[str]) -> Html | None:
    if not high:
        return None
    return el("path", d="M" + "L".join([*high, *reversed(low)]) + "Z", cls="band")


def _dot(at: str) -> Html:
    x, y = at.split()
    return el("circle", cx=x, cy=y, r=6, cls="now")
