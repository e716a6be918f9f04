"""Sightings and permits over time: days made ahead, recounted, sealed when facts are dropped."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, text

from ioc import tally
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.vehicles import store
from ioc.vehicles.model import Outcome
from ioc.vehicles.service import DAYS_AHEAD, GRANTED, OLDEST, make_days
from ioc.vehicles.tallies import metrics_of

SIGHTING, PERMIT = "sighting", "permit"
COUNTED = ("read", "verdict.", "reason.", "entry.vehicle", GRANTED)

# How often each (day, metric, place) was counted.
Count = Counter[tuple[date, str, str]]


def ensure_days(centre: Centre) -> None:
    """Make the partitions of every day on which a read may be taken, and a week ahead."""
    today = local_day(centre.now(), centre.city.zone)
    first = today - OLDEST - timedelta(days=1)
    span = (today + DAYS_AHEAD - first).days + 1
    make_days(centre, [first + timedelta(days=n) for n in range(span)])


def drop_days(centre: Centre, before: date) -> list[date]:
    """Seal and drop the days before `before`, each in one transaction; return which."""
    days = [day for day in transact(centre.engine, store.days_held) if day < before]
    for day in days:
        transact(centre.engine, partial(_seal_and_drop, centre=centre, day=day))
    return days


def drop_permits(centre: Centre, ended_before: datetime) -> int:
    """Seal and delete permits that ended before an instant; return how many rows went."""

    def work(conn: Connection) -> int:
        _seal(conn, PERMIT, _granted(conn, centre, ended_before), centre.now())
        return store.drop_permits(conn, ended_before)

    return transact(centre.engine, work)


def withdraw_others(centre: Centre, source: str, ids: Sequence[str]) -> int:
    """Withdraw the permits of `source` that its newest list does not name; return how many.

    Reads from now on are judged as if they had never been; their facts stay.
    """
    at = centre.now()
    return transact(centre.engine, lambda conn: store.supersede_others(conn, source, ids, at))


def recount(centre: Centre) -> list[str]:
    """Compare every tally of vehicles with facts held and seals; return the differences."""

    def work(conn: Connection) -> list[str]:
        conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        expected = _granted(conn, centre, None)
        for day in store.days_held(conn):
            expected += _held(conn, centre, day)
        for row in conn.execute(SEALED, {"kinds": [SIGHTING, PERMIT]}):
            expected[row.day, row.metric, row.place] += row.n
        found = tally.by_day(conn, centre.city.zone, COUNTED)
        keys: Iterable[tuple[date, str, str]] = sorted(expected.keys() | found.keys())
        differences = [
            f"{day} {metric} {place}: tally {found.get((day, metric, place), 0)},"
            f" facts {expected[day, metric, place]}"
            for day, metric, place in keys
            if found.get((day, metric, place), 0) != expected[day, metric, place]
        ]
        return differences + tally.unequal_sums(conn, centre.city.zone)

    return transact(centre.engine, work)


def _seal_and_drop(conn: Connection, centre: Centre, day: date) -> None:
    _seal(conn, SIGHTING, _held(conn, centre, day), centre.now())
    store.drop_day(conn, day)


def _seal(conn: Connection, kind: str, counts: Count, at: datetime) -> None:
    rows = [
        {"kind": kind, "day": day, "metric": metric, "place": place, "n": n, "at": at}
        for (day, metric, place), n in sorted(counts.items())
    ]
    if rows:
        conn.execute(SEAL, rows)


def _held(conn: Connection, centre: Centre, day: date) -> Count:
    counts: Count = Counter()
    for row in store.counts_held(conn, *day_bounds(day, centre.city.zone)):
        outcome = Outcome(row.outcome)
        metrics = metrics_of(outcome, row.reason, row.permit_class, is_entry=row.is_entry)
        counts.update({(day, metric, row.camera): row.n for metric in metrics})
    return counts


def _granted(conn: Connection, centre: Centre, ended_before: datetime | None) -> Count:
    rows = store.granted_by_day(conn, centre.city.zone.key, ended_before)
    return Counter({(row.day, GRANTED, row.source): row.n for row in rows})


SEAL = text("""
    INSERT INTO seal (kind, day, metric, place, n, sealed_at)
    VALUES (:kind, :day, :metric, :place, :n, :at)
    ON CONFLICT (kind, day, metric, place) DO UPDATE SET n = seal.n + excluded.n
""")
SEALED = text("SELECT day, metric, place, n FROM seal WHERE kind = ANY(:kinds)")
