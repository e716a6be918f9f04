"""`POST /v1/calls`: the calls of the hotlines, and the tickets they open."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.body import parse_batch, read_body
from ingest.openapi import answers, body_of
from ingest.reporting import record_call_items
from ioc.access.model import ApiKey, Right


def create_router(door: Door) -> APIRouter:
    """Return the route of calls."""
    router = APIRouter(tags=["calls"])
    caller = door.needs(Right.CALLS)

    @router.post("/v1/calls", responses=answers("CallResults"), openapi_extra=body_of("CallBatch"))
    def post_calls(
        key: Annotated[ApiKey, Depends(caller)], body: Annotated[bytes, Depends(read_body)]
    ) -> JSONResponse:
        """Record up to 1,000 calls; the answer comes after the commit."""
        results = record_call_items(door.centre, key.source, parse_batch(body))
        door.metrics.count("call", (result["status"] for result in results))
        return JSONResponse({"results": results})

    return router
