"""The queue of registrations: what is shown of it, and what waits, the longest first."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.components import choices, key_cap
from dashboards.markup import Html, el, join
from dashboards.plates import plate_chip
from dashboards.words import Words
from ioc.errors import InvalidInput
from ioc.registrations.model import (
    Choice,
    Filing,
    Registration,
    RegistrationState,
    VehicleKind,
    Waiting,
)
from ioc.registrations.rules import WAITING
from ioc.vehicles.model import Ground
from ioc.vehicles.plate import display

STATES: Mapping[str, tuple[RegistrationState, ...]] = {
    "waiting": WAITING,
    "asked": (RegistrationState.ASKED,),
    "approved": (RegistrationState.APPROVED,),
    "refused": (RegistrationState.REFUSED, RegistrationState.REJECTED),
}
DECIDED = frozenset({"approved", "refused"})
DECIDED_SPAN = timedelta(days=7)
WAITS: Mapping[str, timedelta] = {
    "hour": timedelta(hours=1),
    "shift": timedelta(hours=4),
    "day": timedelta(days=1),
}
# A filter's key, its name, and the physical key that turns it.
FILTERS = (("1", "state"), ("2", "kind"), ("3", "origin"), ("4", "wait"))
LONGEST = 200


@dataclass(frozen=True)
class View:
    """What a desk looks at: one value a filter, empty where it does not matter."""

    state: str = "waiting"
    kind: str = ""
    origin: str = ""
    wait: str = ""

    def choice(self, now: datetime) -> Choice:
        """Return what is asked of the register."""
        return Choice(
            STATES[self.state],
            VehicleKind(self.kind) if self.kind else None,
            self.origin or None,
            now - WAITS[self.wait] if self.wait else None,
            now - DECIDED_SPAN if self.state in DECIDED else None,
        )


def view_of(asked: Mapping[str, object]) -> View:
    """Return the view that a browser asks for.

    Raises:
        InvalidInput: a value is none of those that can be.
    """
    view = View(*(str(asked.get(name) or "")[:LONGEST] for _, name in FILTERS))
    view = View(view.state or "waiting", view.kind, view.origin, view.wait)
    for name, known in (("state", STATES), ("kind", set(VehicleKind)), ("wait", WAITS)):
        value = getattr(view, name)
        if value and value not in known:
            raise InvalidInput(name, "is none of the filters")
    return view


def filters(view: View, counts: Mapping[str, Mapping[str, int]], words: Words) -> Html:
    """Return the filters; each turns to its next value by its key or by a click."""
    values = {
        "state": {name: words.say(f"transport_state.{name}") for name in STATES},
        "kind": {"": words.say("transport.any_kind"), **_counted(counts["kind"], words, "kind")},
        "origin": {
            "": words.say("transport.any_origin"),
            **_counted(counts["origin"], words, "origin"),
        },
        "wait": {
            "": words.say("transport.any_wait"),
            **{name: words.say(f"transport_wait.{name}") for name in WAITS},
        },
    }
    return join(_filter(key, name, values[name], view, words) for key, name in FILTERS)


def _counted(counts: Mapping[str, int], words: Words, name: str) -> dict[str, str]:
    def said(value: str) -> str:
        return words.say(VehicleKind(value)) if name == "kind" else value

    return {value: f"{said(value)} ({words.number(n)})" for value, n in counts.items()}


def _filter(key: str, name: str, values: Mapping[str, str], view: View, words: Words) -> Html:
    now = getattr(view, name)
    return el(
        "button",
        key_cap(key),
        el("small", words.say(f"transport_filter.{name}")),
        el("b", values.get(now, now)),
        type="button",
        cls="filter is-set" if now and now != "waiting" else "filter",
        data_hotkey=f"Digit{key}",
        data_filter=name,
        data_values=json.dumps(list(values), ensure_ascii=False),
    )


def rows(filings: Sequence[Filing], words: Words, now: datetime) -> Html:
    """Return the queue."""
    if not filings:
        return el("p", words.say("transport.none"), cls="quiet all-quiet")
    return choices(
        [_row(filing, words, now) for filing in filings],
        words.say("page.transport"),
        cls="filings",
        aria_multiselectable="true",
    )


def _row(filing: Filing, words: Words, now: datetime) -> Html:
    one = filing.registration
    ground = Ground(one.colour) if one.colour else Ground.UNKNOWN
    return el(
        "li",
        el("span", cls="pick", aria_hidden="true"),
        el("span", plate_chip(display(one.plate), ground), cls="chip-place"),
        el(
            "span",
            el("strong", words.say(one.kind), _way(one)),
            el("small", " · ".join(part for part in (one.goods, span(one, words)) if part)),
            cls="what",
        ),
        _time(filing, words, now),
        cls="filing-row",
        role="option",
        data_filing=filing.ref,
        aria_selected="false",
    )


def _way(one: Registration) -> str:
    ends = [end for end in (one.origin, one.destination) if end]
    return f", {' → '.join(ends)}" if ends else ""


def span(one: Registration, words: Words) -> str:
    """Return from when to when leave is asked for."""
    if one.from_at is None and one.until_at is None:
        return words.say("transport.no_span")
    ends = [None if at is None else words.moment(at) for at in (one.from_at, one.until_at)]
    return " – ".join(end or "…" for end in ends)


def _time(filing: Filing, words: Words, now: datetime) -> Html:
    if filing.decided_at is not None:
        said = words.say(filing.state)
        decided = words.moment(filing.decided_at)
        return el("span", el("b", said), el("small", decided), cls="decided")
    since = filing.waits_since
    return el(
        "span",
        el("b", words.age(now - since)),
        el("small", words.say(filing.state)),
        cls="decided",
    )


def bar_facts(known: Waiting, now: datetime, words: Words) -> Html:
    """Return the counts and the waiting times of the bar."""
    waits = sum(known.by_state.get(state, 0) for state in WAITING)
    oldest = None if known.oldest_at is None else now - known.oldest_at
    told = [
        words.say("transport.waiting", n=words.number(waits)),
        None if oldest is None else words.say("transport.oldest", age=words.age(oldest)),
        _median("transport.median", known.median_s, words),
        words.say(
            "transport.asked", n=words.number(known.by_state.get(RegistrationState.ASKED, 0))
        ),
        words.say(
            "transport.today",
            approved=words.number(known.approved),
            refused=words.number(known.refused),
        ),
        _median("transport.decided_median", known.decided_median_s, words),
    ]
    return el("p", [el("span", part) for part in told if part])


def _median(key: str, seconds: float | None, words: Words) -> str | None:
    return None if seconds is None else words.say(key, age=words.age(timedelta(seconds=seconds)))
