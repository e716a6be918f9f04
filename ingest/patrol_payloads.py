"""What units tell of themselves: untrusted JSON becomes an update or a refusal."""

from typing import Annotated

from pydantic import BaseModel, Field

from ingest.payloads import STRICT, Id, Instant, Word, require_place, validated
from ioc.errors import InvalidInput
from ioc.patrols.model import PatrolStatus, PatrolUpdate, Position
from ioc.places import City, PlaceKind


class PatrolItem(BaseModel):
    """What a unit does, where it is, or both; a place is a point, or the camera it stands at."""

    model_config = STRICT
    id: Id
    patrol: Id
    at: Instant
    status: Annotated[PatrolStatus, Word] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    camera: Id | None = None


class PatrolBatch(BaseModel):
    """Up to 1,000 statuses and places of units."""

    items: Annotated[list[PatrolItem], Field(max_length=1_000)]


def parse_patrol(item: object, city: City) -> PatrolUpdate:
    """Return what a unit tells of itself.

    Raises:
        InvalidInput: a field is wrong, or it tells nothing.
    """
    given = validated(PatrolItem, item)
    if (given.lat is None) != (given.lon is None):
        raise InvalidInput("lat", "lat and lon come together")
    position = None
    if given.camera is not None:
        require_place(city, "camera", given.camera, PlaceKind.CAMERA)
        there = city.camera(given.camera)
        position = Position(there.lat, there.lon, given.at, there.id)
    if given.lat is not None and given.lon is not None:
        position = Position(given.lat, given.lon, given.at, given.camera)
    if given.status is None and position is None:
        raise InvalidInput("status", "tell a status, a place, or both")
    return PatrolUpdate(given.id, given.patrol, given.at, given.status, position)
