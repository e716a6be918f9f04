"""Reads are judged and kept: sightings, their alerts and their counts, in one transaction."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ioc import intake, tally
from ioc.alerts.service import raise_alerts
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import sqlstate, transact
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.people.arrivals import note_crossings
from ioc.people.model import Crossing
from ioc.vehicles import store
from ioc.vehicles.acceptance import content_of, fault_of
from ioc.vehicles.causes import cause_of
from ioc.vehicles.doubt import Known
from ioc.vehicles.facts import Found, look_up, look_up_named, look_up_reads, name
from ioc.vehicles.joining import Joined, hold_cameras, is_told, keep_readings, pair, withdraw
from ioc.vehicles.model import PlateRead, Sighting, Spot, Verdict
from ioc.vehicles.neighbours import Fresh
from ioc.vehicles.overdue import Judged, follow_reds
from ioc.vehicles.readings import of_refs
from ioc.vehicles.rulebook import Rulebook
from ioc.vehicles.rules import judge
from ioc.vehicles.service import make_days, rulebook, spot_of
from ioc.vehicles.tallies import counts_of, enters
from ioc.vehicles.weighing import LookUp, keep_doubts, weigh_all


@dataclass(frozen=True)
class ReadResult:
    """The answer to one read; a repeated one gets its first verdict and alert."""

    receipt: Receipt
    verdict: Verdict | None = None
    alert: str | None = None


@dataclass(frozen=True)
class _Kept:
    """What was judged of a batch: sightings that are new, or changed by a second reading.

    `by_ref` tells by the ref of each reading what sighting it is part of; `before` are those that
    changed, as they were.
    """

    judged: Sequence[Judged]
    by_ref: Mapping[str, Sighting]
    before: Mapping[str, Sighting]


def record_read(centre: Centre, source: str, read: PlateRead) -> ReadResult:
    """Judge `read`, keep it, raise an alert where a rule says so: all of it, or nothing."""
    return record_reads(centre, source, [read])[0]


def record_reads(centre: Centre, source: str, reads: Sequence[PlateRead]) -> list[ReadResult]:
    """Record a batch in one transaction; the results stand in the order of `reads`.

    Reads out of time or of an unknown camera are refused one by one; the others go in.
    """
    results = record_sources(centre, {source: reads})
    announce(centre, results)
    return results[source]


def record_sources(
    centre: Centre, reads: Mapping[str, Sequence[PlateRead]]
) -> dict[str, list[ReadResult]]:
    """Record batches of several sources in one transaction: all of it happens, or nothing.

    Args:
        centre: where they are kept.
        reads: by the name of their source.

    Nobody is told yet: see `announce`.

    Returns:
        The results by source, each in the order of its reads.
    """
    book = rulebook(centre)

    def work(conn: Connection) -> dict[str, list[ReadResult]]:
        return _record(conn, centre, reads, book)

    try:
        results = transact(centre.engine, work)
    except DBAPIError as fault:
        if sqlstate(fault) != store.NO_PARTITION:
            raise
        # The timekeeper makes days ahead; without it a read is still never lost.
        instants = [read.seen_at for batch in reads.values() for read in batch]
        make_days(centre, {local_day(at, centre.city.zone) for at in instants})
        results = transact(centre.engine, work)
    return results


def announce(centre: Centre, results: Mapping[str, Sequence[ReadResult]]) -> None:
    """Tell the screens what has changed with reads that were kept; call it after the commit."""
    told = [result for batch in results.values() for result in batch]
    if any(result.receipt.status is IntakeStatus.RECORDED for result in told):
        raised = any(result.alert is not None for result in told)
        # Those who arrive with a vehicle come with its read: one hint more costs nothing.
        centre.live.announce(
            Topic.SIGHTINGS, Topic.DECLARATIONS, *([Topic.ALERTS] if raised else [])
        )


def _record(
    conn: Connection, centre: Centre, reads: Mapping[str, Sequence[PlateRead]], book: Rulebook
) -> dict[str, list[ReadResult]]:
    results: dict[str, list[ReadResult]] = {}
    counts: Counter[tuple[str, str, datetime]] = Counter()
    crossings: list[Crossing] = []
    hold_cameras(conn, centre, (read for batch in reads.values() for read in batch))
    for source in sorted(reads):  # in one order, so that two writers never wait crosswise
        results[source], kept = _record_batch(conn, centre, source, reads[source], book)
        counts.update(counts_of([one.sighting for one in kept.judged]))
        counts.subtract(counts_of(list(kept.before.values())))
        crossings += [_crossing(one) for one in kept.judged if _comes(one, kept, book.sure)]
    counts.update(note_crossings(conn, centre, crossings))
    tally.add(conn, counts)
    return results


def _record_batch(
    conn: Connection, centre: Centre, source: str, reads: Sequence[PlateRead], book: Rulebook
) -> tuple[list[ReadResult], _Kept]:
    now = centre.now()
    faults = {
        index: why for index, read in enumerate(reads) if (why := fault_of(centre, read, now))
    }
    good = [read for index, read in enumerate(reads) if index not in faults]
    entries = [
        Entry(read.id, intake.digest_of(content_of(read)), uuid.uuid4().hex) for read in good
    ]
    receipts = intake.enter_ids(conn, source, "read", entries, now)
    recorded = [
        (read, receipt)
        for read, receipt in zip(good, receipts, strict=True)
        if receipt.status is IntakeStatus.RECORDED
    ]
    kept = _judge_and_keep(conn, centre, source, recorded, book)
    # A repeat may stand in the same batch as its first, so both are looked up after the insert.
    repeats = {
        str(receipt.ref): read.seen_at
        for read, receipt in zip(good, receipts, strict=True)
        if receipt.status is IntakeStatus.REPEATED
    }
    sightings = {**_repeated(conn, repeats), **kept.by_ref}
    answers = iter(receipts)
    results = []
    for index, read in enumerate(reads):
        if index in faults:
            receipt = Receipt(read.id, IntakeStatus.REFUSED, why=faults[index])
        else:
            receipt = next(answers)
        sighting = sightings.get(receipt.ref or "")
        if sighting is None:
            results.append(ReadResult(receipt))
        else:
            results.append(ReadResult(receipt, sighting.verdict, sighting.alert))
    return results, kept


def _repeated(conn: Connection, repeats: Mapping[str, datetime]) -> dict[str, Sighting]:
    """Return by ref what became of reads that came before; `repeats` says when each was seen."""
    found = store.sightings_by_ref(conn, repeats)
    # A second reading has no sighting under its own ref, and a first one may have changed its time.
    part_of = of_refs(conn, [ref for ref in repeats if ref not in found])
    of_others = store.sightings_by_ref(conn, dict(part_of.values()))
    return found | {
        ref: of_others[sighting] for ref, (sighting, _) in part_of.items() if sighting in of_others
    }


def _judge_and_keep(
    conn: Connection,
    centre: Centre,
    source: str,
    recorded: Sequence[tuple[PlateRead, Receipt]],
    book: Rulebook,
) -> _Kept:
    arrivals = pair(conn, centre, recorded)
    changed = {one.before.ref: one for one in arrivals.joined if one.says != one.before.read}
    batch = [Fresh(read, str(receipt.ref)) for read, receipt in arrivals.alone]
    batch += [Fresh(one.says, ref) for ref, one in changed.items()]
    found = look_up_reads(conn, centre, batch)
    known = judged_by(centre, book, found)
    settled = weigh_all(
        centre,
        [(fresh.read, known.judge(fresh.read)) for fresh in batch],
        LookUp(
            lambda plates: found.names.with_more(name(conn, plates)),
            lambda names: judged_by(centre, book, found.with_more(look_up_named(conn, names))),
        ),
    )
    sightings = [
        _sighting(centre, source, fresh, verdict, changed.get(fresh.ref))
        for fresh, (verdict, _) in zip(batch, settled, strict=True)
    ]
    raising = [one for one in sightings if one.verdict.desk and not is_told(one, changed)]
    alerts = raise_alerts(conn, centre, [cause_of(sighting) for sighting in raising])
    joined = dict(zip((sighting.ref for sighting in raising), alerts, strict=True))
    raised = [replace(one, alert=joined.get(one.ref)) for one in sightings]
    kept = [replace(one, alert=one.alert or joined.get(one.ref)) for one in sightings]
    store.add_sightings(conn, [one for one in kept if one.ref not in changed])
    keep_doubts(conn, raised, [doubt for _, doubt in settled])
    withdraw(conn, centre, [(changed[one.ref], one) for one in raised if one.ref in changed])
    judged = [Judged(sighting, found.facts_of(sighting.read)) for sighting in kept]
    follow_reds(conn, centre, judged, book)
    by_ref = {one.ref: one for one in kept if one.ref not in changed}
    after = {one.ref: one for one in kept}
    by_ref |= {one.ref: after.get(one.before.ref, one.before) for one in arrivals.joined}
    reads = {str(receipt.ref): read for read, receipt in recorded}
    keep_readings(conn, centre, source, reads, by_ref)
    store.change_sightings(conn, [one for one in kept if one.ref in changed])
    return _Kept(judged, by_ref, {ref: one.before for ref, one in changed.items()})


def _comes(one: Judged, kept: _Kept, sure: float) -> bool:
    """Tell whether the people of a vehicle are known to have come, and were not before."""
    before = kept.before.get(one.sighting.ref)
    was_known = before is not None and before.is_entry and before.read.confidence >= sure
    is_same = before is not None and before.read.plate == one.sighting.read.plate
    return _is_sure_entry(one, sure) and not (was_known and is_same)


def _is_sure_entry(one: Judged, sure: float) -> bool:
    """Tell whether the people of a vehicle are known to have come: its plate was read for sure."""
    return one.sighting.is_entry and one.sighting.read.confidence >= sure


def _crossing(one: Judged) -> Crossing:
    """Return a vehicle that entered, with the declarations that its permits name."""
    read, at = one.sighting.read, one.sighting.read.seen_at
    people = {ref for permit in one.facts.permits if permit.speaks_at(at) for ref in permit.people}
    return Crossing(read.plate, at, read.camera, tuple(sorted(people)))


def judged_by(centre: Centre, book: Rulebook, found: Found) -> Known:
    """Return what was found of some plates, and how a read of one of them is judged."""
    # A doubt has some twenty plates judged at one place and time.
    stood: dict[tuple[str, datetime], tuple[Spot, datetime]] = {}

    def judge_one(read: PlateRead) -> Verdict:
        at = (read.camera, read.seen_at)
        if at not in stood:
            stood[at] = spot_of(centre, read), read.seen_at.astimezone(centre.city.zone)
        return judge(read, found.facts_of(read), stood[at][0], book, stood[at][1])

    return Known(found.names.permitted, found.names.watched, judge_one)


def _sighting(
    centre: Centre, source: str, fresh: Fresh, verdict: Verdict, joined: Joined | None
) -> Sighting:
    read = fresh.read
    is_entry = enters(spot_of(centre, read), read.direction, verdict.outcome)
    if joined is not None:
        return replace(joined.before, read=read, verdict=verdict, is_entry=is_entry)
    return Sighting(fresh.ref, source, read, verdict, centre.now(), is_entry=is_entry)


def judge_anew(conn: Connection, centre: Centre, sighting: Sighting, plate: str) -> Sighting:
    """Return a sighting as it would be had its plate been read as `plate`, for sure."""
    read = replace(sighting.read, plate=plate, confidence=1.0, characters=(), not_read=None)
    found = look_up_reads(conn, centre, [Fresh(read, sighting.ref)])
    known = judged_by(centre, rulebook(centre), found)
    return replace(sighting, read=read, verdict=known.judge(read), alert=None)


def follow_anew(conn: Connection, centre: Centre, anew: Sighting) -> None:
    """Let what a person read begin or end the journey of a red vehicle, and its people arrive."""
    spot = spot_of(centre, anew.read)
    is_entry = enters(spot, anew.read.direction, anew.verdict.outcome)
    facts = look_up(conn, [anew.read.plate]).facts_of(anew.read)
    judged = Judged(replace(anew, is_entry=is_entry), facts)
    follow_reds(conn, centre, [judged], rulebook(centre))
    if is_entry:
        tally.add(conn, note_crossings(conn, centre, [_crossing(judged)]))
