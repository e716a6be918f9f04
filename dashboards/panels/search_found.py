"""What a search of a person, a card, a report or a camera found, as far as a role may see it."""

from collections.abc import Sequence
from datetime import datetime

from dashboards.auth import Viewer
from dashboards.markup import Html, el, join
from dashboards.panels.report_words import agency_name, number_of, place_of, service_name
from dashboards.words import Words
from ioc.cards.model import Card
from ioc.lookups.finding import PersonFound
from ioc.masking import Trait, shown
from ioc.places import Camera, City
from ioc.reports.model import Case
from ioc.reports.offered import Catalogue

NOTHING = "–"


def person(one: PersonFound, who: Viewer, city: City, words: Words) -> Html:
    """Return who was looked up, masked as the role of who looks needs."""
    return el("section", _facts(one, who, city, words), _cards(one.cards, words), cls="found-one")


def bearer(card: Card, one: PersonFound, who: Viewer, city: City, words: Words) -> Html:
    """Return a card and whose it is."""
    title = el("h3", words.say("found.card"), " ", el("span", _code(card.qid), cls="mono"))
    return el(
        "section", title, _cards([card], words), _facts(one, who, city, words), cls="found-one"
    )


def report(case: Case, known: Catalogue, city: City, now: datetime, words: Words) -> Html:
    """Return a report, and the way to it; nothing of who sent it."""
    received = f"{words.moment(case.received_at)}, {words.age(now - case.received_at)}"
    told = (
        ("reports.agency", agency_name(case.agency, known, words)),
        ("found.place", place_of(case, city, words)),
        ("found.state", words.say(case.state)),
        ("found.received", received),
        ("found.due", words.moment(case.due_at)),
    )
    title = f"{number_of(case)}: {service_name(case.report.service, known, words)}"
    way = el("a", words.say("found.open"), href=f"/reports?report={case.ref}", cls="go")
    return el("section", el("h3", title), _listed(told, words), way, cls="found-one")


def cameras(found: Sequence[Camera], words: Words) -> Html:
    """Return cameras, each the way to its desk."""
    if not found:
        return el("p", words.say("found.no_camera"), cls="quiet")
    rows = [
        el(
            "li",
            el(
                "a",
                el("b", one.id, cls="mono"),
                el("span", one.name),
                el("span", words.say(one.road_class)),
                href=f"/cameras?camera={one.id}",
            ),
        )
        for one in found
    ]
    return el(
        "section", el("h3", words.say("found.cameras", n=len(rows))), el("ol", rows), cls="found"
    )


def _facts(one: PersonFound, who: Viewer, city: City, words: Words) -> Html:
    unit = city.units.get(one.unit or "")
    birth = one.born_on or one.birth_year

    def told(trait: Trait, value: object) -> str:
        if who.role is None or value is None:
            return NOTHING
        return shown(who.role, trait, str(value)) or NOTHING

    lines = (
        ("found.name", told(Trait.NAME, one.name)),
        ("found.number", told(Trait.NUMBER, one.number)),
        ("found.born", told(Trait.BORN_ON, birth)),
        ("found.unit", NOTHING if unit is None else unit.name),
    )
    title = el("h3", words.say("found.person"), " ", el("small", words.say(one.kind)))
    return join([title, _listed(lines, words)])


def _cards(cards: Sequence[Card], words: Words) -> Html:
    if not cards:
        return el("p", words.say("found.no_card"), cls="quiet")
    rows = [
        el(
            "li",
            el("span", _code(card.qid), cls="mono"),
            el("b", words.say(card.state)),
            el("span", words.say(card.medium)),
            el("span", words.say("found.issued", time=words.moment(card.issued_at))),
        )
        for card in cards
    ]
    return el("ol", rows, cls="found-cards")


def _code(qid: str) -> str:
    """Return the end of a card's code: the whole of it would be a copy of the card."""
    return f"•••{qid[-4:]}" if len(qid) > 6 else "•••"


def _listed(lines: Sequence[tuple[str, str]], words: Words) -> Html:
    return el("dl", [el("div", el("dt", words.say(key)), el("dd", told)) for key, told in lines])
