"""Samples and results are taken in: each tube once, each result once, in one transaction."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput
from ioc.health.store import hold_persons, hold_tubes
from ioc.intake import Entry, IntakeStatus, Receipt, digest_of, enter_held
from ioc.live import Topic
from ioc.persons.model import Identity
from ioc.persons.service import circles_of, meet_at_home
from ioc.places import Facility
from ioc.samples import store
from ioc.samples.model import HeldSample, Sample, SampleBook
from ioc.samples.rules import require_result, require_sound, require_tube, with_outcome
from ioc.samples.service import Change, settle, test_kinds

AHEAD = timedelta(minutes=5)
UNKNOWN = "unknown"


@dataclass(frozen=True)
class SampleResult:
    """The answer to one sample: how it stands now, None where it was refused."""

    receipt: Receipt
    sample: HeldSample | None = None


@dataclass
class _Batch:
    """What is known while a batch is recorded: sound samples by index, those in the same tubes."""

    source: str
    sound: dict[int, Sample]
    faults: dict[int, str]
    heads: Mapping[str, str]
    held: Sequence[HeldSample]


def record_samples(
    centre: Centre,
    source: str,
    samples: Sequence[Sample],
    identities: Mapping[str, Identity] | None = None,
) -> list[SampleResult]:
    """Record samples of `source` in one transaction; results in the order of `samples`.

    `identities` says who the persons are, by reference. A sample that comes again with its result
    is the same sample: the result is recorded. A tube used for somebody else is refused by name.
    """
    known = identities or {}

    def work(conn: Connection) -> list[SampleResult]:
        return record_in(conn, centre, source, samples, known)

    results = transact(centre.engine, work)
    if any(result.receipt.status is IntakeStatus.RECORDED for result in results):
        centre.live.announce(Topic.HEALTH)
    return results


def record_in(
    conn: Connection,
    centre: Centre,
    source: str,
    samples: Sequence[Sample],
    identities: Mapping[str, Identity],
) -> list[SampleResult]:
    """Record samples in the caller's transaction, which is told of after its commit by him."""
    batch = _sound(conn, centre, source, samples)
    entries = _placed(batch, samples, test_kinds(centre))
    held = {one.ref for one in batch.held}
    receipts = enter_held(conn, (source, "test"), entries, held, centre.now())
    fresh = [i for i, receipt in receipts.items() if receipt.status is IntakeStatus.RECORDED]
    met = [(batch.sound[i].person, batch.sound[i].unit) for i in fresh]
    units = meet_at_home(conn, centre, met, identities)
    changes: dict[str, Change] = {}
    for i in fresh:
        kept = _held(centre, batch, i, str(receipts[i].ref), units)
        changes[kept.ref] = Change(None, kept)
    known = {one.ref: one for one in batch.held}
    for i, receipt in receipts.items():
        if receipt.status is IntakeStatus.REPEATED:
            receipts[i] = _resulted(centre, batch.sound[i], receipt, changes, known)
    settle(conn, centre, list(changes.values()), f"source:{source}")
    shown = {**known, **{ref: change.after for ref, change in changes.items()}}
    results = []
    for i, sample in enumerate(samples):
        fault = batch.faults.get(i)
        receipt = Receipt(sample.id, IntakeStatus.REFUSED, why=fault) if fault else receipts[i]
        results.append(SampleResult(receipt, shown.get(receipt.ref or "")))
    return results


def _sound(conn: Connection, centre: Centre, source: str, samples: Sequence[Sample]) -> _Batch:
    """Return the batch with persons and tubes held, and what is wrong whoever they are."""
    book, now = test_kinds(centre), centre.now()
    oldest = now - centre.city.limits.retention["tests"]
    sound: dict[int, Sample] = {}
    faults: dict[int, str] = {}
    for i, sample in enumerate(samples):
        try:
            _require_here(centre, sample, (oldest, now))
            sound[i] = require_sound(sample, book)
        except InvalidInput as fault:
            faults[i] = str(fault)
    persons = sorted({sample.person for sample in sound.values()})
    circles = circles_of(conn, persons)
    hold_persons(conn, sorted({ref for _, members in circles.values() for ref in members}))
    heads = {ref: head for head, members in circles.values() for ref in members}
    tubes = sorted({sample.tube for sample in sound.values()})
    hold_tubes(conn, tubes)
    held: list[HeldSample] = []
    if tubes:
        span = store.window([sample.taken_at for sample in sound.values()], book.tube)
        held = store.of_tubes(conn, tubes, span)
    return _Batch(source, sound, faults, heads, held)


def _placed(batch: _Batch, samples: Sequence[Sample], book: SampleBook) -> dict[int, Entry]:
    """Return the entries of samples whose tube is theirs; the others' faults are noted."""
    own = {one.id: one for one in batch.held if one.source == batch.source}
    tubes: dict[str, list[HeldSample]] = {}
    for one in batch.held:
        tubes.setdefault(one.tube, []).append(one)
    seen: dict[str, Entry] = {}
    entries: dict[int, Entry] = {}
    for i, sample in batch.sound.items():
        digest = _digest(samples[i])
        if sample.id in own or sample.id in seen:
            ref = own[sample.id].ref if sample.id in own else seen[sample.id].ref
            entries[i] = Entry(sample.id, digest, ref)
            continue
        head = batch.heads[sample.person]
        others = [
            replace(one, person=batch.heads.get(one.person, one.person))
            for one in tubes.get(sample.tube, ())
        ]
        try:
            require_tube(replace(sample, person=head), others, book)
        except InvalidInput as fault:
            batch.faults[i] = str(fault)
            continue
        entries[i] = seen[sample.id] = Entry(sample.id, digest, uuid.uuid4().hex)
        kept = _kept(batch.source, sample, entries[i].ref, sample.taken_at, UNKNOWN)
        tubes.setdefault(sample.tube, []).append(kept)
    return entries


def _resulted(
    centre: Centre,
    sample: Sample,
    receipt: Receipt,
    changes: dict[str, Change],
    known: Mapping[str, HeldSample],
) -> Receipt:
    """Note the result that a sample came again with; return what became of the item."""
    ref = str(receipt.ref)
    change = changes.get(ref)
    held = change.after if change is not None else known.get(ref)
    if sample.outcome is None or held is None:
        return receipt
    try:
        is_news = require_result(held, sample.outcome, None)
    except InvalidInput as fault:
        return Receipt(sample.id, IntakeStatus.REFUSED, why=str(fault))
    if not is_news:
        return receipt
    before = change.before if change is not None else held
    changes[ref] = Change(before, with_outcome(held, sample.outcome, centre.now()))
    return replace(receipt, status=IntakeStatus.RECORDED)


def _held(centre: Centre, batch: _Batch, i: int, ref: str, units: Mapping[str, str]) -> HeldSample:
    sample = batch.sound[i]
    unit = units.get(sample.person, UNKNOWN)
    kept = _kept(batch.source, sample, ref, centre.now(), unit)
    return kept if sample.outcome is None else with_outcome(kept, sample.outcome, centre.now())


def _kept(source: str, sample: Sample, ref: str, known_at: datetime, unit: str) -> HeldSample:
    return HeldSample(
        ref=ref,
        source=source,
        id=sample.id,
        person=sample.person,
        kind=sample.kind,
        tube=sample.tube,
        facility=sample.facility,
        taken_at=sample.taken_at,
        known_at=known_at,
        unit=unit,
    )


def _require_here(centre: Centre, sample: Sample, span: tuple[datetime, datetime]) -> None:
    if not isinstance(centre.city.places.get(sample.facility), Facility):
        raise InvalidInput("facility", f"there is no facility {sample.facility!r}")
    if sample.unit is not None and sample.unit not in centre.city.units:
        raise InvalidInput("unit", f"there is no unit {sample.unit!r}")
    ends: Iterable[datetime | None] = (
        sample.taken_at,
        None if sample.outcome is None else sample.outcome.resulted_at,
    )
    for field, at in zip(("taken_at", "resulted_at"), ends, strict=True):
        if at is not None and at > span[1] + AHEAD:
            raise InvalidInput(field, f"lies ahead of now by more than {AHEAD}")
    if sample.taken_at < span[0]:
        raise InvalidInput("taken_at", "is older than tests are kept")


def _digest(sample: Sample) -> bytes:
    """Return the digest of a sample without its result: that may come later."""
    said = (sample.person, sample.kind, sample.tube, sample.facility)
    return digest_of({"test": said, "taken_at": sample.taken_at})
