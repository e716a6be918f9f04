"""The desk of citizens' reports: totals, who is late with what, where, and one report opened."""

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.components import key_bar, key_cap
from dashboards.markup import el
from dashboards.panels import report_choosers, report_list
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.tables.place import place
from dashboards.words import Words
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.live import Topic
from ioc.reports.board import revision
from ioc.reports.service import catalogue

KEYS = (
    (("↑", "↓"), "reports_key.choose"),
    (("1–5",), "reports_key.act"),
    (("9",), "report_do.close"),
    (("T",), "report_do.note"),
    (("D",), "report_do.alike"),
    (("X",), "report_do.investigate"),
    (("C",), "reports_key.agency"),
    (("L",), "reports_key.group"),
    (("P",), "reports_key.unit"),
    (("Q",), "reports_key.state"),
    (("B",), "reports_key.list"),
    (("Z",), "case.zoom"),
    (("Esc",), "keys.back"),
)


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: bar, totals, three columns, keys."""
    opened = [region(f"report-{name}") for name in ("head", "pictures", "facts", "log")]
    middle = [region(f"reports-{name}") for name in ("map", "filters", "choosers", "rows")]
    return html.Div(
        [
            desk_bar(Page.REPORTS, viewer, words),
            region("reports-totals"),
            html.Div(
                [
                    html.Section(
                        [region("reports-agencies", "board"), region("reports-groups", "board")],
                        className="desk-queue",
                    ),
                    html.Main(middle, className="desk-case"),
                    html.Aside(
                        [
                            *opened,
                            html.P(id="reports-line", role="status"),
                            region("report-actions"),
                        ],
                        className="desk-side",
                    ),
                ],
                className="desk-columns report-columns",
            ),
            html.Div(
                [region("list-head"), place(words)],
                id="reports-list",
                className="list-over",
                hidden=True,
                role="dialog",
            ),
            region("keys", "key-bar"),
        ],
        className="desk reports-desk",
    )


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return what is the same for every desk; each asks for its own reports when they change."""
    words, now = seat.words(centre.city), centre.now()
    day = local_day(now, centre.city.zone)
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "list-head": el(
            "header",
            el("h2", words.say("list.reports")),
            el("button", key_cap("Esc"), words.say("keys.back"), type="button", data_back=True),
        ),
        "reports-choosers": report_choosers.choosers(catalogue(centre), centre.city, day, words),
        "reports-facts": el(
            "p",
            el("span", f"{words.weekday(now)} {words.day(now)}"),
            el(
                "span",
                words.say("wall.newest"),
                " ",
                el("b", data_age=now.isoformat(), data_period=10),
            ),
        ),
    }
    # A minute makes some overdue of which nothing else changed.
    return Picture(now, parts, {"reports": f"{revision(centre)}/{now:%H:%M}"})


SCREEN = Screen(
    Page.REPORTS,
    layout,
    draw,
    frozenset({Topic.REPORTS}),
    least_s=1.0,
    tables=(report_list.TABLE,),
)
