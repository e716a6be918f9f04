"""The desk of cameras: how each does against what is usual, what needs a person first."""

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.components import key_bar
from dashboards.markup import Html, el
from dashboards.panels.camera_rows import ORDER
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.words import Words
from ioc.access.model import Page
from ioc.camera_health.service import liars_of
from ioc.camera_states import camera_states
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.live import Topic
from ioc.snapshot import CameraState

KEYS = (
    (("↑", "↓"), "cameras_key.choose"),
    (("1",), "cameras_key.state"),
    (("2",), "cameras_key.road"),
    (("3",), "cameras_key.district"),
    (("Esc",), "keys.back"),
)


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: bar, counts, list, one camera opened, keys."""
    return html.Div(
        [
            desk_bar(Page.CAMERAS, viewer, words),
            html.Div(
                [
                    html.Main(
                        [
                            region("cameras-counts"),
                            region("cameras-filters", "filters"),
                            region("cameras-table", tabIndex="0"),
                        ],
                        className="desk-case",
                    ),
                    html.Aside(
                        [region("camera-head"), region("camera-scores"), region("camera-day")],
                        className="desk-side",
                    ),
                ],
                className="desk-columns camera-columns",
            ),
            region("keys", "key-bar"),
        ],
        className="desk cameras-desk",
    )


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the counts as they are now; each desk asks for its own cameras."""
    now, words, reach = centre.now(), seat.words(centre.city), centre.reach(seat.scope)
    states = [one for one in camera_states(centre) if reach.covers(one.id)]
    today = local_day(now, centre.city.zone)
    lied = sum(reach.covers(one.camera) for one in liars_of(centre, today))
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "cameras-facts": el(
            "p", words.say("wall.newest"), " ", el("b", data_age=now.isoformat(), data_period=10)
        ),
        "cameras-counts": counts(states, lied, words),
    }
    told = "/".join(f"{one.id}:{one.state}:{one.fault}" for one in states if one.state != "silent")
    return Picture(now, parts, {"cameras": told})


def counts(states: list[CameraState], lied: int, words: Words) -> Html:
    """Return how many cameras are in each state, and how many lied today."""
    tally = {name: sum(camera.state == name for camera in states) for name in ORDER}
    return el(
        "ul",
        [
            el("li", el("b", words.number(n)), words.say(f"camera_state.{name}"))
            for name, n in tally.items()
        ]
        + [el("li", el("b", words.number(lied)), words.say("cameras.liars"))],
        cls="totals",
    )


SCREEN = Screen(Page.CAMERAS, layout, draw, frozenset({Topic.CAMERAS}), least_s=1.0)
