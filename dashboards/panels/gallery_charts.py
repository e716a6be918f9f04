"""What the gallery shows of charts: today before what is usual, bars, ages of work, gaps, rows."""

from math import exp

from dashboards.components import badge, icon
from dashboards.figures.bands import ageing_bar, band_chart, reconciliation
from dashboards.figures.bars import hour_bars, load_bars, mini_bars, share_bar
from dashboards.figures.map_marks import (
    CameraMark,
    GateMark,
    ViolationMark,
    cameras,
    gates,
    violations,
)
from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.geometry import Box, Frame
from ioc.permits.model import PermitClass
from ioc.vehicles.model import Outcome

STEPS = ("day", "three", "week", "longer")
LOADS = (0.6, 0.8, 0.5, 0.9, 1.0, 1.3, 0.7, 0.6, 0.8, 0.9, 0.6, 0.8)
WIDTH = 450
NOW = 14.5
CAMERAS = ("live", "none", "late", "lost")


def _day(scale: float) -> list[float]:
    """Return a curve of 24 hours with a rush in the morning and one at the end of work."""
    return [
        scale * (exp(-((n - 7.5) ** 2) / 6) + 0.8 * exp(-((n - 17.5) ** 2) / 8) + 0.1)
        for n in range(24)
    ]


def curves(words: Words) -> Html:
    """Return a curve in its band, the same while nothing is usual yet, and a day in bars."""
    low, high, today = _day(70), _day(110), _day(92)
    said = words.say("gallery.curve")
    return join(
        [
            band_chart(today, (low, high), NOW, (WIDTH, 90), said),
            _told("gallery.curve_usual", words),
            band_chart(today, ((), ()), NOW, (WIDTH, 60), said),
            _told("gallery.curve_alone", words),
            hour_bars(today, int(NOW), (WIDTH, 110), before=low),
            _told("gallery.curve_bars", words),
        ]
    )


def bars(words: Words) -> Html:
    """Return small bars, load against its limit, ages of work, and a gap at its true scale."""
    return join(
        [
            el("div", mini_bars((4, 6, 5, 8, 7, 9)), mini_bars((0, 1, 0, 4, 1, 0)), cls="in-line"),
            _told("gallery.bars_mini", words),
            load_bars(LOADS, 1.0, (WIDTH, 110), words.say("wall.load_limit")),
            _told("gallery.bars_load", words),
            ageing_bar((96, 118, 61, 37), [words.say(f"wall.age_{s}") for s in STEPS], WIDTH),
            _told("gallery.bars_ageing", words),
            reconciliation(262_167, 267_490),
            _told("gallery.bars_gap", words),
            share_bar(4_117, 9_842, WIDTH, 4),
            _told("gallery.bars_share", words),
        ]
    )


def verdict_rows(words: Words) -> Html:
    """Return the rows of verdicts: outcomes in grey, reasons that stop a vehicle in white."""
    rows = (
        (icon(Outcome.PASS), words.say(Outcome.PASS), (9, 9, 8, 9, 10, 9), 31_074, True),
        (icon(Outcome.REVIEW), words.say(Outcome.REVIEW), (6, 5, 5, 6, 7, 6), 292, True),
        (badge(PermitClass.YELLOW, words, 32), words.say("short_reason.yellow_on_main"),
         (3, 5, 4, 6, 5, 8), 58, False),
        (badge(PermitClass.RED, words, 32), words.say("short_reason.red_off_route"),
         (1, 0, 1, 3, 1, 4), 7, False),
    )  # fmt: skip
    drawn = [
        el(
            "div",
            sign,
            el("span", name),
            mini_bars(series),
            el("b", words.number(n), cls="count"),
            cls="verdict is-normal" if is_normal else "verdict",
        )
        for sign, name, series, n, is_normal in rows
    ]
    return el("div", drawn, cls="wall")


def symbols(words: Words) -> Html:
    """Return the signs of the map: violations in their rings, gates, cameras in each state."""
    # Pixels for degrees: south is positive downwards.
    frame, sheet = Frame(0.0, 0.0, 1.0, 1.0), Box(0, 0, WIDTH, 130)
    states = [CameraMark((-100.0, 190.0 + 40 * n), state) for n, state in enumerate(CAMERAS)]
    wrongs = [
        ViolationMark((-100.0, 20.0 + 60 * n), n + 1, permit_class)
        for n, permit_class in enumerate((PermitClass.YELLOW, PermitClass.RED, None))
    ]
    drawing = el(
        "svg",
        violations(wrongs, frame, [], sheet, words),
        cameras(states, frame),
        gates([GateMark((-100.0, 370.0), "", 0)], frame, []),
        cls="map",
        width=WIDTH,
        height=130,
        viewBox=f"0 0 {WIDTH} 130",
        role="img",
        aria_label=words.say("gallery.symbols_told"),
    )
    return join([drawing, _told("gallery.symbols_told", words)])


def _told(key: str, words: Words) -> Html:
    return el("p", words.say(key), cls="caption")
