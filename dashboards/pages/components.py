"""Every component in all its states, by night and by day side by side: what pages are made of.

Its values are made up for the purpose and say so; the markup is that of the pages, drawn by the
functions that draw them there.
"""

import re
from collections.abc import Callable
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.markup import Html, el, join
from dashboards.panels import (
    gallery_cases,
    gallery_charts,
    gallery_colours,
    gallery_signs,
    gallery_states,
)
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.words import Words
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.places import City

THEMES = ("night", "day")
Drawn = Callable[[str, City, datetime, Words], Html]
SECTIONS: dict[str, Drawn] = {
    "colours": lambda theme, _city, _now, words: gallery_colours.swatches(theme, words),
    "eyes": lambda theme, _city, _now, words: gallery_colours.eyes(theme, words),
    "types": lambda _theme, _city, _now, words: gallery_colours.types(words),
    "passes": lambda _theme, _city, _now, words: gallery_signs.passes(words),
    "priorities": lambda _theme, _city, _now, words: gallery_signs.priorities(words),
    "ages": lambda _theme, _city, now, words: gallery_signs.ages(now, words),
    "limits": lambda _theme, _city, now, words: gallery_signs.limits(now, words),
    "keys": lambda _theme, _city, _now, words: gallery_signs.keys(words),
    "plates": lambda _theme, _city, _now, words: gallery_signs.plates(words),
    "states": lambda _theme, _city, now, words: gallery_states.tiles(now, words),
    "frozen": lambda _theme, _city, now, words: gallery_states.frozen(now, words),
    "cards": lambda _theme, city, now, words: gallery_cases.cards(city, now, words),
    "rows": lambda _theme, city, now, words: gallery_cases.rows(city, now, words),
    "strip": lambda _theme, _city, now, words: gallery_cases.strip(now, words),
    "life": lambda _theme, _city, now, words: gallery_cases.life(now, words),
    "verdicts": lambda _theme, _city, _now, words: gallery_charts.verdict_rows(words),
    "curves": lambda _theme, _city, _now, words: gallery_charts.curves(words),
    "bars": lambda _theme, _city, _now, words: gallery_charts.bars(words),
    "symbols": lambda _theme, _city, _now, words: gallery_charts.symbols(words),
    "hands": lambda _theme, _city, _now, words: gallery_states.hands(words),
}
# Nothing here may be worked: what scripts bind to is left out, and so are roles of a live list.
LIVE_ROLES = re.compile(
    r' role="(?:option|log|listbox)"| aria-(?:live|selected)="[^"]*"| tabindex="0"'
)
BOUND = re.compile(r' data-(?:alert|pages|urgent|showing)(?:="[^"]*")?(?=[ >])')


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: bar, then one region a section."""
    sections = [
        html.Section([html.H2(words.say(f"gallery.{name}")), region(f"gallery-{name}")])
        for name in SECTIONS
    ]
    about = html.P(words.say("gallery.about"), className="quiet")
    return html.Div(
        [
            desk_bar(Page.COMPONENTS, viewer, words),
            html.Main([about, *sections], className="gallery", tabIndex="0"),
        ],
        className="plain-desk",
    )


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return every section, once a theme.

    Ages are told from every tenth second, so that a section is not sent with each push.
    """
    now, words = centre.now(), seat.words(centre.city)
    begun = now.replace(second=now.second // 10 * 10, microsecond=0)
    parts = {
        f"gallery-{name}": join(
            el(
                "div",
                _still(drawn(theme, centre.city, begun, words)),
                cls="themed",
                data_theme=theme,
            )
            for theme in THEMES
        )
        for name, drawn in SECTIONS.items()
    }
    return Picture(now, {"brand": brand_part(), **parts})


def _still(drawn: Html) -> Html:
    return Html(BOUND.sub("", LIVE_ROLES.sub("", drawn)))


SCREEN = Screen(Page.COMPONENTS, layout, draw, frozenset(), every_s=5.0)
