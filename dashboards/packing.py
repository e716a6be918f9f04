"""The evidence pack of a case, taken away from the desk: asked with its right and its purpose."""

import asyncio
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from fastapi import FastAPI, Form, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from dashboards.auth import Viewer, viewer
from dashboards.entrance import require_same_origin
from dashboards.opened_case import is_in
from ioc.access.model import Action, Page
from ioc.alerts.model import Desk
from ioc.alerts.service import find_alert
from ioc.centre import Centre
from ioc.errors import Forbidden, InvalidInput, NotFound, Unavailable
from ioc.packs.model import PackOrder

MEMORY = 8_000_000
CHUNK = 1 << 16


def add_pack_route(server: FastAPI, centre: Centre) -> None:
    """Add the route to `server`, before Dash adds the one that catches all."""

    @server.post("/pack/{alert}", include_in_schema=False)
    async def pack(
        request: Request, alert: str, purpose: str = Form(""), case: str = Form("")
    ) -> Response:
        require_same_origin(request)
        try:
            who = viewer(Page.POLICE, Action.TAKE_EVIDENCE)
            order = PackOrder(who.name, purpose.strip(), case.strip())
            file = await asyncio.to_thread(_made, centre, who, alert, order)
        except Forbidden as fault:
            return JSONResponse({"title": str(fault)}, 403)
        except InvalidInput as fault:
            return JSONResponse({"title": str(fault), "field": fault.field}, 422)
        except NotFound as fault:
            return JSONResponse({"title": str(fault)}, 404)
        except Unavailable as fault:
            return JSONResponse({"title": str(fault)}, 503)
        headers = {
            "Content-Disposition": f'attachment; filename="alert-{alert}.zip"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(_chunks(file), media_type="application/zip", headers=headers)


def _made(centre: Centre, who: Viewer, alert: str, order: PackOrder) -> IO[bytes]:
    # Here: what makes the PDF of a pack takes a tenth of a start.
    from ioc.packs.service import make_pack  # noqa: PLC0415

    found = find_alert(centre, alert)
    if found.desk is not Desk.POLICE or not is_in(centre, found, who.scope):
        raise NotFound("alert", alert)
    file = SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 - closed once it is sent
    try:
        make_pack(centre, alert, order, file)  # type: ignore[arg-type]
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
