"""What can be done with a case: each step with its key printed on it, the next one marked."""

from collections.abc import Sequence

from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.panels.choosers import Offer, chooser, field, opener
from dashboards.words import Words
from ioc.alerts.model import Alert, AlertState, Step
from ioc.alerts.rules import possible_steps

# The keys are physical: Vietnamese typing changes letters and digits, but not these codes.
KEYS = {
    Step.ACKNOWLEDGE: ("Digit1", "1"),
    Step.ASSIGN: ("Digit2", "2"),
    Step.STOP: ("Digit3", "3"),
    Step.ESCORT: ("Digit4", "4"),
    Step.EN_ROUTE: ("KeyT", "T"),
    Step.ESCAPE: ("KeyK", "K"),
    Step.FALSE_READ: ("Digit0", "0"),
    Step.CLEAR: ("KeyL", "L"),
    Step.CLOSE: ("Digit9", "9"),
    Step.SHELVE: ("KeyG", "G"),
    Step.UNSHELVE: ("KeyG", "G"),
}
# Steps of one row lie side by side: those that few cases need take no place from the others.
ROWS = (
    (Step.ACKNOWLEDGE,),
    (Step.ASSIGN,),
    (Step.EN_ROUTE, Step.ESCAPE),
    (Step.STOP,),
    (Step.ESCORT,),
    (Step.FALSE_READ, Step.CLEAR),
    (Step.CLOSE,),
)
NEXT = {
    AlertState.NEW: Step.ACKNOWLEDGE,
    AlertState.ACKNOWLEDGED: Step.ASSIGN,
    AlertState.ASSIGNED: Step.EN_ROUTE,
    AlertState.EN_ROUTE: Step.STOP,
    AlertState.STOPPED: Step.ESCORT,
    AlertState.ESCORTED: Step.CLOSE,
    AlertState.ESCAPED: Step.CLOSE,
    AlertState.SHELVED: Step.UNSHELVE,
}
# What a patrol at the roadside does next: the most likely first, never more than three.
AT_HAND = {
    AlertState.NEW: (Step.ACKNOWLEDGE, Step.FALSE_READ, Step.CLEAR),
    AlertState.ACKNOWLEDGED: (Step.STOP, Step.ESCAPE, Step.FALSE_READ),
    AlertState.ASSIGNED: (Step.EN_ROUTE, Step.STOP, Step.ESCAPE),
    AlertState.EN_ROUTE: (Step.STOP, Step.ESCAPE, Step.FALSE_READ),
    AlertState.STOPPED: (Step.ESCORT, Step.CLEAR, Step.ESCAPE),
    AlertState.ESCORTED: (Step.CLOSE, Step.CLEAR, Step.ESCAPE),
    AlertState.ESCAPED: (Step.STOP, Step.CLOSE, Step.FALSE_READ),
    AlertState.SHELVED: (Step.UNSHELVE,),
    AlertState.CLEARED: (Step.CLOSE,),
    AlertState.FALSE_READ: (Step.CLOSE,),
    AlertState.CLOSED: (),
}
# How far a case has come, and the steps that lie behind it then.
ORDER = {Step.ACKNOWLEDGE: 1, Step.ASSIGN: 2, Step.EN_ROUTE: 3, Step.STOP: 4, Step.ESCORT: 5}
PASSED = {
    AlertState.ACKNOWLEDGED: 1,
    AlertState.ASSIGNED: 2,
    AlertState.EN_ROUTE: 3,
    AlertState.STOPPED: 4,
    AlertState.ESCORTED: 5,
    AlertState.ESCAPED: 5,
    AlertState.CLEARED: 5,
    AlertState.FALSE_READ: 5,
    AlertState.CLOSED: 5,
}
PACK = "choose-pack"


def actions(
    alert: Alert, units: Sequence[Offer], words: Words, *, may_act: bool, may_take: bool = False
) -> Html:
    """Return the rows of steps; `units` may be sent, the nearest first.

    A step that does not follow is locked and says what it waits for. `may_take`: the evidence of
    the case may be taken away.
    """
    taking = _taking(alert, words) if may_take else (None, None)
    if not may_act:
        told = el("p", words.say("desk.read_only"), cls="quiet read-only")
        return join([told, *taking])
    shelve = Step.UNSHELVE if alert.state is AlertState.SHELVED else Step.SHELVE
    rows = [_row(steps, alert, units, words) for steps in ROWS]
    last = [
        el("div", _button(shelve, alert, words), taking[0], cls="action-row"),
        _chooser(shelve, alert, units, words),
        taking[1],
    ]
    return join([*rows, *last])


def at_hand(alert: Alert, units: Sequence[Offer], words: Words, *, may_act: bool) -> Html:
    """Return the three buttons under a thumb; what must be chosen opens above them."""
    possible = possible_steps(alert.state)
    steps = [step for step in AT_HAND[alert.state] if may_act and step in possible]
    buttons = [
        el(
            "button",
            words.say(step),
            type="button",
            cls="is-main" if n == 0 else None,
            data_step=None if opener(step) else step.value,
            data_opens=opener(step, "hand-"),
            aria_expanded="false" if opener(step) else None,
        )
        for n, step in enumerate(steps)
    ]
    return join([*[chooser(step, units, words, "hand-") for step in steps], *buttons])


def _row(steps: Sequence[Step], alert: Alert, units: Sequence[Offer], words: Words) -> Html:
    buttons = [_button(step, alert, words) for step in steps]
    shown = el("div", buttons, cls="action-row") if len(buttons) > 1 else buttons[0]
    return join([shown, *[_chooser(step, alert, units, words) for step in steps]])


def _chooser(step: Step, alert: Alert, units: Sequence[Offer], words: Words) -> Html | None:
    return chooser(step, units, words) if step in possible_steps(alert.state) else None


def _button(step: Step, alert: Alert, words: Words) -> Html:
    code, key = KEYS[step]
    is_open = step in possible_steps(alert.state)
    opens = opener(step) if is_open else None
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
        title=hint,
        data_key=code,
        data_step=None if opens else step.value,
        data_opens=opens,
        aria_expanded="false" if opens else None,
        disabled=not is_open,
    )


def _taking(alert: Alert, words: Words) -> tuple[Html, Html]:
    """Return the button that takes the evidence away, and what is asked for it."""
    button = el(
        "button",
        key_cap("H"),
        el("b", words.say("desk.pack")),
        cls="action is-open",
        type="button",
        data_key="KeyH",
        data_opens=PACK,
        aria_expanded="false",
    )
    box = el(
        "div",
        field("purpose", "desk.purpose", words, 200),
        field("case", "desk.case", words, 200),
        el(
            "button",
            words.say("desk.pack_take"),
            type="button",
            data_pack=alert.id,
            data_enter=True,
        ),
        cls="chooser",
        id=PACK,
        hidden=True,
        role="group",
        aria_label=words.say("desk.pack"),
    )
    return button, box
