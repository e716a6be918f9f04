"""The list of cameras: state, picture, reads against what is usual, how sure, how right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.errors import InvalidInput
from ioc.limits import CameraLimits
from ioc.places import Camera, City, RoadClass
from ioc.scorecards import Scorecard

NOTHING = "\u2013"
# What needs a person comes first.
ORDER = ("lost", "connecting", "live", "silent")
STATES = ("", "needs", "lost", "live", "silent")
COLUMNS = ("name", "state", "picture", "rate", "usual", "sure", "skew", "doubtful", "misread")
# Fewer reads, or answers, say nothing of a camera.
LEAST_READS, LEAST_ANSWERS = 20, 5


@dataclass(frozen=True)
class View:
    """Which cameras a desk looks at; empty where it does not matter."""

    state: str = ""
    road: str = ""
    district: str = ""

    def shows(self, card: Scorecard, camera: Camera, city: City) -> bool:
        """Tell whether a camera is among them."""
        if self.road and camera.road_class.value != self.road:
            return False
        if self.district and district_of(camera, city) != self.district:
            return False
        return not self.state or (
            bool(needs(card, city.limits.cameras))
            if self.state == "needs"
            else card.state.state == self.state
        )


def view_of(asked: Mapping[str, object], city: City) -> View:
    """Return the view that a browser asks for.

    Raises:
        InvalidInput: a value is none of those that can be.
    """
    view = View(*(str(asked.get(name) or "") for name in ("state", "road", "district")))
    known = {
        "state": STATES,
        "road": ("", *RoadClass),
        "district": ("", *districts(city)),
    }
    for name, values in known.items():
        if getattr(view, name) not in values:
            raise InvalidInput(name, "is none of the filters")
    return view


def districts(city: City) -> list[str]:
    """Return the districts in which cameras stand."""
    return sorted({district_of(camera, city) for camera in city.cameras.values()} - {""})


def district_of(camera: Camera, city: City) -> str:
    """Return the district in which a camera stands, empty where that is not known."""
    unit = city.units.get(camera.unit)
    return "" if unit is None else unit.district


def needs(card: Scorecard, limits: CameraLimits) -> tuple[str, ...]:
    """Return what of a camera needs a person, by the names of the columns."""
    found = []
    if card.state.state in ("lost", "connecting"):
        found.append("state")
    if card.is_below_usual:
        found.append("rate")
    share, skew = card.sample.share_sure, card.sample.skew_s
    if share is not None and card.sample.reads >= LEAST_READS and share < limits.least_sure:
        found.append("sure")
    delay = card.sample.delay_s
    if (skew is not None and skew > limits.skew_s) or (delay or 0.0) > limits.late_s:
        found.append("skew")
    wrong = card.answers.share
    if wrong is not None and card.answers.given >= LEAST_ANSWERS and wrong > limits.most_misread:
        found.append("misread")
    return tuple(found)


def ordered(cards: Sequence[Scorecard], limits: CameraLimits) -> list[Scorecard]:
    """Return the cameras, those that need a person first."""

    def rank(card: Scorecard) -> tuple[bool, int, int, str]:
        wanting = needs(card, limits)
        state = card.state
        return not wanting, ORDER.index(state.state), -len(wanting), state.id

    return sorted(cards, key=rank)


def filters(view: View, city: City, words: Words) -> Html:
    """Return the filters; each turns to its next value by its key or by a click."""
    roads = ["", *(one.value for one in RoadClass)]
    told = (
        ("1", "state", STATES, words.say(f"cameras_state.{view.state or 'any'}")),
        (
            "2",
            "road",
            roads,
            words.say(RoadClass(view.road)) if view.road else words.say("cameras.any_road"),
        ),
        (
            "3",
            "district",
            ["", *districts(city)],
            view.district or words.say("cameras.any_district"),
        ),
    )
    return join(
        el(
            "button",
            key_cap(key),
            el("b", said),
            type="button",
            cls="filter is-set" if getattr(view, name) else "filter",
            data_hotkey=f"Digit{key}",
            data_turns=name,
            data_values="|".join(values),
        )
        for key, name, values, said in told
    )


def rows(cards: Sequence[Scorecard], city: City, words: Words) -> Html:
    """Return one row a camera."""
    if not cards:
        return el("p", words.say("cameras.none"), cls="quiet all-quiet")
    head = el(
        "tr",
        [
            el(
                "th",
                words.say(f"cameras.{name}"),
                scope="col",
                title=words.say(f"cameras_how.{name}"),
                cls=kind_of(name) or None,
            )
            for name in COLUMNS
        ],
    )
    lines = [_row(card, city, words) for card in ordered(cards, city.limits.cameras)]
    return el("table", el("thead", head), el("tbody", lines), cls="list camera-list")


def _row(card: Scorecard, city: City, words: Words) -> Html:
    state, limits, camera = card.state, city.limits.cameras, city.cameras[card.state.id]
    late = set(needs(card, limits))
    cells = {
        "name": join(
            [
                el("b", camera.name),
                el(
                    "small",
                    f"{camera.id} · {words.say(camera.road_class)}, {words.say(camera.direction)}",
                ),
            ]
        ),
        "state": el(
            "span", words.say(f"camera_state.{state.state}"), cls=f"camera-state {state.state}"
        ),
        "picture": NOTHING
        if state.picture_age_s is None
        else words.say("age.second", n=int(state.picture_age_s)),
        "rate": words.number(state.reads_per_minute, 1),
        "usual": usual_told(card, words),
        "sure": share_told(card.sample.share_sure, words),
        "skew": skew_told(card, limits, words),
        "doubtful": share_told(card.share_doubtful, words),
        "misread": misread_told(card, words),
    }
    return el(
        "tr",
        [
            el(
                "td",
                cells[name],
                cls=f"{kind_of(name)} is-due" if name in late else kind_of(name) or None,
            )
            for name in COLUMNS
        ],
        data_camera=state.id,
        aria_selected="false",
    )


def kind_of(name: str) -> str:
    """Return the class of a column: figures stand to the right."""
    return "" if name in ("name", "state") else "num"


def usual_told(card: Scorecard, words: Words) -> str:
    """Return the usual range of reads a minute at this hour."""
    if card.usual is None:
        return NOTHING
    low, high = (words.number(end, 1) for end in card.usual)
    return f"{low}–{high}"


def share_told(share: float | None, words: Words) -> str:
    """Return a share, a dash where there is none."""
    return NOTHING if share is None else words.percent(share, 1)


def skew_told(card: Scorecard, limits: CameraLimits, words: Words) -> str:
    """Return by how much the clock goes ahead, or how late reads come."""
    skew, delay = card.sample.skew_s, card.sample.delay_s
    if skew is None or delay is None:
        return NOTHING
    if skew > limits.skew_s:
        return words.say("cameras.ahead", n=words.number(skew, 1))
    if delay > limits.late_s:
        return words.say("cameras.late", n=words.number(delay))
    return words.say("cameras.in_step")


def misread_told(card: Scorecard, words: Words) -> str:
    """Return how many of a month's answered questions were misread."""
    if not card.answers.given:
        return NOTHING
    return words.say(
        "cameras.of", n=words.number(card.answers.misread), of=words.number(card.answers.given)
    )
