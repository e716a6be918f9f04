"""The first column of the wall: what entered today, by pass and by hour, and what was read."""

from datetime import timedelta

from dashboards.components import age_badge, badge, tile
from dashboards.figures.bars import hour_bars, share_bar
from dashboards.markup import Html, el
from dashboards.panels.wall_sources import newest
from dashboards.words import Words
from ioc.clock import day_bounds, local_day
from ioc.permits.model import PermitClass
from ioc.places import City
from ioc.snapshot import WallSnapshot

PERIOD_S = 10
HOUR = timedelta(hours=1)


def entries(snapshot: WallSnapshot, words: Words) -> Html:
    """Return the vehicles that entered today, by pass."""
    sums = dict.fromkeys((*PermitClass, "none"), 0)
    for (_, name), n in snapshot.entries.items():
        sums[name] = sums.get(name, 0) + n
    top = max([*sums.values(), 1])
    total = snapshot.figures.get("entries_vehicles_today", sum(sums.values()))
    rows = [
        _class_row(badge(kind, words, 34), words.say(kind), sums[kind], top, words)
        for kind in PermitClass
    ]
    none = el("span", cls="no-badge")
    rows.append(_class_row(none, words.say("standing.none"), sums["none"], top, words))
    return tile(
        words.say("wall.entries"),
        el(
            "div",
            el("span", words.number(total), cls="figure-value"),
            el(
                "div",
                words.say("wall.vehicles"),
                el("small", words.say("wall.by_pass")),
                cls="beside",
            ),
            cls="hero",
        ),
        rows,
        age=age_badge(snapshot.as_of, PERIOD_S, words),
        name="entries",
    )


def _class_row(sign: Html, name: str, n: int, top: int, words: Words) -> Html:
    count = el("b", words.number(n), cls="count")
    return el("div", sign, el("span", name), share_bar(n, top, 128), count, cls="class-row")


def entries_by_hour(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return the vehicles that entered in each hour of today."""
    start, _ = day_bounds(local_day(snapshot.as_of, city.zone), city.zone)
    hours = [0] * 24
    for (at, _), n in snapshot.entries.items():
        hours[min(23, max(0, (at - start) // HOUR))] += n
    now = int((snapshot.as_of - start) / HOUR)
    return tile(
        words.say("wall.entries_by_hour"),
        hour_bars(hours, min(23, now), (450, 172)),
        age=age_badge(snapshot.as_of, PERIOD_S, words),
        name="by-hour",
    )


def reads(snapshot: WallSnapshot, words: Words) -> Html:
    """Return the reads of today and the permits granted to date."""
    figures = snapshot.figures
    approved = figures.get("vehicles_approved_total", 0)
    return tile(
        words.say("wall.reads"),
        el(
            "div",
            el("span", words.number(figures.get("reads_today", 0)), cls="figure-value is-second"),
            el(
                "div",
                words.say("wall.reads_unit"),
                el("small", words.say("wall.approved", n=words.number(approved))),
                cls="beside",
            ),
            cls="hero",
        ),
        age=age_badge(newest(snapshot), 0, words),
        name="reads",
    )
