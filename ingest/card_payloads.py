"""Orders of cards and steps with them: untrusted JSON becomes values, or a named refusal."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from ingest.body import MAX_ITEMS
from ingest.payloads import STRICT, Id, Instant, Line, Word, require_place, validated
from ingest.person_payloads import PersonItem, parse_person
from ioc.cards.model import CardChange, CardMedium, CardOrder, CardStep
from ioc.places import City, PlaceKind


class CardItem(BaseModel):
    """A card for a person; `replaces` is the QID of the card it is issued in place of.

    `by_another` tells that somebody else declared the person: a parent, a village head.
    """

    model_config = STRICT
    id: Id
    person: PersonItem
    kind: Annotated[CardMedium, Word]
    replaces: Id | None = None
    unit: Id | None = None
    issued_at: Instant | None = None
    by_another: bool = False


class CardBatch(BaseModel):
    """Up to 1,000 cards."""

    items: Annotated[list[CardItem], Field(max_length=MAX_ITEMS)]


class CardStepBody(BaseModel):
    """What is done with a card, and why: `revoke`, `restore`."""

    model_config = STRICT
    step: Annotated[CardStep, Word]
    why: Line


BODIES: tuple[type[BaseModel], ...] = (CardBatch, CardStepBody)


def parse_card(item: object, city: City, today: date) -> CardOrder:
    """Return the order of a card; its unit must be known to `city`.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(CardItem, item)
    if given.unit is not None:
        require_place(city, "unit", given.unit, PlaceKind.UNIT)
    return CardOrder(
        id=given.id,
        identity=parse_person(given.person, today),
        medium=given.kind,
        replaces=given.replaces,
        unit=given.unit,
        issued_at=given.issued_at,
        is_proxy=given.by_another,
    )


def parse_card_step(body: object, actor: str) -> CardChange:
    """Return the step that `actor` takes with a card.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(CardStepBody, body)
    return CardChange(given.step, actor, given.why)
