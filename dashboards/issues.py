"""An issue of the report as a file: page, then audit, then PDF, XLSX or CSV."""

import asyncio
from dataclasses import replace

from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from dashboards.auth import Viewer, viewer
from dashboards.briefing_desk import edition_of
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Page
from ioc.briefings.model import PDF, XLSX
from ioc.centre import Centre
from ioc.errors import Forbidden, IocError, NotFound, Unavailable
from ioc.labels import Language

KINDS = {"pdf": PDF, "xlsx": XLSX, "csv": "text/csv; charset=utf-8"}


def add_issues(server: FastAPI, centre: Centre) -> None:
    """Add the route to `server`, before Dash adds the one that catches all."""

    @server.get("/issue/{name}", include_in_schema=False)
    async def issue(name: str, lang: str = "vi") -> Response:
        stem, _, kind = name.partition(".")
        try:
            who = viewer(Page.BRIEFING)
            spoken = Language.EN if lang == Language.EN else Language.VI
            content = await asyncio.to_thread(_made, centre, who, stem, (kind, spoken))
        except Forbidden as fault:
            return JSONResponse({"title": str(fault)}, 403)
        except NotFound as fault:
            return JSONResponse({"title": str(fault)}, 404)
        except Unavailable as fault:
            return JSONResponse({"title": str(fault)}, 503)
        except IocError as fault:
            return JSONResponse({"title": str(fault)}, 409)
        named = {"Content-Disposition": f'attachment; filename="briefing-{name}"'}
        headers = {"Cache-Control": "no-store", **named}
        return Response(content, media_type=KINDS[kind], headers=headers)


def _made(centre: Centre, who: Viewer, name: str, wanted: tuple[str, Language]) -> bytes:
    # Here: what makes PDF and XLSX takes a tenth of a start.
    from ioc.briefings.export import csv_of, xlsx_of  # noqa: PLC0415
    from ioc.briefings.page import sheet_of  # noqa: PLC0415
    from ioc.briefings.paint import pdf_of  # noqa: PLC0415

    kind, language = wanted
    if kind not in KINDS or not name[:1].isdigit():
        raise NotFound("briefing", name[:40])
    words = Words(language, centre.city.zone)
    edition, _ = edition_of(centre, name, words)
    own = replace(edition, taken=(who.name, centre.now()))
    make = {
        "pdf": lambda: pdf_of(sheet_of(own), own.text(own.book.centre)),
        "xlsx": lambda: xlsx_of(own),
        "csv": lambda: csv_of(own),
    }
    content = make[kind]()
    audit.record(centre, who.name, "briefing_taken", f"briefing:{name}", None, {"kind": kind})
    return content
