"""Scan points today, each against its usual; one opened with its past days; opened and shut."""

import uuid
from collections.abc import Mapping

from dashboards.auth import Viewer, viewer
from dashboards.figures.bars import mini_bars
from dashboards.markup import Html, el, join
from dashboards.panels import row_parts
from dashboards.tables.model import (
    Choice,
    Column,
    Deed,
    Done,
    Filter,
    Kind,
    Opening,
    Row,
    Table,
    words_of_choice,
)
from dashboards.tables.outcomes import done_of
from dashboards.tables.scope import own_places, unit_choices, unit_name
from dashboards.tables.telling import placed, worded
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.errors import InvalidInput, NotFound
from ioc.intake import IntakeStatus
from ioc.listing import Ask, Listed, paged
from ioc.places import City, Point, PointSort
from ioc.venues.desk import PointDay, changes_of, point_today, points_today
from ioc.venues.model import PointChange, PointState
from ioc.venues.service import change_points

STEPS = (("1", "open"), ("2", "shut"))
FEW_DAYS = 8


def rows_of(points: list[PointDay], city: City) -> list[dict[str, object]]:
    """Return points as rows: their names, their counts, and how they stand to their usual."""
    return [
        {
            "ref": one.point,
            "point": city.places[one.point].name,
            "sort": one.sort.value,
            "unit": one.unit,
            "site": one.site,
            "state": one.state.value,
            "scans": one.scans,
            "ins": one.ins,
            "outs": one.outs,
            "usual_now": None if one.usual_now is None else round(one.usual_now),
            "against": one.scans / one.usual_now if one.usual_now else None,
            "turned_away": one.turned_away,
        }
        for one in points
    ]


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    places = own_places(centre, who)
    points = points_today(centre, None if places is None else frozenset(places))
    filters = {
        name: (lambda row, value, name=name: row[name] == value)
        for name in ("state", "sort", "unit", "site")
    }
    return paged(rows_of(points, centre.city), ask, (("scans", True),), filters)


def _sites(centre: Centre, who: Viewer, _words: Words) -> list[Choice]:
    own = own_places(centre, who)
    points = [one for one in centre.city.places.values() if isinstance(one, Point) and one.site]
    sites = {one.site or "" for one in points if own is None or one.id in own}
    return sorted(
        ((site, unit_name(site, centre.city)) for site in sites), key=lambda pair: pair[1]
    )


def opened(opening: Opening) -> Mapping[str, str]:
    """Return the regions of one point.

    Raises:
        NotFound: there is none in the viewer's scope.
    """
    centre, who, words = opening.centre, opening.who, opening.words
    _require_scope(centre, who, opening.id)
    one = point_today(centre, opening.id)
    is_due = one.state is PointState.SILENT
    place, state = centre.city.places[one.point], words.say(one.state)
    parts = [
        row_parts.head(place.name, state, words.say(one.sort), is_due=is_due),
        _facts(one, words, centre.city),
        _past(one, words),
        _log(centre, opening.id, words),
        _onward(one, words),
    ]
    return {"row-case": join(parts), "row-actions": _actions(one, who, words)}


def done(deed: Deed) -> Done:
    """Open or shut points from now on.

    Raises:
        Forbidden: his role directs no points.
        InvalidInput: the step is none of a point's, or says no reason.
        NotFound: a point lies outside his scope.
    """
    who = viewer(Page.SCANS, Action.LEAD_SHIFT)
    if deed.step not in {step for _, step in STEPS}:
        raise InvalidInput("step", "is none of a point's")
    note = deed.said.get("note", "")
    if not note:
        raise InvalidInput("note", "says no reason")
    for point in deed.ids:
        _require_scope(deed.centre, who, point)
    changes = [PointChange(uuid.uuid4().hex, one, deed.step == "open") for one in deed.ids]
    receipts = change_points(deed.centre, f"desk:{who.name}", changes)
    detail = {"step": deed.step, "points": list(deed.ids), "note": note}
    audit.record(deed.centre, who.name, "points_changed", "points", None, detail)
    results = [
        (point, None if receipt.status is IntakeStatus.RECORDED else NotFound("point", point))
        for point, receipt in zip(deed.ids, receipts, strict=True)
    ]
    return done_of(results, deed.words.say(f"point_do.{deed.step}"), deed.words)


def _require_scope(centre: Centre, who: Viewer, point: str) -> None:
    if not centre.reach(who.scope).covers(point):
        raise NotFound("point", point)


def _facts(one: PointDay, words: Words, city: City) -> Html:
    usual = None if one.usual is None else words.number(round(one.usual))
    by_now = None if one.usual_now is None else words.number(round(one.usual_now))
    return row_parts.facts(
        words.say("scans.today"),
        [
            (words.say("column.scans"), words.number(one.scans)),
            (words.say("column.ins"), words.number(one.ins)),
            (words.say("column.outs"), words.number(one.outs)),
            (words.say("column.turned_away"), words.number(one.turned_away)),
            (words.say("column.usual_now"), by_now or words.say("scans.no_usual")),
            (words.say("scans.usual_day"), usual),
            (words.say("column.unit"), unit_name(one.unit, city)),
            (words.say("column.site"), one.site and unit_name(one.site, city)),
        ],
    )


def _past(one: PointDay, words: Words) -> Html | None:
    """Return the whole like days as bars, the newest right, told in words too."""
    days = list(reversed(one.days[:FEW_DAYS]))
    if not days:
        return None
    told = [(f"{day:%d/%m}", words.number(n)) for day, n in days]
    bars = el("div", mini_bars([n for _, n in days], 520, 64), cls="point-days")
    return el("section", row_parts.facts(words.say("scans.past"), told), bars)


def _log(centre: Centre, point: str, words: Words) -> Html:
    lines = [
        (at, words.say("point_do.open" if is_open else "point_do.shut"), "")
        for at, is_open in changes_of(centre, point)
    ]
    return row_parts.log(words.say("scans.changes"), lines, words)


def _onward(one: PointDay, words: Words) -> Html:
    href = f"/scans?list=refusals&point={one.point}&span=day"
    return el("p", el("a", words.say("scans.to_refusals"), href=href))


def _actions(one: PointDay, who: Viewer, words: Words) -> Html:
    if not who.may(Action.LEAD_SHIFT):
        return row_parts.read_only(words)
    parts = []
    for key, step in STEPS:
        text, form = words.say(f"point_do.{step}"), f"form-{step}"
        is_open = one.state is not PointState.SHUT
        locked = words.say("row.locked") if is_open is (step == "open") else ""
        parts.append(row_parts.action(key, step, text, locked=locked, form=form))
        parts.append(row_parts.form(form, text, [row_parts.note(words)], words))
    return join(parts)


def _due(row: Row) -> str:
    return "is-due" if row["state"] == PointState.SILENT else ""


TABLE = Table(
    "points",
    Page.SCANS,
    (
        Column("point", width=330),
        Column(
            "state",
            width=190,
            told=worded("state", PointState),
            mark=_due,
        ),
        Column("scans", Kind.NUMBER, 120),
        Column("usual_now", Kind.NUMBER, 160),
        Column("against", Kind.SHARE, 120),
        Column("turned_away", Kind.NUMBER, 110),
        Column("sort", width=180, told=worded("sort", PointSort)),
        Column("unit", width=170, told=placed("unit")),
        Column("ins", Kind.NUMBER, 90),
        Column("outs", Kind.NUMBER, 90),
        Column("site", width=200, told=placed("site")),
    ),
    _rows,
    filters=(
        Filter("state", "S", words_of_choice("point_state", tuple(PointState))),
        Filter("sort", "M", words_of_choice("point_sort", tuple(PointSort))),
        Filter("unit", "U", unit_choices),
        Filter("site", "N", _sites),
    ),
    order=(("scans", True),),
    opened=opened,
    done=done,
    picks=True,
)
