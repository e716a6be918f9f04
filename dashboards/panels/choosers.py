"""The small choices before a step is sent: which unit, which stream, which outcome, how long."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dashboards.components import badge, key_cap
from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.alerts.model import AlertOutcome, Step
from ioc.permits.model import PermitClass

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


@dataclass(frozen=True)
class Offer:
    """A unit that may be sent; `minutes` by road where it is known to be free."""

    name: str
    minutes: float | None = None


def chooser(step: Step, units: Sequence[Offer], words: Words, place: str = "") -> Html | None:
    """Return what is chosen before `step` is sent, None where nothing is.

    `place` tells two choices for one step apart.
    """
    if step not in CHOOSERS:
        return None
    return el(
        "div",
        CHOOSERS[step](units, words),
        cls="chooser",
        id=opener(step, place),
        hidden=True,
        role="group",
        aria_label=words.say(step),
    )


def opener(step: Step, place: str = "") -> str | None:
    """Return the id of the choice before a step, None where there is none."""
    return f"choose-{place}{step.value}" if step in CHOOSERS else None


def _units(units: Sequence[Offer], words: Words) -> Html:
    done = el(
        "button",
        words.say(Step.ASSIGN),
        type="button",
        data_step=Step.ASSIGN.value,
        data_enter=True,
    )
    known = [
        el(
            "button",
            el("b", unit.name),
            el("small", words.say("desk.minutes", n=words.number(unit.minutes)))
            if unit.minutes is not None
            else None,
            type="button",
            data_step=Step.ASSIGN.value,
            data_unit=unit.name,
        )
        for unit in units
    ]
    return join([field("unit", "desk.unit", words), done, known])


def field(name: str, told: str, words: Words, most: int = 40) -> Html:
    """Return a line to write into."""
    return el(
        "input",
        name=name,
        maxlength=most,
        autocomplete="off",
        placeholder=words.say(told),
        aria_label=words.say(told),
    )


def _streams(_units: Sequence[Offer], words: Words) -> Html:
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


def _outcomes(_units: Sequence[Offer], words: Words) -> Html:
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


def _shelves(_units: Sequence[Offer], words: Words) -> Html:
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
    return join([field("note", "desk.shelve_why", words, 200), *times])


CHOOSERS: Mapping[Step, Callable[[Sequence[Offer], Words], Html]] = {
    Step.ASSIGN: _units,
    Step.ESCORT: _streams,
    Step.CLOSE: _outcomes,
    Step.SHELVE: _shelves,
}
