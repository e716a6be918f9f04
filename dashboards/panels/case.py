"""One opened case: its head and life cycle, its pictures, and the certainty of each character."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.components import badge, key_cap, late_mark, priority_tag
from dashboards.markup import Html, el
from dashboards.words import Words
from ioc.alerts.model import Alert, AlertState, StepTaken
from ioc.permits.model import PermitClass
from ioc.places import City
from ioc.vehicles.model import PlateCharacter, PlateRead, Sighting
from ioc.vehicles.plate import display

LIFE = (
    AlertState.NEW,
    AlertState.ACKNOWLEDGED,
    AlertState.ASSIGNED,
    AlertState.STOPPED,
    AlertState.ESCORTED,
    AlertState.CLOSED,
)
UNSURE = 0.80


@dataclass(frozen=True)
class Said:
    """What one of two readers said of a sighting; a plate that it could not read is empty."""

    reader: str
    plate: str
    confidence: float


def head(alert: Alert, permit_class: PermitClass | None, city: City, words: Words) -> Html:
    """Return priority, pass, reason, place, and how long the case has run."""
    place = city.cameras[alert.camera].name if alert.camera in city.cameras else alert.camera
    is_new = alert.state is AlertState.NEW
    seen = words.say("case.seen", n=words.number(alert.sightings)) if alert.sightings > 1 else None
    about = [words.say("case.camera", name=place), seen, words.say("case.number", id=alert.id)]
    return el(
        "header",
        priority_tag(alert.priority),
        badge(permit_class, words, 46) if permit_class else None,
        el(
            "div",
            el("h2", words.say(f"reason.{alert.reason}")),
            el("p", ". ".join(part for part in about if part)),
        ),
        late_mark(alert.late_s, words, alert.last_seen_at)
        if alert.late_s is not None
        else [
            el(
                "div",
                el("span", cls="over-text urgent"),
                el("span", words.say("alert.due_at", time=words.time(alert.due_at)), cls="limit"),
                cls="case-limit",
            ),
            el("b", cls="run-time"),
        ],
        cls="case-head run" if is_new and not alert.is_late else "case-head run is-taken",
        data_since=alert.raised_at.isoformat(),
        data_due=alert.due_at.isoformat(),
    )


def life(alert: Alert, log: Sequence[StepTaken], words: Words) -> Html:
    """Return the life cycle with the time of each state reached; the next one is marked."""
    # Later lines of the same state (an escalation, another unit) do not move its time.
    reached = {AlertState.NEW: alert.raised_at}
    for step in log:
        reached.setdefault(step.state, step.at)
    latest = max((n for n, state in enumerate(LIFE) if state in reached), default=0)
    is_over = alert.state.is_over
    if is_over and alert.closed_at is not None:
        reached.setdefault(AlertState.CLOSED, alert.closed_at)
        latest = len(LIFE) - 1
    return el(
        "ol",
        [
            el(
                "li",
                el("b" if n == latest + 1 else "span", words.say(state)),
                el("small", _when(reached.get(state), words, is_next=n == latest + 1)),
                cls=_stage(n, latest, is_over=is_over),
            )
            for n, state in enumerate(LIFE)
        ],
        cls="life",
    )


def _stage(n: int, latest: int, *, is_over: bool) -> str:
    if n <= latest:
        return "is-past"
    return "is-next" if n == latest + 1 and not is_over else ""


def _when(at: datetime | None, words: Words, *, is_next: bool) -> str:
    if at is not None:
        return words.time(at)
    return words.say("case.waits") if is_next else ""


def pictures(
    alert: Alert,
    sightings: Sequence[Sighting],
    city: City,
    words: Words,
    said: Mapping[str, Sequence[Said]],
) -> Html:
    """Return the frame, the crop of the plate, and every sighting of the incident, newest first.

    `said` are the readings of sightings that two readers made, by ref.
    """
    camera = city.cameras.get(alert.camera)
    name = alert.camera.upper() if camera is None else f"{alert.camera.upper()} {camera.name}"
    return el(
        "div",
        el(
            "figure",
            _picture(alert.frame_picture, "case.no_frame", words, zoomable=True),
            el("figcaption", el("span", name), el("span", words.stamp(alert.first_seen_at))),
            el("p", key_cap("Z"), words.say("case.zoom"), cls="zoom-key")
            if alert.frame_picture
            else None,
            cls="frame",
        ),
        el(
            "div",
            el("figure", _picture(alert.plate_picture, "case.no_crop", words), cls="crop"),
            _sighting_rows(alert, sightings, city, words, said),
        ),
        cls="evidence",
    )


def _picture(name: str | None, missing: str, words: Words, *, zoomable: bool = False) -> Html:
    if name is None:
        return el("p", words.say(missing), cls="no-picture quiet")
    alt = words.say("case.frame_alt" if zoomable else "case.crop_alt")
    return el("img", src=f"/evidence/{name}", alt=alt, cls="zoomable" if zoomable else None)


def _sighting_rows(
    alert: Alert,
    sightings: Sequence[Sighting],
    city: City,
    words: Words,
    said: Mapping[str, Sequence[Said]],
) -> Html | None:
    """Return one row a sighting; a plate read otherwise than the alert's is marked.

    Where two readers read one vehicle, what each of them said stands below.
    """

    def row(sighting: Sighting) -> Html:
        read = sighting.read
        camera = city.cameras.get(read.camera)
        differs = read.plate != alert.plate
        return el(
            "tr",
            el("td", words.time(read.seen_at), cls="mono"),
            el("td", camera.name if camera else read.camera),
            el("td", display(read.plate), cls="mono is-doubtful" if differs else "mono"),
            el("td", words.number(read.confidence, 2), cls="num"),
        )

    if not sightings:
        return None
    head = words.say("case.sightings", n=words.number(len(sightings)))
    rows = [[row(one), *_readings(one, said.get(one.ref, ()), words)] for one in sightings]
    table = el("table", rows, cls="sightings")
    return el("div", el("h3", head), table, cls="all-sightings", tabindex="0")


def _readings(sighting: Sighting, said: Sequence[Said], words: Words) -> list[Html]:
    """Return a line for each of two readings of a sighting: who read, what, and how sure."""
    return [
        el(
            "tr",
            el("td"),
            el("td", one.reader),
            el(
                "td",
                display(one.plate) if one.plate else words.say("case.no_plate"),
                cls="mono is-doubtful" if one.plate != sighting.read.plate else "mono",
            ),
            el("td", words.number(one.confidence, 2) if one.plate else "\u2013", cls="num"),
            cls="reading",
        )
        for one in said
    ]


def strip(read: PlateRead, shown: str, on_permit: str | None, words: Words) -> Html:
    """Return the read character by character with its certainty, and the plate on the permit.

    `shown` is the plate as displayed: its separators stand between the cells.
    """
    cells = _cells(shown, read)
    found = on_permit or ""
    differs = [
        bool(found) and (place >= len(found) or found[place] != char)
        for place, (char, _) in enumerate(cells)
    ]
    return el(
        "div",
        el(
            "div",
            el("b", words.say("case.as_read")),
            el("small", words.say("case.certainty")),
            cls="said",
        ),
        el(
            "div",
            [
                _cell(char, certainty, words, differs=is_other)
                for (char, certainty), is_other in zip(cells, differs, strict=True)
            ],
            cls="cells",
        ),
        el("div", el("b", words.say("case.on_permit")), cls="said"),
        el(
            "div",
            [_permit_cell(char, place, shown) for place, char in enumerate(found)],
            cls="cells",
        )
        if found
        else el("p", words.say("case.no_permit"), cls="quiet"),
        cls="strip",
    )


def _cells(shown: str, read: PlateRead) -> list[tuple[str, PlateCharacter | None]]:
    characters = iter(read.characters)
    return [(char, next(characters, None) if char.isalnum() else None) for char in shown]


def _cell(char: str, read: PlateCharacter | None, words: Words, *, differs: bool) -> Html:
    if not char.isalnum():
        return el("span", char, cls="gap")
    if read is None:
        return el("span", el("b", char), cls="cell is-doubtful" if differs else "cell")
    doubtful = differs or read.confidence < UNSURE
    level = el("i", style=f"width:{read.confidence * 100:.0f}%")
    share = words.number(read.confidence * 100) + (" ≠" if differs else "")
    return el(
        "span",
        el("b", char),
        el("span", level, cls="level"),
        el("small", share),
        cls="cell is-doubtful" if doubtful else "cell",
    )


def _permit_cell(char: str, place: int, shown: str) -> Html:
    """Return a character of the permit, inverse where the read has another."""
    if not char.isalnum():
        return el("span", char, cls="gap")
    is_same = place < len(shown) and shown[place] == char
    return el("span", el("b", char), cls="cell" if is_same else "cell is-other")
