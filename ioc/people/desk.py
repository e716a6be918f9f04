"""What Health looks at before it decides: what waits, and one declaration whole."""

from collections.abc import Sequence

from sqlalchemy import Connection

from ioc import audit
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import NotFound
from ioc.people import store
from ioc.people.model import Declared, Whole
from ioc.persons.service import find_persons

MOST = 1_000


def waiting(
    centre: Centre, units: Sequence[str] | None = None, limit: int = MOST
) -> list[Declared]:
    """Return the declarations that wait for Health, of some units or all, the longest first."""
    return transact(centre.engine, lambda conn: store.waiting(conn, units, min(limit, MOST)))


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
