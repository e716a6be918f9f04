"""`/healthz`, `/readyz`, `/metrics`: for those who keep the process running."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from ingest.auth import Door
from ioc.centre import reachable


def create_router(door: Door) -> APIRouter:
    """Return the routes of probes; they need no key."""
    router = APIRouter(tags=["probes"])

    @router.get("/healthz")
    async def get_health() -> JSONResponse:
        """Answer as long as the process lives."""
        return JSONResponse({"status": "alive"})

    @router.get("/readyz", responses={503: {"description": "The database is away"}})
    def get_readiness() -> JSONResponse:
        """Answer 200 when the database is reachable; the live memory may be away."""
        stores = reachable(door.centre)
        status = HTTPStatus.OK if stores["database"] else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(
            {"status": "ready" if stores["database"] else "waiting"} | stores, status
        )

    @router.get("/metrics", response_class=PlainTextResponse)
    def get_metrics() -> Response:
        """Return what this process counts, in Prometheus' text form."""
        return Response(door.metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return router
