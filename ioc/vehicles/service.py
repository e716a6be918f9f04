"""The use cases of vehicle control: keep and judge reads, grant and revoke permits."""

import tomllib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ioc import audit, intake, tally
from ioc.alerts.model import Cause, Desk, Priority
from ioc.alerts.service import raise_alerts
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import sqlstate, transact
from ioc.errors import ConfigFault, Conflict, InvalidInput, NotFound
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.vehicles import store
from ioc.vehicles.model import Permit, PlateRead, Sighting, Spot, Verdict
from ioc.vehicles.rules import Rulebook, judge, parse_rulebook
from ioc.vehicles.tallies import counts_of, enters

OLDEST = timedelta(days=45)
AHEAD = timedelta(minutes=5)
DAYS_AHEAD = timedelta(days=7)
MOST = 1_000
GRANTED = "permit.granted"


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
    book = rulebook(centre)

    def work(conn: Connection) -> list[ReadResult]:
        return _record(conn, centre, source, reads, book)

    try:
        results = transact(centre.engine, work)
    except DBAPIError as fault:
        if sqlstate(fault) != store.NO_PARTITION:
            raise
        # The timekeeper makes days ahead; without it a read is still never lost.
        make_days(centre, {local_day(read.seen_at, centre.city.zone) for read in reads})
        results = transact(centre.engine, work)
    if any(result.receipt.status is IntakeStatus.RECORDED for result in results):
        raised = any(result.alert is not None for result in results)
        centre.live.announce(Topic.SIGHTINGS, *([Topic.ALERTS] if raised else []))
    return results


def make_days(centre: Centre, days: Iterable[date]) -> None:
    """Make the partitions of these days of the city that are not there yet and may be."""
    today = local_day(centre.now(), centre.city.zone)
    first, last = today - OLDEST - timedelta(days=1), today + DAYS_AHEAD

    def work(conn: Connection) -> None:
        held = set(store.days_held(conn))
        for day in sorted(set(days) - held):
            if first <= day <= last:
                store.create_day(conn, day, *day_bounds(day, centre.city.zone))

    transact(centre.engine, work)


def grant_permits(centre: Centre, source: str, permits: Sequence[Permit]) -> list[Receipt]:
    """Keep permits granted by `source` in one transaction; one receipt each, in order."""
    now = centre.now()

    def work(conn: Connection) -> list[Receipt]:
        entries = [
            Entry(permit.id, intake.digest_of(asdict(permit)), uuid.uuid4().hex)
            for permit in permits
        ]
        receipts = intake.enter_ids(conn, source, "permit", entries, now)
        new = [
            replace(permit, ref=str(receipt.ref), version=1)
            for permit, receipt in zip(permits, receipts, strict=True)
            if receipt.status is IntakeStatus.RECORDED
        ]
        store.add_permits(conn, source, new, now)
        tally.add(conn, {(GRANTED, source, now): len(new)})
        return receipts

    receipts = transact(centre.engine, work)
    centre.live.announce(Topic.PERMITS)
    return receipts


def revoke_permit(centre: Centre, ref: str, actor: str, at: datetime | None = None) -> Permit:
    """End a permit early, as a new version of it; return that version.

    Raises:
        NotFound: there is no such permit.
        Conflict: it is revoked already.
    """
    now = centre.now()

    def work(conn: Connection) -> Permit:
        old = store.find_permit(conn, ref, lock=True)
        if old is None:
            raise NotFound("permit", ref)
        if old.revoked_at is not None:
            raise Conflict(f"permit: {ref} is revoked already")
        new = replace(old, version=old.version + 1, revoked_at=at or now)
        source = store.supersede(conn, old, now)
        store.add_permits(conn, source, [new], now)
        audit.record(conn, actor, "permit_revoked", f"permit:{ref}", None, {})
        return new

    permit = transact(centre.engine, work)
    centre.live.announce(Topic.PERMITS)
    return permit


def permits_of(centre: Centre, plate: str) -> list[Permit]:
    """Return the permits now known of exactly this plate."""
    return transact(centre.engine, lambda conn: store.permits_of(conn, [plate]).get(plate, []))


def find_permit(centre: Centre, ref: str) -> Permit:
    """Return the newest version of a permit.

    Raises:
        NotFound: there is no such permit.
    """
    permit = transact(centre.engine, lambda conn: store.find_permit(conn, ref))
    if permit is None:
        raise NotFound("permit", ref)
    return permit


def latest_sightings(
    centre: Centre, since: datetime | None = None, camera: str | None = None, limit: int = 200
) -> list[Sighting]:
    """Return sightings since an instant (an hour ago when None), newest first."""
    start = since or centre.now() - timedelta(hours=1)
    return transact(centre.engine, lambda conn: store.latest(conn, start, camera, min(limit, MOST)))


def newest_sighting_at(centre: Centre, since: datetime) -> datetime | None:
    """Return when the newest sighting seen since an instant became known, None for none."""
    return transact(centre.engine, lambda conn: store.newest_known_at(conn, since))


def trail(centre: Centre, plate: str, since: datetime, limit: int = 100) -> list[Sighting]:
    """Return where a plate was seen since an instant, newest first."""
    return transact(centre.engine, lambda conn: store.trail(conn, plate, since, min(limit, MOST)))


def find_sighting(centre: Centre, ref: str, seen_at: datetime) -> Sighting:
    """Return one sighting, given when it was seen.

    Raises:
        NotFound: there is none of this ref at that time.
    """
    found = transact(centre.engine, lambda conn: store.sightings_by_ref(conn, {ref: seen_at}))
    if ref not in found:
        raise NotFound("sighting", ref)
    return found[ref]


def find_sightings(centre: Centre, seen_at: Mapping[str, datetime]) -> dict[str, Sighting]:
    """Return those of the sightings that exist, by ref; `seen_at` says when each was seen."""
    return transact(centre.engine, lambda conn: store.sightings_by_ref(conn, seen_at))


def rulebook(centre: Centre) -> Rulebook:
    """Return the city's rules, read once a process.

    Raises:
        ConfigFault: rules.toml is wrong.
    """
    file = centre.settings.city_dir / "rules.toml"
    return _load_rulebook(file, centre.city.limits.sure_confidence)


@cache
def _load_rulebook(file: Path, sure: float) -> Rulebook:
    try:
        return parse_rulebook(tomllib.loads(file.read_text(encoding="utf-8")), sure)
    except (OSError, ValueError, KeyError, InvalidInput) as fault:
        raise ConfigFault(file, 0, str(fault)) from fault


def _record(
    conn: Connection, centre: Centre, source: str, reads: Sequence[PlateRead], book: Rulebook
) -> list[ReadResult]:
    now = centre.now()
    faults = {index: why for index, read in enumerate(reads) if (why := _fault(centre, read, now))}
    good = [read for index, read in enumerate(reads) if index not in faults]
    entries = [Entry(read.id, intake.digest_of(asdict(read)), uuid.uuid4().hex) for read in good]
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
    tally.add(conn, counts_of(list(kept.values())))
    return results


def _judge_and_keep(
    conn: Connection,
    centre: Centre,
    source: str,
    recorded: Sequence[tuple[PlateRead, Receipt]],
    book: Rulebook,
) -> dict[str, Sighting]:
    now = centre.now()
    permits = store.permits_of(conn, [read.plate for read, _ in recorded])
    sightings = []
    for read, receipt in recorded:
        day = local_day(read.seen_at, centre.city.zone)
        spot = _spot(centre, read)
        verdict = judge(read, permits.get(read.plate, ()), spot, book, day)
        is_entry = enters(spot, read.direction, verdict.outcome)
        ref = str(receipt.ref)
        sightings.append(Sighting(ref, source, read, verdict, now, is_entry=is_entry))
    raising = [sighting for sighting in sightings if sighting.verdict.desk is not None]
    alerts = raise_alerts(conn, centre, [_cause(sighting) for sighting in raising])
    joined = dict(zip((sighting.ref for sighting in raising), alerts, strict=True))
    kept = [replace(sighting, alert=joined.get(sighting.ref)) for sighting in sightings]
    store.add_sightings(conn, kept)
    return {sighting.ref: sighting for sighting in kept}


def _cause(sighting: Sighting) -> Cause:
    read, verdict = sighting.read, sighting.verdict
    return Cause(
        desk=Desk(str(verdict.desk)),
        priority=Priority(str(verdict.priority)),
        plate=read.plate,
        reason=verdict.reason.value,
        rule=verdict.rule,
        camera=read.camera,
        sighting=sighting.ref,
        seen_at=read.seen_at,
        permit=verdict.permit,
        plate_picture=read.plate_picture,
        frame_picture=read.frame_picture,
    )


def _spot(centre: Centre, read: PlateRead) -> Spot:
    camera = centre.city.camera(read.camera)
    return Spot(camera.id, camera.road_class, camera.direction, camera.road, camera.site)


def _fault(centre: Centre, read: PlateRead, now: datetime) -> str | None:
    if read.camera not in centre.city.cameras:
        return f"camera: no camera {read.camera!r}"
    if read.seen_at > now + AHEAD:
        return f"seen_at: lies ahead of now by more than {AHEAD}"
    if read.seen_at < now - OLDEST:
        return f"seen_at: is older than {OLDEST.days} days"
    return None
