"""`GET /v1/places`: the cameras, points, sites and roads that items may name."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.batch import Result
from ingest.openapi import answers
from ioc.access.model import ApiKey, Right
from ioc.clock import local_day
from ioc.places import Place, PlaceKind

OF_PLACE = ("id", "kind", "name", "unit", "lat", "lon")
OF_SOME = ("road", "road_class", "direction", "site")


def create_router(door: Door) -> APIRouter:
    """Return the route of places."""
    router = APIRouter(tags=["places"])
    caller = door.needs(Right.PLACES)

    @router.get("/v1/places", responses=answers("Places"))
    def get_places(
        _key: Annotated[ApiKey, Depends(caller)], kind: PlaceKind | None = None
    ) -> JSONResponse:
        """Return the places in force today, of one kind or of all."""
        city = door.centre.city
        today = local_day(door.centre.now(), city.zone)
        kinds = tuple(PlaceKind) if kind is None else (kind,)
        found = [place for each in kinds for place in city.of_kind(each, today)]
        return JSONResponse({"items": [_shown(place) for place in found]})

    return router


def _shown(place: Place) -> Result:
    shown = {name: getattr(place, name) for name in OF_PLACE}
    more = {name: getattr(place, name, None) for name in OF_SOME}
    return shown | {name: value for name, value in more.items() if value is not None}
