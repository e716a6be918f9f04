"""Reads are judged and kept: sightings, their alerts and their counts, in one transaction."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ioc import intake, tally
from ioc.alerts.model import Cause, Desk, Priority
from ioc.alerts.service import raise_alerts
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import sqlstate, transact
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.people.arrivals import note_crossings
from ioc.people.model import Crossing
from ioc.vehicles import store
from ioc.vehicles.doubt import Known
from ioc.vehicles.facts import Found, look_up, look_up_named, look_up_reads, name
from ioc.vehicles.model import PlateRead, Sighting, Verdict
from ioc.vehicles.neighbours import Fresh
from ioc.vehicles.overdue import Judged, follow_reds
from ioc.vehicles.plate import UNREAD
from ioc.vehicles.rulebook import Rulebook
from ioc.vehicles.rules import judge
from ioc.vehicles.service import OLDEST, make_days, rulebook, spot_of
from ioc.vehicles.tallies import counts_of, enters
from ioc.vehicles.weighing import LookUp, keep_doubts, weigh_all

AHEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class ReadResult:
    """The answer to one read; a repeated one gets its first verdict and alert."""

    receipt: Receipt
    verdict: Verdict | None = None
    alert: str | None = None


def record_read(centre: Centre, source: str, read: PlateRead) -> ReadResult:
    """Judge `read`, keep it, raise an alert where a rule says so: all of it, or nothing."""
    return record_reads(centre, source, [read])[0]


def record_reads(centre: Centre, source: str, reads: Sequence[PlateRead]) -> list[ReadResult]:
    """Record a batch in one transaction; the results stand in the order of `reads`.

    Reads out of time or of an unknown camera are refused one by one; the others go in.
    """
    return record_sources(centre, {source: reads})[source]


def record_sources(
    centre: Centre, reads: Mapping[str, Sequence[PlateRead]]
) -> dict[str, list[ReadResult]]:
    """Record batches of several sources in one transaction: all of it happens, or nothing.

    Args:
        centre: where they are kept.
        reads: by the name of their source.

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
    told = [result for batch in results.values() for result in batch]
    if any(result.receipt.status is IntakeStatus.RECORDED for result in told):
        raised = any(result.alert is not None for result in told)
        # Those who arrive with a vehicle come with its read: one hint more costs nothing.
        centre.live.announce(
            Topic.SIGHTINGS, Topic.DECLARATIONS, *([Topic.ALERTS] if raised else [])
        )
    return results


def _record(
    conn: Connection, centre: Centre, reads: Mapping[str, Sequence[PlateRead]], book: Rulebook
) -> dict[str, list[ReadResult]]:
    results: dict[str, list[ReadResult]] = {}
    counts: Counter[tuple[str, str, datetime]] = Counter()
    crossings: list[Crossing] = []
    for source in sorted(reads):  # in one order, so that two writers never wait crosswise
        results[source], judged = _record_batch(conn, centre, source, reads[source], book)
        counts.update(counts_of([one.sighting for one in judged]))
        crossings += [_crossing(one) for one in judged if _is_sure_entry(one, book.sure)]
    counts.update(note_crossings(conn, centre, crossings))
    tally.add(conn, counts)
    return results


def _record_batch(
    conn: Connection, centre: Centre, source: str, reads: Sequence[PlateRead], book: Rulebook
) -> tuple[list[ReadResult], list[Judged]]:
    now = centre.now()
    faults = {index: why for index, read in enumerate(reads) if (why := _fault(centre, read, now))}
    good = [read for index, read in enumerate(reads) if index not in faults]
    entries = [Entry(read.id, intake.digest_of(_content(read)), uuid.uuid4().hex) for read in good]
    receipts = intake.enter_ids(conn, source, "read", entries, now)
    recorded = [
        (read, receipt)
        for read, receipt in zip(good, receipts, strict=True)
        if receipt.status is IntakeStatus.RECORDED
    ]
    judged = _judge_and_keep(conn, centre, source, recorded, book)
    kept = {one.sighting.ref: one.sighting for one in judged}
    # A repeat may stand in the same batch as its first, so both are looked up after the insert.
    repeats = {
        str(receipt.ref): read.seen_at
        for read, receipt in zip(good, receipts, strict=True)
        if receipt.status is IntakeStatus.REPEATED
    }
    sightings = {**store.sightings_by_ref(conn, repeats), **kept}
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
    return results, judged


def _judge_and_keep(
    conn: Connection,
    centre: Centre,
    source: str,
    recorded: Sequence[tuple[PlateRead, Receipt]],
    book: Rulebook,
) -> list[Judged]:
    batch = [Fresh(read, str(receipt.ref)) for read, receipt in recorded]
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
        _sighting(centre, source, fresh, verdict)
        for fresh, (verdict, _) in zip(batch, settled, strict=True)
    ]
    raising = [sighting for sighting in sightings if sighting.verdict.desk is not None]
    alerts = raise_alerts(conn, centre, [cause_of(sighting) for sighting in raising])
    joined = dict(zip((sighting.ref for sighting in raising), alerts, strict=True))
    kept = [replace(sighting, alert=joined.get(sighting.ref)) for sighting in sightings]
    store.add_sightings(conn, kept)
    keep_doubts(conn, kept, [doubt for _, doubt in settled])
    judged = [Judged(sighting, found.facts_of(sighting.read)) for sighting in kept]
    follow_reds(conn, centre, judged, book)
    return judged


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

    def judge_one(read: PlateRead) -> Verdict:
        local = read.seen_at.astimezone(centre.city.zone)
        return judge(read, found.facts_of(read), spot_of(centre, read), book, local)

    return Known(found.names.permitted, found.names.watched, judge_one)


def _sighting(centre: Centre, source: str, fresh: Fresh, verdict: Verdict) -> Sighting:
    read = fresh.read
    is_entry = enters(spot_of(centre, read), read.direction, verdict.outcome)
    return Sighting(fresh.ref, source, read, verdict, centre.now(), is_entry=is_entry)


def _content(read: PlateRead) -> dict[str, Any]:
    """Return what makes two reads the same; what came later counts only where it is given."""
    # By hand: copying every character's dataclass took a sixth of a batch's time.
    content = dict(vars(read))
    content["characters"] = [vars(character) for character in read.characters]
    if read.not_read is None:
        del content["not_read"]
    return content


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


def cause_of(sighting: Sighting) -> Cause:
    """Return what is raised for a sighting whose verdict names a desk."""
    read, verdict = sighting.read, sighting.verdict
    return Cause(
        desk=Desk(str(verdict.desk)),
        priority=Priority(str(verdict.priority)),
        # Nobody knows which vehicle it was: one incident a camera, or a dirty lens floods the desk.
        plate=read.plate or f"{UNREAD}{read.camera}",
        reason=verdict.reason.value,
        rule=verdict.rule,
        camera=read.camera,
        sighting=sighting.ref,
        seen_at=read.seen_at,
        permit=verdict.permit,
        plate_picture=read.plate_picture,
        frame_picture=read.frame_picture,
    )


def _fault(centre: Centre, read: PlateRead, now: datetime) -> str | None:
    if read.camera not in centre.city.cameras:
        return f"camera: no camera {read.camera!r}"
    if read.seen_at > now + AHEAD:
        return f"seen_at: lies ahead of now by more than {AHEAD}"
    if read.seen_at < now - OLDEST:
        return f"seen_at: is older than {OLDEST.days} days"
    return None
