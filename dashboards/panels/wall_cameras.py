"""The gates by how much passes, and the cameras that need a person, by name and age."""

from dashboards.components import live_age, tile
from dashboards.figures.bars import share_bar
from dashboards.markup import Html, el
from dashboards.panels.wall_alerts import place_of
from dashboards.panels.wall_sources import gate_traffic
from dashboards.words import Words
from ioc.places import City
from ioc.snapshot import CameraState, WallSnapshot

PERIOD_S = 10
GATES, TROUBLED = 12, 5
PX = 450
# In the order in which they need a person.
STATES = ("lost", "connecting", "live", "silent")


def gates(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return the gates with the vehicles each saw in the last hour, most first."""
    found = gate_traffic(snapshot, city)
    top = max([gate.per_hour for gate in found] + [1])
    rows = [
        el(
            "div",
            el("span", gate.name),
            el("b", words.number(gate.per_hour), cls="count"),
            share_bar(gate.per_hour, top, PX, 4),
            cls="place-row",
        )
        for gate in found[:GATES]
    ]
    return tile(words.say("wall.gates"), rows, age=live_age(PERIOD_S), name="gates")


def cameras(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return how many cameras are in each state, and those that lost their signal by name."""
    counted = {name: sum(c.state == name for c in snapshot.cameras) for name in STATES}
    troubled = [c for c in snapshot.cameras if c.state in ("lost", "connecting")]
    troubled.sort(key=lambda c: (STATES.index(c.state), -(c.picture_age_s or 0), c.id))
    more = len(troubled) - TROUBLED
    return tile(
        words.say("wall.cameras"),
        el(
            "ul",
            [
                el("li", el("b", words.number(n)), " ", words.say(f"camera_state.{name}"))
                for name, n in counted.items()
            ],
            cls="camera-counts",
        ),
        [_troubled(camera, city, words) for camera in troubled[:TROUBLED]]
        or el("p", words.say("wall.no_trouble"), cls="context"),
        el("p", words.say("wall.more_cameras", n=words.number(more)), cls="context")
        if more > 0
        else None,
        age=live_age(PERIOD_S),
        name="camera-list",
    )


def _troubled(camera: CameraState, city: City, words: Words) -> Html:
    state = words.say(f"camera_state.{camera.state}")
    # To the minute: a row must not be drawn anew with every second of its age.
    minutes = None if camera.picture_age_s is None else int(camera.picture_age_s // 60)
    age = "" if not minutes else f", {words.say('age.minute', n=words.number(minutes))}"
    return el(
        "div",
        el("span", place_of(camera.id, city)),
        el("small", f"{state}{age}", cls="age is-late" if camera.state == "lost" else None),
        cls="place-row",
    )
