"""What a box says of its cameras: JSON becomes values, or a refusal that names the field."""

from typing import Annotated

from pydantic import BaseModel, Field

from ingest.payloads import STRICT, Id, Line, Word, require_place, validated
from ioc.camera_health.model import SEEN, CameraFault
from ioc.camera_states import BoxBeat, PictureState
from ioc.errors import InvalidInput
from ioc.places import City, PlaceKind

# A box that was cut off for a year is as good as new.
Seconds = Annotated[float, Field(ge=0, le=366 * 86_400, allow_inf_nan=False)]
Bytes = Annotated[int, Field(ge=0, le=1 << 50)]


class HeartbeatItem(BaseModel):
    """How one camera of a box does. Spans instead of instants: the box's clock may be wrong."""

    model_config = STRICT
    id: Id
    camera: Id
    state: Annotated[PictureState, Word]
    worker: Line
    frame_age_s: Seconds | None = None
    fps: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 0.0
    reads: Annotated[int, Field(ge=0, le=1 << 40)] = 0
    error: Line | None = None
    fault: Annotated[CameraFault, Word] | None = None
    fault_for_s: Seconds = 0.0
    moved_ago_s: Seconds | None = None
    moving_s: Seconds = 0.0
    waiting_bytes: Bytes = 0
    pictures_lost: Annotated[int, Field(ge=0, le=1 << 40)] = 0


class HeartbeatBatch(BaseModel):
    """Heartbeats of the cameras of a box."""

    items: list[HeartbeatItem]


BODIES: tuple[type[BaseModel], ...] = (HeartbeatBatch,)


def parse_heartbeat(item: object, city: City) -> BoxBeat:
    """Return what a box says of one camera.

    Raises:
        InvalidInput: a field is wrong, the camera is not known, or no picture shows such a fault.
    """
    given = validated(HeartbeatItem, item)
    require_place(city, "camera", given.camera, PlaceKind.CAMERA)
    if given.fault is not None and given.fault not in SEEN:
        raise InvalidInput("fault", "is none that a picture shows")
    return BoxBeat(**given.model_dump())
