"""Accounts: who has one, of which role and area; made, changed, shut, given new secrets."""

from collections.abc import Callable, Mapping

from dashboards.administration.parts import (
    NEW,
    area_choices,
    area_name,
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
from dashboards.words import Words
from ioc.access.managing import lockouts
from ioc.access.model import Action, Page, Role, User
from ioc.administration import registers, service
from ioc.administration.model import Given, Officer
from ioc.administration.rules import WHOLE_ONLY
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.labels import Language
from ioc.listing import Ask, Listed
from ioc.places import City
from ioc.reports.service import catalogue

MAKE, CHANGE, SHUT, REOPEN = "make", "change", "shut", "reopen"
RENEW, FORGET, UNLOCK = "renew", "forget", "unlock"
Act = Callable[[Centre, Officer, str], str | Given]
# What is done with one account by its key, besides making and changing it.
ACTS: Mapping[str, Act] = {
    SHUT: service.shut_account,
    REOPEN: service.reopen_account,
    RENEW: service.renew_password,
    FORGET: service.forget_factor,
    UNLOCK: service.unlock_account,
}


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    return service.rows_of(centre, registers.ACCOUNTS, ask, officer_of(who))


def opened(opening: Opening) -> Mapping[str, str]:
    """Return one account and what can be done with it, or the form of a new one.

    Raises:
        NotFound: there is none in the viewer's scope.
    """
    centre, who, words = opening.centre, opening.who, opening.words
    may_act = who.may(Action.MANAGE_ACCESS)
    if opening.id == NEW:
        head = row_parts.head(words.say("accounts.new"), "", words.say("accounts.new_about"))
        return {"row-case": head, "row-actions": _new(opening) if may_act else ""}
    row = service.row_of(centre, registers.ACCOUNTS, opening.id, officer_of(who))
    state = words.say("open.yes" if row["open"] else "open.no")
    shut = next((door for door in lockouts(centre) if door.name == row["account"]), None)
    if shut is not None:
        state = words.say("accounts.locked", at=words.minute(shut.until), n=shut.failures)
    parts = [
        row_parts.head(
            str(row["account"]), state, str(row["display_name"]), is_due=shut is not None
        ),
        _facts(row, centre, words),
    ]
    actions = _actions(opening, row, is_locked=shut is not None) if may_act else None
    return {"row-case": join(parts), "row-actions": actions or row_parts.read_only(words)}


def done(deed: Deed) -> Done:
    """Make an account, change it, shut or open it, give it new secrets.

    Raises:
        Forbidden: his role changes nothing, or lies outside his scope.
        InvalidInput: a value cannot be used; it is named.
        NotFound: there is no such account in his scope.
        Conflict: the name is taken, or nobody would manage access.
    """
    officer = require_manager()
    [ref] = deed.ids[:1]
    if deed.step == MAKE:
        return _handed(service.open_account(deed.centre, officer, _wish(deed)), ref, deed.words)
    if deed.step == CHANGE:
        name = service.change_account(deed.centre, officer, ref, _wish(deed))
        return Done(deed.words.say("accounts.changed", name=name), (ref,))
    act = ACTS.get(deed.step)
    if act is None:
        raise InvalidInput("step", "is none of an account's")
    result = act(deed.centre, officer, ref)
    if isinstance(result, Given):
        return _handed(result, ref, deed.words)
    return Done(deed.words.say(f"accounts.done_{deed.step}", name=result), (ref,))


def _handed(given: Given, ref: str, words: Words) -> Done:
    said = words.say("accounts.password_is", name=given.whose, secret=given.secret)
    return Done(said, (ref,))


def _wish(deed: Deed) -> User:
    said = deed.said
    try:
        role = Role(said.get("role", ""))
    except ValueError as fault:
        raise InvalidInput("role", "is none") from fault
    return User(
        said.get("name", ""),
        role,
        said.get("display_name", ""),
        said.get("scope") or None,
        agency=said.get("agency") or None,
    )


def _facts(row: Row, centre: Centre, words: Words) -> Html:
    moments = [
        (words.say(f"column.{name}"), words.moment(row[name]) if row[name] else "–")
        for name in ("created_at", "seen_at")
    ]
    agency = _agency_name(centre, row["agency"], words)
    factor = words.say("factor.yes" if row["factor"] else "factor.no")
    return row_parts.facts(
        words.say("accounts.facts"),
        [
            (words.say("column.role"), words.say(Role(row["role"]))),
            (words.say("column.area"), area_name(row["area"], words, centre.city)),
            (words.say("column.agency"), agency),
            (words.say("column.factor"), factor),
            (words.say("column.sessions"), words.number(row["sessions"])),
            *moments,
        ],
    )


def _actions(opening: Opening, row: Row, *, is_locked: bool) -> Html:
    words, who = opening.words, opening.who
    own = words.say("accounts.own") if row["account"] == who.name else ""
    form = row_parts.form(
        f"form-{CHANGE}", words.say("accounts.change"), _fields(opening, row), words
    )
    swap = SHUT if row["open"] else REOPEN
    no_factor = "" if row["factor"] else words.say("factor.no")
    unlocked = "" if is_locked else words.say("accounts.not_locked")

    def asked(key: str, step: str, locked: str) -> Html:
        warning = words.say(f"accounts.warn_{step}", name=row["account"])
        return confirmed(key, step, words.say(f"accounts.{step}"), warning, words, locked)

    return join(
        [
            row_parts.action(
                "1", CHANGE, words.say("accounts.change"), locked=own, form=f"form-{CHANGE}"
            ),
            form,
            asked("2", swap, own),
            asked("3", RENEW, own),
            asked("4", FORGET, own or no_factor),
            row_parts.action("5", UNLOCK, words.say("accounts.unlock"), locked=unlocked),
        ]
    )


def _new(opening: Opening) -> Html:
    words = opening.words
    fields = [field(words.say("column.account"), "name"), *_fields(opening, None)]
    title = words.say("accounts.make")
    return join(
        [
            row_parts.action("1", MAKE, title, form=f"form-{MAKE}"),
            row_parts.form(f"form-{MAKE}", title, fields, words),
        ]
    )


def _fields(opening: Opening, row: Row | None) -> list[Html]:
    centre, who, words = opening.centre, opening.who, opening.words
    held = row or {"display_name": "", "role": Role.OPERATOR, "area": who.scope, "agency": None}
    roles = [role for role in Role if who.scope is None or role not in WHOLE_ONLY]
    return [
        field(words.say("column.display_name"), "display_name", value=held["display_name"],
              limit=120),
        select(words.say("column.role"), "role", [(role.value, words.say(role)) for role in roles],
               held["role"]),
        select(words.say("column.area"), "scope", area_choices(centre, who, words),
               held["area"] or ""),
        select(words.say("column.agency"), "agency", _agencies(centre, words),
               held["agency"] or ""),
    ]  # fmt: skip


def _agencies(centre: Centre, words: Words) -> list[Choice]:
    known = catalogue(centre).agencies
    named = sorted(((one, _agency_name(centre, one, words)) for one in known), key=lambda p: p[1])
    return [("", words.say("accounts.no_agency")), *named]


def _agency_name(centre: Centre, agency: str | None, words: Words) -> str:
    known = catalogue(centre).agencies.get(agency or "")
    if known is None:
        return agency or ""
    return known.vi if words.language is Language.VI else known.en


def _told_open(row: Row, words: Words, _city: City) -> str:
    return words.say("open.yes" if row["open"] else "open.no")


TABLE = Table(
    "accounts",
    Page.ADMIN,
    (
        Column("account", Kind.CODE, 170),
        Column("display_name", width=210),
        Column("role", width=170, told=lambda row, words, _: words.say(Role(row["role"]))),
        Column("area", width=210,
               told=lambda row, words, city: area_name(row["area"], words, city)),
        Column("open", width=110, told=_told_open),
        Column("factor", width=130,
               told=lambda row, words, _: words.say(f"factor.{'yes' if row['factor'] else 'no'}")),
        Column("sessions", Kind.NUMBER, 90),
        Column("seen_at", Kind.INSTANT, 160),
        Column("created_at", Kind.INSTANT, 160),
    ),
    _rows,
    filters=(
        Filter("open", "S", words_of_choice("open", ("yes", "no")), "yes"),
        Filter("role", "V", words_of_choice("role", tuple(Role))),
        Filter("scope", "U", lambda centre, who, words: area_choices(centre, who, words)[1:]),
    ),
    order=(("account", False),),
    opened=opened,
    done=done,
)  # fmt: skip
