"""What can be done with a case: one row a step, its key printed on it, the next one marked."""

from collections.abc import Sequence

from dashboards.components import badge, key_cap
from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.alerts.model import Alert, AlertOutcome, AlertState, Step
from ioc.alerts.rules import possible_steps
from ioc.permits.model import PermitClass

# The keys are physical: Vietnamese typing changes letters and digits, but not these codes.
KEYS = (
    ("Digit1", "1", Step.ACKNOWLEDGE),
    ("Digit2", "2", Step.ASSIGN),
    ("Digit3", "3", Step.STOP),
    ("Digit4", "4", Step.ESCORT),
    ("Digit0", "0", Step.FALSE_READ),
    ("Digit9", "9", Step.CLOSE),
)
NEXT = {
    AlertState.NEW: Step.ACKNOWLEDGE,
    AlertState.ACKNOWLEDGED: Step.ASSIGN,
    AlertState.ASSIGNED: Step.STOP,
    AlertState.EN_ROUTE: Step.STOP,
    AlertState.STOPPED: Step.ESCORT,
    AlertState.ESCORTED: Step.CLOSE,
    AlertState.ESCAPED: Step.CLOSE,
    AlertState.SHELVED: Step.UNSHELVE,
}
# How far a case has come, and the steps that lie behind it then.
ORDER = {Step.ACKNOWLEDGE: 1, Step.ASSIGN: 2, Step.STOP: 3, Step.ESCORT: 4}
PASSED = {
    AlertState.ACKNOWLEDGED: 1,
    AlertState.ASSIGNED: 2,
    AlertState.EN_ROUTE: 2,
    AlertState.STOPPED: 3,
    AlertState.ESCORTED: 4,
    AlertState.ESCAPED: 4,
    AlertState.CLEARED: 4,
    AlertState.FALSE_READ: 4,
    AlertState.CLOSED: 4,
}
STREAMS = (
    ("KeyX", "X", PermitClass.GREEN),
    ("KeyV", "V", PermitClass.YELLOW),
    ("KeyD", "D", PermitClass.RED),
)
SHELF_MINUTES = (10, 30, 60)
USUAL_SHELF = 30
# False and misread endings have keys of their own.
OUTCOMES = (
    AlertOutcome.LED_TO_STREAM,
    AlertOutcome.FINED,
    AlertOutcome.CLEARED,
    AlertOutcome.ESCAPED,
    AlertOutcome.OTHER,
)


def actions(alert: Alert, units: Sequence[str], words: Words, *, may_act: bool) -> Html:
    """Return the rows of steps; `units` are those assigned lately, offered again.

    A step that does not follow is locked and says what it waits for.
    """
    if not may_act:
        return el("p", words.say("desk.read_only"), cls="quiet read-only")
    possible = possible_steps(alert.state)
    rows = [
        [
            _row(code, key, step, alert, words),
            _chooser(step, units, words) if step in possible else None,
        ]
        for code, key, step in KEYS
    ]
    shelve = Step.UNSHELVE if alert.state is AlertState.SHELVED else Step.SHELVE
    chooser = _chooser(shelve, units, words) if shelve in possible else None
    last = [_row("KeyG", "G", shelve, alert, words), chooser]
    return join([*rows, last])


def _row(code: str, key: str, step: Step, alert: Alert, words: Words) -> Html:
    is_open = step in possible_steps(alert.state)
    opens = f"choose-{step.value}" if is_open and step in CHOOSERS else None
    kind = "is-next" if NEXT.get(alert.state) is step else "is-open" if is_open else "is-locked"
    is_past = PASSED.get(alert.state, 0) >= ORDER.get(step, 9)
    lock = "desk.passed" if is_past else f"desk_lock.{step.value}"
    hint = words.say(f"desk_hint.{step.value}" if is_open else lock)
    return el(
        "button",
        key_cap(key),
        el("b", words.say(step)),
        el("small", hint),
        cls=f"action {kind}",
        type="button",
        data_key=code,
        data_step=None if opens else step.value,
        data_opens=opens,
        aria_expanded="false" if opens else None,
        disabled=not is_open,
    )


def _chooser(step: Step, units: Sequence[str], words: Words) -> Html | None:
    if step not in CHOOSERS:
        return None
    return el(
        "div",
        CHOOSERS[step](units, words),
        cls="chooser",
        id=f"choose-{step.value}",
        hidden=True,
        role="group",
        aria_label=words.say(step),
    )


def _units(units: Sequence[str], words: Words) -> Html:
    field = el(
        "input",
        name="unit",
        maxlength=40,
        autocomplete="off",
        placeholder=words.say("desk.unit"),
        aria_label=words.say("desk.unit"),
    )
    done = el(
        "button",
        words.say(Step.ASSIGN),
        type="button",
        data_step=Step.ASSIGN.value,
        data_enter=True,
    )
    known = [
        el("button", unit, type="button", data_step=Step.ASSIGN.value, data_unit=unit)
        for unit in units
    ]
    return join([field, done, known])


def _streams(_units: Sequence[str], words: Words) -> Html:
    return join(
        el(
            "button",
            key_cap(key),
            badge(permit_class, words, 22),
            words.say(permit_class),
            type="button",
            data_key=code,
            data_step=Step.ESCORT.value,
            data_stream=permit_class.value,
        )
        for code, key, permit_class in STREAMS
    )


def _outcomes(_units: Sequence[str], words: Words) -> Html:
    return join(
        el(
            "button",
            key_cap(str(n)),
            words.say(outcome),
            type="button",
            data_key=f"Digit{n}",
            data_step=Step.CLOSE.value,
            data_outcome=outcome.value,
        )
        for n, outcome in enumerate(OUTCOMES, 1)
    )


def _shelves(_units: Sequence[str], words: Words) -> Html:
    reason = el(
        "input",
        name="note",
        maxlength=200,
        autocomplete="off",
        placeholder=words.say("desk.shelve_why"),
        aria_label=words.say("desk.shelve_why"),
    )
    times = [
        el(
            "button",
            words.say("age.minute", n=minutes),
            type="button",
            data_step=Step.SHELVE.value,
            data_minutes=minutes,
            data_enter=minutes == USUAL_SHELF,
        )
        for minutes in SHELF_MINUTES
    ]
    return join([reason, *times])


CHOOSERS = {
    Step.ASSIGN: _units,
    Step.ESCORT: _streams,
    Step.CLOSE: _outcomes,
    Step.SHELVE: _shelves,
}
