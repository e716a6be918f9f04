"""Facilities: platform beside paper with the gap, days reported, who fell silent; day by day."""

from collections.abc import Callable, Mapping

from dashboards.auth import Viewer
from dashboards.markup import Html, el, join
from dashboards.panels import row_parts
from dashboards.tables.model import Column, Filter, Kind, Opening, Row, Table, words_of_choice
from dashboards.tables.scope import own_places, unit_choices, unit_name
from dashboards.tables.telling import placed, worded
from dashboards.words import Words
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.errors import NotFound
from ioc.listing import Ask, Listed, paged
from ioc.paper.desk import FacilityDay, FacilityLine, days_of, facilities
from ioc.paper.model import PaperKind, Rhythm
from ioc.places import City

DAYS: Mapping[str, int] = {"today": 1, "week": 7, "month": 30}
SHOWN_DAYS = 14
QUIET = (Rhythm.SILENT, Rhythm.NEVER)


def _row(one: FacilityLine, city: City) -> dict[str, object]:
    place, line, quiet = city.places.get(one.facility), one.line, one.silence
    return {
        "ref": one.facility,
        "facility": place.name if place else one.facility,
        "unit": place.unit if place else None,
        "platform": line.platform,
        "paper": line.paper,
        "gap": line.gap,
        "matched": line.share,
        "amended": line.amended or None,
        "rhythm": quiet.rhythm.value,
        "last_on": quiet.last_on,
        "silent_days": quiet.silent_days,
    }


def _rows_of(kind: PaperKind) -> Callable[[Centre, Viewer, Ask], Listed]:
    def rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
        places = own_places(centre, who)
        days = DAYS.get("".join(ask.where.get("days", ())))
        own = None if places is None else frozenset(places)
        found = [_row(one, centre.city) for one in facilities(centre, kind, days, own)]
        return paged(found, ask, (("gap", True),), FILTERS)

    return rows


FILTERS: Mapping[str, Callable[[Row, str], bool]] = {
    "rhythm": lambda row, value: row["rhythm"] == value,
    "unit": lambda row, value: row["unit"] == value,
    "paper": lambda row, value: (row["paper"] is not None) is (value == "yes"),
    # Chosen when the facilities are asked for.
    "days": lambda _row, value: value in DAYS,
}


def _opened_of(kind: PaperKind) -> Callable[[Opening], Mapping[str, str]]:
    def opened(opening: Opening) -> Mapping[str, str]:
        centre, words = opening.centre, opening.words
        if not centre.reach(opening.who.scope).covers(opening.id):
            raise NotFound("facility", opening.id)
        days = days_of(centre, opening.id, kind, SHOWN_DAYS)
        place = centre.city.place(opening.id)
        parts = [
            row_parts.head(place.name, words.say(kind), unit_name(place.unit, centre.city)),
            _days(days, words),
            el("p", words.say("health.days_about"), cls="quiet"),
        ]
        return {"row-case": join(parts), "row-actions": ""}

    return opened


def _days(days: list[FacilityDay], words: Words) -> Html:
    heads = ("column.day_on", "column.platform", "column.paper", "column.gap")
    lines = [
        el(
            "tr",
            el("th", f"{one.day:%d/%m}", scope="row"),
            el("td", words.number(one.platform)),
            el("td", "–" if one.paper is None else words.number(one.paper)),
            el("td", "–" if one.paper is None else words.signed(one.paper - one.platform)),
        )
        for one in days
    ]
    head = el("tr", [el("th", words.say(name), scope="col") for name in heads])
    return el("table", el("thead", head), el("tbody", lines), cls="pair-table is-numbers")


def _gap(row: Row) -> str:
    return "is-strong" if row["gap"] else "is-quiet"


def _rhythm(row: Row) -> str:
    return "is-due" if row["rhythm"] == Rhythm.SILENT else ""


def _table(name: str, kind: PaperKind) -> Table:
    return Table(
        name,
        Page.HEALTH,
        (
            Column("facility", width=370),
            Column("platform", Kind.NUMBER, 130),
            Column("paper", Kind.NUMBER, 130),
            Column("gap", Kind.NUMBER, 110, mark=_gap),
            Column("matched", Kind.SHARE, 110),
            Column("rhythm", width=180, told=worded("rhythm", Rhythm), mark=_rhythm),
            Column("silent_days", Kind.NUMBER, 130),
            Column("last_on", Kind.DAY, 130),
            Column("unit", width=170, told=placed("unit")),
            Column("amended", Kind.NUMBER, 130),
        ),
        _rows_of(kind),
        filters=(
            Filter("rhythm", "S", words_of_choice("rhythm", tuple(Rhythm))),
            Filter("days", "T", words_of_choice("health_days", tuple(DAYS))),
            Filter("paper", "P", words_of_choice("has_paper", ("yes", "no"))),
            Filter("unit", "U", unit_choices),
        ),
        order=(("gap", True),),
        opened=_opened_of(kind),
    )


DOSES, TESTS = _table("doses", PaperKind.DOSE), _table("tests", PaperKind.TEST)
