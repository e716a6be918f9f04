"""`/v1/paper-totals`: what facilities say on paper of a day; every version is kept."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.body import parse_batch, read_body
from ingest.health_items import record_total_items
from ingest.openapi import answers, body_of
from ioc.access.model import ApiKey, Right
from ioc.paper.model import PaperKind
from ioc.paper.service import paper_versions

Body = Annotated[bytes, Depends(read_body)]
Kind = Annotated[PaperKind, Query()]
Facility = Annotated[str, Query(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]*$")]


def create_router(door: Door) -> APIRouter:
    """Return the routes of paper totals."""
    router = APIRouter(tags=["health"])
    reporter = door.needs(Right.PAPER_TOTALS)

    @router.post(
        "/v1/paper-totals",
        responses=answers("PaperTotalResults"),
        openapi_extra=body_of("PaperTotalBatch"),
    )
    def post_totals(key: Annotated[ApiKey, Depends(reporter)], body: Body) -> JSONResponse:
        """Record up to 1,000 paper totals; another total of the same day is its next version."""
        results = record_total_items(door.centre, key.source, parse_batch(body))
        door.metrics.count("paper_total", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.get("/v1/paper-totals", responses=answers("PaperVersions"))
    def get_versions(
        _key: Annotated[ApiKey, Depends(reporter)],
        facility: Facility,
        day: date,
        kind: Kind = PaperKind.DOSE,
    ) -> JSONResponse:
        """Return every version of one paper total, oldest first."""
        found = paper_versions(door.centre, facility, day, kind)
        items = [
            {
                "version": one.version,
                "n": one.n,
                "source": one.source,
                "known_at": one.known_at.isoformat(),
                "superseded_at": None
                if one.superseded_at is None
                else one.superseded_at.isoformat(),
            }
            for one in found
        ]
        return JSONResponse({"items": items})

    return router
