"""Who was not admitted and why, who is inside, which points were opened and shut: nobody named."""

from dashboards.auth import Viewer
from dashboards.tables.model import Choice, Column, Filter, Kind, Row, Table, words_of_choice
from dashboards.tables.scope import own_places, unit_name
from dashboards.tables.telling import labelled, placed, worded
from dashboards.words import Words
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.listing import Ask, Listed, paged
from ioc.places import City, PlaceKind
from ioc.venues import registers
from ioc.venues.desk import list_of
from ioc.venues.model import AdmissionReason, Occupancy, Way
from ioc.venues.service import occupancies

REASONS = tuple(
    reason
    for reason in AdmissionReason
    if reason not in (AdmissionReason.ADMITTED, AdmissionReason.LEAVING)
)
# From here on a site has little room left.
NEARLY_FULL = 0.9


def _refusals(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    return list_of(centre, registers.REFUSALS, ask, own_places(centre, who))


def _changes(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    return list_of(centre, registers.CHANGES, ask, own_places(centre, who))


def _sites(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    reach, city = centre.reach(who.scope), centre.city
    rows = [
        _site(one, city) for one in occupancies(centre) if one.last_at and reach.covers(one.site)
    ]
    return paged(rows, ask, (("inside", True),), {"room": _room})


def _site(one: Occupancy, city: City) -> dict[str, object]:
    place = city.places.get(one.site)
    return {
        "ref": one.site,
        "site": one.site,
        "unit": None if place is None else place.unit,
        "inside": one.inside,
        "capacity": one.capacity,
        "used": one.inside / one.capacity if one.capacity else None,
        "ins": one.ins,
        "outs": one.outs,
        "left_over": one.left_over,
        "last_at": one.last_at,
    }


def _room(row: Row, value: str) -> bool:
    full = row["used"]
    if value == "unlimited":
        return full is None
    return full is not None and (full >= NEARLY_FULL) is (value == "nearly_full")


def _full(row: Row) -> str:
    return "is-due" if row["used"] is not None and row["used"] >= 1 else ""


def point_choices(centre: Centre, who: Viewer, _words: Words) -> list[Choice]:
    """Return the points of the viewer's scope, by name."""
    own = own_places(centre, who)
    points = [p for p in centre.city.of_kind(PlaceKind.POINT) if own is None or p.id in own]
    return sorted(((point.id, point.name) for point in points), key=lambda pair: pair[1])


def _way(row: Row, words: Words, _city: City) -> str:
    return words.say(Way.IN if row["is_in"] else Way.OUT)


def _done(row: Row, words: Words, _city: City) -> str:
    return words.say("point_do.open" if row["is_active"] else "point_do.shut")


def _point(row: Row, _words: Words, city: City) -> str:
    return unit_name(row["point"], city)


REFUSALS = Table(
    "refusals",
    Page.SCANS,
    (
        Column("scanned_at", Kind.INSTANT, 160),
        Column("point", width=260, told=_point),
        Column(
            "reason",
            width=380,
            told=worded("reason", AdmissionReason),
        ),
        Column("format", width=190, told=labelled("format", "code_format")),
        Column("proof", width=190, told=labelled("proof", "proof")),
        Column(
            "is_in", width=80, told=lambda r, words, _: words.say(Way.IN if r["is_in"] else Way.OUT)
        ),
        Column("source", width=140),
    ),
    _refusals,
    filters=(
        Filter("span", "T", words_of_choice("scan_span", tuple(registers.SPANS)), "hour"),
        Filter("reason", "S", words_of_choice("admission_reason", REASONS)),
        Filter("point", "U", point_choices),
    ),
    order=(("scanned_at", True),),
)
SITES = Table(
    "sites",
    Page.SCANS,
    (
        Column("site", width=260, told=placed("site")),
        Column("inside", Kind.NUMBER, 110),
        Column("capacity", Kind.NUMBER, 110),
        Column("used", Kind.SHARE, 110, mark=_full),
        Column("ins", Kind.NUMBER, 100),
        Column("outs", Kind.NUMBER, 100),
        Column("left_over", Kind.NUMBER, 160),
        Column("last_at", Kind.INSTANT, 160),
        Column("unit", width=170, told=placed("unit")),
    ),
    _sites,
    filters=(Filter("room", "S", words_of_choice("room", ("nearly_full", "free", "unlimited"))),),
    order=(("inside", True),),
)
CHANGES = Table(
    "changes",
    Page.SCANS,
    (
        Column("since", Kind.INSTANT, 160),
        Column("point", width=300, told=_point),
        Column(
            "is_active",
            width=160,
            told=_done,
        ),
        Column("source", width=180),
        Column("known_at", Kind.INSTANT, 160),
    ),
    _changes,
    filters=(
        Filter("active", "S", words_of_choice("point_active", ("yes", "no"))),
        Filter("point", "U", point_choices),
    ),
    order=(("since", True),),
)
