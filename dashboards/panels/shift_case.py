"""What the shift lead has chosen, and what can be done with it by a key."""

from collections.abc import Mapping, Sequence

from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.panels.shift_list import FIRST_OF_GROUP, place_of, plate_of
from dashboards.words import Words
from ioc.alerts.model import Alert, AlertState, Step
from ioc.alerts.rules import possible_steps
from ioc.patrols.model import Near
from ioc.places import City
from ioc.vehicles.model import Sighting

MINUTES = (10, 30, 60, 240)
# What Enter takes once the reason is told.
USUAL = 30
NEXT = {AlertState.NEW: Step.ACKNOWLEDGE, AlertState.ACKNOWLEDGED: Step.ASSIGN}


def alert_actions(alert: Alert, near: Sequence[Near], words: Words) -> Html:
    """Return what can be done with one alert; a unit is chosen among the nearest, or named."""
    possible = possible_steps(alert.state)
    item: dict[str, object] = {"data_do": "step", "data_alert_id": alert.id}
    shelves = [
        _button(
            words.say("age.minute", n=n),
            data_take=Step.SHELVE,
            data_minutes=n,
            data_enter=n == USUAL,
            **item,
        )
        for n in MINUTES
    ]
    rows: list[object] = []
    if Step.ACKNOWLEDGE in possible:
        rows.append(
            _action("Digit1", Step.ACKNOWLEDGE, words, alert, data_take=Step.ACKNOWLEDGE, **item)
        )
    if Step.ASSIGN in possible:
        rows.append(_action("Digit2", Step.ASSIGN, words, alert, data_shows="shift-units"))
        rows.append(_chooser("shift-units", _units(near, words, item)))
    if Step.FALSE_READ in possible:
        rows.append(
            _action("Digit0", Step.FALSE_READ, words, alert, data_take=Step.FALSE_READ, **item)
        )
    if Step.SHELVE in possible:
        rows.append(_action("KeyG", Step.SHELVE, words, alert, data_shows="shift-shelves"))
        rows.append(_chooser("shift-shelves", [_why(words), *shelves]))
    if Step.UNSHELVE in possible:
        rows.append(_action("KeyU", Step.UNSHELVE, words, alert, data_take=Step.UNSHELVE, **item))
    return join(rows)


def seen(sightings: Sequence[Sighting], city: City, words: Words) -> Html:
    """Return the sightings that joined the alert, oldest first."""
    rows = [
        el(
            "tr",
            el("td", words.time(sighting.read.seen_at), cls="mono"),
            el("td", place_of(sighting.read.camera, city)),
            el("td", words.number(sighting.read.confidence, 2), cls="num"),
        )
        for sighting in sightings
    ]
    return el("table", rows, cls="sightings")


def group_case(alerts: Sequence[Alert], city: City, words: Words, *, is_masked: bool) -> Html:
    """Return what waits together: who they are, muting their camera, ending them as misread."""
    first = alerts[0]
    lines = [
        el("li", plate_of(alert, is_masked=is_masked), " ", words.time(alert.raised_at))
        for alert in alerts[:FIRST_OF_GROUP]
    ]
    more = len(alerts) - len(lines)
    names = ",".join(alert.id for alert in alerts)
    end = _button(
        words.say("shift.misread_all", n=len(alerts)),
        data_hotkey="Digit0",
        data_do="misread",
        data_alerts=names,
        data_enter=True,
    )
    return join(
        [
            el("h2", words.say("shift.group", n=len(alerts), name=place_of(first.camera, city))),
            el("ol", lines, cls="group-members"),
            el("p", words.say("desk.more", n=more), cls="quiet") if more else None,
            mute_actions(first.camera, first.rule, words),
            el(
                "button",
                key_cap("0"),
                el("b", words.say("shift.misread_all", n=len(alerts))),
                el("small", words.say("shift.press_again")),
                cls="action is-open",
                type="button",
                data_hotkey="Digit0",
                data_shows="shift-misread",
            ),
            _chooser("shift-misread", [end]),
        ]
    )


def mute_actions(camera: str, rule: str, words: Words) -> Html:
    """Return the key that mutes a camera for a rule, with its reason and its time."""
    times = [
        _button(
            words.say("age.minute", n=n),
            data_do="mute",
            data_camera=camera,
            data_rule=rule,
            data_minutes=n,
            data_enter=n == USUAL,
        )
        for n in MINUTES
    ]
    row = el(
        "button",
        key_cap("G"),
        el("b", words.say("shift.mute")),
        el("small", words.say("shift.mute_hint")),
        cls="action is-next",
        type="button",
        data_hotkey="KeyG",
        data_shows="shift-shelves",
    )
    return join([row, _chooser("shift-shelves", [_why(words), *times])])


def unmute_actions(camera: str, rule: str, words: Words) -> Html:
    """Return the key that ends a mute before its time."""
    return el(
        "button",
        key_cap("U"),
        el("b", words.say("shift.unmute")),
        el("small", words.say("shift.unmute_hint")),
        cls="action is-next",
        type="button",
        data_hotkey="KeyU",
        data_do="unmute",
        data_camera=camera,
        data_rule=rule,
    )


def _units(near: Sequence[Near], words: Words, item: Mapping[str, object]) -> list[Html]:
    field = el(
        "input",
        name="unit",
        maxlength=80,
        autocomplete="off",
        placeholder=words.say("desk.unit"),
        aria_label=words.say("desk.unit"),
    )
    named = _button(words.say(Step.ASSIGN), data_take=Step.ASSIGN, data_enter=True, **item)
    units = [
        el(
            "button",
            key_cap(str(n)),
            el("span", one.patrol.station.name),
            el("small", words.say("shift.way", km=words.number(one.km, 1), n=round(one.minutes))),
            type="button",
            data_hotkey=f"Digit{n}",
            data_take=Step.ASSIGN,
            data_unit=one.patrol.station.id,
            **item,
        )
        for n, one in enumerate(near, 1)
    ]
    return [*units, field, named]


def _why(words: Words) -> Html:
    return el(
        "input",
        name="note",
        maxlength=200,
        autocomplete="off",
        data_focus=True,
        placeholder=words.say("desk.shelve_why"),
        aria_label=words.say("desk.shelve_why"),
    )


def _button(text: str, **data: object) -> Html:
    return el("button", text, type="button", **data)


def _action(hotkey: str, step: Step, words: Words, alert: Alert, **data: object) -> Html:
    return el(
        "button",
        key_cap(hotkey.removeprefix("Digit").removeprefix("Key")),
        el("b", words.say(step)),
        el("small", words.say(f"desk_hint.{step.value}")),
        cls="action is-next" if NEXT.get(alert.state) is step else "action is-open",
        type="button",
        data_hotkey=hotkey,
        **data,
    )


def _chooser(name: str, children: Sequence[object]) -> Html:
    return el("div", list(children), cls="chooser", id=name, hidden=True, role="group")
