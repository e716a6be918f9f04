"""The hands of the review page: look at a question, answer it, take it back."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboards.asked import asked_of
from dashboards.auth import Viewer, viewer
from dashboards.pages import review
from dashboards.shell import SPOKEN
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound
from ioc.labels import Language
from ioc.reviews import service
from ioc.reviews.model import Answer
from ioc.vehicles.plate import display

logger = logging.getLogger(__name__)

UNDO = "undo"


def register(app: Dash, centre: Centre) -> None:
    """Add the two callbacks of the page."""

    @app.callback(
        Output("looked", "data"),
        Input("looking", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def look(looking: Any, spoken: str) -> Any:
        asked, words = asked_of(looking), Words(Language(spoken), centre.city.zone)
        who = viewer(Page.REVIEW, Action.ANSWER_QUESTION)
        try:
            return await asyncio.to_thread(_look, centre, who, str(asked.get("alert", "")), words)
        except IocError as fault:
            logger.warning("a question could not be opened: %s", fault)
            return no_update

    @app.callback(
        Output("ruled", "data"),
        Input("ruling", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def answer(ruling: Any, spoken: str) -> Any:
        asked, words = asked_of(ruling), Words(Language(spoken), centre.city.zone)
        told = {"alert": str(asked.get("alert", "")), "at": asked.get("at")}
        try:
            who = viewer(Page.REVIEW, Action.ANSWER_QUESTION)
            done = await asyncio.to_thread(_answer, centre, who, asked, words)
        except IocError as fault:
            return {**told, "text": _told(fault, words), "is_done": False}
        return {**told, **done, "is_done": True}


def _look(centre: Centre, who: Viewer, alert: str, words: Words) -> dict[str, str]:
    _require_in_scope(centre, who, alert)
    service.look_at(centre, alert, who.name)
    return {"tempo": _tempo(centre, who, words)}


def _answer(
    centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words
) -> dict[str, object]:
    said, alert = str(asked.get("answer", "")), str(asked.get("alert", ""))
    if said == UNDO:
        ruling = service.take_back(centre, who.name)
        text = words.say("review.taken_back", plate=display(ruling.plate))
        return {"text": text, "back": ruling.alert, "tempo": _tempo(centre, who, words)}
    try:
        answer = Answer(said)
    except ValueError as fault:
        raise InvalidInput("answer", str(fault)) from fault
    _require_in_scope(centre, who, alert)
    ruling = service.rule(centre, alert, answer, str(asked.get("typed", "")), who.name)
    shown = words.say(answer) if ruling.truth is None else display(ruling.truth)
    limit = int(service.review_limits(centre).undo.total_seconds())
    text = words.say("review.kept", answer=shown, n=limit)
    return {"text": text, "tempo": _tempo(centre, who, words)}


def _require_in_scope(centre: Centre, who: Viewer, alert: str) -> None:
    if who.scope is None:
        return
    if alert not in [one.alert for one in review.visible(centre, who.scope)]:
        raise NotFound("question", alert[:40])


def _tempo(centre: Centre, who: Viewer, words: Words) -> str:
    tempo = service.tempo_of(centre, who.name)
    if tempo.median_s is None:
        return words.say("review.tempo_few", n=words.number(tempo.answered))
    pace = words.number(tempo.median_s, 1)
    return words.say("review.tempo", n=words.number(tempo.answered), pace=pace)


def _told(fault: IocError, words: Words) -> str:
    """Return what a person can act on."""
    match fault:
        case Conflict():
            return words.say("review.conflict")
        case Forbidden():
            return words.say("review.forbidden")
        case NotFound():
            return words.say("review.gone")
        case InvalidInput():
            return words.say("review.no_plate")
    return words.say("state.no_store")
