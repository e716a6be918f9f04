"""What stands around every page: the document, the stores that carry pushes, the bar of a desk."""

import json
import re
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboards.auth import Viewer, asked
from dashboards.build import address
from dashboards.looks import MODES, looks_of
from dashboards.markup import Html, el
from dashboards.notices import brand, language_of
from dashboards.paths import page_at
from dashboards.searchable import may_search
from dashboards.words import Words
from ioc.access.model import Page
from ioc.labels import Language, label
from ioc.places import City

WHERE, SPOKEN = "where", "spoken"
STORES = (
    *("live", "choice", "case", "deed", "answer", "quest", "found"),
    *("filing-look", "filing-shown", "filing-deed", "filing-told"),
    *("looking", "looked", "ruling", "ruled"),
    *("shift-look", "shift-shown", "shift-deed", "shift-told"),
    *("lists", "row-look", "row-shown", "row-deed", "row-told"),
    *("report-look", "report-shown", "report-deed", "report-told"),
    *("briefing-look", "briefing-shown", "briefing-deed", "briefing-told"),
    *("camera-look", "camera-shown"),
)
# What assets/*.js say by themselves, while nothing comes from the server.
HEARD = (
    *("age.second", "age.minute", "age.hour", "age.day", "alert.overdue_by"),
    *("state.late", "state.old", "state.frozen_at", "state.frozen_for"),
    *("state.loading", "state.failed"),
    *("state.no_store", "state.no_server", "desk.sending", "desk.no_answer"),
    *("transport.picked", "transport.no_undo"),
    *("review.original", "review.contrast", "review.negative", "review.frame"),
    *("desk.pack_making", "desk.pack_made", "desk.pack_refused", "desk.pack_incomplete"),
    "briefing_page.again",
    *("sound.on", "sound.off", "sound.asleep"),
    *("list.rows", "list.more", "list.none", "list.failed", "list.loading", "list.picked"),
    *("wall.page", "wall.page_held"),
    *("reports.no_such_name", "reports.bad_picture"),
)
# The pages that hold a list: only they load the grid, which is larger than all the rest.
GRID_PAGES = frozenset({Page.ENTRIES, Page.SCANS, Page.HEALTH, Page.REPORTS, Page.ADMIN})
GRID_SCRIPT = re.compile(r'<script src="[^"]*/dash_ag_grid/[^"]*"></script>')
# An admin may open a dozen pages; a bar of 1920 px has room for these.
MOST_LINKS = 6
PAUSE = "M6 6h76v76H6zM28 26h10v36H28zM50 26h10v36H50z"

# What a document shows before anything is asked for; dashboards/first.py.
first: ContextVar[Html | None] = ContextVar("first", default=None)


class Shell(Dash):
    """Dash, with a document of our own: language, theme and page are told on its root."""

    city: City

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """Return the document of the page that is asked for."""
        scope = asked.get() or {}
        language = language_of(scope)
        page = page_at(str(scope.get("path")))
        looks = looks_of(scope, page)
        words = json.dumps({key: label(key, language) for key in HEARD}, ensure_ascii=False)
        scripts = parts["scripts"]
        if page not in GRID_PAGES:
            scripts = GRID_SCRIPT.sub("", scripts)
        style = f'<link rel="stylesheet" href="{address("css")}">'
        hands = f'<script src="{address("js")}"></script>'
        title = label(page, language) if page else label("shell.name", language)
        root = f'lang="{language.value}" {looks.root} data-page="{page.value if page else ""}"'
        return f"""<!DOCTYPE html>
<html {root} data-zone="{self.city.zone.key}">
<head>{parts["metas"]}<title>{title}</title>{parts["favicon"]}{parts["css"]}{style}</head>
<body>
{_frozen()}{_waiting()}{first.get() or ""}
{parts["app_entry"]}
<script type="application/json" id="words">{words.replace("<", "&lt;")}</script>
<footer>{parts["config"]}{hands}{scripts}{parts["renderer"]}</footer>
</body>
</html>"""


def root_layout() -> Component:
    """Return what is on every page: its address, its language, the stores, its place."""
    spoken = language_of(asked.get() or {})
    return html.Div(
        [
            dcc.Location(id=WHERE, refresh=False),
            dcc.Store(id=SPOKEN, data=spoken.value),
            *(dcc.Store(id=name) for name in STORES),
            html.Div(id="place"),
        ]
    )


def region(name: str, cls: str = "", **more: Any) -> Component:
    """Return the place of pushed markup; its content is ours, React leaves it alone."""
    return html.Div(id=name, className=cls, **more)


def desk_bar(
    page: Page, viewer: Viewer, words: Words, switches: Sequence[Component] = ()
) -> Component:
    """Return the bar on top of a desk: where we are, the other pages, who sits here, the clock.

    `switches` are what the page has besides.
    """
    links = [
        html.A(
            words.say(other), href=f"/{other.value}", className="is-here" if other is page else ""
        )
        for other in viewer.links
    ]
    return html.Header(
        [
            region("brand", "brand-place"),
            html.H1(words.say(page)),
            html.Nav(_folded(links, words)),
            region(f"{page.value}-facts", "bar-facts"),
            *switches,
            *_search(viewer, words),
            *look_links(page, words),
            html.Span(viewer.name, className="who"),
            html.Form(html.Button(words.say("sign_in.sign_out")), method="post", action="/logout"),
            html.Time(className="clock"),
        ],
        className="desk-bar",
    )


def _folded(links: Sequence[Component], words: Words) -> Sequence[Component]:
    """Return the links that a bar has room for, and the others behind one word."""
    if len(links) <= MOST_LINKS:
        return links
    # Where somebody is, its title says.
    shown, others = links[: MOST_LINKS - 1], links[MOST_LINKS - 1 :]
    told = html.Summary(words.say("shell.more_pages", n=len(others)))
    return [*shown, html.Details([told, html.Div(others)], className="more-pages")]


def _search(viewer: Viewer, words: Words) -> list[Component]:
    """Return the button that opens the search, for who may search anything."""
    if not may_search(viewer):
        return []
    said = [html.Kbd("/"), html.Span(words.say("search.open"))]
    return [html.Button(said, id="search-open", type="button", className="search-open")]


def look_links(page: Page, words: Words) -> list[Component]:
    """Return the switches of language and theme; both are kept by the browser."""
    other = next(language for language in Language if language is not words.language)
    worn = looks_of(asked.get() or {}, page).theme
    changed = next(theme for theme in MODES if theme != worn)
    told = html.A(
        words.say("shell.other_language"),
        href=f"?lang={other.value}",
        lang=other.value,
        className="look",
    )
    return [
        told,
        html.A(words.say(f"shell.to_{changed}"), href=f"?theme={changed}", className="look"),
    ]


def brand_part() -> Html:
    """Return the mark for a desk's bar."""
    return brand(52)


def frozen_sign() -> Html:
    """Return the sign of a screen that stands still."""
    path = el("path", d=PAUSE, fill_rule="evenodd")
    return el("svg", path, viewBox="0 0 88 88", aria_hidden="true")


def _waiting() -> Html:
    return el("p", id="waiting", role="status", hidden=True)


def _frozen() -> Html:
    return el("div", frozen_sign(), el("div", el("b"), el("span")), id="frozen", role="alert")
