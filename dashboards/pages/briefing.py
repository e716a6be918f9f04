"""The briefing: today against yesterday on one A4 page; counts alone, each with its source."""

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.components import key_cap
from dashboards.markup import Html, el
from dashboards.notices import brand
from dashboards.panels import briefing_figures, briefing_tables
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.words import Words
from ioc.access.model import Page
from ioc.briefing import briefing
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.live import Topic
from ioc.snapshot import BriefingSnapshot

PERIOD_S = 60


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: the bar, which is not printed, and the sheet."""
    parts = ("head", "points", "figures", "tables", "foot")
    return html.Div(
        [
            desk_bar(Page.BRIEFING, viewer, words),
            html.Main([region(f"briefing-{name}") for name in parts], className="paper"),
            region("keys", "key-bar"),
        ],
        className="briefing",
    )


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the briefing of today as it is now."""
    words, city = seat.words(centre.city), centre.city
    snapshot = briefing(centre, local_day(centre.now(), city.zone))
    parts = {
        "brand": brand_part(),
        "briefing-facts": el(
            "p",
            words.say("wall.newest"),
            " ",
            el("b", data_age=snapshot.as_of.isoformat(), data_period=PERIOD_S),
        ),
        "briefing-head": _head(centre, snapshot, words),
        "briefing-points": briefing_figures.points(snapshot, words),
        "briefing-figures": briefing_figures.multiples(snapshot, city, words),
        "briefing-tables": briefing_tables.tables(snapshot, city, words),
        "briefing-foot": el("p", words.say("briefing_live.foot", time=words.time(snapshot.as_of))),
        "keys": el(
            "ul",
            el("li", key_cap("P"), el("button", words.say("briefing_live.print"), cls="print")),
        ),
    }
    return Picture(snapshot.as_of, parts)


def _head(centre: Centre, snapshot: BriefingSnapshot, words: Words) -> Html:
    title = centre.city.settings["title"]
    name = title[words.language.value] if isinstance(title, dict) else centre.city.name
    return el(
        "header",
        el("h1", words.say("page.briefing")),
        el(
            "p",
            el("b", f"{words.weekday(snapshot.as_of)} {words.day(snapshot.as_of)}"),
            el("span", words.say("briefing_live.span", time=words.minute(snapshot.until))),
        ),
        el(
            "p",
            el("b", name),
            el("span", words.say("briefing_live.as_of", time=words.time(snapshot.as_of))),
        ),
        brand(64),
    )


SCREEN = Screen(
    Page.BRIEFING,
    layout,
    draw,
    frozenset({Topic.SIGHTINGS, Topic.ALERTS, Topic.PERMITS}),
    every_s=5.0,
    least_s=5.0,
)
