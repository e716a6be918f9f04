"""Samples that wait for a result, and results that came: nobody named, tubes for few."""

from datetime import datetime

from dashboards.auth import Viewer
from dashboards.tables.model import Choice, Column, Filter, Kind, Row, Table, words_of_choice
from dashboards.tables.scope import own_places, unit_name
from dashboards.tables.telling import placed, worded
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.listing import Ask, Listed
from ioc.places import City, Facility, FacilitySort
from ioc.privacy import HIDDEN
from ioc.samples import registers
from ioc.samples.desk import list_of
from ioc.samples.model import Finding
from ioc.samples.service import test_kinds


def _pending(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    found = list_of(centre, registers.PENDING, ask, own_places(centre, who))
    return _told(centre, who, found)


def _returned(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    found = list_of(centre, registers.RETURNED, ask, own_places(centre, who))
    return _told(centre, who, found)


def _told(centre: Centre, who: Viewer, found: Listed) -> Listed:
    """Return rows with the name of their kind and how long they wait; tubes for whom may see."""
    kinds, now, sees = test_kinds(centre).kinds, centre.now(), who.may(Action.SEE_PERSON)
    rows = [
        {
            **row,
            "kind": kinds[row["kind"]].name if row["kind"] in kinds else row["kind"],
            "tube": row["tube"] if sees else HIDDEN,
            "waited": _waited(row, now),
        }
        for row in found.rows
    ]
    return Listed(rows, found.total)


def _waited(row: Row, now: datetime) -> object:
    return (row.get("resulted_at") or now) - row["taken_at"]


def _age(row: Row, words: Words, _city: City) -> str:
    return words.age(row["waited"])


def kind_choices(centre: Centre, _who: Viewer, _words: Words) -> list[Choice]:
    """Return the kinds of tests, in the order of the catalogue."""
    return [(kind.id, kind.name) for kind in test_kinds(centre).kinds.values()]


def laboratory_choices(centre: Centre, who: Viewer, _words: Words) -> list[Choice]:
    """Return the testing facilities of the viewer's scope, by name."""
    reach, city = centre.reach(who.scope), centre.city
    found = [
        place.id
        for place in city.places.values()
        if isinstance(place, Facility)
        and place.sort is FacilitySort.TESTING
        and reach.covers(place.id)
    ]
    return sorted(((one, unit_name(one, city)) for one in found), key=lambda pair: pair[1])


PENDING = Table(
    "pending",
    Page.HEALTH,
    (
        Column("taken_at", Kind.INSTANT, 160),
        Column("waited", width=110, told=_age, is_sorted=False),
        Column("facility", width=300, told=placed("facility")),
        Column("kind", width=230),
        Column("tube", Kind.CODE, 150, is_sorted=False),
        Column("unit", width=170, told=placed("unit")),
        Column("known_at", Kind.INSTANT, 160),
    ),
    _pending,
    filters=(
        Filter("wait", "S", words_of_choice("sample_wait", tuple(registers.WAITS))),
        Filter("kind", "M", kind_choices),
        Filter("facility", "U", laboratory_choices),
    ),
    order=(("taken_at", False),),
    is_personal=True,
)
RETURNED = Table(
    "returned",
    Page.HEALTH,
    (
        Column("at", Kind.INSTANT, 160),
        Column("result", width=160, told=worded("result", Finding)),
        Column("facility", width=300, told=placed("facility")),
        Column("kind", width=230),
        Column("tube", Kind.CODE, 150, is_sorted=False),
        Column("taken_at", Kind.INSTANT, 160),
        Column("waited", width=110, told=_age, is_sorted=False),
        Column("why", width=200),
    ),
    _returned,
    action=Action.SEE_PERSON,
    filters=(
        Filter("result", "S", words_of_choice("finding", tuple(Finding))),
        Filter("kind", "M", kind_choices),
        Filter("facility", "U", laboratory_choices),
        Filter("span", "T", words_of_choice("span", tuple(registers.SPANS)), "day"),
    ),
    order=(("at", True),),
    is_personal=True,
)
