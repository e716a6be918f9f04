"""`POST /v1/scans`: codes read at gates, answered after the commit; `POST /v1/points`."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from ingest.auth import Door
from ingest.batch import answer_batch, result_of
from ingest.body import parse_batch, read_body
from ingest.gate_payloads import parse_point_change
from ingest.openapi import answers, body_of
from ingest.scanning import Scanning
from ioc.access.model import ApiKey, Right
from ioc.venues.model import PointChange
from ioc.venues.service import change_points

Body = Annotated[bytes, Depends(read_body)]


def create_router(door: Door, scanning: Scanning) -> APIRouter:
    """Return the routes of scans, answered by `scanning`, and of points."""
    router = APIRouter(tags=["scans"])
    scanner, keeper = door.needs(Right.SCANS), door.needs(Right.POINTS)

    @router.post("/v1/scans", responses=answers("ScanResults"), openapi_extra=body_of("ScanBatch"))
    async def post_scans(key: Annotated[ApiKey, Depends(scanner)], body: Body) -> Response:
        """Record up to 1,000 scans; each is answered whether to admit, and why."""
        return Response(await scanning.answer(key, body), media_type="application/json")

    @router.post(
        "/v1/points", responses=answers("PointResults"), openapi_extra=body_of("PointBatch")
    )
    def post_points(key: Annotated[ApiKey, Depends(keeper)], body: Body) -> JSONResponse:
        """Open or shut up to 1,000 points; gates know of it within two seconds."""

        def record(changes: Sequence[PointChange]) -> list[dict[str, object]]:
            return [result_of(one) for one in change_points(door.centre, key.source, changes)]

        sender = (key.source, "point")
        results = answer_batch(door.centre, sender, parse_batch(body), parse_point_change, record)
        door.metrics.count("point", (result["status"] for result in results))
        return JSONResponse({"results": results})

    return router
