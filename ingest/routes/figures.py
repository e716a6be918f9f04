"""`GET /v1/figures`: every number on the wall."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.openapi import answers
from ioc.access.model import ApiKey, Right
from ioc.overview import figures


def create_router(door: Door) -> APIRouter:
    """Return the route of figures."""
    router = APIRouter(tags=["figures"])
    caller = door.needs(Right.FIGURES)

    @router.get("/v1/figures", responses=answers("Figures"))
    def get_figures(_key: Annotated[ApiKey, Depends(caller)]) -> JSONResponse:
        """Return the figures as of now."""
        now = figures(door.centre)
        return JSONResponse({"as_of": now.as_of.isoformat(), "figures": dict(now.values)})

    return router
