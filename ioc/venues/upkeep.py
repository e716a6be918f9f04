"""Scans over time: days made ahead, finished when they are over, recounted, sealed, dropped."""

from collections import Counter
from datetime import date, timedelta
from functools import partial

from sqlalchemy import Connection

from ioc import tally
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.recounting import differences
from ioc.tally import Count
from ioc.venues import store
from ioc.venues.service import DAYS_AHEAD, OLDEST, make_days
from ioc.venues.tallies import IN, OUT, TURNED_AWAY, metrics_of

SCAN = "scan"
COUNTED = (IN, OUT, TURNED_AWAY)


def ensure_scan_days(centre: Centre) -> None:
    """Make the partitions of every day on which a scan may be taken, and a week ahead."""
    today = local_day(centre.now(), centre.city.zone)
    first = today - OLDEST - timedelta(days=1)
    span = (today + DAYS_AHEAD - first).days + 1
    make_days(centre, [first + timedelta(days=n) for n in range(span)])


def finish_scan_days(centre: Centre) -> list[date]:
    """Give the days that are over the indexes of tracing, one a transaction; return which.

    The day that is being written has none: each would cost every scan more than all the rest of it,
    and a look through one day takes less than a second (ADR 0024).
    """
    today = local_day(centre.now(), centre.city.zone)
    days = [day for day in transact(centre.engine, store.days_unfinished) if day < today]
    for day in days:
        transact(centre.engine, partial(store.finish_day, day=day))
    return days


def drop_scans(centre: Centre, before: date) -> int:
    """Seal and drop the days before a day, each in one transaction; return how many."""
    days = [day for day in transact(centre.engine, store.days_held) if day < before]
    for day in days:
        transact(centre.engine, partial(_seal_and_drop, centre=centre, day=day))

    def rest(conn: Connection) -> None:
        store.drop_ids(conn, before)
        store.drop_occupancy(conn, before)

    transact(centre.engine, rest)
    return len(days)


def recount(centre: Centre) -> list[str]:
    """Compare every tally of scans with the scans held and with seals; return the differences."""

    def held(conn: Connection) -> Count:
        days = (_held(conn, centre, day) for day in store.days_held(conn))
        return sum(days, start=Counter())

    return differences(centre, [SCAN], COUNTED, held)


def _seal_and_drop(conn: Connection, centre: Centre, day: date) -> None:
    tally.seal(conn, SCAN, _held(conn, centre, day), centre.now())
    store.drop_day(conn, day)


def _held(conn: Connection, centre: Centre, day: date) -> Count:
    counts: Count = Counter()
    for row in store.counts_held(conn, *day_bounds(day, centre.city.zone)):
        for metric in metrics_of(is_in=row.is_in, admit=row.admit):
            counts[day, metric, row.point] += row.n
    return counts
