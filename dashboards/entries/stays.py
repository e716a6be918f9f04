"""Who was seen to come in, who comes together, who stays as a guest: lists without a name."""

from dashboards.auth import Viewer
from dashboards.tables.model import Choice, Column, Filter, Kind, Row, Table, words_of_choice
from dashboards.tables.scope import own_places, own_units, unit_choices
from dashboards.tables.telling import placed, worded
from dashboards.words import Words
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.listing import Ask, Listed
from ioc.people import registers
from ioc.people.desk import list_of
from ioc.people.model import Means
from ioc.places import Camera, City, Point, RoadClass


def _passages(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    return list_of(centre, registers.PASSAGES, ask, own_places(centre, who))


def _waves(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    found, now = list_of(centre, registers.WAVES, ask, own_places(centre, who)), centre.now()
    told = [{**row, "is_over": row["arrives_at"] < now} for row in found.rows]
    return Listed(told, found.total)


def _lodgings(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    return list_of(centre, registers.LODGINGS, ask, own_units(centre, who))


def _gates(centre: Centre, who: Viewer, _words: Words) -> list[Choice]:
    """Return where people are seen to come in: gates and checkpoints of the viewer's scope."""
    own = own_places(centre, who)
    entries = [
        place
        for place in centre.city.places.values()
        if (isinstance(place, Camera) and place.road_class is RoadClass.GATE)
        or (isinstance(place, Point) and place.road is not None)
    ]
    shown = [place for place in entries if own is None or place.id in own]
    return sorted(((place.id, place.name) for place in shown), key=lambda pair: pair[1])


def _here(row: Row) -> str:
    return "is-quiet" if not row["is_entry"] else ""


def _entry(row: Row, words: Words, _city: City) -> str:
    return words.say("entry_sort.yes" if row["is_entry"] else "entry_sort.no")


def _short(row: Row) -> str:
    """Return the mark of a wave that came with fewer than were announced."""
    return "is-strong" if row["is_over"] and row["arrived"] < row["expected"] else ""


PASSAGES = Table(
    "passages",
    Page.ENTRIES,
    (
        Column("at", Kind.INSTANT, 170),
        Column("place", width=320, told=placed("place")),
        Column("is_entry", width=320, told=_entry, mark=_here),
    ),
    _passages,
    filters=(
        Filter("entry", "S", words_of_choice("entry_sort", ("yes", "no")), "yes"),
        Filter("place", "U", _gates),
        Filter("span", "T", words_of_choice("span", tuple(registers.SPANS)), "day"),
    ),
    order=(("at", True),),
)
WAVES = Table(
    "waves",
    Page.ENTRIES,
    (
        Column("arrives_at", Kind.INSTANT, 150),
        Column("name", width=240),
        Column("means", width=120, told=worded("means", Means)),
        Column("origin", width=150),
        Column("met_at", width=180, told=placed("met_at")),
        Column("expected", Kind.NUMBER, 110),
        Column("declared", Kind.NUMBER, 110),
        Column("approved", Kind.NUMBER, 110),
        Column("arrived", Kind.NUMBER, 110, mark=_short),
    ),
    _waves,
    filters=(
        Filter("when", "S", words_of_choice("wave_when", ("ahead", "past"))),
        Filter("means", "M", words_of_choice("means", tuple(Means))),
    ),
    order=(("arrives_at", True),),
)
LODGINGS = Table(
    "lodgings",
    Page.ENTRIES,
    (
        Column("lodging", width=300),
        Column("unit", width=180, told=placed("unit")),
        Column("from_at", Kind.INSTANT, 150),
        Column("until_at", Kind.INSTANT, 150),
        Column("received_at", Kind.INSTANT, 150),
    ),
    _lodgings,
    filters=(
        Filter("here", "S", words_of_choice("guest", ("now", "later", "over")), "now"),
        Filter("unit", "U", unit_choices),
    ),
    order=(("from_at", True),),
)
