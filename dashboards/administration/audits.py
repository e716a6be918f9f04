"""The audit: who did what and looked whom up, why, and whether the chain of it holds."""

import json
import re
from collections.abc import Mapping

from dashboards.administration.parts import officer_of
from dashboards.auth import Viewer, viewer
from dashboards.markup import Html, el, join
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
from ioc.access.model import Action, Page
from ioc.administration import registers, service
from ioc.administration.rules import require_whole
from ioc.audit import BrokenChain
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.listing import Ask, Listed
from ioc.places import City
from ioc.privacy import HIDDEN

CHAIN, VERIFY = "chain", "verify"
# What a detail says without saying of whom.
PLAIN = frozenset(
    (
        *("origin", "why", "role", "scope", "agency", "rights", "points", "source", "format"),
        *("rows", "n", "links", "session", "seq", "removed", "version", "files", "channel"),
        *("step", "state", "outcome", "days", "sha256", "is_bound", "camera", "rule", "minutes"),
    )
)
# `plate:43C16839`, `person:…`: the kind is told, and of whom only to whoever may see it.
OF_WHOM = re.compile(r"^(?P<kind>plate|person|vehicle|number):(?P<rest>.+)$")


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    found = service.rows_of(centre, registers.AUDIT, ask, officer_of(who))
    told = [{**row, "subject": subject_for(str(row["subject"]), who)} for row in found.rows]
    return Listed(told, found.total)


def subject_for(subject: str, who: Viewer) -> str:
    """Return what was done to, as a viewer may read it: who audits sees that, not whom."""
    found = OF_WHOM.match(subject)
    if found is None:
        return subject
    needed = Action.SEE_PERSON if found["kind"] in ("person", "number") else Action.SEE_PLATE
    return subject if who.may(needed) else f"{found['kind']}:{HIDDEN}"


def opened(opening: Opening) -> Mapping[str, str]:
    """Return one row with its place in the chain, or the chain as a whole.

    Raises:
        NotFound: there is none in the viewer's scope.
    """
    if opening.id == CHAIN:
        return _chain(opening)
    words, who = opening.words, opening.who
    row = service.row_of(opening.centre, registers.AUDIT, opening.id, officer_of(who))
    sees_all = who.may(Action.SEE_PERSON) and who.may(Action.SEE_PLATE)
    detail = [
        (name, _said(value) if sees_all or name in PLAIN else HIDDEN)
        for name, value in sorted(row["detail"].items())
    ]
    link = words.say("audits.unchained")
    if row["seq"] is not None:
        link = words.say("audits.link", n=words.number(row["seq"]))
    facts = [
        (words.say("column.at"), f"{words.day(row['at'])} {words.time(row['at'])}"),
        (words.say("column.actor"), row["actor"]),
        (words.say("column.subject"), subject_for(row["subject"], who)),
        (words.say("column.purpose"), row["purpose"] or "–"),
    ]
    chain = [(words.say("audits.hash"), el("code", row["hash"] or "–"))]
    parts = [
        row_parts.head(what_of(row, words, opening.centre.city), link, row["action"]),
        row_parts.facts(words.say("audits.facts"), facts),
        row_parts.facts(words.say("audits.detail"), detail) if detail else None,
        row_parts.facts(words.say("audits.chain"), chain),
    ]
    return {"row-case": join(parts), "row-actions": ""}


def done(deed: Deed) -> Done:
    """Recompute the chain.

    Raises:
        Forbidden: he may not read the audit, or administers a part of the province.
        InvalidInput: nothing else is done with an audit.
    """
    who = viewer(Page.ADMIN, Action.READ_AUDIT)
    if deed.step != VERIFY:
        raise InvalidInput("step", "nothing is done with an audit but verifying it")
    officer = officer_of(who)
    require_whole(officer)
    try:
        length = service.verify_chain(deed.centre, officer)
    except BrokenChain as fault:
        return Done(deed.words.say("audits.broken", why=str(fault)))
    return Done(deed.words.say("audits.holds", n=deed.words.number(length)))


def what_of(row: Row, words: Words, _city: City) -> str:
    """Return what was done in words; a deed without words is told by its name."""
    key = f"audit_action.{row['action']}"
    said = words.say(key)
    return str(row["action"]) if said == key else said


def _chain(opening: Opening) -> Mapping[str, str]:
    words, scope = opening.words, opening.who.scope
    known = service.standing(opening.centre, scope)
    facts = [
        (words.say("audits.links"), words.number(known.links)),
        (words.say("audits.waiting"), words.number(known.unchained)),
    ]
    case = [
        row_parts.head(words.say("audits.chain"), "", words.say("audits.chain_about")),
        row_parts.facts(words.say("audits.facts"), facts),
    ]
    locked = "" if scope is None else words.say("row.read_only")
    verify = row_parts.action("1", VERIFY, words.say("audits.verify"), locked=locked)
    return {"row-case": join(case), "row-actions": verify}


def _said(value: object) -> Html | str:
    if isinstance(value, str | int | float) or value is None:
        return str(value)
    return json.dumps(value, ensure_ascii=False)


TABLE = Table(
    "audit",
    Page.ADMIN,
    (
        Column("no", Kind.NUMBER, 110),
        Column("at", Kind.INSTANT, 160, is_sorted=False),
        Column("actor", Kind.CODE, 160, is_sorted=False),
        Column("action", width=260, told=what_of, is_sorted=False),
        Column("subject", Kind.CODE, 250, is_sorted=False),
        Column("purpose", width=200, is_sorted=False),
        Column("seq", Kind.NUMBER, 110, is_sorted=False),
    ),
    _rows,
    action=Action.READ_AUDIT,
    filters=(
        Filter("family", "H", words_of_choice("audit_family", tuple(registers.FAMILIES))),
        Filter("span", "T", words_of_choice("span", tuple(registers.SPANS)), "week"),
        Filter("purpose", "Q", words_of_choice("audit_purpose", ("yes", "no"))),
    ),
    order=(("no", True),),
    is_personal=True,
    opened=opened,
    done=done,
    taken=Action.TAKE_AUDIT,
)
