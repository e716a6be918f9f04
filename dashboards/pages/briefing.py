"""The digital report: a frozen page beside a rail of issues, later changes, signatures and keys."""

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.panels import briefing_rail
from dashboards.panels.breach_lines import breach_lines
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import look_links, region
from dashboards.words import Words
from ioc.access.model import Page
from ioc.breaches.service import untold
from ioc.briefings.service import find_book, issues, marks_of
from ioc.centre import Centre
from ioc.live import Topic

RAIL = ("breach", "issues", "later", "signs", "source", "compare", "line")


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: the sheet, or the list behind a figure; the rail, which is not printed."""
    links = [
        html.A(
            words.say(other),
            href=f"/{other.value}",
            className="is-here" if other is Page.BRIEFING else "",
        )
        for other in viewer.links
    ]
    role = words.say(viewer.role) if viewer.role is not None else ""
    leave = html.Form(html.Button(words.say("sign_in.sign_out")), method="post", action="/logout")
    who = html.P(f"{viewer.name} · {role}", className="who")
    head = html.Header(
        [
            html.H1(words.say("page.briefing")),
            who,
            html.Nav([*links, *look_links(Page.BRIEFING, words)]),
            leave,
        ]
    )
    return html.Div(
        [
            html.Main([region("briefing-sheet"), region("briefing-list")], className="paper"),
            html.Aside(
                [
                    head,
                    html.Div(
                        [region(f"briefing-{name}", "rail-part") for name in RAIL],
                        className="rail-body",
                    ),
                    region("briefing-actions", "rail-actions"),
                ],
                className="rail",
            ),
        ],
        className="briefing",
    )


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return what everybody sees alike: the issues there are, and which of them changed."""
    words, found = seat.words(centre.city), issues(centre)
    wanted = find_book(centre)
    parts = {"briefing-issues": briefing_rail.issue_list(found, wanted, words)}
    if seat.follows_breaches and seat.scope is None:
        parts["briefing-breach"] = breach_lines(untold(centre), centre.now(), words)
    newest = {"newest": found[0].name if found else ""}
    return Picture(centre.now(), parts, {**newest, **marks_of(centre, found)})


SCREEN = Screen(
    Page.BRIEFING,
    layout,
    draw,
    frozenset({Topic.BRIEFINGS}),
    every_s=10.0,
    least_s=1.0,
)
