"""Displays on walls: which screen each shows, when it was last seen; made, and ended for good."""

from collections.abc import Mapping

from dashboards.administration.parts import (
    NEW,
    confirmed,
    field,
    officer_of,
    require_manager,
    select,
)
from dashboards.auth import Viewer
from dashboards.markup import Html, join
from dashboards.panels import row_parts
from dashboards.tables.model import (
    Column,
    Deed,
    Done,
    Filter,
    Kind,
    Opening,
    Table,
    words_of_choice,
)
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.administration.rules import require_whole
from ioc.centre import Centre
from ioc.displays.service import add_display, list_displays, revoke_display
from ioc.errors import InvalidInput, NotFound
from ioc.listing import Ask, Listed, paged
from ioc.walls import load_walls

MAKE, END = "make_display", "end_display"


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    known = list_displays(centre) if who.scope is None else ()
    rows = [
        {
            "ref": one.name,
            "display": one.name,
            "wall": one.wall,
            "open": one.revoked_at is None,
            "seen_at": one.seen_at,
            "created_at": one.created_at,
            "revoked_at": one.revoked_at,
        }
        for one in known
    ]
    filters = {"open": lambda row, value: row["open"] == (value == "yes")}
    return paged(rows, ask, (("display", False),), filters)


def opened(opening: Opening) -> Mapping[str, str]:
    """Return one display and that its token can be ended, or the form of a new one.

    Raises:
        NotFound: there is none, or the viewer administers a part of the province.
    """
    words, officer = opening.words, officer_of(opening.who)
    may_act = opening.who.may(Action.MANAGE_ACCESS) and officer.scope is None
    if opening.id == NEW:
        head = row_parts.head(words.say("displays.new"), "", words.say("displays.new_about"))
        return {"row-case": head, "row-actions": _new(opening.centre, words) if may_act else ""}
    known = list_displays(opening.centre) if officer.scope is None else ()
    one = next((display for display in known if display.name == opening.id), None)
    if one is None:
        raise NotFound("display", opening.id)
    moments = [
        (words.say(f"column.{name}"), words.moment(at) if at else "–")
        for name, at in (
            ("created_at", one.created_at),
            ("seen_at", one.seen_at),
            ("revoked_at", one.revoked_at),
        )
    ]
    state = words.say("key.yes" if one.revoked_at is None else "key.no")
    facts = [(words.say("column.wall"), one.wall), *moments]
    case = [
        row_parts.head(one.name, state),
        row_parts.facts(words.say("displays.facts"), facts),
    ]
    if not may_act:
        return {"row-case": join(case), "row-actions": row_parts.read_only(words)}
    locked = "" if one.revoked_at is None else words.say("key.no")
    warning = words.say("displays.warn", name=one.name)
    end = confirmed("1", END, words.say("displays.end"), warning, words, locked)
    return {"row-case": join(case), "row-actions": end}


def done(deed: Deed) -> Done:
    """Make the token of a display, or end one.

    Raises:
        Forbidden: his role changes nothing, or he administers a part of the province.
        InvalidInput: a value cannot be used; it is named.
        NotFound: there is no such display whose token stands.
        Conflict: a display of that name has a token already.
    """
    officer, words = require_manager(), deed.words
    require_whole(officer)
    [ref] = deed.ids[:1]
    if deed.step == MAKE:
        name, wall = deed.said.get("name", ""), deed.said.get("wall", "")
        token = add_display(deed.centre, name, wall, actor=officer.name)
        path = f"/screen#{token}"
        return Done(words.say("displays.made", name=name, path=path), (ref,))
    if deed.step != END:
        raise InvalidInput("step", "is none of a display's")
    revoke_display(deed.centre, ref, actor=officer.name)
    return Done(words.say("displays.ended", name=ref), (ref,))


def _new(centre: Centre, words: Words) -> Html:
    title = words.say("displays.make")
    walls = [(name, name) for name in load_walls(centre.settings.city_dir)]
    fields = [
        field(words.say("column.display"), "name"),
        select(words.say("column.wall"), "wall", walls),
    ]
    return join(
        [
            row_parts.action("1", MAKE, title, form=f"form-{MAKE}"),
            row_parts.form(f"form-{MAKE}", title, fields, words),
        ]
    )


def _told_open(row: Mapping[str, object], words: Words, _city: object) -> str:
    return words.say("key.yes" if row["open"] else "key.no")


TABLE = Table(
    "displays",
    Page.ADMIN,
    (
        Column("display", Kind.CODE, 220),
        Column("wall", Kind.CODE, 180),
        Column("open", width=140, told=_told_open),
        Column("seen_at", Kind.INSTANT, 170),
        Column("created_at", Kind.INSTANT, 170),
        Column("revoked_at", Kind.INSTANT, 170),
    ),
    _rows,
    filters=(Filter("open", "S", words_of_choice("key", ("yes", "no")), "yes"),),
    order=(("display", False),),
    opened=opened,
    done=done,
)
