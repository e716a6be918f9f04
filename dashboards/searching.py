"""The search of every desk: a question is asked with its right, and noted with its why."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component

from dashboards.asked import asked_of
from dashboards.auth import Viewer, current, viewer
from dashboards.panels import search, search_found
from dashboards.report_acts import seen_by
from dashboards.searchable import PLATE, kinds_of, may_search
from dashboards.shell import SPOKEN, region
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound, TooMany
from ioc.labels import Language
from ioc.lookups import finding, service
from ioc.lookups.model import Purpose, Query
from ioc.lookups.rules import KNOWN
from ioc.places import PlaceKind
from ioc.reports.service import catalogue

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
            who = _asker(str(asked.get("quest")), str(asked.get("kind") or PLATE))
            if answer is None:
                raise InvalidInput("quest", "is none that can be asked")
            return {"parts": await asyncio.to_thread(answer, Asking(centre, who, asked, words))}
        except IocError as fault:
            logger.info("a search was refused: %s", type(fault).__name__)
            is_search = asked.get("quest") == "search"
            told = search.told(_said(fault, words, is_search=is_search), is_fault=True)
            return {"parts": {TRAIL: told, **({ANSWER: ""} if is_search else {})}}


def dialog() -> Component:
    """Return where the search stands, over the whole desk."""
    return html.Div(
        [region(f"search-{name}") for name in ("form", "answer", "trail", "requests")],
        id="search",
        className="search",
        role="dialog",
        hidden=True,
    )


def _asker(quest: str, kind: str) -> Viewer:
    """Return who asks, once it is sure that he may.

    Raises:
        Forbidden: he may not.
    """
    if quest in DECIDING:
        return viewer(Page.POLICE, Action.APPROVE_TRAIL)
    who = current.get()
    if quest == "open" and who is not None and may_search(who):
        return who
    if quest == "search" and kind != PLATE:
        if who is None or kind not in kinds_of(who):
            raise Forbidden(f"this role may not look up a {kind}")
        return who
    return viewer(Page.POLICE, Action.LOOK_UP_PLATE)


def _open(ask: Asking) -> dict[str, str]:
    free = ask.centre.city.limits.lookups.free.days
    kinds = kinds_of(ask.who)
    form = search.form(ask.words, kinds, free_days=free) if kinds else search.head(ask.words)
    return {FORM: form, ANSWER: "", TRAIL: "", REQUESTS: _requests(ask)}


def _search(ask: Asking) -> dict[str, str]:
    found = FINDS[ask.told("kind") or PLATE](ask)
    return found if TRAIL in found else {**found, TRAIL: ""}


def _plates(ask: Asking) -> dict[str, str]:
    days = ask.number("days")
    query = Query(ask.told("pattern"), ask.since(days), bool(ask.asked.get("alike")))
    findings = service.search_plates(ask.centre, query, ask.why, ask.cameras)
    return {ANSWER: search.found_rows(findings, ask.centre.city, ask.words), TRAIL: ""}


def _person(ask: Asking) -> dict[str, str]:
    reach = ask.centre.reach(ask.who.scope)
    one = finding.find_person(ask.centre, ask.told("pattern"), ask.why, reach)
    return {ANSWER: search_found.person(one, ask.who, ask.centre.city, ask.words)}


def _card(ask: Asking) -> dict[str, str]:
    reach = ask.centre.reach(ask.who.scope)
    card, one = finding.find_bearer(ask.centre, ask.told("pattern"), ask.why, reach)
    return {ANSWER: search_found.bearer(card, one, ask.who, ask.centre.city, ask.words)}


def _report(ask: Asking) -> dict[str, str]:
    seen = seen_by(ask.centre, ask.who)
    case = finding.find_report(ask.centre, ask.told("pattern"), ask.why, seen)
    known, now = catalogue(ask.centre), ask.centre.now()
    return {ANSWER: search_found.report(case, known, ask.centre.city, now, ask.words)}


def _cameras(ask: Asking) -> dict[str, str]:
    reach = ask.centre.reach(ask.who.scope)
    found = finding.find_cameras(ask.centre, ask.told("pattern"), reach)
    return {ANSWER: search_found.cameras(found, ask.words)}


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
    if not ask.who.may_open(Page.POLICE):
        return ""
    may_decide = ask.who.may(Action.APPROVE_TRAIL)
    waiting = service.waiting_requests(ask.centre) if may_decide else []
    others = [one for one in waiting if one.asked_by != ask.who.name]
    mine = service.requests_of(ask.centre, ask.who.name)
    now = ask.centre.now()
    return search.requests(mine, others, now, ask.words, may_decide=may_decide)


def _said(fault: IocError, words: Words, *, is_search: bool = False) -> str:
    """Return what a person can act on."""
    if isinstance(fault, NotFound) and is_search:
        return words.say("found.nothing")
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
FINDS: Mapping[str, Callable[[Asking], dict[str, str]]] = {
    PLATE: _plates,
    "person": _person,
    "card": _card,
    "report": _report,
    "camera": _cameras,
}
QUESTS: Mapping[str, Callable[[Asking], dict[str, str]]] = {
    "open": _open,
    "search": _search,
    "trail": _trail,
    "old_trail": _old_trail,
    "ask": _ask,
    "approve": _decide,
    "refuse": _decide,
}
