"""The hand of the desk of cameras: which are shown, one opened. The right is asked each time."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboards.asked import asked_of
from dashboards.auth import Viewer, viewer
from dashboards.markup import join
from dashboards.panels import camera_case, camera_rows
from dashboards.panels.camera_reader import reader_facts
from dashboards.panels.camera_rows import view_of
from dashboards.shell import SPOKEN
from dashboards.words import Words
from ioc.access.model import Page
from ioc.camera_health.model import FaultSpell
from ioc.camera_health.service import spells_between
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.errors import IocError
from ioc.labels import Language
from ioc.places import PlaceKind
from ioc.readers.service import reader_states
from ioc.scorecards import day_of, scorecards
from ioc.vehicles.joining import readers_of

logger = logging.getLogger(__name__)


def register(app: Dash, centre: Centre) -> None:
    """Add the callback of the desk."""

    @app.callback(
        Output("camera-shown", "data"),
        Input("camera-look", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def look(look: Any, spoken: str) -> Any:
        asked, words = asked_of(look), Words(Language(spoken), centre.city.zone)
        who = viewer(Page.CAMERAS)
        try:
            return await asyncio.to_thread(shown, centre, who, asked, words)
        except IocError as fault:
            logger.warning("cameras could not be shown: %s", type(fault).__name__)
            return no_update


def spells_today(centre: Centre) -> dict[str, list[FaultSpell]]:
    """Return the faults that were on today, by camera."""
    start, end = day_bounds(local_day(centre.now(), centre.city.zone), centre.city.zone)
    found: dict[str, list[FaultSpell]] = {}
    for spell in spells_between(centre, start, end):
        found.setdefault(spell.camera, []).append(spell)
    return found


def shown(centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Return what a desk asks to see: the list, and the camera that is opened."""
    city, view, parts = centre.city, view_of(asked, centre.city), {}
    seen = centre.reach(who.scope).ids(PlaceKind.CAMERA, city)
    chosen, is_one = str(asked.get("camera") or ""), bool(asked.get("only"))
    wanted = seen if not is_one else [chosen] if seen is None or chosen in seen else []
    cards, spells = scorecards(centre, wanted), spells_today(centre)
    readers = readers_of(centre).cameras
    known = {one.camera: one for one in reader_states(centre, wanted)}
    if not is_one:
        now = centre.now()
        clocks = {camera: one.clock for camera, one in known.items()}
        ages = {camera: now - one.heard_at for camera, one in known.items() if one.heard_at}
        listed = [
            card for card in cards if view.shows(card, city.cameras[card.state.id], city, spells)
        ]
        parts = {
            "cameras-filters": camera_rows.filters(view, city, words),
            "cameras-table": camera_rows.rows(
                listed, city, words, camera_rows.Readers(readers, clocks, ages)
            ),
        }
    card = next((one for one in cards if one.state.id == chosen), None)
    if card is None:
        return {"parts": parts, "camera": None, "at": asked.get("at")}
    local = centre.now().astimezone(city.zone)
    hour = local.hour + local.minute / 60
    parts |= {
        "camera-head": join(
            [
                camera_case.head(card, city.cameras[chosen], city, words),
                camera_case.lies(card, spells.get(chosen, []), city, words),
            ]
        ),
        "camera-scores": join(
            [
                camera_case.scores(card, city, words),
                reader_facts(known[chosen], readers[chosen], centre.now(), words)
                if chosen in known
                else None,
            ]
        ),
        "camera-day": camera_case.day(day_of(centre, chosen), hour, words),
    }
    return {"parts": parts, "camera": chosen, "at": asked.get("at")}
