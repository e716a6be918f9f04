"""Doses are judged among those held of the same person and kept, in one transaction."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc import intake
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.doses import store
from ioc.doses.model import Dose, HeldDose, VaccineBook
from ioc.doses.rules import UNKNOWN, age_on, group_of, ranked, require_place, require_sound
from ioc.doses.service import settle, vaccines
from ioc.errors import InvalidInput
from ioc.health.store import hold_persons
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.persons.model import Identity
from ioc.persons.service import find_persons, heads_of, meet
from ioc.places import Facility

AHEAD = timedelta(minutes=5)


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
        return _record(conn, centre, source, doses, known)

    results = transact(centre.engine, work)
    if any(result.receipt.status is IntakeStatus.RECORDED for result in results):
        centre.live.announce(Topic.HEALTH)
    return results


def _record(
    conn: Connection,
    centre: Centre,
    source: str,
    doses: Sequence[Dose],
    identities: Mapping[str, Identity],
) -> list[DoseResult]:
    batch = _sound(conn, centre, source, doses)
    book = vaccines(centre)
    entries = _placed(batch, doses, book)
    receipts = _entered(conn, centre, batch, entries)
    fresh = [i for i, receipt in receipts.items() if receipt.status is IntakeStatus.RECORDED]
    units = _meet(conn, centre, [batch.sound[i] for i in fresh], identities)
    changes: dict[str, tuple[Sequence[HeldDose], Sequence[HeldDose]]] = {}
    for i in fresh:
        kept = _held(centre, batch, i, str(receipts[i].ref), units)
        before, now = changes.get(kept.person, (batch.held.get(kept.person, []),) * 2)
        changes[kept.person] = before, [*now, kept]
    judged = settle(conn, centre, changes)
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
    oldest = now - centre.city.limits.retention["doses"]
    sound: dict[int, Dose] = {}
    faults: dict[int, str] = {}
    for i, dose in enumerate(doses):
        try:
            _require_here(centre, dose, (oldest, now))
            sound[i] = require_sound(dose, book, zone)
        except InvalidInput as fault:
            faults[i] = str(fault)
    persons = sorted({dose.person for dose in sound.values()})
    heads = heads_of(conn, persons) if persons else {}
    wanted = sorted(set(heads.values()))
    hold_persons(conn, wanted)
    held = store.held_of(conn, wanted) if wanted else {}
    return _Batch(source, sound, faults, heads, held)


def _placed(batch: _Batch, doses: Sequence[Dose], book: VaccineBook) -> dict[int, Entry]:
    """Return the entries of doses that can stand where they say; the others' faults are noted."""
    own = {
        dose.id: dose
        for held in batch.held.values()
        for dose in held
        if dose.source == batch.source
    }
    places: dict[str, list[HeldDose]] = {}
    entries: dict[int, Entry] = {}
    for i in sorted(batch.sound, key=lambda i: (batch.sound[i].given_at, batch.sound[i].number, i)):
        dose = batch.sound[i]
        head = batch.heads[dose.person]
        known = own.get(dose.id)
        if known is not None:
            entries[i] = Entry(dose.id, _digest(doses[i]), known.ref)
            continue
        judged = places.get(head) or list(batch.held.get(head, ()))
        try:
            require_place(dose, judged, book)
        except InvalidInput as fault:
            batch.faults[i] = str(fault)
            continue
        entries[i] = Entry(dose.id, _digest(doses[i]), uuid.uuid4().hex)
        places[head] = ranked([*judged, _plain(batch, dose, head)], book)
    return dict(sorted(entries.items()))


def _entered(
    conn: Connection, centre: Centre, batch: _Batch, entries: Mapping[int, Entry]
) -> dict[int, Receipt]:
    """Enter the ids of doses whose persons are held; what is held already is never recorded."""
    held = {dose.ref for doses in batch.held.values() for dose in doses}
    given = intake.enter_ids(conn, batch.source, "dose", list(entries.values()), centre.now())
    receipts = dict(zip(entries, given, strict=True))
    for i, receipt in receipts.items():
        # An id is forgotten sooner than its dose.
        if receipt.status is IntakeStatus.RECORDED and receipt.ref in held:
            receipts[i] = replace(receipt, status=IntakeStatus.REPEATED)
    return receipts


def _meet(
    conn: Connection, centre: Centre, doses: Sequence[Dose], identities: Mapping[str, Identity]
) -> dict[str, str]:
    """Keep who is met; return where those live of whom it is known."""
    refs = sorted({dose.person for dose in doses})
    who = [identities[ref] for ref in refs if ref in identities]
    meet(conn, centre, who, centre.now())
    said = {dose.person: dose.unit for dose in doses if dose.unit}
    said |= {ref: one.unit for ref, one in identities.items() if one.unit and ref not in said}
    asked = [ref for ref in refs if ref not in said]
    found = find_persons(conn, asked) if asked else {}
    return said | {ref: person.unit for ref, person in found.items() if person.unit}


def _held(centre: Centre, batch: _Batch, i: int, ref: str, units: Mapping[str, str]) -> HeldDose:
    dose = batch.sound[i]
    day = local_day(dose.given_at, centre.city.zone)
    age = age_on(day, dose.born_on, dose.birth_year)
    return HeldDose(
        ref=ref,
        source=batch.source,
        id=dose.id,
        person=batch.heads[dose.person],
        product=dose.product,
        lot=dose.lot,
        number=dose.number,
        facility=dose.facility,
        given_at=dose.given_at,
        known_at=centre.now(),
        age_group=group_of(age, vaccines(centre).ages),
        unit=units.get(dose.person, UNKNOWN),
    )


def _plain(batch: _Batch, dose: Dose, head: str) -> HeldDose:
    return HeldDose(
        ref=f"new:{dose.id}",
        source=batch.source,
        id=dose.id,
        person=head,
        product=dose.product,
        lot=dose.lot,
        number=dose.number,
        facility=dose.facility,
        given_at=dose.given_at,
        known_at=dose.given_at,
        age_group=UNKNOWN,
        unit=UNKNOWN,
    )


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
    said = (dose.person, dose.product, dose.lot, dose.number, dose.facility)
    return intake.digest_of({"dose": said, "given_at": dose.given_at})
