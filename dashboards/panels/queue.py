"""The queue of a desk: what waits, by priority and time left, then what is in work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.components import badge, choices, late_mark, priority_tag, time_bar
from dashboards.markup import Html, el, join
from dashboards.plates import plate_chip
from dashboards.words import Words
from ioc.alerts.model import Alert, AlertState, Group, Priority
from ioc.alerts.rules import gather
from ioc.permits.model import PermitClass
from ioc.places import City
from ioc.privacy import mask_plate
from ioc.vehicles.model import Ground, Layout, Sighting
from ioc.vehicles.plate import display

MOST = 60


@dataclass(frozen=True)
class Row:
    """One alert as the queue shows it; `plate` is displayed, masked where it must be."""

    alert: Alert
    plate: str
    place: str
    permit_class: PermitClass | None
    ground: Ground = Ground.UNKNOWN
    layout: Layout | None = None


def rows_of(
    alerts: Sequence[Alert],
    sightings: Mapping[str, Sighting],
    classes: Mapping[str, PermitClass | None],
    city: City,
    *,
    is_masked: bool,
) -> list[Row]:
    """Return the rows of `alerts`, in their order."""
    return [
        _row(alert, sightings.get(alert.sighting), classes, city, is_masked=is_masked)
        for alert in alerts
    ]


def _row(
    alert: Alert,
    sighting: Sighting | None,
    classes: Mapping[str, PermitClass | None],
    city: City,
    *,
    is_masked: bool,
) -> Row:
    shown = display(alert.plate)
    plate = mask_plate(shown) if is_masked else shown
    place = city.cameras[alert.camera].name if alert.camera in city.cameras else alert.camera
    known = classes.get(alert.rule)
    if sighting is None or is_masked:
        return Row(alert, plate, place, known)
    permit_class = sighting.verdict.permit_class or known
    return Row(alert, plate, place, permit_class, sighting.read.colour, sighting.read.layout)


def queue(rows: Sequence[Row], words: Words, *, is_flood: bool = False) -> Html:
    """Return the queue: what nobody has taken, what came too late, what is in work, then shelved.

    In a flood the first of one camera and rule stands for all: as it is done, the next takes its
    place.
    """
    new = [row for row in rows if row.alert.state is AlertState.NEW]
    waiting = [row for row in new if not row.alert.is_late]
    late = [row for row in new if row.alert.is_late]
    working = [row for row in rows if row.alert.state is not AlertState.NEW]
    working.sort(key=lambda row: row.alert.state is AlertState.SHELVED)
    return join(
        [
            _group("desk.waiting", _gathered(waiting, is_flood=is_flood), words, is_waiting=True),
            _group("desk.late", _gathered(late, is_flood=len(late) > MOST), words, is_waiting=False)
            if late
            else None,
            _group("desk.working", [(row, 1) for row in working], words, is_waiting=False),
        ]
    )


def _gathered(rows: Sequence[Row], *, is_flood: bool) -> list[tuple[Row, int]]:
    by_alert = {row.alert.id: row for row in rows}
    return [
        (by_alert[one.alerts[0].id], len(one.alerts))
        if isinstance(one, Group)
        else (by_alert[one.id], 1)
        for one in gather([row.alert for row in rows], is_flood=is_flood)
    ]


def _group(key: str, rows: Sequence[tuple[Row, int]], words: Words, *, is_waiting: bool) -> Html:
    head = el("h3", words.say(key), " ", el("b", words.number(sum(n for _, n in rows))))
    more = len(rows) - MOST
    return el(
        "section",
        head,
        choices(
            [_line(row, n, words, is_waiting=is_waiting) for row, n in rows[:MOST]], words.say(key)
        )
        if rows
        else el("p", words.say(f"{key}_none"), cls="quiet none"),
        el("p", words.say("desk.more", n=words.number(more)), cls="quiet none")
        if more > 0
        else None,
        cls="queue-group is-waiting" if is_waiting else "queue-group",
    )


def _line(row: Row, together: int, words: Words, *, is_waiting: bool) -> Html:
    alert = row.alert
    others = words.say("desk.same_camera", n=words.number(together - 1))
    sign = badge(row.permit_class, words, 24) if row.permit_class else None
    return el(
        "li",
        el("span", priority_tag(alert.priority), sign, cls="signs"),
        el("span", plate_chip(row.plate, row.ground, row.layout), cls="chip-place"),
        el(
            "span",
            el("strong", words.say(f"short_reason.{alert.reason}")),
            el("small", row.place),
            el("small", others, cls="urgent") if together > 1 else None,
            _owner(alert, words),
            cls="what",
        ),
        _running(alert, words, is_waiting=is_waiting),
        cls="queue-row",
        role="option",
        data_alert=alert.id,
        data_urgent=is_waiting and alert.priority is Priority.P1,
        aria_selected="false",
    )


def _running(alert: Alert, words: Words, *, is_waiting: bool) -> Html:
    if alert.late_s is not None:
        return late_mark(alert.late_s, words)
    return time_bar(alert.raised_at, alert.due_at, words) if is_waiting else _spent(alert, words)


def _owner(alert: Alert, words: Words) -> Html | None:
    if alert.state is AlertState.NEW:
        return None
    said = [words.say(alert.state), alert.unit or alert.owner]
    return el("small", ", ".join(part for part in said if part), cls="owner")


def _spent(alert: Alert, words: Words) -> Html:
    return el(
        "div",
        el("b", cls="run-time"),
        el("span", words.say("desk.since_raised"), cls="limit"),
        cls="run is-taken",
        data_since=alert.raised_at.isoformat(),
    )
