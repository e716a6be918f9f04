"""Samples over time: recounted against the tallies, sealed when they are deleted."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection

from ioc import tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.health.store import drop_empty, hold_everybody
from ioc.recounting import differences
from ioc.samples import store
from ioc.samples.model import CaseState, Finding
from ioc.samples.rules import CASE, RESULT, TEST, UNCOUNTED, metrics_of
from ioc.samples.service import put_standings
from ioc.tally import Count

SEAL = "test"
COUNTED = (TEST, RESULT, CASE)


def drop_samples(centre: Centre, taken_before: datetime) -> int:
    """Seal and delete samples taken before an instant, with their cases; return how many went."""

    def work(conn: Connection) -> int:
        hold_everybody(conn)
        tally.seal(conn, SEAL, held_counts(conn, centre, taken_before), centre.now())
        persons = store.drop(conn, taken_before)
        gone = sorted(set(persons))
        put_standings(conn, centre, gone)
        drop_empty(conn, gone)
        return len(persons)

    return transact(centre.engine, work)


def recount_samples(centre: Centre) -> list[str]:
    """Compare the tallies of samples and cases with those held and seals; return differences."""
    return differences(centre, [SEAL], COUNTED, lambda conn: held_counts(conn, centre, None))


def held_counts(conn: Connection, centre: Centre, before: datetime | None) -> Count:
    """Return what samples and cases count towards by day, metric, place; only those before."""
    counts: Count = Counter()
    for row in store.counts_held(conn, centre.city.zone.key, before):
        finding = None if row.result is None else Finding(row.result)
        for metric in metrics_of(row.kind, finding):
            counts[row.day, metric, row.facility] += row.n
    for row in store.cases_held(conn, centre.city.zone.key, before):
        if CaseState(row.state) not in UNCOUNTED:
            counts[row.day, CASE, row.facility] += row.n
    return counts
