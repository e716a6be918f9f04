"""Untrusted JSON and rows of files become domain values here, or a refusal that names the field.

A model is the shape on the wire; `parse_*` makes the value. What Transport gets and decides stands
in `transport_payloads`.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic import ValidationError as Invalid
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ioc.alerts.model import AlertOutcome, Step
from ioc.alerts.service import Act
from ioc.clock import require_aware
from ioc.errors import MAX_ID, InvalidInput
from ioc.jpeg import size_of
from ioc.permits.model import Permit, PermitClass
from ioc.places import City, PlaceKind
from ioc.vehicles.model import Ground, Heading, Layout, NotRead, PlateCharacter, PlateRead
from ioc.vehicles.plate import normalise

MAX_PLATE_PICTURE = 500_000
MAX_VEHICLE_PICTURE = 3_000_000
# A photograph grows by a third in base64.
GROWTH = 4 / 3
FIRST_YEAR, LAST_YEAR = 1970, 2200


def _instant(value: object) -> datetime:
    if not isinstance(value, str) or len(value) > 64:
        raise ValueError("must be a time like 2021-10-04T14:32:08+07:00")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a time like 2021-10-04T14:32:08+07:00") from None
    if not FIRST_YEAR < at.year < LAST_YEAR:
        raise ValueError(f"the year {at.year} cannot be meant")
    try:
        return require_aware("time", at)
    except InvalidInput as fault:
        raise ValueError(fault.why) from None


def _printable(value: object) -> object:
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("holds characters that cannot be printed")
    return value


Instant = Annotated[datetime, BeforeValidator(_instant)]
Printable = BeforeValidator(_printable)
Line = Annotated[str, StringConstraints(min_length=1, max_length=200), Printable]
Id = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID), Printable]
PlateText = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
Word = Field(strict=False)


class Character(BaseModel):
    """One character of a plate with its certainty."""

    model_config = STRICT
    char: Annotated[str, StringConstraints(min_length=1, max_length=4), Printable]
    confidence: Share


class Images(BaseModel):
    """Pictures of one pass, JPEG in base64."""

    model_config = STRICT
    plate: Annotated[str, Field(max_length=int(MAX_PLATE_PICTURE * GROWTH))] | None = None
    vehicle: Annotated[str, Field(max_length=int(MAX_VEHICLE_PICTURE * GROWTH))] | None = None


class ReadItem(BaseModel):
    """One vehicle pass as a camera read it; `not_read` stands in place of a plate nobody read.

    The confidence is that of the text, or of there being none that can be read.
    """

    model_config = STRICT
    id: Id
    camera: Id
    plate: PlateText | None = None
    not_read: Annotated[NotRead, Word] | None = None
    confidence: Share
    seen_at: Instant
    direction: Annotated[Heading, Word] = Heading.UNKNOWN
    lane: Annotated[int, Field(ge=0, le=99)] | None = None
    characters: Annotated[list[Character], Field(max_length=32)] = []
    colour: Annotated[Ground, Word] = Ground.UNKNOWN
    layout: Annotated[Layout, Word] | None = None
    images: Images | None = None


class PermitItem(BaseModel):
    """Leave to pass, granted elsewhere, in valid_from <= t < valid_until."""

    model_config = STRICT
    id: Id
    plate: PlateText
    permit_class: Annotated[PermitClass, Word] = Field(alias="class")
    valid_from: Instant
    valid_until: Instant
    holder: Line | None = None
    destination: Id | None = None
    roads: Annotated[list[Id], Field(max_length=50)] = []
    deadline: Instant | None = None


class StepBody(BaseModel):
    """What is done with an alert: shelving needs a note that says why, assigning a unit.

    Closing needs an outcome where no step before said how it ended; shelving without `until` takes
    the city's usual time.
    """

    model_config = STRICT
    step: Annotated[Step, Word]
    unit: Line | None = None
    note: Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")] | None = None
    outcome: Annotated[AlertOutcome, Word] | None = None
    until: Instant | None = None


class ReadBatch(BaseModel):
    """Up to 1,000 reads."""

    items: Annotated[list[ReadItem], Field(max_length=1_000)]


class PermitBatch(BaseModel):
    """Up to 1,000 permits."""

    items: Annotated[list[PermitItem], Field(max_length=1_000)]


@dataclass(frozen=True)
class Pictures:
    """The JPEGs that came with a read."""

    plate: bytes | None
    frame: bytes | None


def parse_read(item: object) -> tuple[PlateRead, Pictures]:
    """Return the read and its pictures, which the read does not name yet.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(ReadItem, item)
    images = given.images or Images()
    read = PlateRead(
        id=given.id,
        camera=given.camera,
        plate=_plate_of(given),
        not_read=given.not_read,
        confidence=given.confidence,
        seen_at=given.seen_at,
        direction=given.direction,
        lane=given.lane,
        characters=tuple(PlateCharacter(c.char, c.confidence) for c in given.characters),
        colour=given.colour,
        layout=given.layout,
    )
    return read, Pictures(
        _picture("images.plate", images.plate), _picture("images.vehicle", images.vehicle)
    )


def _plate_of(given: ReadItem) -> str:
    if given.plate is not None:
        return normalise(given.plate)
    if given.not_read is None:
        raise InvalidInput("plate", "is missing; where nobody could read one, not_read says why")
    return ""


def parse_permit(item: object, city: City) -> Permit:
    """Return the permit; its roads and its destination must be known to `city`.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(PermitItem, item)
    for number, road in enumerate(given.roads):
        require_place(city, f"roads.{number}", road, PlaceKind.ROAD)
    if given.destination is not None:
        require_place(city, "destination", given.destination, PlaceKind.SITE)
    return Permit(
        id=given.id,
        plate=normalise(given.plate),
        permit_class=given.permit_class,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        holder=given.holder,
        destination=given.destination,
        roads=tuple(given.roads),
        deadline=given.deadline,
    )


def parse_step(body: object, actor: str) -> Act:
    """Return what `actor` does with an alert.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(StepBody, body)
    return Act(given.step, actor, given.unit, given.note, given.outcome, given.until)


BODIES: tuple[type[BaseModel], ...] = (ReadBatch, PermitBatch, StepBody)


def body_schemas(bodies: Iterable[type[BaseModel]], ref_template: str) -> dict[str, Any]:
    """Return the JSON schemas of bodies by name, for the API's description."""
    mode: JsonSchemaMode = "validation"
    described = [(body, mode) for body in bodies]
    _, schemas = models_json_schema(described, ref_template=ref_template)
    return dict(schemas["$defs"])


Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], value: object) -> Model:
    """Return `value` as the model on the wire.

    Raises:
        InvalidInput: a field is wrong.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput("item", "must be a JSON object")
    try:
        return model.model_validate(value)
    except Invalid as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "item"
        raise InvalidInput(_clean(field)[:80], _clean(first["msg"])) from None


def _clean(text: str) -> str:
    plain = text.removeprefix("Value error, ").encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else "?" for char in plain)


def _picture(field: str, encoded: str | None) -> bytes | None:
    if encoded is None:
        return None
    try:
        picture = b64decode(encoded, validate=True)
    except (NotBase64, ValueError):
        raise InvalidInput(field, "is no base64") from None
    try:
        size_of(picture)
    except InvalidInput as fault:
        raise InvalidInput(field, fault.why) from None
    return picture


def require_place(city: City, field: str, name: str, kind: PlaceKind) -> None:
    """Refuse a place that the city does not know.

    Raises:
        InvalidInput: there is none of this kind.
    """
    place = city.places.get(name)
    if place is None or place.kind is not kind:
        raise InvalidInput(field, f"there is no {kind.value} {name!r}")
