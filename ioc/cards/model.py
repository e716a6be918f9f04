"""Cards of the national personal-QR format: one a person and medium, issued, ended, issued anew."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import InvalidInput, IocError, require_id
from ioc.persons.model import Identity

MAX_WHY = 300


class CardMedium(StrEnum):
    """What a card is made of."""

    PAPER = "paper"
    PLASTIC = "plastic"
    PHONE = "phone"


class CardState(StrEnum):
    """How a card stands."""

    ISSUED = "issued"
    REVOKED = "revoked"
    REPLACED = "replaced"


class CardStep(StrEnum):
    """What is done with a card; a card that is replaced is so by the one issued for it."""

    REVOKE = "revoke"
    RESTORE = "restore"
    REPLACE = "replace"


@dataclass(frozen=True)
class CardOrder:
    """A card that is ordered; `id` is the sender's.

    Attributes:
        replaces: the QID of the card that this one is issued in place of.
        unit: id of the unit where it is issued.
        issued_at: None: now.
        is_proxy: somebody else declared the person.
    """

    id: str
    identity: Identity = field(repr=False)
    medium: CardMedium
    replaces: str | None = None
    unit: str | None = None
    issued_at: datetime | None = None
    is_proxy: bool = False

    def __post_init__(self) -> None:
        require_id(self.id)
        if self.issued_at is not None:
            object.__setattr__(self, "issued_at", require_aware("issued_at", self.issued_at))


@dataclass(frozen=True)
class Card:
    """A card as it stands; `person` is the reference of whom it was issued to."""

    qid: str
    person: str
    medium: CardMedium
    state: CardState
    source: str
    issued_at: datetime
    unit: str | None = None
    replaces: str | None = None
    ended_at: datetime | None = None
    printed_at: datetime | None = None


@dataclass(frozen=True)
class CardChange:
    """A step that somebody takes with a card, and why."""

    step: CardStep
    actor: str
    why: str

    def __post_init__(self) -> None:
        if not 0 < len(self.why.strip()) <= MAX_WHY:
            raise InvalidInput("why", f"every step says why, in 1 to {MAX_WHY} characters")


@dataclass(frozen=True)
class CardDone:
    """One line of the log of a card."""

    step: CardStep
    state: CardState
    at: datetime
    actor: str
    why: str | None


@dataclass(frozen=True)
class Issued:
    """What became of an order: the card's QID and the text of its code, or the fault."""

    qid: str | None = None
    code: str | None = field(default=None, repr=False)
    fault: IocError | None = None
