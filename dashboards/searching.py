"""The search of the police desk: every question is asked with its right, and noted with its why."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dash import Dash, Input, Output, State

from dashboards.asked import asked_of
from dashboards.auth import Viewer, viewer
from dashboards.panels import search
from dashboards.shell import SPOKEN
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound, TooMany
from ioc.labels import Language
from ioc.lookups import service
from ioc.lookups.model import Purpose, Query
from ioc.lookups.rules import KNOWN
from ioc.places import PlaceKind

logger = logging.getLogger(__name__)

ANSWER, TRAIL = "search-answer", "search-trail"
REQUESTS, FORM = "search-requests", "search-form"
# The limits are told by the clock of the answer, which is a little later than that of the question.
MARGIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Asking:
    """One question of a browser: who asks, in which words, and what stands in the form."""

    centre: Centre
    who: Viewer
    asked: Mapping[str, Any]
    words: Words

    def told(self, name: str) -> str:
        """Return what the form says under a name, empty where it says nothing."""
        return str(self.asked.get(name) or "").strip()

    @property
    def why(self) -> Purpose:
        """Return who asks and why; refused where either is missing."""
        return Purpose(self.who.name, self.told("purpose"), self.told("case"))

    @property
    def cameras(self) -> list[str] | None:
        """Return the cameras whose sightings may be seen, None for all."""
        return self.centre.reach(self.who.scope).ids(PlaceKind.CAMERA, self.centre.city)

    def since(self, days: int) -> datetime:
        """Return the instant so many days ago, on the safe side of a limit."""
        return self.centre.now() - timedelta(days=days) + MARGIN

    def number(self, name: str) -> int:
        """Return a whole number of the form."""
        told = self.told(name)
        if not told.isascii() or not told.isdigit() or len(told) > 9:
            raise InvalidInput(name, "is no number")
        return int(told)


def register(app: Dash, centre: Centre) -> None:
    """Add the callback of the search."""

    @app.callback(
        Output("found", "data"),
        Input("quest", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def seek(quest: Any, spoken: str) -> Any:
        asked = asked_of(quest)
        words = Words(Language(spoken), centre.city.zone)
        answer = QUESTS.get(str(asked.get("quest")))
        try:
            who = _asker(str(asked.get("quest")))
            if answer is None:
                raise InvalidInput("quest", "is none that can be asked")
            return {"parts": await asyncio.to_thread(answer, Asking(centre, who, asked, words))}
        except IocError as fault:
            logger.info("a search was refused: %s", type(fault).__name__)
            return {"parts": {TRAIL: search.told(_said(fault, words), is_fault=True)}}


def _asker(quest: str) -> Viewer:
    """Return who asks, once it is sure that he may.

    Raises:
        Forbidden: he may not.
    """
    if quest in DECIDING:
        return viewer(Page.POLICE, Action.APPROVE_TRAIL)
    who = viewer(Page.POLICE)
    # Who may only decide opens the search as well: there the requests stand.
    if quest == "open" and who.may(Action.APPROVE_TRAIL):
        return who
    return viewer(Page.POLICE, Action.LOOK_UP_PLATE)


def _open(ask: Asking) -> dict[str, str]:
    free = ask.centre.city.limits.lookups.free.days
    may_ask = ask.who.may(Action.LOOK_UP_PLATE)
    form = search.form(ask.words, free_days=free) if may_ask else search.head(ask.words)
    return {FORM: form, ANSWER: "", TRAIL: "", REQUESTS: _requests(ask)}


def _search(ask: Asking) -> dict[str, str]:
    days = ask.number("days")
    query = Query(ask.told("pattern"), ask.since(days), bool(ask.asked.get("alike")))
    findings = service.search_plates(ask.centre, query, ask.why, ask.cameras)
    return {ANSWER: search.found_rows(findings, ask.centre.city, ask.words), TRAIL: ""}


def _trail(ask: Asking) -> dict[str, str]:
    since = ask.since(ask.number("days"))
    return _stops(ask, ask.told("plate"), since, ask.why)


def _old_trail(ask: Asking) -> dict[str, str]:
    number = ask.number("request")
    mine = {one.id: one for one in service.requests_of(ask.centre, ask.who.name)}
    if number not in mine:
        raise NotFound("request", str(number))
    asked = mine[number]
    why = Purpose(ask.who.name, asked.purpose, asked.case)
    return _stops(ask, asked.plate, asked.since, why)


def _stops(ask: Asking, plate: str, since: datetime, why: Purpose) -> dict[str, str]:
    stops = service.trail_of(ask.centre, plate, since, why, ask.cameras)
    return {TRAIL: search.trail_rows(plate, stops, since, ask.centre.city, ask.words)}


def _ask(ask: Asking) -> dict[str, str]:
    kept = ask.centre.city.limits.retention["sightings"].days
    since = ask.since(min(search.LONG, kept))
    service.ask_for_trail(ask.centre, ask.told("plate"), since, ask.why)
    return {TRAIL: search.told(ask.words.say("search.asked")), REQUESTS: _requests(ask)}


def _decide(ask: Asking) -> dict[str, str]:
    approve = ask.asked.get("quest") == "approve"
    service.decide_trail(ask.centre, ask.number("request"), ask.who.name, approve=approve)
    return {TRAIL: search.told(ask.words.say("search.decided")), REQUESTS: _requests(ask)}


def _requests(ask: Asking) -> str:
    may_decide = ask.who.may(Action.APPROVE_TRAIL)
    waiting = service.waiting_requests(ask.centre) if may_decide else []
    others = [one for one in waiting if one.asked_by != ask.who.name]
    mine = service.requests_of(ask.centre, ask.who.name)
    now = ask.centre.now()
    return search.requests(mine, others, now, ask.words, may_decide=may_decide)


def _said(fault: IocError, words: Words) -> str:
    """Return what a person can act on."""
    if isinstance(fault, InvalidInput) and fault.field == "plate":
        return words.say("search.bad_plate", n=KNOWN)
    if isinstance(fault, InvalidInput):
        return words.say("desk.invalid", field=words.say(f"field.{fault.field}"))
    return words.say(FAULTS.get(type(fault), "state.no_store"))


FAULTS: Mapping[type[IocError], str] = {
    Forbidden: "search.forbidden",
    TooMany: "search.too_many",
    Conflict: "search.conflict",
    NotFound: "search.gone",
}
DECIDING = frozenset({"approve", "refuse"})
QUESTS: Mapping[str, Callable[[Asking], dict[str, str]]] = {
    "open": _open,
    "search": _search,
    "trail": _trail,
    "old_trail": _old_trail,
    "ask": _ask,
    "approve": _decide,
    "refuse": _decide,
}
