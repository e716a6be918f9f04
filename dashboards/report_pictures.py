"""The pictures of a report, for whoever may handle it: right, scope, audit, then the picture."""

import asyncio
import re

from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from dashboards.auth import Viewer, current
from dashboards.panels.report_case import ANSWER, ASKED
from dashboards.report_acts import find_seen
from ioc import audit, evidence
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.errors import NotFound, Unavailable

NAME = re.compile(rf"(?P<ref>[0-9a-f]{{1,64}})-(?P<part>{ASKED}|{ANSWER})\.jpg")


def add_route(server: FastAPI, centre: Centre) -> None:
    """Add the route to `server`, before Dash adds the one that catches all."""

    @server.get("/report/{name}", include_in_schema=False)
    async def picture(name: str) -> Response:
        found, named = current.get(), NAME.fullmatch(name)
        if found is None or not found.may_open(Page.REPORTS) or not found.may(Action.HANDLE_REPORT):
            return JSONResponse({"title": "this role may not see pictures of reports"}, 403)
        if named is None:
            return JSONResponse({"title": "no such picture"}, 404)
        try:
            content = await asyncio.to_thread(_picture, centre, found, named["ref"], named["part"])
        except NotFound as fault:
            return JSONResponse({"title": str(fault)}, 404)
        except Unavailable as fault:
            return JSONResponse({"title": str(fault)}, 503)
        return Response(content, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _picture(centre: Centre, who: Viewer, ref: str, part: str) -> bytes:
    case = find_seen(centre, who, ref)
    name = case.report.picture if part == ASKED else case.answer_picture
    if name is None:
        raise NotFound("picture of", ref)
    content = evidence.load(centre, name)
    audit.record(centre, who.name, "picture_seen", f"report:{ref}", "handling", {"part": part})
    return content
