"""The hands of the desk of reports: look, open, act. Rights are asked again each time."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboards.asked import asked_of
from dashboards.auth import Viewer, viewer
from dashboards.panels import report_board, report_map, report_rows, report_totals
from dashboards.panels.report_rows import view_of
from dashboards.report_acts import act_on, opened, seen_by, told
from dashboards.shell import SPOKEN
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.errors import IocError, NotFound
from ioc.labels import Language
from ioc.reports.board import board, count
from ioc.reports.model import Wanted
from ioc.reports.service import catalogue, search, waiting

logger = logging.getLogger(__name__)

SHOWN = 150
LONGEST_REF = 64


def register(app: Dash, centre: Centre) -> None:
    """Add the two callbacks of the desk."""

    @app.callback(
        Output("report-shown", "data"),
        Input("report-look", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def look(look: Any, spoken: str) -> Any:
        asked, words = asked_of(look), Words(Language(spoken), centre.city.zone)
        who = viewer(Page.REPORTS)
        try:
            return await asyncio.to_thread(_look, centre, who, asked, words)
        except IocError as fault:
            logger.warning("reports could not be shown: %s", type(fault).__name__)
            return no_update

    @app.callback(
        Output("report-told", "data"),
        Input("report-deed", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def do(deed: Any, spoken: str) -> Any:
        asked, words = asked_of(deed), Words(Language(spoken), centre.city.zone)
        try:
            who = viewer(Page.REPORTS, Action.HANDLE_REPORT)
            done = await asyncio.to_thread(act_on, centre, who, asked, words)
        except IocError as fault:
            return {"text": told(fault, words), "done": False, "at": asked.get("at")}
        return {**done, "at": asked.get("at")}


def _look(centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words) -> dict[str, Any]:
    parts = {} if asked.get("only") else _board_parts(centre, who, asked, words)
    ref, shown = str(asked.get("ref") or "")[:LONGEST_REF], None
    if ref.isalnum() and ref.isascii():
        try:
            parts |= opened(centre, who, ref, words)
            shown = ref
        except NotFound:
            shown = None
    if shown is not None and not asked.get("again") and who.may(Action.HANDLE_REPORT):
        audit.record(centre, who.name, "report_opened", f"report:{shown}", "handling", {})
    return {"parts": parts, "ref": shown, "at": asked.get("at")}


def _board_parts(
    centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words
) -> dict[str, str]:
    known, city, now = catalogue(centre), centre.city, centre.now()
    seen, view = seen_by(centre, who), view_of(asked, known, city)
    wanted = _within(view.wanted(known, now), seen)
    look_up = search if view.is_done else waiting
    cases = look_up(centre, wanted, limit=SHOWN)
    total = count(centre, wanted)
    whole = board(centre, seen)
    day = local_day(now, city.zone)
    return {
        "reports-totals": report_totals.totals(whole, known.centre, words),
        "reports-agencies": report_board.by_agency(whole, view.agency, known, words),
        "reports-groups": report_board.by_group(whole, view.group, known, words),
        "reports-map": report_map.overdue_map(whole, view.units, city, day, words),
        "reports-filters": report_rows.filters(view, known, city, words),
        "reports-rows": report_rows.rows(cases, total, view, (known, city), now, words),
    }


def _within(wanted: Wanted, seen: frozenset[str] | None) -> Wanted:
    """Return what is asked for, as far as whoever asks may see it."""
    if seen is None:
        return wanted
    asked = seen if wanted.agencies is None else seen.intersection(wanted.agencies)
    return replace(wanted, agencies=tuple(sorted(asked)))
