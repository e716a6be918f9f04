"""Who is covered, by unit against the census; small numbers only for whom may see persons."""

from collections.abc import Mapping

from dashboards.auth import Viewer
from dashboards.markup import Html, el, join
from dashboards.panels import row_parts
from dashboards.tables.model import Column, Filter, Kind, Opening, Row, Table
from dashboards.tables.scope import own_units, unit_choices, unit_name
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.doses.measures import Covered, by_unit, share
from ioc.doses.service import coverage
from ioc.errors import NotFound
from ioc.listing import Ask, Listed, paged
from ioc.paper.rules import SMALL
from ioc.places import City


def _covered(centre: Centre) -> list[Covered]:
    return by_unit(coverage(centre).cells, centre.city, local_day(centre.now(), centre.city.zone))


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    own, sees = own_units(centre, who), who.may(Action.SEE_PERSON)
    rows = [
        _row(one, centre.city, sees=sees)
        for one in _covered(centre)
        if own is None or one.id in own
    ]
    return paged(rows, ask, (("full_share", True),), {"unit": lambda row, v: row["ref"] == v})


def _row(one: Covered, city: City, *, sees: bool) -> dict[str, object]:
    unit = city.units.get(one.id)
    is_small = not sees and any(0 < n < SMALL for n in (one.first, one.full))
    return {
        "ref": one.id,
        "unit": one.id,
        "district": unit.district if unit else None,
        "population": one.population,
        "first": None if is_small else one.first,
        "first_share": None if is_small else share(one.first, one.population),
        "full": None if is_small else one.full,
        "full_share": None if is_small else share(one.full, one.population),
        "is_small": is_small,
    }


def opened(opening: Opening) -> Mapping[str, str]:
    """Return the regions of one unit: who is covered by age.

    Raises:
        NotFound: there is none in the viewer's scope.
    """
    centre, who, words = opening.centre, opening.who, opening.words
    own = own_units(centre, who)
    found = next((one for one in _covered(centre) if one.id == opening.id), None)
    if found is None or (own is not None and found.id not in own):
        raise NotFound("unit", opening.id)
    people = "–" if found.population is None else words.number(found.population)
    head = row_parts.head(_name(found.id, words, centre.city), words.say("health.people", n=people))
    if not who.may(Action.SEE_PERSON):
        return {"row-case": join([head, el("p", words.say("health.small"))]), "row-actions": ""}
    return {"row-case": join([head, _ages(found, words)]), "row-actions": ""}


def _ages(found: Covered, words: Words) -> Html:
    names = ("column.age", "column.first", "column.full")
    head = el("tr", [el("th", words.say(name), scope="col") for name in names])
    lines = [
        el(
            "tr",
            el("th", words.say("health.age_unknown") if age == "unknown" else age, scope="row"),
            el("td", words.number(first)),
            el("td", words.number(full)),
        )
        for age, (first, full) in sorted(found.ages.items())
    ]
    return el("table", el("thead", head), el("tbody", lines), cls="pair-table is-numbers")


def _name(unit: str, words: Words, city: City) -> str:
    return words.say("health.unknown_unit") if unit == "unknown" else unit_name(unit, city)


def _unit(row: Row, words: Words, city: City) -> str:
    return _name(row["unit"], words, city)


TABLE = Table(
    "coverage",
    Page.HEALTH,
    (
        Column("unit", width=220, told=_unit, is_sorted=False),
        Column("district", width=170),
        Column("population", Kind.NUMBER, 140),
        Column("first", Kind.NUMBER, 130),
        Column("first_share", Kind.SHARE, 140),
        Column("full", Kind.NUMBER, 130),
        Column("full_share", Kind.SHARE, 140),
    ),
    _rows,
    filters=(Filter("unit", "U", unit_choices),),
    order=(("full_share", False),),
    opened=opened,
)
