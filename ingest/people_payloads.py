"""Who comes, where somebody stays, what is decided: untrusted JSON becomes values or a refusal."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from ingest.payloads import STRICT, Id, Instant, Line, PlateText, Word, require_place, validated
from ingest.person_payloads import PersonItem, parse_person
from ingest.transport_payloads import Note, Phone
from ioc.duplicates.model import PairStep
from ioc.duplicates.service import Verdict
from ioc.errors import InvalidInput
from ioc.people.model import (
    MOST_COMPANIONS,
    Declaration,
    DeclarationStep,
    Lodging,
    Manner,
    Means,
    TaskStep,
    Wave,
)
from ioc.people.service import Order
from ioc.places import City, PlaceKind
from ioc.vehicles.plate import normalise

LARGEST_WAVE = 100_000


class Verb(StrEnum):
    """What Health may answer to a declaration."""

    APPROVE = "approve"
    REFUSE = "refuse"
    REOPEN = "reopen"


class Destination(BaseModel):
    """Where somebody goes: the commune by its id or code, village or block, house and street."""

    model_config = STRICT
    unit: Id
    cell: Line | None = None
    address: Line | None = None


class DeclarationItem(BaseModel):
    """Who comes, with whom, from where, by what way and means, to where.

    `destination` may be the commune alone, `vehicle` be `{"plate": …}`; `declared_by` is who
    declares on behalf of somebody, `post` the point where one declares who is there already.
    """

    model_config = STRICT
    id: Id
    person: PersonItem
    destination: Destination
    manner: Annotated[Manner, Word] = Manner.SELF
    declared_by: PersonItem | None = None
    companions: Annotated[list[PersonItem], Field(max_length=MOST_COMPANIONS)] = []
    phone: Phone | None = None
    origin: Line | None = None
    route: Line | None = None
    vehicle: PlateText | None = None
    means: Annotated[Means, Word] = Means.ROAD
    wave: Id | None = None
    expected_at: Instant | None = None
    post: Id | None = None

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        plain = dict(value)
        if isinstance(plain.get("destination"), str):
            plain["destination"] = {"unit": plain["destination"]}
        if isinstance(plain.get("vehicle"), Mapping):
            if set(plain["vehicle"]) != {"plate"}:
                raise ValueError("vehicle: must be a plate, or hold a plate and nothing else")
            plain["vehicle"] = plain["vehicle"]["plate"]
        return plain


class DeclarationBatch(BaseModel):
    """Up to 1,000 declarations."""

    items: Annotated[list[DeclarationItem], Field(max_length=1_000)]


class HealthDecisionBody(BaseModel):
    """What Health decides; a refusal and a way back need a note."""

    model_config = STRICT
    decision: Annotated[Verb, Word]
    note: Note | None = None


class WithdrawalBody(BaseModel):
    """Why a declaration is withdrawn."""

    model_config = STRICT
    note: Note | None = None


class TaskStepBody(BaseModel):
    """What a station did about a task; referring and cancelling need a note."""

    model_config = STRICT
    step: Annotated[TaskStep, Word]
    note: Note | None = None


class LodgingItem(BaseModel):
    """A guest of a lodging, in from <= t < until; `unit` is the commune of the house."""

    model_config = STRICT
    id: Id
    person: PersonItem
    lodging: Line
    from_at: Instant = Field(alias="from")
    until_at: Instant = Field(alias="until")
    unit: Id | None = None


class LodgingBatch(BaseModel):
    """Up to 1,000 guests."""

    items: Annotated[list[LodgingItem], Field(max_length=1_000)]


class WaveItem(BaseModel):
    """Many who come together; `id` is what their declarations name, `point` where they arrive."""

    model_config = STRICT
    id: Id
    means: Annotated[Means, Word]
    name: Line
    expected: Annotated[int, Field(ge=0, le=LARGEST_WAVE)]
    arrives_at: Instant
    origin: Line | None = None
    point: Id | None = None


class WaveBatch(BaseModel):
    """Up to 1,000 waves."""

    items: Annotated[list[WaveItem], Field(max_length=1_000)]


class PairDecisionBody(BaseModel):
    """What is decided of two persons who may be one; `keep` is who is to stand for both."""

    model_config = STRICT
    decision: Annotated[PairStep, Word]
    note: Note
    keep: Id | None = None


BODIES: tuple[type[BaseModel], ...] = (
    *(DeclarationBatch, HealthDecisionBody, WithdrawalBody, TaskStepBody, LodgingBatch),
    *(WaveBatch, PairDecisionBody),
)


def parse_declaration(item: object, city: City, today: date) -> Declaration:
    """Return the declaration; `today` is the city's day, whose units are meant.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(DeclarationItem, item)
    if given.post is not None:
        require_place(city, "post", given.post, PlaceKind.POINT)
    by = given.declared_by
    return Declaration(
        id=given.id,
        identity=parse_person(given.person, today),
        unit=unit_named(city, "destination.unit", given.destination.unit, today),
        manner=given.manner,
        declared_by=None if by is None else parse_person(by, today, "declared_by"),
        companions=tuple(
            parse_person(one, today, f"companions.{number}")
            for number, one in enumerate(given.companions)
        ),
        phone=given.phone,
        origin=given.origin,
        route=given.route,
        cell=given.destination.cell,
        address=given.destination.address,
        plate=None if given.vehicle is None else _plate(given.vehicle),
        means=given.means,
        wave=given.wave,
        expected_at=given.expected_at,
        post=given.post,
    )


def parse_health_decision(body: object, actor: str) -> Order:
    """Return what `actor` decides of a declaration.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(HealthDecisionBody, body)
    return Order(DeclarationStep(given.decision.value), actor, given.note)


def parse_withdrawal(body: object) -> str | None:
    """Return why a declaration is withdrawn.

    Raises:
        InvalidInput: a field is wrong.
    """
    return validated(WithdrawalBody, body).note


def parse_task_step(body: object) -> tuple[TaskStep, str | None]:
    """Return what a station did, and what it says of it.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(TaskStepBody, body)
    return given.step, given.note


def parse_lodging(item: object, city: City, today: date) -> Lodging:
    """Return the guest of a lodging.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(LodgingItem, item)
    unit = None if given.unit is None else unit_named(city, "unit", given.unit, today)
    person = parse_person(given.person, today)
    return Lodging(given.id, person, given.lodging, given.from_at, given.until_at, unit)


def parse_wave(item: object, city: City) -> Wave:
    """Return the wave that is announced.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(WaveItem, item)
    if given.point is not None:
        require_place(city, "point", given.point, PlaceKind.POINT)
    return Wave(**given.model_dump())


def parse_pair_decision(body: object, actor: str) -> Verdict:
    """Return what `actor` decides of a pair.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(PairDecisionBody, body)
    return Verdict(given.decision, actor, given.note, given.keep)


def unit_named(city: City, field: str, name: str, today: date) -> str:
    """Return the id of the unit in force today that has this id or code, or follows it.

    Raises:
        InvalidInput: there is none.
    """
    known = city.units.get(name)
    if known is not None:
        return city.unit_of(known, today).id
    for unit in city.units_on(today):
        if unit.code == name:
            return unit.id
    raise InvalidInput(field, f"there is no unit {name!r}")


def _plate(text: str) -> str:
    try:
        return normalise(text)
    except InvalidInput as fault:
        raise InvalidInput("vehicle", fault.why) from None
