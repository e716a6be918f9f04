"""`POST /v1/heartbeats`: how the cameras of a box without a line to the database do."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.batch import Result, answer_batch
from ingest.body import parse_batch, read_body
from ingest.box_payloads import parse_heartbeat
from ingest.openapi import answers, body_of
from ioc.access.model import ApiKey, Right
from ioc.camera_states import BoxBeat, hear_box
from ioc.intake import IntakeStatus


def create_router(door: Door) -> APIRouter:
    """Return the routes of heartbeats."""
    router = APIRouter(tags=["reads"])
    caller = door.needs(Right.READS)

    @router.post(
        "/v1/heartbeats",
        responses=answers("HeartbeatResults"),
        openapi_extra=body_of("HeartbeatBatch"),
    )
    def post_heartbeats(
        key: Annotated[ApiKey, Depends(caller)], body: Annotated[bytes, Depends(read_body)]
    ) -> JSONResponse:
        """Take how cameras do; it stands for a minute, and the newest stands."""

        def record(beats: Sequence[BoxBeat]) -> list[Result]:
            hear_box(door.centre, beats)
            return [{"id": beat.id, "status": IntakeStatus.RECORDED.value} for beat in beats]

        items = parse_batch(body)
        parse = partial(parse_heartbeat, city=door.centre.city)
        results = answer_batch(door.centre, (key.source, "heartbeat"), items, parse, record)
        door.metrics.count("heartbeat", (result["status"] for result in results))
        return JSONResponse({"results": results})

    return router
