"""What the desk of Health looks at: entries that repeat another, side by side with that one."""

from collections.abc import Container, Sequence

from sqlalchemy import Connection

from ioc import audit
from ioc.centre import Centre
from ioc.db import transact
from ioc.doses import store
from ioc.doses.model import HeldDose
from ioc.doses.registers import REPEATS
from ioc.errors import NotFound
from ioc.listing import Ask, Listed, read


def list_repeats(centre: Centre, ask: Ask, places: Sequence[str] | None = None) -> Listed:
    """Return a page of entries that repeat another, at some facilities, at all for None."""
    return transact(centre.engine, lambda conn: read(conn, REPEATS, ask, places))


def count_repeats(centre: Centre, places: Container[str] | None = None) -> int:
    """Return how many entries repeat another, at some facilities, at all for None."""
    held = transact(centre.engine, store.repeats_of)
    return sum(n for place, n in held.items() if places is None or place in places)


def repeat_of(
    centre: Centre, ref: str, actor: str, purpose: str
) -> tuple[HeldDose, HeldDose | None]:
    """Return an entry and the one it repeats, None where that is gone; who looks is noted.

    Raises:
        NotFound: there is no such entry.
    """

    def work(conn: Connection) -> tuple[HeldDose, HeldDose | None]:
        dose = store.find(conn, ref)
        if dose is None:
            raise NotFound("dose", ref)
        other = store.find_many(conn, [dose.near_of]) if dose.near_of else {}
        audit.record(conn, actor, "dose_seen", f"dose:{ref}", purpose, {})
        return dose, other.get(dose.near_of or "")

    return transact(centre.engine, work)
