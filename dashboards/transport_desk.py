"""The hands of Transport's desk: look, open, decide. Rights are asked again each time."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboards.asked import asked_of
from dashboards.auth import Viewer, viewer
from dashboards.pages import transport
from dashboards.panels.filing_actions import MORE_HOURS, REASONS
from dashboards.panels.filings import view_of
from dashboards.shell import SPOKEN
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.deciding import change_permit, decide_many
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound
from ioc.labels import Language
from ioc.permits.model import Change, Order, PermitClass
from ioc.permits.service import arrival_watched, find_permit, way_to
from ioc.registrations.model import Decided, Decision, RegistrationStep
from ioc.registrations.rules import OF_TRANSPORT
from ioc.registrations.service import find_filing

logger = logging.getLogger(__name__)

LONGEST_NOTE = 300
# Time for a red vehicle to reach its site; the length of the province is two hours' drive.
TO_SITE = timedelta(hours=4)


def register(app: Dash, centre: Centre) -> None:
    """Add the two callbacks of the desk."""

    @app.callback(
        Output("filing-shown", "data"),
        Input("filing-look", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def look(look: Any, spoken: str) -> Any:
        asked, words = asked_of(look), Words(Language(spoken), centre.city.zone)
        who = viewer(Page.TRANSPORT)
        try:
            return await asyncio.to_thread(_look, centre, who, asked, words)
        except IocError as fault:
            logger.warning("registrations could not be shown: %s", fault)
            return no_update

    @app.callback(
        Output("filing-told", "data"),
        Input("filing-deed", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def do(deed: Any, spoken: str) -> Any:
        asked, words = asked_of(deed), Words(Language(spoken), centre.city.zone)
        try:
            who = viewer(Page.TRANSPORT, Action.DECIDE_REGISTRATION)
            if asked.get("change"):
                return await asyncio.to_thread(_change, centre, who, asked, words)
            decided = await asyncio.to_thread(_do, centre, who, asked)
        except IocError as fault:
            return {"text": _told(fault, words), "done": [], "at": asked.get("at")}
        done = [one.ref for one in decided if one.fault is None]
        said = f"{_said(decided, asked, words)} {_unseen(centre, decided, words)}".strip()
        return {"text": said, "done": done, "at": asked.get("at")}


def decision_of(centre: Centre, asked: Mapping[str, Any], actor: str) -> Decision:
    """Return the decision that a browser asks for.

    Raises:
        InvalidInput: a value is none of those that can be.
    """
    try:
        step = RegistrationStep(str(asked.get("step")))
        permit_class = PermitClass(str(asked["class"])) if asked.get("class") else None
    except ValueError as fault:
        raise InvalidInput("step", str(fault)) from fault
    if step not in OF_TRANSPORT:
        raise InvalidInput("step", "is none of Transport's")
    note, site = _note(centre, asked, step), asked.get("site")
    if permit_class is not PermitClass.RED:
        return Decision(step, actor, note, permit_class)
    if site not in {place.id for place in transport.sites(centre)}:
        raise InvalidInput("site", "is no quarantine site of today")
    roads, deadline = way_to(centre, str(site)) or None, centre.now() + TO_SITE
    return Decision(
        step, actor, note, permit_class, destination=str(site), roads=roads, deadline=deadline
    )


def _look(centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words) -> dict[str, Any]:
    parts: dict[str, str] = {}
    if not asked.get("only"):
        parts = transport.queue_parts(centre, words, view_of(asked))
    ref = str(asked.get("ref") or "")[:64]
    shown = None
    if ref.isalnum() and ref.isascii():
        try:
            may_act = who.may(Action.DECIDE_REGISTRATION)
            parts |= transport.filing_parts(centre, words, ref, may_act=may_act)
            shown = ref
        except NotFound:
            shown = None
    if shown is not None and not asked.get("again"):
        subject = f"registration:{shown}"
        audit.record(centre, who.name, "registration_opened", subject, "decision", {})
    return {"parts": parts, "ref": shown, "at": asked.get("at")}


def _do(centre: Centre, who: Viewer, asked: Mapping[str, Any]) -> Sequence[Decided]:
    return decide_many(centre, _refs(asked), decision_of(centre, asked, who.name))


def _change(centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Extend or revoke the permit of one registration.

    Raises:
        InvalidInput: a value is none of those that can be.
        NotFound: there is no such registration, or it has no permit.
        Conflict: the permit has ended, or is not in force.
    """
    [ref] = _refs(asked)[:1]
    name = str(asked["change"])
    if name not in (Change.EXTEND, Change.REVOKE):
        raise InvalidInput("step", "is no change of this desk")
    filing = find_filing(centre, ref)
    permit = find_permit(centre, filing.permit or "")
    change = Change(name)
    until = None
    if change is Change.EXTEND:
        if str(asked.get("hours")) not in {str(hours) for hours in MORE_HOURS}:
            raise InvalidInput("hours", "is none of those offered")
        until = permit.valid_until + timedelta(hours=int(str(asked["hours"])))
    why = _note(centre, asked, change) or Words(Language.VI, centre.city.zone).say(change)
    change_permit(centre, permit.ref, Order(change, who.name, why, valid_until=until))
    said = words.say("transport.done", what=words.say(f"transport_do.{change}"), n=1)
    return {"text": said, "done": [ref], "changed": True, "at": asked.get("at")}


def _refs(asked: Mapping[str, Any]) -> list[str]:
    refs = asked.get("refs")
    if not isinstance(refs, list) or not refs:
        raise InvalidInput("refs", "names no registration")
    if not all(isinstance(ref, str) and ref.isalnum() and ref.isascii() for ref in refs):
        raise InvalidInput("refs", "names no registration")
    return refs


def _note(centre: Centre, asked: Mapping[str, Any], step: StrEnum) -> str | None:
    """Return the reason in the first language of the city: it is told to the registrant."""
    words = Words(Language.VI, centre.city.zone)
    reason = str(asked.get("reason") or "")
    if reason in REASONS.get(step, ()):
        return words.say(f"transport_reason.{reason}")
    own = str(asked.get("note") or "").strip()
    if len(own) > LONGEST_NOTE or not own.isprintable():
        raise InvalidInput("note", f"needs at most {LONGEST_NOTE} printing characters")
    return own or None


def _said(decided: Sequence[Decided], asked: Mapping[str, Any], words: Words) -> str:
    faults = [one.fault for one in decided if one.fault is not None]
    done = len(decided) - len(faults)
    what = asked.get("class")
    key = f"permit_class.{what}" if what else f"transport_do.{asked.get('step')}"
    said = words.say("transport.done", what=words.say(key), n=words.number(done)) if done else ""
    if not faults:
        return said
    left = words.say("transport.left", n=words.number(len(faults)), why=_told(faults[0], words))
    return f"{said} {left}".strip() if len(decided) > 1 else _told(faults[0], words)


def _unseen(centre: Centre, decided: Sequence[Decided], words: Words) -> str:
    """Return what is said of permits to a site where nobody will see the vehicle arrive."""
    permits = [one.permit for one in decided if one.permit is not None]
    if all(arrival_watched(centre, permit) is not False for permit in permits):
        return ""
    return words.say("transport.granted_unseen")


def _told(fault: IocError, words: Words) -> str:
    """Return what a person can act on."""
    match fault:
        case Conflict():
            return words.say("transport.conflict")
        case Forbidden():
            return words.say("transport.read_only")
        case NotFound():
            return words.say("transport.gone")
        case InvalidInput():
            name = words.say(f"transport_field.{fault.field}")
            return words.say("desk.invalid", field=name)
    return words.say("state.no_store")
