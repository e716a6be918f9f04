"""The use cases of paper totals: take them in, hold them against the platform, name the silent."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from ioc import amendments, intake, sums, tally
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.paper import store
from ioc.paper.model import (
    Line,
    PaperKind,
    PaperTotal,
    PaperVersion,
    Reconciliation,
    Rhythm,
    Silence,
)
from ioc.paper.rules import rhythm_of
from ioc.paper.store import Kept
from ioc.places import Facility, FacilitySort, PlaceKind

PAPER = "paper."
# How far back the rhythm of a facility is told from.
LOOK_BACK = timedelta(days=42)
EARLIEST = date(2000, 1, 1)
SORTS: Mapping[PaperKind, FacilitySort] = {
    PaperKind.DOSE: FacilitySort.VACCINATION,
    PaperKind.TEST: FacilitySort.TESTING,
}
ORDER = (Rhythm.SILENT, Rhythm.NEVER, Rhythm.NEW, Rhythm.REPORTING)


def record_totals(centre: Centre, source: str, totals: Sequence[PaperTotal]) -> list[Receipt]:
    """Keep paper totals of `source` in one transaction; one receipt each, in order.

    A total of a day that has one already is its next version; the difference is counted.
    """
    now = centre.now()

    def work(conn: Connection) -> list[Receipt]:
        if not totals:
            return []
        keys = [(one.facility, one.day, one.kind.value) for one in totals]
        held = store.versions_for(conn, keys)
        own = {one.total.id: one for one in held if one.source == source}
        entries = [
            Entry(one.id, _digest(one), own[one.id].ref if one.id in own else uuid.uuid4().hex)
            for one in totals
        ]
        receipts = intake.enter_ids(conn, source, "paper_total", entries, now)
        fresh = [
            (one, str(receipt.ref))
            for one, receipt in zip(totals, receipts, strict=True)
            if receipt.status is IntakeStatus.RECORDED and one.id not in own
        ]
        _keep(conn, centre, source, fresh, held)
        return [
            Receipt(one.id, IntakeStatus.REPEATED, receipt.ref)
            if receipt.status is IntakeStatus.RECORDED and one.id in own
            else receipt
            for one, receipt in zip(totals, receipts, strict=True)
        ]

    receipts = transact(centre.engine, work)
    if any(receipt.status is IntakeStatus.RECORDED for receipt in receipts):
        centre.live.announce(Topic.HEALTH)
    return receipts


def reconcile(
    centre: Centre, kind: PaperKind, first: date | None = None, last: date | None = None
) -> Reconciliation:
    """Return platform against paper by facility: first <= day <= last, None for all days.

    The facility with the widest gap stands first. A sum to date says nothing of amendments: it has
    no day that was closed, and costs the same on whatever day.
    """
    start, end = first or EARLIEST, last or local_day(centre.now(), centre.city.zone)
    metrics = [kind.value, PAPER + kind.value]

    def work(
        conn: Connection,
    ) -> tuple[
        dict[tuple[str, str], int],
        Mapping[str, int],
        dict[tuple[str, date], amendments.Amendment],
    ]:
        if first is None and last is None:
            counts = sums.totals(conn, metrics)
            return counts, {place: 1 for metric, place in counts if metric == metrics[1]}, {}
        counts = sums.between(conn, metrics, start, end, centre.city.zone)
        reported = store.facilities_with(conn, kind.value, start, end)
        return counts, reported, amendments.between(conn, kind.value, start, end)

    counts, reported, changed = transact(centre.engine, work)
    names = sorted({place for _, place in counts} | set(reported))
    lines = [
        _line(
            name,
            counts.get((kind.value, name), 0),
            counts.get((PAPER + kind.value, name), 0) if name in reported else None,
            [one for (place, _), one in changed.items() if place == name],
        )
        for name in names
    ]
    paper = [line.paper for line in lines if line.paper is not None]
    total = _line(
        None,
        sum(line.platform for line in lines),
        sum(paper) if paper else None,
        list(changed.values()),
    )
    lines.sort(key=lambda line: (-abs(line.gap or 0), line.facility or ""))
    return Reconciliation(centre.now(), kind, first, last, total, tuple(lines))


def paper_versions(centre: Centre, facility: str, day: date, kind: PaperKind) -> list[PaperVersion]:
    """Return every version of one paper total, oldest first."""
    return transact(centre.engine, lambda c: store.history(c, facility, day, kind.value))


def silences(centre: Centre, kind: PaperKind) -> list[Silence]:
    """Return how every facility reports that does so: those that fell silent first."""
    today = local_day(centre.now(), centre.city.zone)
    days = transact(
        centre.engine, lambda conn: sums.days_present(conn, kind.value, today - LOOK_BACK)
    )
    known = {
        place.id
        for place in centre.city.of_kind(PlaceKind.FACILITY, today)
        if isinstance(place, Facility) and place.sort is SORTS[kind]
    }
    found = [
        rhythm_of(name, [day for day in days.get(name, ()) if day <= today], today)
        for name in sorted(known | set(days))
    ]
    return sorted(found, key=lambda one: (ORDER.index(one.rhythm), -(one.silent_days or 0)))


def _keep(
    conn: Connection,
    centre: Centre,
    source: str,
    fresh: Sequence[tuple[PaperTotal, str]],
    held: Sequence[Kept],
) -> None:
    newest: dict[tuple[str, date, str], Kept] = {}
    for one in held:
        newest[one.total.facility, one.total.day, one.total.kind.value] = one
    delta: Counter[tuple[str, str, datetime]] = Counter()
    kept = []
    for total, ref in fresh:
        key = (total.facility, total.day, total.kind.value)
        before = newest.get(key)
        version = 1 if before is None else before.version + 1
        newest[key] = Kept(total, version, source, ref, is_in_force=True)
        kept.append(newest[key])
        at, _ = day_bounds(total.day, centre.city.zone)
        change = total.n - (0 if before is None else before.total.n)
        delta[PAPER + total.kind.value, total.facility, at] += change
    store.add(conn, kept, centre.now())
    tally.add(conn, delta)


def _line(
    facility: str | None,
    platform: int,
    paper: int | None,
    changed: Sequence[amendments.Amendment],
) -> Line:
    merged = amendments.merged(changed)
    if merged is None:
        return Line(facility, platform, paper)
    return Line(facility, platform, paper, merged.n, merged.last_at)


def _digest(total: PaperTotal) -> bytes:
    return intake.digest_of(vars(total))
