"""The list of cameras: state, picture, reads against what is usual, how sure, how right."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.panels.camera_reader import own_clock, reader_told
from dashboards.words import Words
from ioc.camera_health.model import SEEN, CameraFault
from ioc.camera_watch import faults_of
from ioc.errors import InvalidInput
from ioc.limits import CameraLimits
from ioc.places import Camera, City, RoadClass
from ioc.readers.model import Clock
from ioc.scorecards import Scorecard
from ioc.vendors import SelfReader

NOTHING = "\u2013"
# What needs a person comes first.
ORDER = ("lost", "connecting", "live", "silent")
STATES = ("", "needs", "lied", "lost", "live", "silent")
COLUMNS = (
    "name",
    "state",
    "reader",
    "picture",
    "rate",
    "usual",
    "sure",
    "skew",
    "doubtful",
    "misread",
)
# Units of an age and how long one is, in seconds.
AGES = (("day", 86_400), ("hour", 3_600), ("minute", 60))
# In which column a fault shows.
SHOWS = {
    CameraFault.FEW_READS: "rate",
    CameraFault.UNSURE: "sure",
    CameraFault.CLOCK: "skew",
    CameraFault.MISREAD: "misread",
}


@dataclass(frozen=True)
class View:
    """Which cameras a desk looks at; empty where it does not matter."""

    state: str = ""
    road: str = ""
    district: str = ""

    def shows(
        self, card: Scorecard, camera: Camera, city: City, liars: Collection[str] = ()
    ) -> bool:
        """Tell whether a camera is among them; `liars` are those that lied today."""
        if self.road and camera.road_class.value != self.road:
            return False
        if self.district and district_of(camera, city) != self.district:
            return False
        if self.state == "lied":
            return card.state.id in liars
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
    found = dict.fromkeys(SHOWS.get(fault, "state") for fault in faults_of(card, limits))
    if card.state.state in ("lost", "connecting"):
        found["state"] = None
    if card.is_below_usual:
        found["rate"] = None
    if (card.sample.delay_s or 0.0) > limits.late_s:
        found["skew"] = None
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


@dataclass(frozen=True)
class Readers:
    """Cameras that read plates themselves, how their clocks go, how long ago they were heard."""

    cameras: Mapping[str, SelfReader] = field(default_factory=dict)
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    ages: Mapping[str, timedelta] = field(default_factory=dict)


def rows(
    cards: Sequence[Scorecard], city: City, words: Words, readers: Readers | None = None
) -> Html:
    """Return one row a camera; who reads is told only where not all are read by us."""
    if not cards:
        return el("p", words.say("cameras.none"), cls="quiet all-quiet")
    readers = readers or Readers()
    columns = [name for name in COLUMNS if name != "reader" or readers.cameras]
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
            for name in columns
        ],
    )
    lines = [
        _row(card, columns, city, words, readers) for card in ordered(cards, city.limits.cameras)
    ]
    return el("table", el("thead", head), el("tbody", lines), cls="list camera-list")


def _row(
    card: Scorecard, columns: Sequence[str], city: City, words: Words, readers: Readers
) -> Html:
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
        "state": _state(card, limits, words),
        "reader": reader_told(
            readers.cameras.get(state.id), state.state, readers.ages.get(state.id), words
        ),
        "picture": NOTHING if state.picture_age_s is None else age_told(state.picture_age_s, words),
        "rate": words.number(state.reads_per_minute, 1),
        "usual": usual_told(card, words),
        "sure": share_told(card.sample.share_sure, words),
        "skew": _clock(card, limits, readers, words),
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
            for name in columns
        ],
        data_camera=state.id,
        aria_selected="false",
    )


def _clock(card: Scorecard, limits: CameraLimits, readers: Readers, words: Words) -> Html:
    """Return how reads come in time; of a camera whose own clock is repaired that, in its place."""
    told, own = skew_told(card, limits, words), own_clock(readers.clocks.get(card.state.id), words)
    return join([None if own and "skew" not in needs(card, limits) else told, own])


def _state(card: Scorecard, limits: CameraLimits, words: Words) -> Html:
    """Return whether pictures come, and what is wrong with a camera whose pictures do."""
    state = card.state.state
    told = el("span", words.say(f"camera_state.{state}"), cls=f"camera-state {state}")
    seen = [fault for fault in faults_of(card, limits) if fault in SEEN]
    return join(
        [
            told,
            *(el("small", words.say(f"camera_fault.{fault}"), cls="camera-sign") for fault in seen),
        ]
    )


def kind_of(name: str) -> str:
    """Return the class of a column: figures stand to the right."""
    return "" if name in ("name", "state", "reader") else "num"


def age_told(seconds: float, words: Words) -> str:
    """Return an age in the largest unit of which it is at least two."""
    for unit, length in AGES:
        if seconds >= 2 * length:
            return words.say(f"age.{unit}", n=words.number(int(seconds / length)))
    return words.say("age.second", n=int(seconds))


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
