"""A permit as PDF for whoever may decide: role, then audit, then the sheet."""

import asyncio

from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from dashboards.auth import current
from ioc import audit
from ioc.access.model import Action
from ioc.centre import Centre
from ioc.deciding import file_name, printed
from ioc.errors import Conflict, NotFound, Unavailable
from ioc.permits.model import Permit


def add_papers(server: FastAPI, centre: Centre) -> None:
    """Add the route to `server`, before Dash adds the one that catches all."""

    @server.get("/paper/{ref}", include_in_schema=False)
    async def paper(ref: str) -> Response:
        found = current.get()
        if found is None or not found.may(Action.DECIDE_REGISTRATION):
            return JSONResponse({"title": "this role may not print permits"}, 403)
        if not ref.isascii() or not ref.isalnum():
            return JSONResponse({"title": "no such permit"}, 404)
        try:
            permit, sheet = await asyncio.to_thread(_print, centre, ref, found.name)
        except NotFound as fault:
            return JSONResponse({"title": str(fault)}, 404)
        except Conflict as fault:
            return JSONResponse({"title": str(fault)}, 409)
        except Unavailable as fault:
            return JSONResponse({"title": str(fault)}, 503)
        named = {"Content-Disposition": f'inline; filename="{file_name(permit)}"'}
        headers = {"Cache-Control": "no-store", **named}
        return Response(sheet, media_type="application/pdf", headers=headers)


def _print(centre: Centre, ref: str, actor: str) -> tuple[Permit, bytes]:
    permit, sheet = printed(centre, ref)
    audit.record(centre, actor, "permit_printed", f"permit:{ref}", "decision", {})
    return permit, sheet
