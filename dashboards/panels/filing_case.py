"""One opened registration: the vehicle, its journey, and what is known of it from before."""

from collections.abc import Sequence

from dashboards.components import badge
from dashboards.markup import Html, el
from dashboards.panels.filings import span
from dashboards.plates import plate_chip
from dashboards.words import Words
from ioc.permits.model import Permit
from ioc.places import City
from ioc.registrations.model import Done, Filing, Violation
from ioc.registrations.service import History
from ioc.vehicles.model import Ground
from ioc.vehicles.plate import display

SHOWN = 6
PHONE_SHOWN = 3


def head(filing: Filing, words: Words) -> Html:
    """Return the plate, what kind of vehicle it is, and how the registration stands."""
    one = filing.registration
    ground = Ground(one.colour) if one.colour else Ground.UNKNOWN
    when = words.say("transport.received", at=words.moment(filing.received_at))
    return el(
        "header",
        plate_chip(display(one.plate), ground, scale=1.9),
        el("div", el("h2", words.say(one.kind)), el("p", when)),
        el("p", words.say(filing.state), cls=f"filing-state {filing.state.value}"),
        cls="filing-head",
    )


def facts(filing: Filing, city: City, words: Words) -> Html:
    """Return what was asked for: the vehicle on one side, its journey on the other."""
    one = filing.registration
    people = words.say("transport.people", n=len(one.people)) if one.people else None
    roads = ", ".join(city.places[road].name if road in city.places else road for road in one.roads)
    vehicle = _list(
        ("transport.holder", one.holder),
        ("transport.driver", one.driver),
        ("transport.phone", None if one.phone is None else _hidden(one.phone)),
        ("transport.seats", None if one.seats is None else str(one.seats)),
        ("transport.companions", None if one.companions is None else str(one.companions)),
        ("transport.declared", people),
        ("transport.source", filing.source),
        words=words,
    )
    journey = _list(
        ("transport.origin", one.origin),
        ("transport.destination", one.destination),
        ("transport.span", span(one, words)),
        ("transport.route", one.route),
        ("transport.roads", roads),
        ("transport.goods", one.goods),
        words=words,
    )
    return el(
        "div",
        el("section", el("h3", words.say("transport.vehicle")), vehicle, cls="facts"),
        el("section", el("h3", words.say("transport.journey")), journey, cls="facts"),
        cls="two-facts",
    )


def past(filing: Filing, known: History, words: Words) -> Html:
    """Return the earlier registrations, permits and violations of the plate."""
    filings = [other for other in known.filings if other.ref != filing.ref]
    return el(
        "div",
        _part("transport.earlier", [_filing(other, words) for other in filings], words),
        _part("transport.permits", [_permit(permit, words) for permit in known.permits], words),
        _part("transport.violations", [_violation(one, words) for one in known.violations], words),
        cls="filing-past",
    )


def log(done: Sequence[Done], words: Words) -> Html:
    """Return what was done with the registration, oldest first; nothing in it can be changed."""
    lines = [
        el(
            "li",
            el("time", words.moment(one.at)),
            el("span", el("b", words.say(one.step)), _tail(one.note, words.doer(one.actor))),
        )
        for one in done
    ]
    title = el("h3", words.say("case.log"), el("small", words.say("case.log_fixed")))
    return el("section", title, el("ol", lines), cls="log")


def _tail(*parts: str | None) -> str:
    said = ", ".join(part.rstrip(".") for part in parts if part)
    return f", {said}" if said else ""


def _part(key: str, lines: Sequence[Html], words: Words) -> Html:
    title = el("h3", words.say(key), " ", el("b", words.number(len(lines))))
    if not lines:
        return el("section", title, el("p", words.say("transport.nothing"), cls="quiet"))
    return el("section", title, el("ul", lines[:SHOWN]))


def _filing(filing: Filing, words: Words) -> Html:
    one = filing.registration
    ends = " → ".join(end for end in (one.origin, one.destination) if end)
    return el(
        "li",
        el("time", words.day(filing.received_at)),
        el("b", words.say(filing.state)),
        el("span", ends),
    )


def _permit(permit: Permit, words: Words) -> Html:
    span = f"{words.moment(permit.valid_from)} – {words.moment(permit.valid_until)}"
    version = words.say("case.rule_version", n=permit.version)
    return el(
        "li",
        badge(permit.permit_class, words, 20),
        el("b", words.say(permit.state)),
        el("span", f"{span}, {version}"),
    )


def _violation(one: Violation, words: Words) -> Html:
    ended = words.say("transport.open") if one.outcome is None else None
    outcome = ended or words.say(f"alert_outcome.{one.outcome}")
    return el(
        "li",
        el("time", words.day(one.raised_at)),
        el("b", words.say(f"reason.{one.reason}")),
        el("span", outcome),
    )


def _hidden(phone: str) -> str:
    return "•" * max(0, len(phone) - PHONE_SHOWN) + phone[-PHONE_SHOWN:]


def _list(*pairs: tuple[str, str | None], words: Words) -> Html:
    shown = [(words.say(key), value) for key, value in pairs if value]
    return el("dl", [[el("dt", name), el("dd", value)] for name, value in shown])
