"""Doses are judged among those held of the same person and kept, in one transaction."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.db import transact
from ioc.doses import store
from ioc.doses.model import Dose, HeldDose, VaccineBook
from ioc.doses.rules import (
    NOT_JUDGED,
    UNKNOWN,
    age_on,
    day_of,
    group_of,
    made,
    ranked,
    require_place,
    require_sound,
)
from ioc.doses.service import circles_by, settle, vaccines
from ioc.errors import InvalidInput
from ioc.health.store import hold_persons
from ioc.intake import Entry, IntakeStatus, Receipt, enter_held
from ioc.live import Topic
from ioc.persons.model import Identity
from ioc.persons.service import circles_of, meet_at_home
from ioc.places import Facility

AHEAD = timedelta(minutes=5)
REF_BYTES = 16


@dataclass(frozen=True)
class DoseResult:
    """The answer to one dose: how it stands now, None where it was refused."""

    receipt: Receipt
    dose: HeldDose | None = None


@dataclass
class _Batch:
    """What is known while a batch is recorded: sound doses by index, those held by person."""

    source: str
    sound: dict[int, Dose]
    faults: dict[int, str]
    heads: Mapping[str, str]
    held: Mapping[str, list[HeldDose]]
    at: datetime
    fresh: dict[int, HeldDose] = field(default_factory=dict)


def record_doses(
    centre: Centre,
    source: str,
    doses: Sequence[Dose],
    identities: Mapping[str, Identity] | None = None,
) -> list[DoseResult]:
    """Record doses of `source` in one transaction; results in the order of `doses`.

    `identities` says who the persons are, by reference. Wrong doses are refused one by one, by
    field; the others go in. An entry of an injection that is held already is kept and shown.
    """
    known = identities or {}

    def work(conn: Connection) -> list[DoseResult]:
        return record_in(conn, centre, source, doses, known)

    results = transact(centre.engine, work)
    if any(result.receipt.status is IntakeStatus.RECORDED for result in results):
        centre.live.announce(Topic.HEALTH)
    return results


def record_in(
    conn: Connection,
    centre: Centre,
    source: str,
    doses: Sequence[Dose],
    identities: Mapping[str, Identity],
) -> list[DoseResult]:
    """Record doses in the caller's transaction, which is told of after its commit by him."""
    batch = _sound(conn, centre, source, doses)
    entries = _placed(centre, batch, doses, vaccines(centre))
    known_refs = {dose.ref for series in batch.held.values() for dose in series}
    receipts = enter_held(conn, (source, "dose"), entries, known_refs, centre.now())
    fresh = [i for i, receipt in receipts.items() if receipt.status is IntakeStatus.RECORDED]
    met = [(batch.sound[i].person, batch.sound[i].unit) for i in fresh]
    units = meet_at_home(conn, centre, met, identities)
    changes: dict[str, tuple[Sequence[HeldDose], Sequence[HeldDose]]] = {}
    for i in fresh:
        kept, unit = batch.fresh[i], units.get(batch.sound[i].person, UNKNOWN)
        kept = kept if kept.unit == unit else replace(kept, unit=unit)
        head = batch.heads[kept.person]
        before, now = changes.get(head, (batch.held.get(head, []),) * 2)
        changes[head] = before, [*now, kept]
    judged = settle(conn, centre, changes, circles_by(batch.heads))
    shown = {dose.ref: dose for held in (*batch.held.values(), *judged.values()) for dose in held}
    results = []
    for i, dose in enumerate(doses):
        fault = batch.faults.get(i)
        receipt = Receipt(dose.id, IntakeStatus.REFUSED, why=fault) if fault else receipts[i]
        results.append(DoseResult(receipt, shown.get(receipt.ref or "")))
    return results


def _sound(conn: Connection, centre: Centre, source: str, doses: Sequence[Dose]) -> _Batch:
    """Return the batch with its persons held, and what is wrong whoever the persons are."""
    book, zone, now = vaccines(centre), centre.city.zone, centre.now()
    span = (now - centre.city.limits.retention["doses"], now)
    sound: dict[int, Dose] = {}
    faults: dict[int, str] = {}
    for i, dose in enumerate(doses):
        try:
            _require_here(centre, dose, span)
            sound[i] = require_sound(dose, book, zone)
        except InvalidInput as fault:
            faults[i] = str(fault)
    persons = sorted({dose.person for dose in sound.values()})
    circles = circles_of(conn, persons)
    wanted = sorted({ref for _, members in circles.values() for ref in members})
    hold_persons(conn, wanted)
    found = store.held_of(conn, wanted) if wanted else {}
    heads = {ref: head for head, members in circles.values() for ref in members}
    held: dict[str, list[HeldDose]] = {}
    for person, series in found.items():
        held.setdefault(heads[person], []).extend(series)
    return _Batch(source, sound, faults, heads, held, now)


def _placed(
    centre: Centre, batch: _Batch, doses: Sequence[Dose], book: VaccineBook
) -> dict[int, Entry]:
    """Return the entries of doses that can stand where they say; the others' faults are noted."""
    own = {
        dose.id: dose
        for held in batch.held.values()
        for dose in held
        if dose.source == batch.source
    }
    refs = _refs(len(batch.sound))
    places: dict[str, list[HeldDose]] = {}
    entries: dict[int, Entry] = {}
    for i in sorted(batch.sound, key=lambda i: (batch.sound[i].given_at, batch.sound[i].number, i)):
        dose = batch.sound[i]
        head = batch.heads[dose.person]
        known = own.get(dose.id)
        if known is not None:
            entries[i] = Entry(dose.id, _digest(doses[i]), known.ref)
            continue
        others = places.setdefault(head, list(batch.held.get(head, ())))
        try:
            if others:
                require_place(dose, ranked(others, book), book)
        except InvalidInput as fault:
            batch.faults[i] = str(fault)
            continue
        batch.fresh[i] = _held(centre, batch, dose, next(refs), book)
        others.append(batch.fresh[i])
        entries[i] = Entry(dose.id, _digest(doses[i]), batch.fresh[i].ref)
    return dict(sorted(entries.items()))


def _held(centre: Centre, batch: _Batch, dose: Dose, ref: str, book: VaccineBook) -> HeldDose:
    day = day_of(dose.given_at, centre.city.zone)
    return made(
        {
            **NOT_JUDGED,
            "ref": ref,
            "source": batch.source,
            "id": dose.id,
            "person": dose.person,
            "product": dose.product,
            "lot": dose.lot,
            "number": dose.number,
            "facility": dose.facility,
            "given_at": dose.given_at,
            "known_at": batch.at,
            "age_group": group_of(age_on(day, dose.born_on, dose.birth_year), book.ages),
            "unit": dose.unit or UNKNOWN,
            "mark": None,
        }
    )


def _refs(count: int) -> Iterator[str]:
    """Yield ids of our own; one call for all of a batch."""
    drawn = os.urandom(REF_BYTES * count).hex()
    return (drawn[at : at + 2 * REF_BYTES] for at in range(0, len(drawn), 2 * REF_BYTES))


def _require_here(centre: Centre, dose: Dose, span: tuple[datetime, datetime]) -> None:
    if not isinstance(centre.city.places.get(dose.facility), Facility):
        raise InvalidInput("facility", f"there is no facility {dose.facility!r}")
    if dose.unit is not None and dose.unit not in centre.city.units:
        raise InvalidInput("unit", f"there is no unit {dose.unit!r}")
    if dose.given_at > span[1] + AHEAD:
        raise InvalidInput("given_at", f"lies ahead of now by more than {AHEAD}")
    if dose.given_at < span[0]:
        raise InvalidInput("given_at", "is older than doses are kept")


def _digest(dose: Dose) -> bytes:
    """Return the digest of what makes two entries the same, whoever said more of the person."""
    said = (dose.person, dose.product, dose.lot, str(dose.number), dose.facility)
    # No text of an item holds this sign: what does not print is refused at the border.
    return hashlib.sha256("\x1f".join((*said, str(dose.given_at))).encode()).digest()
