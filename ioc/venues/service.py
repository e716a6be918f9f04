"""The use cases of points and sites: open and shut, who is inside, who was where; the rules."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from ioc import audit, intake
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.document import parsed
from ioc.errors import NotFound
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.places import PlaceKind, Point
from ioc.venues import store
from ioc.venues.model import Occupancy, PointChange, Visit
from ioc.venues.rulebook import AdmissionBook, parse_book
from ioc.venues.rules import begin_of, counting_day, inside, is_active

FILE = "admission.toml"
OLDEST, AHEAD = timedelta(days=45), timedelta(minutes=5)
DAYS_AHEAD = timedelta(days=7)
MOST = 10_000


def admission_book(centre: Centre) -> AdmissionBook:
    """Return the city's rules of admission, read once a process.

    Raises:
        ConfigFault: admission.toml is wrong.
    """
    return load_admission_book(centre.settings.city_dir / FILE)


def change_points(centre: Centre, source: str, changes: Sequence[PointChange]) -> list[Receipt]:
    """Open and shut points in one transaction; one receipt each, in order."""
    now = centre.now()

    def work(conn: Connection) -> list[Receipt]:
        faults = {at: why for at, one in enumerate(changes) if (why := _fault(centre, one, now))}
        good = [one for at, one in enumerate(changes) if at not in faults]
        entries = [Entry(one.id, _digest(one), one.point) for one in good]
        receipts = intake.enter_ids(conn, source, "point", entries, now)
        new = [
            (one.point, one.is_active, one.since or now)
            for one, receipt in zip(good, receipts, strict=True)
            if receipt.status is IntakeStatus.RECORDED
        ]
        store.add_point_states(conn, source, new, now)
        for point, active, since in new:
            detail = {"active": active, "since": since}
            audit.record(conn, f"source:{source}", "point_changed", f"point:{point}", None, detail)
        told = iter(receipts)
        return [
            Receipt(one.id, IntakeStatus.REFUSED, why=faults[at]) if at in faults else next(told)
            for at, one in enumerate(changes)
        ]

    receipts = transact(centre.engine, work)
    centre.live.announce(Topic.SCANS)
    return receipts


def active_points(centre: Centre) -> frozenset[str]:
    """Return the ids of the points that exist today and are not shut."""
    now = centre.now()
    states = transact(centre.engine, store.point_states)
    points = centre.city.of_kind(PlaceKind.POINT, local_day(now, centre.city.zone))
    return frozenset(one.id for one in points if is_active(states.get(one.id, ()), now))


def occupancies(centre: Centre) -> list[Occupancy]:
    """Return how many are inside each site, by its id: all that have points of their own."""
    return transact(centre.engine, lambda conn: occupancies_in(conn, centre))


def occupancies_in(conn: Connection, centre: Centre) -> list[Occupancy]:
    """Return how many are inside each site, in the caller's transaction."""
    book, zone = admission_book(centre), centre.city.zone
    day = counting_day(centre.now(), zone, book.day_begins)
    before = day - timedelta(days=1)
    counts = store.occupancy_of(conn, [before, day])
    begins = begin_of(day, zone, book.day_begins)
    sites = {
        p.site for p in centre.city.of_kind(PlaceKind.POINT) if isinstance(p, Point) and p.site
    }
    found = []
    for site in sorted(sites):
        ins, outs, last = counts.get((site, day), (0, 0, None))
        old_ins, old_outs, _ = counts.get((site, before), (0, 0, None))
        left = old_ins - old_outs
        found.append(inside(site, (ins, outs), (begins, last), book.capacity.get(site), left))
    return found


def visits_of(
    centre: Centre, persons: Sequence[str], start: datetime, end: datetime, limit: int = MOST
) -> list[Visit]:
    """Return where persons were scanned in start <= t < end, oldest first; tracing audits it."""
    return transact(
        centre.engine, lambda conn: store.visits_of(conn, persons, start, end, min(limit, MOST))
    )


def visits_at(
    centre: Centre, point: str, start: datetime, end: datetime, limit: int = MOST
) -> list[Visit]:
    """Return who was scanned at a point in start <= t < end, oldest first; tracing audits it.

    Raises:
        NotFound: there is no such point.
    """
    require_point(centre, point)
    return transact(
        centre.engine, lambda conn: store.visits_at(conn, point, start, end, min(limit, MOST))
    )


def require_point(centre: Centre, name: str) -> Point:
    """Return a point.

    Raises:
        NotFound: the city has none of this id.
    """
    place = centre.city.places.get(name)
    if not isinstance(place, Point):
        raise NotFound("point", name)
    return place


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


def _fault(centre: Centre, change: PointChange, now: datetime) -> str | None:
    place = centre.city.places.get(change.point)
    if not isinstance(place, Point):
        return f"point: there is no point {change.point!r}"
    if change.since is not None and change.since > now + timedelta(days=365):
        return "since: lies ahead of now by more than a year"
    return None


def _digest(change: PointChange) -> bytes:
    said: Mapping[str, object] = {
        "point": change.point,
        "active": change.is_active,
        **({} if change.since is None else {"since": change.since}),
    }
    return intake.digest_of(said)


@cache
def load_admission_book(file: Path) -> AdmissionBook:
    """Return the rules of a file, read once a process.

    Raises:
        ConfigFault: the file is wrong.
    """
    return parsed(file, parse_book)
