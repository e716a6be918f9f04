"""What is done with a row: it is opened, a step is taken. Rights are asked again each time."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboards.asked import asked_of
from dashboards.auth import Viewer, current
from dashboards.paths import page_at
from dashboards.shell import SPOKEN, WHERE
from dashboards.tables.asking import Tables, table_for
from dashboards.tables.model import Deed, Opening, Table
from dashboards.tables.outcomes import told
from dashboards.tables.place import told as lists_told
from dashboards.tables.purposes import purpose_part
from dashboards.words import Words
from ioc.centre import Centre
from ioc.errors import InvalidInput, IocError, NotFound
from ioc.labels import Language

logger = logging.getLogger(__name__)

CASE = "row-case"
MOST_PICKED, LONGEST_ID, LONGEST_SAID = 200, 64, 300


def register(app: Dash, centre: Centre, tables: Tables) -> None:
    """Add the callbacks of every list: which there are, a row that is opened, a step."""
    _register_names(app, centre, tables)

    @app.callback(
        Output("row-shown", "data"),
        Input("row-look", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def look(look: Any, spoken: str) -> Any:
        asked, words = asked_of(look), Words(Language(spoken), centre.city.zone)
        try:
            table, who = table_for(tables, asked.get("table"))
            parts = await asyncio.to_thread(_look, centre, table, who, asked, words)
        except NotFound:
            parts = {CASE: "", "row-actions": ""}
        except IocError as fault:
            logger.warning("a row could not be opened: %s", type(fault).__name__)
            return no_update
        return {"id": asked.get("id"), "parts": parts, "at": asked.get("at")}

    @app.callback(
        Output("row-told", "data"),
        Input("row-deed", "data"),
        State(SPOKEN, "data"),
        prevent_initial_call=True,
    )
    async def do(deed: Any, spoken: str) -> Any:
        asked, words = asked_of(deed), Words(Language(spoken), centre.city.zone)
        try:
            table, who = table_for(tables, asked.get("table"))
            if table.done is None:
                raise InvalidInput("step", "nothing is done with this list")
            done = await asyncio.to_thread(table.done, _deed(centre, who, asked, words))
        except IocError as fault:
            field = fault.field if isinstance(fault, InvalidInput) else None
            refused = {"text": told(fault, words), "field": field}
            return {**refused, "done": [], "at": asked.get("at")}
        return {"text": done.text, "done": list(done.ids), "at": asked.get("at")}


def _register_names(app: Dash, centre: Centre, tables: Tables) -> None:
    @app.callback(
        Output("lists", "data"),
        Input(WHERE, "pathname"),
        State(SPOKEN, "data"),
    )
    async def name(path: str, spoken: str) -> Any:
        page, who = page_at(str(path)), current.get()
        if who is None:
            return []
        words = Words(Language(spoken), centre.city.zone)
        own = [one for one in tables.values() if one.page is page]
        return await asyncio.to_thread(lists_told, centre, own, who, words)


def _look(
    centre: Centre, table: Table, who: Viewer, asked: Mapping[str, Any], words: Words
) -> dict[str, str]:
    if table.opened is None:
        raise InvalidInput("table", "rows of this list open nothing")
    purpose = str(asked.get("purpose") or "")
    if table.purposes and purpose not in table.purposes:
        return {CASE: purpose_part(table.purposes, words), "row-actions": ""}
    return dict(table.opened(Opening(centre, who, _id(asked.get("id")), words, purpose)))


def _deed(centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words) -> Deed:
    ids = asked.get("ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_PICKED:
        raise InvalidInput("ids", f"names none, or more than {MOST_PICKED}")
    said = {
        str(name)[:LONGEST_ID]: str(value).strip()
        for name, value in asked_of(asked.get("said")).items()
    }
    for name, value in said.items():
        if len(value) > LONGEST_SAID or not value.isprintable():
            raise InvalidInput(name, f"needs at most {LONGEST_SAID} printing characters")
    step = str(asked.get("step") or "")
    return Deed(centre, who, tuple(_id(one) for one in ids), step, words, said)


def _id(value: object) -> str:
    """Return what names a row.

    Raises:
        InvalidInput: it can name none.
    """
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_ID or not value.isprintable():
        raise InvalidInput("id", "names no row")
    return value
