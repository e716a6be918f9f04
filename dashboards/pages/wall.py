"""The wall: what the room must know at a glance; no full plate, no person, no picture."""

from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.components import age_badge
from dashboards.markup import Html, el
from dashboards.notices import brand
from dashboards.panels import (
    wall_alerts,
    wall_control,
    wall_entries,
    wall_intake,
    wall_map,
    wall_reports,
    wall_sources,
)
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import region
from dashboards.words import Words
from ioc.access.model import Page
from ioc.alerts.model import AlertState
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.live import Topic
from ioc.snapshot import WallSnapshot
from ioc.wallboard import wall


def layout(words: Words, _viewer: Viewer) -> Component:
    """Return the grid of the wall; its regions are filled by pushes."""
    return html.Div(
        [
            region("wall-header"),
            region("wall-count"),
            region("wall-alerts"),
            html.Div(
                [region(f"wall-{name}") for name in ("entries", "doses", "tests")],
                className="column",
            ),
            html.Div(
                [
                    html.Div(
                        [
                            html.H2(words.say("wall.map")),
                            region("wall-ground"),
                            region("wall-marks"),
                        ],
                        className="map-tile",
                    ),
                    html.Div([region("wall-scans"), region("wall-points")], className="two"),
                ],
                className="column",
            ),
            html.Div(
                [region(f"wall-{name}") for name in ("verdicts", "load", "reports")],
                className="column",
            ),
            region("wall-feeds"),
        ],
        className="wall",
    )


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the wall as it is now."""
    snapshot, city = _without_shelved(wall(centre)), centre.city
    words = seat.words(city)
    traffic = wall_sources.gate_traffic(snapshot, city)
    day = local_day(snapshot.as_of, city.zone)
    parts = {
        "wall-header": _header(centre, snapshot, words),
        "wall-count": wall_alerts.count(snapshot, words),
        "wall-alerts": wall_alerts.cards(snapshot.ticker, city, snapshot.as_of, words),
        "wall-entries": wall_entries.entries(snapshot, city, words),
        "wall-doses": wall_intake.doses(snapshot, city, words),
        "wall-tests": wall_intake.tests(snapshot, city, words),
        "wall-ground": wall_map.still(city, day, words),
        "wall-marks": wall_map.marks(snapshot, traffic, city, words),
        "wall-scans": wall_intake.scans(snapshot, city, words),
        "wall-points": wall_intake.busiest_points(snapshot, words),
        "wall-verdicts": wall_control.verdicts(snapshot, city, words),
        "wall-load": wall_control.alarm_load(snapshot, city, words),
        "wall-reports": wall_reports.reports(snapshot, city, words),
        "wall-feeds": wall_sources.feeds(snapshot, words),
    }
    return Picture(snapshot.as_of, parts)


def _without_shelved(snapshot: WallSnapshot) -> WallSnapshot:
    """Return the snapshot without the cards of alerts put aside for a while; they come back."""
    shown = tuple(line for line in snapshot.ticker if line.state is not AlertState.SHELVED)
    return replace(snapshot, ticker=shown)


def _header(centre: Centre, snapshot: WallSnapshot, words: Words) -> Html:
    title = centre.city.settings["title"]
    name = title[words.language.value] if isinstance(title, dict) else centre.city.name
    ring = el(
        "svg",
        el("circle", cx=20, cy=20, r=17),
        el("circle", cx=20, cy=20, r=17, cls="left"),
        cls="ring-timer",
        viewBox="0 0 40 40",
    )
    return el(
        "header",
        brand(),
        el("div", el("h1", name), el("small", words.say("wall.about"))),
        el("span", cls="span"),
        el("div", words.say("wall.newest"), age_badge(snapshot.as_of, 10, words), cls="cell"),
        el("div", words.say("wall.refresh"), ring, el("b", cls="ring-left"), cls="cell"),
        el(
            "div",
            el("span", words.weekday(snapshot.as_of)),
            el("span", words.day(snapshot.as_of)),
            cls="cell date",
        ),
        el("time", cls="clock"),
        cls="wall-head",
    )


SCREEN = Screen(
    Page.WALL,
    layout,
    draw,
    frozenset(Topic) - {Topic.ACCESS, Topic.LOOKUPS, Topic.PATROLS, Topic.REGISTRATIONS},
    least_s=0.5,
)
