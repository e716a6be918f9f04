"""What is kept of people who come, over time: counted anew, sealed and deleted on its day."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row

from ioc import tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.people import entering, stays, store
from ioc.people.lodgings import GUEST
from ioc.people.model import DeclarationState, DeclarationStep
from ioc.people.rules import COUNTED, ENTRY, PEOPLE, TAKEN_BACK
from ioc.recounting import differences
from ioc.tally import Count

SEALS = {"passage": ENTRY, "declaration": "declaration.", "lodging": GUEST}
METRICS = (ENTRY, "declaration.", GUEST)


def recount(centre: Centre) -> list[str]:
    """Compare every tally of people with facts held and seals; return the differences."""
    return differences(centre, list(SEALS), METRICS, lambda conn: _held(conn, centre, None))


def drop_people(centre: Centre, passed: datetime, declared: datetime, stayed: datetime) -> int:
    """Seal and delete what is past its days; return how many facts went.

    Passages before `passed`, declarations received before `declared`, stays that ended before
    `stayed`.
    """
    return (
        transact(centre.engine, lambda conn: _drop_passages(conn, centre, passed))
        + transact(centre.engine, lambda conn: _drop_declarations(conn, centre, declared))
        + transact(centre.engine, lambda conn: _drop_lodgings(conn, centre, stayed))
    )


def _drop_passages(conn: Connection, centre: Centre, before: datetime) -> int:
    tally.seal(conn, "passage", _entries(conn, centre, before), centre.now())
    return entering.drop(conn, before)


def _drop_declarations(conn: Connection, centre: Centre, before: datetime) -> int:
    tally.seal(conn, "declaration", _steps(conn, centre, before), centre.now())
    return store.drop(conn, before) + stays.drop_waves(conn, before)


def _drop_lodgings(conn: Connection, centre: Centre, before: datetime) -> int:
    tally.seal(conn, "lodging", _guests(conn, centre, before), centre.now())
    return stays.drop_lodgings(conn, before)


def _held(conn: Connection, centre: Centre, before: datetime | None) -> Count:
    return sum((of(conn, centre, before) for of in (_entries, _steps, _guests)), start=Counter())


def _entries(conn: Connection, centre: Centre, before: datetime | None) -> Count:
    rows = entering.entries_counted(conn, centre.city.zone.key, before)
    return Counter({(row.day, ENTRY, row.place): row.n for row in rows})


def _guests(conn: Connection, centre: Centre, before: datetime | None) -> Count:
    rows = stays.lodgings_counted(conn, centre.city.zone.key, before)
    return Counter({(row.day, GUEST, row.unit): row.n for row in rows})


def _steps(conn: Connection, centre: Centre, before: datetime | None) -> Count:
    counts: Count = Counter()
    for row in store.steps_counted(conn, centre.city.zone.key, before):
        for day, metric, n in _metrics(row):
            counts[day, metric, row.unit] += n
    return counts


def _metrics(row: Row[Any]) -> Iterator[tuple[date, str, int]]:
    """Yield day, metric and number of equal steps, as `rules.counts_of` does of each."""
    step = DeclarationStep(row.step)
    if step is DeclarationStep.REOPEN:
        yield row.of_day, TAKEN_BACK[DeclarationState(row.was)], -row.n
        return
    yield row.day, COUNTED[step], row.n
    if step is DeclarationStep.RECEIVE:
        yield row.day, PEOPLE, row.people
