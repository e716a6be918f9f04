"""The two addresses of every list: a page of its rows, and a file of it. Rights are asked anew."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from typing import IO, Any

from fastapi import FastAPI, Form, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from dashboards.auth import Viewer
from dashboards.entrance import require_same_origin
from dashboards.notices import language_of
from dashboards.tables.asking import Tables, ask_of, require_taking, table_for
from dashboards.tables.cells import shown
from dashboards.tables.files import FORMATS, Taken, make_file
from dashboards.tables.model import Table
from dashboards.words import Words
from ioc import audit
from ioc.centre import Centre
from ioc.errors import Forbidden, InvalidInput, IocError, NotFound
from ioc.listing import Ask

logger = logging.getLogger(__name__)

LONGEST_BODY = 20_000
CHUNK = 1 << 16
STATUS: dict[type[IocError], int] = {Forbidden: 403, NotFound: 404, InvalidInput: 422}


def add_routes(server: FastAPI, centre: Centre, tables: Tables) -> None:
    """Add both routes to `server`, before Dash adds the one that catches all."""

    @server.post("/rows/{name}", include_in_schema=False)
    async def rows(request: Request, name: str) -> Response:
        require_same_origin(request)
        body = await request.body()

        def answer() -> Response:
            table, who = table_for(tables, name)
            ask, words = ask_of(table, _json(body)), _words(centre, request)
            found = _page(centre, table, who, ask, words)
            return JSONResponse(found, headers={"Cache-Control": "no-store"})

        return await _answered(answer)

    @server.post("/sheet/{name}", include_in_schema=False)
    async def sheet(
        request: Request,
        name: str,
        kind: str = Form("csv"),
        purpose: str = Form(""),
        asked: str = Form("{}"),
    ) -> Response:
        require_same_origin(request)

        def answer() -> Response:
            table, who = table_for(tables, name)
            if kind not in FORMATS:
                raise InvalidInput("kind", "is neither csv nor xlsx")
            require_taking(table, who, purpose)
            ask, words = ask_of(table, _json(asked.encode())), _words(centre, request)
            taken = make_file(centre, table, who, ask, words, (kind, purpose.strip()))
            _note(centre, table, who, ask, (kind, purpose.strip(), taken.rows))
            return _sent(centre, table, taken, kind)

        return await _answered(answer)


def _page(centre: Centre, table: Table, who: Viewer, ask: Ask, words: Words) -> dict[str, Any]:
    found = table.rows(centre, who, ask)
    return {
        "rows": [shown(table, row, words, centre.city) for row in found.rows],
        "total": found.total,
        "as_of": centre.now().isoformat(),
    }


def _note(centre: Centre, table: Table, who: Viewer, ask: Ask, form: tuple[str, str, int]) -> None:
    """Note who took a file away, before it is sent."""
    kind, purpose, count = form
    detail = {"format": kind, "rows": count, "scope": who.scope, "where": dict(ask.where)}
    audit.record(centre, who.name, "list_taken", f"list:{table.name}", purpose or None, detail)


def _sent(centre: Centre, table: Table, taken: Taken, kind: str) -> Response:
    stamp = f"{centre.now().astimezone(centre.city.zone):%Y%m%d-%H%M}"
    headers = {
        "Content-Disposition": f'attachment; filename="{table.name}-{stamp}.{kind}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_chunks(taken.file), media_type=FORMATS[kind], headers=headers)


async def _answered(work: Callable[[], Response]) -> Response:
    try:
        return await asyncio.to_thread(work)
    except InvalidInput as fault:
        return JSONResponse({"title": str(fault), "field": fault.field}, 422)
    except IocError as fault:
        status = STATUS.get(type(fault), 503)
        if status == 503:
            logger.warning("a list could not be read: %s", fault)
        return JSONResponse({"title": str(fault)}, status)


def _json(body: bytes) -> Any:
    if len(body) > LONGEST_BODY:
        raise InvalidInput("body", f"is longer than {LONGEST_BODY} bytes")
    try:
        return json.loads(body or b"{}")
    except ValueError as fault:
        raise InvalidInput("body", "is no JSON") from fault


def _words(centre: Centre, request: Request) -> Words:
    return Words(language_of(request.scope), centre.city.zone)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
