"""What is open in the room as its lead sees it: what has gone up first, in a flood in groups."""

from collections.abc import Sequence

from dashboards.components import choices, late_mark, priority_tag, time_bar
from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.alerts.model import Alert, AlertState, Group
from ioc.alerts.rules import gather
from ioc.places import City
from ioc.privacy import mask_plate
from ioc.vehicles.plate import display

MOST = 40
FIRST_OF_GROUP = 20


def open_list(
    alerts: Sequence[Alert], city: City, words: Words, *, is_flood: bool, is_masked: bool
) -> Html:
    """Return what has gone up, what waits, what is in work; `alerts` by priority and limit."""
    up = sorted((a for a in alerts if a.level), key=lambda a: (-a.level, a.priority, a.due_at))
    waiting = [a for a in alerts if not a.level and a.state is AlertState.NEW]
    waiting.sort(key=lambda a: a.is_late)  # what came too late is in nobody's way
    working = [a for a in alerts if not a.level and a.state is not AlertState.NEW]

    def rows(of: Sequence[Alert | Group]) -> list[Html]:
        return [_row(one, city, words, is_masked=is_masked) for one in of[:MOST]]

    # In a flood what has gone up is put together too: forty rows of one dirty lens hide the rest.
    groups = (
        ("shift.up", gather(up, is_flood=is_flood), True),
        ("shift.waiting", gather(waiting, is_flood=is_flood), True),
        ("shift.working", list[Alert | Group](working), False),
    )
    return join(
        _section(key, of, rows(of), words, is_waiting=is_waiting) for key, of, is_waiting in groups
    )


def _section(
    key: str, of: Sequence[Alert | Group], rows: list[Html], words: Words, *, is_waiting: bool
) -> Html:
    count = sum(len(one.alerts) if isinstance(one, Group) else 1 for one in of)
    more = len(of) - len(rows)
    return el(
        "section",
        el("h3", words.say(key), " ", el("b", words.number(count))),
        choices(rows, words.say(key))
        if rows
        else el("p", words.say(f"{key}_none"), cls="quiet none"),
        el("p", words.say("desk.more", n=words.number(more)), cls="quiet none") if more else None,
        cls="queue-group is-waiting" if is_waiting else "queue-group",
    )


def _row(one: Alert | Group, city: City, words: Words, *, is_masked: bool) -> Html:
    if isinstance(one, Group):
        return _group(one, city, words)
    return el(
        "li",
        el("span", priority_tag(one.priority), cls="signs"),
        el(
            "span",
            el("strong", words.say(f"short_reason.{one.reason}")),
            el("small", plate_of(one, is_masked=is_masked), ", ", place_of(one.camera, city)),
            _standing(one, words),
            cls="what",
        ),
        _running(one, words),
        cls="queue-row shift-row",
        role="option",
        aria_selected="false",
        data_item=f"alert:{one.id}",
    )


def _group(group: Group, city: City, words: Words) -> Html:
    first = group.alerts[0]
    up = max(alert.level for alert in group.alerts)
    told = el("small", words.say(f"shift.level_{up}"), cls="urgent") if up else None
    return el(
        "li",
        el("span", words.number(len(group.alerts)), cls="signs group-count"),
        el(
            "span",
            el("strong", words.say(f"short_reason.{first.reason}")),
            el("small", words.say("shift.same_camera", name=place_of(group.camera, city))),
            told,
            cls="what",
        ),
        late_mark(first.late_s, words)
        if first.late_s is not None
        else time_bar(min(a.raised_at for a in group.alerts), first.due_at, words),
        cls="queue-row shift-row group-row",
        role="option",
        aria_selected="false",
        data_item=f"group:{group.camera}|{group.rule}",
    )


def _standing(alert: Alert, words: Words) -> Html | None:
    if alert.level:
        wait = "shift.nobody" if alert.state is AlertState.NEW else "shift.no_unit"
        told = f"{words.say(f'shift.level_{alert.level}')}: {words.say(wait)}"
        return el("small", told, cls="urgent")
    if alert.state is AlertState.NEW:
        return None
    said = [words.say(alert.state), alert.unit or alert.owner]
    return el("small", ", ".join(part for part in said if part), cls="owner")


def _running(alert: Alert, words: Words) -> Html:
    if alert.late_s is not None:
        return late_mark(alert.late_s, words)
    is_new = alert.state is AlertState.NEW
    return time_bar(alert.raised_at, alert.due_at, words) if is_new else _since(alert, words)


def _since(alert: Alert, words: Words) -> Html:
    if alert.state is AlertState.ACKNOWLEDGED and alert.unit_due_at is not None:
        return time_bar(alert.raised_at, alert.unit_due_at, words)
    return el(
        "div",
        el("b", cls="run-time"),
        el("span", words.say("desk.since_raised"), cls="limit"),
        cls="run is-taken",
        data_since=alert.raised_at.isoformat(),
    )


def plate_of(alert: Alert, *, is_masked: bool) -> Html:
    """Return the plate of an alert as text, its middle hidden where it must be."""
    shown = display(alert.plate)
    return el("span", mask_plate(shown) if is_masked else shown, cls="mono")


def place_of(camera: str, city: City) -> str:
    """Return the name of a camera's place."""
    return city.cameras[camera].name if camera in city.cameras else camera
