"""The hands of the report's page: look at an issue, sign it, freeze it anew."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dash import Dash, Input, Output, State

from dashboards.asked import asked_of
from dashboards.auth import Viewer, viewer
from dashboards.markup import Html, el
from dashboards.panels import briefing_rail, briefing_source
from dashboards.panels.briefing_rail import DRAFT
from dashboards.shell import SPOKEN
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.briefings.edition import Edition
from ioc.briefings.model import Amendment, TamperedIssue
from ioc.briefings.service import (
    book,
    draft,
    find_issue,
    freeze,
    issues,
    names,
    opened,
    sign,
)
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound
from ioc.labels import Language

logger = logging.getLogger(__name__)

COMPARED = 30


def register(app: Dash, centre: Centre) -> None:
    """Add the two callbacks of the page."""

    @app.callback(
        Output("briefing-shown", "data"),
        Input("briefing-look", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def look(look: Any, spoken: str) -> Any:
        asked, words = asked_of(look), Words(Language(spoken), centre.city.zone)
        who = viewer(Page.BRIEFING)
        try:
            return await asyncio.to_thread(_look, centre, who, asked, words)
        except IocError as fault:
            logger.warning("a report could not be shown: %s", fault)
            sheet = el("p", _told(fault, words), cls="paper-note", role="alert")
            return {"issue": "", "parts": {"briefing-sheet": sheet}, "at": asked.get("at")}

    @app.callback(
        Output("briefing-told", "data"),
        Input("briefing-deed", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def do(deed: Any, spoken: str) -> Any:
        asked, words = asked_of(deed), Words(Language(spoken), centre.city.zone)
        try:
            who = viewer(Page.BRIEFING, Action.SIGN_BRIEFING)
            name, text = await asyncio.to_thread(_do, centre, who, asked, words)
        except IocError as fault:
            return {"text": _told(fault, words), "done": False, "at": asked.get("at")}
        return {"text": text, "done": True, "issue": name, "at": asked.get("at")}


def edition_of(centre: Centre, name: str, words: Words) -> tuple[Edition, tuple[Amendment, ...]]:
    """Return an issue as it is shown, and what came later; without a name, the newest.

    `draft` is yesterday as it would be frozen now; so is the page while nothing was frozen.

    Raises:
        NotFound: there is no such issue.
        TamperedIssue: its figures are not those that were frozen.
    """
    wanted, city = book(centre), centre.city
    if not name:
        found = issues(centre, 1)
        name = found[0].name if found else DRAFT
    if name == DRAFT:
        day = local_day(centre.now(), city.zone) - timedelta(days=1)
        return Edition(draft(centre, day), wanted, city, words, None, names(centre)), ()
    issue = find_issue(centre, name)
    contents, later = opened(centre, issue)
    return Edition(contents, wanted, city, words, issue, names(centre)), tuple(later)


def _look(centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words) -> dict[str, Any]:
    # Here: what measures letters as the PDF does takes a tenth of a start.
    from dashboards.figures.paper import svg_of  # noqa: PLC0415
    from ioc.briefings.page import sheet_of  # noqa: PLC0415

    edition, later = edition_of(centre, _text(asked, "issue"), words)
    figure, other = _text(asked, "figure"), _text(asked, "with")
    beside = edition_of(centre, other, words)[0] if other else None
    is_listed = asked.get("list") is True and figure != ""
    may_sign = who.may(Action.SIGN_BRIEFING)
    own = [line for line in edition.book.signs if who.role == line.role]
    listed: Html | str = ""
    if is_listed:
        listed = briefing_source.figure_list(edition, figure, centre.reach(who.scope))
    parts: dict[str, str] = {
        "briefing-sheet": svg_of(sheet_of(edition)),
        "briefing-list": listed,
        "briefing-later": briefing_rail.later(edition, later),
        "briefing-signs": briefing_rail.signs(
            edition,
            may_sign=may_sign and bool(own),
            may_freeze=may_sign and _may_freeze(who, edition),
        ),
        "briefing-source": briefing_source.source(edition, figure, who.links),
        "briefing-compare": _compare(centre, edition, beside, words)
        if asked.get("compare") is True
        else "",
        "briefing-actions": briefing_rail.actions(edition),
    }
    issue = DRAFT if edition.issue is None else edition.issue.name
    return {"issue": issue, "parts": parts, "list": is_listed, "at": asked.get("at")}


def _compare(centre: Centre, edition: Edition, other: Edition | None, words: Words) -> Html:
    own = "" if edition.issue is None else edition.issue.name
    choices = [
        (issue.name, f"{words.day(issue.cut_off)} · {issue.name}")
        for issue in issues(centre, COMPARED)
        if issue.name != own
    ]
    return briefing_source.compared(edition, other, choices)


def _may_freeze(who: Viewer, edition: Edition) -> bool:
    """Tell whether the viewer prepares reports: who does, may freeze a day anew."""
    first = edition.book.signs[:1]
    return bool(first) and who.role == first[0].role


def _do(centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words) -> tuple[str, str]:
    """Return the issue that was signed or frozen, and what is said of it.

    Raises:
        InvalidInput: nothing such can be done.
        Forbidden: not by this role.
    """
    name, role = _text(asked, "issue"), "" if who.role is None else who.role.value
    if asked.get("do") == "sign":
        issue = sign(centre, name, role, who.name, who.shown_as or who.name)
        return issue.name, words.say("briefing_page.signed_now", issue=issue.name)
    if asked.get("do") != "freeze":
        raise InvalidInput("do", "is neither sign nor freeze")
    edition, _ = edition_of(centre, name, words)
    if not _may_freeze(who, edition):
        raise Forbidden("this role freezes no report")
    issue = freeze(centre, edition.day, who.name)
    key = "frozen_same" if issue.name == name else "frozen_now"
    return issue.name, words.say(f"briefing_page.{key}", issue=issue.name)


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    return value if isinstance(value, str) else ""


def _told(fault: IocError, words: Words) -> str:
    """Return what a person can act on."""
    match fault:
        case TamperedIssue():
            return words.say("briefing_page.tampered")
        case Conflict():
            return words.say("briefing_page.not_yet")
        case Forbidden():
            return words.say("briefing_page.not_yours")
        case NotFound():
            return words.say("briefing_page.gone")
        case InvalidInput():
            return words.say("briefing_page.not_over")
    return words.say("state.no_store")
