"""What is registered, decided, changed of permits: untrusted JSON becomes values or a refusal."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, model_validator

from ingest.payloads import (
    STRICT,
    Id,
    Instant,
    Line,
    PlateText,
    Word,
    require_place,
    validated,
)
from ioc.permits.model import Change, Order, PermitClass
from ioc.places import City, PlaceKind
from ioc.registrations.model import (
    MAX_SEATS,
    Decision,
    Registration,
    RegistrationStep,
    VehicleKind,
)
from ioc.registrations.rules import OF_REGISTRANT
from ioc.vehicles.model import Ground
from ioc.vehicles.plate import normalise

# Without a sign that could begin another header or address in a mail.
MAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
Mail = Annotated[str, StringConstraints(max_length=254, pattern=MAIL)]
Phone = Annotated[str, StringConstraints(max_length=20, pattern=r"^\+?[0-9 .-]{6,19}$")]
Note = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]
Roads = Annotated[list[Id], Field(max_length=50)]
VEHICLE = frozenset({"plate", "kind", "seats", "colour"})


class Verb(StrEnum):
    """What Transport may answer to a registration."""

    APPROVE = "approve"
    REFUSE = "refuse"
    ASK = "ask"
    REOPEN = "reopen"


class Reply(StrEnum):
    """What a registrant may answer to Transport."""

    ANSWER = "answer"
    APPEAL = "appeal"
    WITHDRAW = "withdraw"


class RegistrationItem(BaseModel):
    """Leave that is asked for a vehicle; plate, kind, seats, colour may also stand in `vehicle`."""

    model_config = STRICT
    id: Id
    plate: PlateText
    kind: Annotated[VehicleKind, Word] = VehicleKind.OTHER
    seats: Annotated[int, Field(ge=1, le=MAX_SEATS)] | None = None
    colour: Annotated[Ground, Word] | None = None
    holder: Line | None = None
    driver: Line | None = None
    phone: Phone | None = None
    mail: Mail | None = None
    origin: Line | None = None
    destination: Line | None = None
    route: Line | None = None
    roads: Roads = []
    from_at: Instant | None = Field(default=None, alias="from")
    until_at: Instant | None = Field(default=None, alias="until")
    goods: Line | None = None
    companions: Annotated[int, Field(ge=0, le=MAX_SEATS)] | None = None
    people: Annotated[list[Id], Field(max_length=MAX_SEATS)] = []

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or not isinstance(value.get("vehicle"), Mapping):
            return value
        vehicle = value["vehicle"]
        rest = {name: given for name, given in value.items() if name != "vehicle"}
        strange = [name for name in vehicle if name not in VEHICLE or name in rest]
        if strange:
            raise ValueError(f"vehicle.{str(strange[0])[:40]} is not known or stands twice")
        return {**vehicle, **rest}


class RegistrationBatch(BaseModel):
    """Up to 1,000 registrations."""

    items: Annotated[list[RegistrationItem], Field(max_length=1_000)]


class DecisionBody(BaseModel):
    """What Transport decides; an approval needs a class, a refusal and a question a note."""

    model_config = STRICT
    decision: Annotated[Verb, Word]
    permit_class: Annotated[PermitClass, Word] | None = Field(default=None, alias="class")
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    destination: Id | None = None
    roads: Roads | None = None
    deadline: Instant | None = None
    note: Note | None = None


class ReplyBody(BaseModel):
    """What the registrant answers."""

    model_config = STRICT
    reply: Annotated[Reply, Word]
    note: Note | None = None


class ChangeBody(BaseModel):
    """A change of a permit; what is left out stays as it is, `holds_from` is now."""

    model_config = STRICT
    change: Annotated[Change, Word]
    why: Note
    permit_class: Annotated[PermitClass, Word] | None = Field(default=None, alias="class")
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    destination: Id | None = None
    roads: Roads | None = None
    deadline: Instant | None = None
    holds_from: Instant | None = None


BODIES: tuple[type[BaseModel], ...] = (RegistrationBatch, DecisionBody, ReplyBody, ChangeBody)


def parse_registration(item: object, city: City) -> Registration:
    """Return the registration; its roads must be known to `city`.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(RegistrationItem, item)
    _require_roads(city, given.roads)
    values = given.model_dump(exclude={"plate", "roads", "people", "colour"})
    return Registration(
        **values,
        plate=normalise(given.plate),
        colour=None if given.colour is None else given.colour.value,
        roads=tuple(given.roads),
        people=tuple(given.people),
    )


def parse_decision(body: object, city: City, actor: str) -> Decision:
    """Return what `actor` decides.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(DecisionBody, body)
    _require_way(city, given.destination, given.roads)
    return Decision(
        step=RegistrationStep(given.decision.value),
        actor=actor,
        note=given.note,
        permit_class=given.permit_class,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        destination=given.destination,
        roads=None if given.roads is None else tuple(given.roads),
        deadline=given.deadline,
    )


def parse_reply(body: object) -> tuple[RegistrationStep, str | None]:
    """Return which step the registrant takes, and what he says.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(ReplyBody, body)
    step = RegistrationStep(given.reply.value)
    assert step in OF_REGISTRANT
    return step, given.note


def parse_change(body: object, city: City, actor: str) -> Order:
    """Return the change of a permit that `actor` orders.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(ChangeBody, body)
    _require_way(city, given.destination, given.roads)
    values = given.model_dump(exclude={"roads"})
    roads = None if given.roads is None else tuple(given.roads)
    return Order(**values, actor=actor, roads=roads)


def _require_way(city: City, destination: str | None, roads: list[str] | None) -> None:
    _require_roads(city, roads or [])
    if destination is not None:
        require_place(city, "destination", destination, PlaceKind.SITE)


def _require_roads(city: City, roads: list[str]) -> None:
    for number, road in enumerate(roads):
        require_place(city, f"roads.{number}", road, PlaceKind.ROAD)
