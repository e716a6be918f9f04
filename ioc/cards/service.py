"""The use cases of cards: issue, end, restore, look up; what a city says of its cards."""

import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from ioc import audit, intake, tally
from ioc.cards import store
from ioc.cards.claim import SERIAL_BYTES, bearer_for, code_of, qid_for
from ioc.cards.model import Card, CardChange, CardDone, CardOrder, CardState, CardStep, Issued
from ioc.cards.rulebook import CardBook, parse_book
from ioc.cards.rules import leads_to
from ioc.centre import Centre
from ioc.db import transact
from ioc.document import parsed
from ioc.errors import Conflict, InvalidInput, IocError, NotFound
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.persons.rules import reference_of
from ioc.persons.service import meet
from ioc.signing import signing_key

ISSUED, REISSUED, REVOKED = "card.issued", "card.reissued", "card.revoked"
FILE = "cards.toml"
MOST = 100


def card_book(centre: Centre) -> CardBook:
    """Return what the city says of cards, read once a process.

    Raises:
        ConfigFault: cards.toml is wrong.
    """
    return load_card_book(centre.settings.city_dir / FILE)


def issue_cards(
    centre: Centre, source: str, orders: Sequence[CardOrder]
) -> list[tuple[Receipt, Issued]]:
    """Issue cards for `source` in one transaction; one receipt each, in order, with its code.

    An order that cannot be followed is refused with its fault; the others go in.
    """
    prefix, secret = card_book(centre).prefix, centre.settings.secret
    sign = signing_key(centre.settings).sign

    def work(conn: Connection) -> list[tuple[Receipt, Issued]]:
        faults = _faults(conn, source, orders)
        good = [order for at, order in enumerate(orders) if at not in faults]
        bearers = [bearer_for(one.identity, is_proxy=one.is_proxy) for one in good]
        qids = [qid_for(one, os.urandom(SERIAL_BYTES), secret, prefix) for one in bearers]
        entries = [
            Entry(order.id, _digest(secret, order), qid)
            for order, qid in zip(good, qids, strict=True)
        ]
        receipts = intake.enter_ids(conn, source, "card", entries, centre.now())
        new = [
            (order, str(receipt.ref))
            for order, receipt in zip(good, receipts, strict=True)
            if receipt.status is IntakeStatus.RECORDED
        ]
        _keep(conn, centre, source, new)
        told = iter(zip(receipts, bearers, strict=True))
        answers = []
        for at, order in enumerate(orders):
            if at in faults:
                fault = faults[at]
                refused = Receipt(order.id, IntakeStatus.REFUSED, why=str(fault))
                answers.append((refused, Issued(fault=fault)))
                continue
            receipt, bearer = next(told)
            qid = receipt.ref
            code = None if qid is None else code_of(bearer, qid, sign)
            answers.append((receipt, Issued(qid, code)))
        return answers

    answers = transact(centre.engine, work)
    centre.live.announce(Topic.CARDS)
    return answers


def change_card(centre: Centre, qid: str, change: CardChange) -> Card:
    """Take a step with a card and return it as it stands then; it is audited.

    Raises:
        NotFound: there is no such card.
        Conflict: its state does not allow the step.
        InvalidInput: the step is taken by issuing another card.
    """
    if change.step is CardStep.REPLACE:
        raise InvalidInput("step", "a card is replaced by issuing another with `replaces`")

    def work(conn: Connection) -> Card:
        card = store.find(conn, [qid], lock=True).get(qid)
        if card is None:
            raise NotFound("card", qid)
        now = centre.now()
        state = leads_to(card.state, change.step)
        store.end(conn, {qid: CardDone(change.step, state, now, change.actor, change.why)})
        detail = {"step": change.step.value, "why": change.why}
        audit.record(conn, change.actor, "card_changed", f"card:{qid}", None, detail)
        if change.step is CardStep.REVOKE:
            tally.add(conn, {(REVOKED, place_of(card), now): 1})
        return store.find(conn, [qid])[qid]

    card = transact(centre.engine, work)
    centre.live.announce(Topic.CARDS)
    return card


def find_card(centre: Centre, qid: str) -> Card:
    """Return a card as it stands.

    Raises:
        NotFound: there is no such card.
    """
    card = transact(centre.engine, lambda conn: store.find(conn, [qid])).get(qid)
    if card is None:
        raise NotFound("card", qid)
    return card


def cards_of(centre: Centre, persons: Sequence[str], limit: int = MOST) -> list[Card]:
    """Return the cards of persons by their references, newest first."""
    return transact(centre.engine, lambda conn: store.of_person(conn, persons, min(limit, MOST)))


def log_of(centre: Centre, qid: str) -> list[CardDone]:
    """Return what was done with a card since it was issued, oldest first."""
    return transact(centre.engine, lambda conn: store.steps_of(conn, qid))


def ends_since(conn: Connection, number: int) -> list[tuple[int, str, CardState, datetime]]:
    """Return number, QID, state and time of the cards that ended, or were restored, since then."""
    return store.ends_since(conn, number)


def place_of(card: Card) -> str:
    """Return where a card counts: the unit it was issued in, else who sent it."""
    return card.unit or card.source


def _faults(conn: Connection, source: str, orders: Sequence[CardOrder]) -> dict[int, IocError]:
    """Return why orders cannot be followed, by their place."""
    asked = [order.replaces for order in orders if order.replaces is not None]
    found = store.find(conn, asked, lock=True)
    by = store.replaced_by(conn, sorted(found))
    faults: dict[int, IocError] = {}
    for at, order in enumerate(orders):
        old = order.replaces
        if old is None or by.get(old) == (source, order.id):
            continue
        if old not in found:
            faults[at] = InvalidInput("replaces", "there is no such card")
        elif old in by:
            faults[at] = InvalidInput("replaces", "another card replaces it already")
        else:
            try:
                leads_to(found[old].state, CardStep.REPLACE)
            except Conflict as fault:
                faults[at] = InvalidInput("replaces", str(fault))
            by[old] = (source, order.id)
    return faults


def _keep(
    conn: Connection, centre: Centre, source: str, new: Sequence[tuple[CardOrder, str]]
) -> None:
    now = centre.now()
    persons = meet(conn, centre, [order.identity for order, _ in new], now)
    cards = [
        (
            order.id,
            Card(
                qid, person, order.medium, CardState.ISSUED, source, order.issued_at or now,
                order.unit, order.replaces,
            ),
        )
        for (order, qid), person in zip(new, persons, strict=True)
    ]  # fmt: skip
    store.add(conn, source, cards, now)
    replaced = CardDone(CardStep.REPLACE, CardState.REPLACED, now, f"source:{source}", None)
    store.end(conn, {str(order.replaces): replaced for order, _ in new if order.replaces})
    counts: dict[tuple[str, str, datetime], int] = {}
    for _, card in cards:
        key = (ISSUED if card.replaces is None else REISSUED, place_of(card), card.issued_at)
        counts[key] = counts.get(key, 0) + 1
    tally.add(conn, counts)


def _digest(secret: str, order: CardOrder) -> bytes:
    """Return the digest of what was ordered; the number stands in it under its pseudonym."""
    one = order.identity
    said = {
        "person": reference_of(secret, one),
        "name": one.name,
        "born": one.born_on or one.birth_year,
        "sex": one.sex,
        "medium": order.medium,
        "replaces": order.replaces,
        "unit": order.unit,
        "issued_at": order.issued_at,
        "is_proxy": order.is_proxy or None,
    }
    return intake.digest_of({name: value for name, value in said.items() if value is not None})


@cache
def load_card_book(file: Path) -> CardBook:
    """Return what a file says of cards, read once a process.

    Raises:
        ConfigFault: the file is wrong.
    """
    return parsed(file, parse_book)
