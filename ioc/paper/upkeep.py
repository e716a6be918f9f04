"""Paper totals over time: recounted against the tallies, sealed when they are deleted."""

from collections import Counter
from datetime import date

from sqlalchemy import Connection

from ioc import amendments, tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.paper import store
from ioc.paper.service import PAPER
from ioc.recounting import differences
from ioc.tally import Count

SEAL = "paper_total"


def drop_totals(centre: Centre, before: date) -> int:
    """Seal and delete the paper totals and amendments of days before; return how many went."""

    def work(conn: Connection) -> int:
        tally.seal(conn, SEAL, held_counts(conn, before), centre.now())
        return store.drop(conn, before) + amendments.drop(conn, before)

    return transact(centre.engine, work)


def recount_totals(centre: Centre) -> list[str]:
    """Compare the tallies of paper totals with those in force and the seals; return differences."""
    return differences(centre, [SEAL], [PAPER], lambda conn: held_counts(conn, None))


def held_counts(conn: Connection, before: date | None) -> Count:
    """Return the totals in force by day, metric, place; only of days before."""
    counts: Count = Counter()
    for day, kind, facility, n in store.counts_held(conn, before):
        counts[day, PAPER + kind, facility] += n
    return counts
