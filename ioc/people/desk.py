"""What Health looks at before it decides: what waits, and one declaration whole."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ioc import audit, sums
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import NotFound
from ioc.listing import Ask, Listed, Source, read
from ioc.people import store
from ioc.people.model import Declared, Whole
from ioc.persons.service import find_persons

MOST = 1_000


def waiting(
    centre: Centre, units: Sequence[str] | None = None, limit: int = MOST
) -> list[Declared]:
    """Return the declarations that wait for Health, of some units or all, the longest first."""
    return transact(centre.engine, lambda conn: store.waiting(conn, units, min(limit, MOST)))


@dataclass(frozen=True)
class Queue:
    """How many declarations wait for Health within some units, and since when the longest does."""

    n: int
    since: datetime | None


def queue(centre: Centre, units: Sequence[str] | None = None) -> Queue:
    """Return what waits for Health in some units, in all for None."""
    held = transact(centre.engine, store.queue)
    own = [one for unit, one in held.items() if units is None or unit in units]
    return Queue(sum(n for n, _ in own), min((since for _, since in own), default=None))


def counted_today(
    centre: Centre, metrics: Sequence[str], places: Container[str] | None = None
) -> dict[str, int]:
    """Return what was counted today by metric, at some units and places, at all for None."""
    zone = centre.city.zone
    today = local_day(centre.now(), zone)
    counts = transact(centre.engine, lambda conn: sums.between(conn, metrics, today, today, zone))
    return sums.within(counts, places)


def whole(centre: Centre, ref: str, actor: str, purpose: str | None) -> Whole:
    """Return a declaration with who comes and how he is reached; who looks is noted first.

    Raises:
        NotFound: there is no such declaration.
    """

    def work(conn: Connection) -> Whole:
        declared, said = store.find(conn, [ref]).get(ref), store.said_of(conn, ref)
        if declared is None or said is None:
            raise NotFound("declaration", ref)
        audit.record(conn, actor, "declaration_seen", f"declaration:{ref}", purpose, {})
        known = find_persons(conn, declared.people)
        people = [
            (known[one].name, known[one].birth_year) for one in declared.people if one in known
        ]
        log = tuple(store.steps_of(conn, ref))
        return Whole(declared, tuple(people), said.phone, said.address, said.route, log)

    return transact(centre.engine, work)


def list_of(centre: Centre, source: Source, ask: Ask, units: Sequence[str] | None = None) -> Listed:
    """Return a page of one of the lists of `registers`, within units, of all for None."""
    now = centre.now()
    return transact(centre.engine, lambda conn: read(conn, source, ask, units, now=now))
