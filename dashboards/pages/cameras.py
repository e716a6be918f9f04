"""The cameras: every one with its state, the age of its picture, what it reads."""

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.markup import Html, el
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.words import Words
from ioc.access.model import Page
from ioc.camera_states import camera_states
from ioc.centre import Centre
from ioc.live import Topic
from ioc.places import Camera, City
from ioc.snapshot import CameraState

# What needs a person comes first.
ORDER = ("lost", "connecting", "live", "silent")
COLUMNS = ("name", "id", "class", "direction", "state", "picture", "rate", "fault")


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: bar, counts, table."""
    return html.Div(
        [
            desk_bar(Page.CAMERAS, viewer, words),
            html.Main(
                [region("cameras-counts"), region("cameras-table")],
                className="sheet",
                tabIndex="0",
            ),
        ],
        className="plain-desk",
    )


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the cameras as they are now."""
    now, words = centre.now(), seat.words(centre.city)
    states = sorted(camera_states(centre), key=lambda c: (ORDER.index(c.state), c.id))
    parts = {
        "brand": brand_part(),
        "cameras-facts": el(
            "p", words.say("wall.newest"), " ", el("b", data_age=now.isoformat(), data_period=10)
        ),
        "cameras-counts": counts(states, words),
        "cameras-table": table(states, centre.city, words),
    }
    return Picture(now, parts)


def counts(states: list[CameraState], words: Words) -> Html:
    """Return how many cameras are in each state."""
    tally = {name: sum(camera.state == name for camera in states) for name in ORDER}
    return el(
        "ul",
        [
            el("li", el("b", words.number(n)), words.say(f"camera_state.{name}"))
            for name, n in tally.items()
        ],
        cls="totals",
    )


def table(states: list[CameraState], city: City, words: Words) -> Html:
    """Return one row a camera, those that need a person first."""
    head = el("tr", [el("th", words.say(f"cameras.{name}"), scope="col") for name in COLUMNS])
    rows = [_row(camera, city.cameras[camera.id], words) for camera in states]
    return el("table", el("thead", head), el("tbody", rows), cls="list")


def _row(state: CameraState, camera: Camera, words: Words) -> Html:
    age = state.picture_age_s
    cells = (
        camera.name,
        el("span", camera.id, cls="mono"),
        words.say(camera.road_class),
        words.say(camera.direction),
        el("span", words.say(f"camera_state.{state.state}"), cls=f"camera-state {state.state}"),
        "\u2013" if age is None else words.say("age.second", n=int(age)),
        words.number(state.reads_per_minute, 1),
        state.error or "",
    )
    return el("tr", [el("td", cell) for cell in cells])


SCREEN = Screen(
    Page.CAMERAS,
    layout,
    draw,
    frozenset({Topic.CAMERAS}),
    least_s=1.0,
)
