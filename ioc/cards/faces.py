"""What stands on a card: name and birth of its bearer, his number half hidden, the code."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ioc import audit
from ioc.cards import store
from ioc.cards.claim import bearer_for, code_of
from ioc.cards.model import Card, CardMedium, CardState
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, NotFound
from ioc.persons.model import Identity, NumberKind, Person
from ioc.persons.service import find_persons, numbers_of
from ioc.signing import signing_key

BATCH = 500
# Decision 1405/QD-BTTTT: what is displayed hides the first six signs of the number.
HIDDEN_SIGNS = 6


@dataclass(frozen=True)
class Face:
    """What is printed of one card; `number` is shown half hidden, None where there is none."""

    card: Card
    name: str = field(repr=False)
    born: str = field(repr=False)
    number: str | None = field(repr=False)
    code: str = field(repr=False)


def waiting_to_print(centre: Centre, medium: CardMedium, unit: str | None) -> int:
    """Return how many cards nobody printed yet, of one unit or of all."""
    return transact(centre.engine, lambda conn: store.count_unprinted(conn, medium, unit))


def unprinted_faces(
    centre: Centre, medium: CardMedium, unit: str | None, most: int
) -> Iterator[list[Face]]:
    """Yield what stands on cards that nobody printed yet, in batches, the oldest first.

    A person who is kept no longer has no card printed.
    """
    after: Card | None = None
    left = most
    while left > 0:
        size, last = min(BATCH, left), after

        def work(
            conn: Connection, size: int = size, last: Card | None = last
        ) -> tuple[list[Card], list[Face]]:
            cards = store.unprinted(conn, medium, unit, last, size)
            return cards, _faces(conn, centre, cards)

        cards, faces = transact(centre.engine, work)
        if not cards:
            return
        yield faces
        after, left = cards[-1], left - len(cards)


def face_of(centre: Centre, qid: str) -> Face:
    """Return what stands on one card, printed before or not.

    Raises:
        NotFound: there is no such card, or its bearer is kept no longer.
        Conflict: it ended: nobody is to show it.
    """

    def work(conn: Connection) -> list[Face]:
        card = store.find(conn, [qid]).get(qid)
        if card is not None and card.state is not CardState.ISSUED:
            raise Conflict(f"card: {qid} is {card.state.value} and is not printed")
        return [] if card is None else _faces(conn, centre, [card])

    faces = transact(centre.engine, work)
    if not faces:
        raise NotFound("card", qid)
    return faces[0]


def note_printed(centre: Centre, faces: Sequence[Face], actor: str) -> None:
    """Note that cards were printed, and who saw what stands on them."""
    now = centre.now()

    def work(conn: Connection) -> None:
        store.mark_printed(conn, [face.card.qid for face in faces], now)
        subject = f"cards:{len(faces)}"
        audit.record(conn, actor, "cards_printed", subject, "issuing", {"cards": len(faces)})

    if faces:
        transact(centre.engine, work)


def _faces(conn: Connection, centre: Centre, cards: Sequence[Card]) -> list[Face]:
    refs = sorted({card.person for card in cards})
    persons, numbers = find_persons(conn, refs), numbers_of(conn, centre, refs)
    sign = signing_key(centre.settings).sign
    return [
        _face(card, persons[card.person], numbers[card.person], sign)
        for card in cards
        if card.person in persons and card.person in numbers
    ]


def _face(card: Card, person: Person, number: str, sign: Callable[[bytes], bytes]) -> Face:
    identity = Identity(
        number, person.kind, person.name, person.born_on, person.birth_year, person.sex
    )
    shown = None
    if person.kind is not NumberKind.QID:
        hidden = min(HIDDEN_SIGNS, max(len(number) - 3, 0))
        shown = "*" * hidden + number[hidden:]
    born = "" if person.birth_year is None else str(person.birth_year)
    if person.born_on is not None:
        born = f"{person.born_on:%d/%m/%Y}"
    return Face(card, person.name, born, shown, code_of(bearer_for(identity), card.qid, sign))
