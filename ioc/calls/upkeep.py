"""Calls over time: counted anew, sealed and deleted on their day."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection

from ioc import tally
from ioc.calls import store
from ioc.calls.model import CallDirection
from ioc.calls.service import CALL, metrics_of
from ioc.centre import Centre
from ioc.db import transact
from ioc.recounting import differences
from ioc.tally import Count

COUNTED = ("call",)


def drop_calls(centre: Centre, before: datetime) -> int:
    """Seal and delete the calls before an instant; return how many."""

    def work(conn: Connection) -> int:
        tally.seal(conn, CALL, _held(conn, centre, before), centre.now())
        return store.drop(conn, before)

    return transact(centre.engine, work)


def recount(centre: Centre) -> list[str]:
    """Compare every tally of calls with the calls held and with seals; return the differences."""
    return differences(centre, [CALL], COUNTED, lambda conn: _held(conn, centre, None))


def _held(conn: Connection, centre: Centre, before: datetime | None) -> Count:
    counts: Count = Counter()
    for row in store.counts_held(conn, centre.city.zone.key, before):
        for metric in metrics_of(CallDirection(row.direction)):
            counts[row.day, metric, row.line] += row.n
    return counts
