"""The hands of the police desk: open a case, take a step. Rights are asked again each time."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboards.asked import asked_of
from dashboards.auth import Viewer, viewer
from dashboards.opened_case import is_in, open_case
from dashboards.screen import seat_of
from dashboards.shell import SPOKEN
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.alerts.model import AlertOutcome, Desk, Step
from ioc.alerts.service import Act, find_alert, take_step
from ioc.centre import Centre
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound
from ioc.labels import Language

logger = logging.getLogger(__name__)

LONGEST_SHELF = 240
# A case that ends leaves the desk free for the next one.
ENDING = frozenset({Step.CLOSE, Step.FALSE_READ, Step.CLEAR, Step.SHELVE})


def register(app: Dash, centre: Centre) -> None:
    """Add the two callbacks of the desk."""

    @app.callback(
        Output("case", "data"),
        Input("choice", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def choose(choice: Any, spoken: str) -> Any:
        asked = asked_of(choice)
        who = viewer(Page.POLICE)
        try:
            return await asyncio.to_thread(_open, centre, who, asked, Language(spoken))
        except IocError as fault:
            logger.warning("a case could not be opened: %s", fault)
            return no_update

    @app.callback(
        Output("answer", "data"),
        Input("deed", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def do(deed: Any, spoken: str) -> Any:
        asked, words = asked_of(deed), Words(Language(spoken), centre.city.zone)
        alert = str(asked.get("alert", ""))
        try:
            who = viewer(Page.POLICE, Action.TAKE_STEP)
            act = act_of(centre, asked, who.name)
            await asyncio.to_thread(_act, centre, who, alert, act)
        except IocError as fault:
            return {"alert": alert, "text": _told(fault, words), "next": False, "at": _again(asked)}
        said = words.say("desk.done", step=words.say(act.step))
        return {"alert": alert, "text": said, "next": act.step in ENDING, "at": _again(asked)}


def act_of(centre: Centre, asked: Mapping[str, Any], actor: str) -> Act:
    """Return the act that a browser asks for.

    Raises:
        InvalidInput: a value is none of those that can be.
    """
    try:
        step = Step(str(asked.get("step")))
        outcome = AlertOutcome(str(asked["outcome"])) if asked.get("outcome") else None
        minutes = int(str(asked.get("minutes") or 0))
    except ValueError as fault:
        raise InvalidInput("step", str(fault)) from fault
    if not 0 <= minutes <= LONGEST_SHELF:
        raise InvalidInput("minutes", f"must lie between 0 and {LONGEST_SHELF}")
    until = centre.now() + timedelta(minutes=minutes) if minutes else None
    unit, note = asked.get("unit"), asked.get("stream") or asked.get("note")
    return Act(
        step, actor, str(unit) if unit else None, str(note) if note else None, outcome, until
    )


def _open(
    centre: Centre, who: Viewer, asked: Mapping[str, Any], language: Language
) -> dict[str, Any]:
    alert, seat = str(asked.get("alert", "")), seat_of(who, language)
    revision, parts = open_case(centre, seat, alert, who)
    if seat.sees_plates and not asked.get("again"):
        audit.record(centre, who.name, "case_opened", f"alert:{alert}", "handling", {})
    return {"alert": alert, "revision": revision, "parts": parts}


def _act(centre: Centre, who: Viewer, alert: str, act: Act) -> None:
    found = find_alert(centre, alert)
    if found.desk is not Desk.POLICE or not is_in(centre, found, who.scope):
        raise NotFound("alert", alert)
    take_step(centre, alert, act)


def _told(fault: IocError, words: Words) -> str:
    """Return what a person can act on."""
    match fault:
        case Conflict():
            return words.say("desk.conflict")
        case Forbidden():
            return words.say("desk.read_only")
        case NotFound():
            return words.say("desk.gone")
        case InvalidInput():
            return words.say("desk.invalid", field=fault.field)
    return words.say("state.no_store")


def _again(asked: Mapping[str, Any]) -> Any:
    """Return the mark of the question, so that the same answer twice is seen twice."""
    return asked.get("at")
