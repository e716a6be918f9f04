"""Doses over time: recounted against the tallies, sealed when they are deleted."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection

from ioc import tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.doses import store
from ioc.doses.rules import DOSE, FIRST, FULL, NEAR
from ioc.health.model import Standing
from ioc.health.store import drop_empty, hold_everybody, put_doses
from ioc.recounting import differences
from ioc.tally import Count

SEAL = "dose"
COUNTED = (DOSE, FIRST, FULL)


def drop_doses(centre: Centre, given_before: datetime) -> int:
    """Seal and delete the doses of persons whose last was given before; return how many went."""

    def work(conn: Connection) -> int:
        hold_everybody(conn)
        tally.seal(conn, SEAL, held_counts(conn, centre, given_before), centre.now())
        persons = store.drop(conn, given_before)
        gone = sorted(set(persons))
        put_doses(conn, [Standing(person) for person in gone])
        drop_empty(conn, gone)
        return len(persons)

    return transact(centre.engine, work)


def recount_doses(centre: Centre) -> list[str]:
    """Compare the tallies of doses with those held and the seals; return the differences."""
    return differences(centre, [SEAL], COUNTED, lambda conn: held_counts(conn, centre, None))


def held_counts(conn: Connection, centre: Centre, before: datetime | None) -> Count:
    """Return what doses held count towards by day, metric, place; only those given before."""
    counts: Count = Counter()
    for row in store.counts_held(conn, centre.city.zone.key, before):
        counts[row.day, DOSE, row.facility] += row.doses
        counts[row.day, NEAR, row.facility] += row.near
        counts[row.day, FIRST + row.age_group, row.unit] += row.first
        counts[row.day, FULL + row.age_group, row.unit] += row.full
    return +counts
