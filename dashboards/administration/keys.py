"""API keys: of which source, with which rights, when last used; made, and ended for good."""

from collections.abc import Mapping

from dashboards.administration.parts import (
    NEW,
    boxes,
    confirmed,
    field,
    officer_of,
    require_manager,
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
    Row,
    Table,
    words_of_choice,
)
from dashboards.words import Words
from ioc.access.model import Action, Page, Right
from ioc.administration import registers, service
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.listing import Ask, Listed
from ioc.places import City

MAKE, END = "make_key", "end_key"


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    return service.rows_of(centre, registers.KEYS, ask, officer_of(who))


def opened(opening: Opening) -> Mapping[str, str]:
    """Return one key and that it can be ended, or the form of a new one.

    Raises:
        NotFound: there is none, or the viewer administers a part of the province.
    """
    words = opening.words
    may_act = opening.who.may(Action.MANAGE_ACCESS) and opening.who.scope is None
    if opening.id == NEW:
        head = row_parts.head(words.say("keys.new"), "", words.say("keys.new_about"))
        return {"row-case": head, "row-actions": _new(words) if may_act else ""}
    row = service.row_of(opening.centre, registers.KEYS, opening.id, officer_of(opening.who))
    case = [
        row_parts.head(
            row["source"], words.say("key.yes" if row["open"] else "key.no"), row["ref"]
        ),
        _facts(row, words, opening.centre.city),
    ]
    if not may_act:
        return {"row-case": join(case), "row-actions": row_parts.read_only(words)}
    locked = "" if row["open"] else words.say("key.no")
    warning = words.say("keys.warn", source=row["source"])
    end = confirmed("1", END, words.say("keys.end"), warning, words, locked)
    return {"row-case": join(case), "row-actions": end}


def done(deed: Deed) -> Done:
    """Make a key, or end one.

    Raises:
        Forbidden: his role changes nothing, or he administers a part of the province.
        InvalidInput: a value cannot be used; it is named.
        NotFound: there is no such key that is open.
    """
    officer, words = require_manager(), deed.words
    [ref] = deed.ids[:1]
    if deed.step == MAKE:
        said = deed.said
        rights = [right for right in said.get("rights", "").split(",") if right]
        points = said.get("points", "").replace(",", " ").split()
        given = service.make_key(deed.centre, officer, said.get("source", ""), rights, points)
        return Done(words.say("keys.made", source=given.whose, secret=given.secret), (ref,))
    if deed.step != END:
        raise InvalidInput("step", "is none of a key's")
    service.end_key(deed.centre, officer, ref)
    return Done(words.say("keys.ended"), (ref,))


def _facts(row: Row, words: Words, city: City) -> Html:
    moments = [
        (words.say(f"column.{name}"), words.moment(row[name]) if row[name] else "–")
        for name in ("created_at", "used_at", "revoked_at")
    ]
    rights = [(words.say(Right(one)), one) for one in row["rights"]]
    points = [
        (place.name if (place := city.places.get(one)) else one, one) for one in row["points"]
    ]
    parts = [
        row_parts.facts(words.say("keys.facts"), moments),
        row_parts.facts(words.say("column.rights"), rights),
        row_parts.facts(words.say("column.points"), points) if points else None,
    ]
    return join(parts)


def _new(words: Words) -> Html:
    title = words.say("keys.make")
    fields = [
        field(words.say("column.source"), "source"),
        field(words.say("keys.points"), "points", limit=300, required=False),
        boxes(words.say("column.rights"), "rights", [(one.value, words.say(one)) for one in Right]),
    ]
    return join(
        [
            row_parts.action("1", MAKE, title, form=f"form-{MAKE}"),
            row_parts.form(f"form-{MAKE}", title, fields, words),
        ]
    )


def _told_rights(row: Row, words: Words, _city: City) -> str:
    return ", ".join(words.say(Right(one)) for one in row["rights"])


TABLE = Table(
    "keys",
    Page.ADMIN,
    (
        Column("source", Kind.CODE, 180),
        Column("ref", Kind.CODE, 150),
        Column("open", width=120, told=lambda row, words, _: words.say(
            "key.yes" if row["open"] else "key.no")),
        Column("used_at", Kind.INSTANT, 160),
        Column("rights", width=330, is_sorted=False, told=_told_rights),
        Column("points", width=150, is_sorted=False,
               told=lambda row, _w, _c: ", ".join(row["points"]) or "–"),
        Column("created_at", Kind.INSTANT, 160),
        Column("revoked_at", Kind.INSTANT, 160),
    ),
    _rows,
    filters=(
        Filter("open", "S", words_of_choice("key", ("yes", "no")), "yes"),
        Filter("used", "H", words_of_choice("key_used", ("day", "silent", "never"))),
        Filter("right", "Q", words_of_choice("right", tuple(Right))),
    ),
    order=(("source", False),),
    opened=opened,
    done=done,
)  # fmt: skip
