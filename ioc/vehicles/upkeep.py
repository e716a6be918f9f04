"""Sightings over time: days made ahead, recounted, sealed when facts are dropped."""

from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from ioc import tally
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.permits.service import GRANTED
from ioc.permits.upkeep import PERMIT, granted
from ioc.recounting import differences
from ioc.tally import Count
from ioc.vehicles import readings, store
from ioc.vehicles.model import Outcome
from ioc.vehicles.service import DAYS_AHEAD, OLDEST, make_days
from ioc.vehicles.tallies import metrics_of

SIGHTING = "sighting"
COUNTED = ("read", "verdict.", "reason.", "entry.vehicle", GRANTED)


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


def drop_readings(centre: Centre, known_before: datetime) -> int:
    """Delete what two readers said of a vehicle, learnt before an instant; return how many."""
    return transact(centre.engine, lambda conn: readings.drop(conn, known_before))


def recount(centre: Centre) -> list[str]:
    """Compare every tally of vehicles with facts held and seals; return the differences."""

    def held(conn: Connection) -> Count:
        days = (_held(conn, centre, day) for day in store.days_held(conn))
        return sum(days, start=granted(conn, centre, None))

    def sums(conn: Connection) -> list[str]:
        return tally.unequal_sums(conn, centre.city.zone)

    found = differences(centre, [SIGHTING, PERMIT], COUNTED, held)
    return found + transact(centre.engine, sums)


def _seal_and_drop(conn: Connection, centre: Centre, day: date) -> None:
    tally.seal(conn, SIGHTING, _held(conn, centre, day), centre.now())
    store.drop_day(conn, day)


def _held(conn: Connection, centre: Centre, day: date) -> Count:
    counts: Count = Counter()
    for row in store.counts_held(conn, *day_bounds(day, centre.city.zone)):
        outcome = Outcome(row.outcome)
        metrics = metrics_of(outcome, row.reason, row.permit_class, is_entry=row.is_entry)
        counts.update({(day, metric, row.camera): row.n for metric in metrics})
    return counts
