"""`/v1/lodgings` and `/v1/waves`: guests of lodgings, and many who come together."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.batch import Result
from ingest.body import parse_batch, read_body
from ingest.declaring import record_announced, record_guests
from ingest.openapi import answers, body_of
from ioc.access.model import ApiKey, Right
from ioc.people.lodgings import find_waves
from ioc.people.model import WaveCount

Body = Annotated[bytes, Depends(read_body)]


def create_router(door: Door) -> APIRouter:
    """Return the routes of lodgings and waves."""
    router = APIRouter(tags=["stays"])
    host, reception = door.needs(Right.LODGINGS), door.needs(Right.WAVES)

    @router.post(
        "/v1/lodgings", responses=answers("LodgingResults"), openapi_extra=body_of("LodgingBatch")
    )
    def post_lodgings(key: Annotated[ApiKey, Depends(host)], body: Body) -> JSONResponse:
        """Record up to 1,000 guests of lodgings."""
        results = record_guests(door.centre, key.source, parse_batch(body))
        door.metrics.count("lodging", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.post("/v1/waves", responses=answers("WaveResults"), openapi_extra=body_of("WaveBatch"))
    def post_waves(key: Annotated[ApiKey, Depends(reception)], body: Body) -> JSONResponse:
        """Announce trains, flights and coaches that bring many; declarations name them by id."""
        results = record_announced(door.centre, key.source, parse_batch(body))
        door.metrics.count("wave", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.get("/v1/waves", responses=answers("Waves"))
    def get_waves(_key: Annotated[ApiKey, Depends(reception)]) -> JSONResponse:
        """Return the waves since yesterday: expected, declared, approved, arrived."""
        return JSONResponse({"items": [_shown_wave(one) for one in find_waves(door.centre)]})

    return router


def _shown_wave(one: WaveCount) -> Result:
    wave = one.wave
    return {
        "id": wave.id,
        "means": wave.means.value,
        "name": wave.name,
        "origin": wave.origin,
        "point": wave.point,
        "arrives_at": wave.arrives_at.isoformat(),
        "expected": wave.expected,
        "declared": one.declared,
        "approved": one.approved,
        "arrived": one.arrived,
    }
