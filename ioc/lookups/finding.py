"""Look one person, card, report or camera up: with a purpose, noted before anything is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from ioc import audit
from ioc.cards.model import Card
from ioc.cards.service import cards_of, find_card
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import InvalidInput, NotFound
from ioc.lookups.model import Purpose
from ioc.lookups.service import count_lookup
from ioc.persons.model import NumberKind
from ioc.persons.numbers import number_of, qid_of
from ioc.persons.rules import reference_of_number
from ioc.persons.service import circles_of, find_persons, numbers_of
from ioc.places import Camera
from ioc.reports.board import find_by_number
from ioc.reports.model import Case
from ioc.reports.routing import fold
from ioc.scopes import Reach

MOST = 20
# Fewer letters of a name would find half of all cameras.
SHORTEST = 2


@dataclass(frozen=True)
class PersonFound:
    """Who was looked up; whoever shows him masks what a role may not see.

    Attributes:
        ref: his reference, a pseudonym.
        unit: the id of the unit in which he lives, as far as that is known.
        cards: his cards, newest first.
    """

    ref: str
    kind: NumberKind
    name: str = field(repr=False)
    number: str = field(repr=False)
    born_on: date | None = field(repr=False)
    birth_year: int | None = field(repr=False)
    unit: str | None
    cards: tuple[Card, ...]


def find_person(centre: Centre, number: str, why: Purpose, reach: Reach) -> PersonFound:
    """Return the person with the number of a document; who looks, and why, is noted first.

    Raises:
        InvalidInput: it is the number of no document.
        NotFound: nobody has it whom the asker may see.
        TooMany: he has looked up too often within the hour.
    """
    kind, plain = number_of(number)
    return _person(centre, reference_of_number(centre.settings.secret, kind, plain), why, reach)


def find_bearer(centre: Centre, qid: str, why: Purpose, reach: Reach) -> tuple[Card, PersonFound]:
    """Return a card by its code, and whose it is; who looks, and why, is noted first.

    Raises:
        InvalidInput: it is no code of a card.
        NotFound: there is none whose bearer the asker may see.
        TooMany: he has looked up too often within the hour.
    """
    plain = qid_of(qid)
    count_lookup(centre, why.actor)
    _note(centre, "card_looked_up", f"card:{plain}", why)
    card = find_card(centre, plain)
    return card, _person(centre, card.person, why, reach, is_counted=True)


def find_report(centre: Centre, number: str, why: Purpose, seen: frozenset[str] | None) -> Case:
    """Return a report by the number people speak of, PA-1147, or by its id.

    `seen` are the agencies whose reports the asker sees, None for all.

    Raises:
        InvalidInput: it can be no number of a report.
        NotFound: there is none that he sees.
        TooMany: he has looked up too often within the hour.
    """
    plain = number.strip().upper().removeprefix("PA").lstrip("- ").lower()
    if not plain.isascii() or not plain.isalnum() or len(plain) > 64:
        raise InvalidInput("report", "is no number of a report")
    count_lookup(centre, why.actor)
    _note(centre, "report_looked_up", f"report:{plain}", why)
    case = find_by_number(centre, plain)
    if case is None or (seen is not None and case.agency not in seen):
        raise NotFound("report", plain)
    return case


def find_cameras(centre: Centre, text: str, reach: Reach) -> list[Camera]:
    """Return the cameras in force today whose id or name holds what was asked, by id.

    Raises:
        InvalidInput: it is too short.
    """
    wanted = fold(text[:80])
    if len(wanted) < SHORTEST:
        raise InvalidInput("camera", f"needs {SHORTEST} letters or digits")
    today = local_day(centre.now(), centre.city.zone)
    return [
        camera
        for camera in sorted(centre.city.cameras.values(), key=lambda one: one.id)
        if camera.is_in_force(today)
        and reach.covers(camera.id)
        and (wanted in fold(camera.id) or wanted in fold(camera.name))
    ][:MOST]


def _person(
    centre: Centre, ref: str, why: Purpose, reach: Reach, *, is_counted: bool = False
) -> PersonFound:
    if not is_counted:
        count_lookup(centre, why.actor)
    _note(centre, "person_looked_up", f"person:{ref}", why)

    def work(conn: Connection) -> tuple[PersonFound | None, Sequence[str]]:
        head, members = circles_of(conn, [ref])[ref]
        person = find_persons(conn, [head]).get(head)
        if person is None or not reach.covers_unit(person.unit):
            return None, []
        number = numbers_of(conn, centre, [head]).get(head, "")
        names = person.name, number, person.born_on, person.birth_year
        return PersonFound(head, person.kind, *names, person.unit, ()), members

    found, members = transact(centre.engine, work)
    if found is None:
        raise NotFound("person", ref)
    cards = tuple(cards_of(centre, members, MOST))
    return PersonFound(**{**vars(found), "cards": cards})


def _note(centre: Centre, action: str, subject: str, why: Purpose) -> None:
    audit.record(centre, why.actor, action, subject, why.purpose, {"case": why.case})
