"""The hands of the shift lead: look, act, mute, hand over. Rights are asked again each time."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboards.asked import asked_of
from dashboards.auth import Viewer, viewer
from dashboards.desk import act_of
from dashboards.opened_case import is_in
from dashboards.pages import shift
from dashboards.screen import seat_of
from dashboards.shell import SPOKEN
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.alerts.handover import hand_over
from ioc.alerts.muting import end_misread, mute, unmute
from ioc.alerts.service import find_alert, take_step
from ioc.centre import Centre
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound
from ioc.labels import Language

logger = logging.getLogger(__name__)

LONGEST_ITEM = 200


def register(app: Dash, centre: Centre) -> None:
    """Add the two callbacks of the page."""

    @app.callback(
        Output("shift-shown", "data"),
        Input("shift-look", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def look(look: Any, spoken: str) -> Any:
        asked = asked_of(look)
        who = viewer(Page.SHIFT)
        try:
            return await asyncio.to_thread(_look, centre, who, asked, Language(spoken))
        except IocError as fault:
            logger.warning("a row could not be shown: %s", fault)
            return no_update

    @app.callback(
        Output("shift-told", "data"),
        Input("shift-deed", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def do(deed: Any, spoken: str) -> Any:
        asked, words = asked_of(deed), Words(Language(spoken), centre.city.zone)
        try:
            who = viewer(Page.SHIFT, Action.LEAD_SHIFT)
            said = await asyncio.to_thread(_do, centre, who, asked, words)
        except IocError as fault:
            return {"text": _told(fault, words), "done": False, "at": asked.get("at")}
        return {"text": said, "done": True, "at": asked.get("at")}


def _look(
    centre: Centre, who: Viewer, asked: Mapping[str, Any], language: Language
) -> dict[str, Any]:
    seat = seat_of(who, language)
    if asked.get("form"):
        if not who.may(Action.LEAD_SHIFT):
            raise Forbidden("this role may not hand a shift over")
        parts = {"shift-form": shift.form(centre, who.name, seat.words(centre.city))}
        return {"parts": parts, "form": True, "at": asked.get("at")}
    item = str(asked.get("item") or "")[:LONGEST_ITEM]
    try:
        parts = {"shift-case": shift.chosen(centre, seat, item)}
    except NotFound:
        return {"parts": {"shift-case": ""}, "item": item, "gone": True, "at": asked.get("at")}
    if item.startswith("alert:") and seat.sees_plates and not asked.get("again"):
        audit.record(centre, who.name, "case_opened", item, "leading the shift", {})
    return {"parts": parts, "item": item, "at": asked.get("at")}


def _do(centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words) -> str:
    note, camera, rule = (str(asked.get(name) or "") for name in ("note", "camera", "rule"))
    match asked.get("do"):
        case "step":
            act = act_of(centre, {**asked, "step": asked.get("take")}, who.name)
            found = find_alert(centre, str(asked.get("alertId") or ""))
            if not is_in(centre, found, who.scope):
                raise NotFound("alert", found.id)
            take_step(centre, found.id, act)
            return words.say("desk.done", step=words.say(act.step))
        case "mute":
            _require_within(centre, who, camera)
            made = mute(centre, who.name, camera, rule, note, _minutes(asked))
            return words.say("shift.muted", time=words.minute(made.until_at))
        case "unmute":
            _require_within(centre, who, camera)
            back = unmute(centre, who.name, camera, rule)
            return words.say("shift.unmuted", n=words.number(back))
        case "misread":
            names = [name for name in str(asked.get("alerts") or "").split(",") if name]
            for name in names if who.scope is not None else ():
                _require_within(centre, who, find_alert(centre, name).camera)
            ended = end_misread(centre, who.name, names, note or None)
            return words.say("shift.ended", n=words.number(ended))
        case "hand_over":
            made_over = hand_over(centre, who.name, str(asked.get("taker") or ""), note)
            return words.say("shift.handed_to", taker=made_over.taker)
    raise InvalidInput("do", "is nothing that can be done here")


def _require_within(centre: Centre, who: Viewer, camera: str) -> None:
    """Keep a lead of one district from what another's cameras saw.

    Raises:
        NotFound: the camera lies elsewhere.
    """
    if not centre.reach(who.scope).covers(camera):
        raise NotFound("camera", camera[:40])


def _minutes(asked: Mapping[str, Any]) -> timedelta | None:
    told = str(asked.get("minutes") or "")
    if not told:
        return None
    if not told.isascii() or not told.isdigit() or len(told) > 6:
        raise InvalidInput("minutes", "needs a whole number")
    return timedelta(minutes=int(told))


def _told(fault: IocError, words: Words) -> str:
    """Return what a person can act on."""
    match fault:
        case Conflict():
            is_unit = str(fault).startswith("unit:")
            return words.say("shift.unit_taken" if is_unit else "desk.conflict")
        case Forbidden():
            return words.say("desk.read_only")
        case NotFound():
            return words.say("desk.gone")
        case InvalidInput():
            return words.say("desk.invalid", field=words.say(f"shift_field.{fault.field}"))
    return words.say("state.no_store")
