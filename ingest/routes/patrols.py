"""`GET` and `POST /v1/patrols`: where units are and what they do, told by their own devices."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.batch import Result, answer_batch, result_of
from ingest.body import parse_batch, read_body
from ingest.openapi import answers, body_of
from ingest.patrol_payloads import parse_patrol
from ioc.access.model import ApiKey, Right
from ioc.errors import InvalidInput
from ioc.patrols.model import Patrol, PatrolUpdate
from ioc.patrols.service import find_patrols, report, roster


def create_router(door: Door) -> APIRouter:
    """Return the routes of units."""
    router = APIRouter(tags=["patrols"])
    caller = door.needs(Right.PATROLS)

    @router.get("/v1/patrols", responses=answers("Patrols"))
    def get_patrols(key: Annotated[ApiKey, Depends(caller)]) -> JSONResponse:
        """Return every unit as it is now; a unit's own device sees itself alone."""
        found = find_patrols(door.centre)
        own = [patrol for patrol in found if patrol.station.id == key.source]
        return JSONResponse({"items": [_shown(patrol) for patrol in own or found]})

    @router.post(
        "/v1/patrols", responses=answers("PatrolResults"), openapi_extra=body_of("PatrolBatch")
    )
    def post_patrols(
        key: Annotated[ApiKey, Depends(caller)], body: Annotated[bytes, Depends(read_body)]
    ) -> JSONResponse:
        """Take statuses and places; of each unit the newest stands, what is older is `repeated`."""
        centre = door.centre

        def record(updates: Sequence[PatrolUpdate]) -> list[Result]:
            return [result_of(receipt) for receipt in report(centre, updates)]

        items = parse_batch(body)
        # A key whose source is a unit is that unit's device; any other speaks for a whole fleet.
        own = key.source if key.source in roster(centre) else None
        parse = partial(_parse, door=door, own=own)
        results = answer_batch(centre, (key.source, "patrol"), items, parse, record)
        door.metrics.count("patrol", (result["status"] for result in results))
        return JSONResponse({"results": results})

    return router


def _parse(item: object, door: Door, own: str | None) -> PatrolUpdate:
    update = parse_patrol(item, door.centre.city)
    if own is not None and update.patrol != own:
        raise InvalidInput("patrol", f"this key speaks for {own!r} alone")
    return update


def _shown(patrol: Patrol) -> Result:
    station, position = patrol.station, patrol.position
    lat, lon = patrol.point
    return {
        "id": station.id,
        "name": station.name,
        "kind": station.kind.value,
        "status": patrol.status.value,
        "alert": patrol.alert,
        "lat": lat,
        "lon": lon,
        "camera": None if position is None else position.camera,
        "placed_at": None if position is None else position.at.isoformat(),
    }
