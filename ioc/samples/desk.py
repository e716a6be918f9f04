"""What the desk of Health looks at: lists of samples and cases, and one case with who it is."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from ioc import audit
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import NotFound
from ioc.listing import Ask, Listed, Source, read
from ioc.persons.service import find_persons
from ioc.samples import store
from ioc.samples.model import Case, CaseDone, HeldSample


@dataclass(frozen=True)
class CaseFile:
    """A case with whose it is, what was done, and the samples of the person, oldest first."""

    case: Case
    name: str | None = field(repr=False)
    birth_year: int | None = field(repr=False)
    log: tuple[CaseDone, ...]
    samples: tuple[HeldSample, ...]


@dataclass(frozen=True)
class Standing:
    """What waits: samples without a result, those of them that wait long, open cases."""

    pending: int
    long: int
    cases: int


def standing(centre: Centre, long: timedelta, places: Container[str] | None = None) -> Standing:
    """Return what waits at some facilities, at all for None; `long` is since when it is long."""
    before = centre.now() - long

    def work(conn: Connection) -> Standing:
        waiting = [
            (n, old)
            for facility, n, old in store.pending_of(conn, before)
            if places is None or facility in places
        ]
        cases = store.open_cases_of(conn)
        return Standing(
            sum(n for n, _ in waiting),
            sum(old for _, old in waiting),
            sum(n for place, n in cases.items() if places is None or place in places),
        )

    return transact(centre.engine, work)


def list_of(
    centre: Centre, source: Source, ask: Ask, places: Sequence[str] | None = None
) -> Listed:
    """Return a page of one of the lists of `registers`, within units or places, of all for None."""
    now = centre.now()
    return transact(centre.engine, lambda conn: read(conn, source, ask, places, now=now))


def find_case(centre: Centre, ref: str) -> Case:
    """Return a case, nobody named.

    Raises:
        NotFound: there is none.
    """
    found = transact(centre.engine, lambda conn: store.find_case(conn, ref))
    if found is None:
        raise NotFound("case", ref)
    return found


def case_file(centre: Centre, ref: str, actor: str, purpose: str) -> CaseFile:
    """Return a case with whose it is; who looks, and why, is noted first.

    Raises:
        NotFound: there is none.
    """

    def work(conn: Connection) -> CaseFile:
        case = store.find_case(conn, ref)
        if case is None:
            raise NotFound("case", ref)
        audit.record(conn, actor, "case_seen", f"case:{ref}", purpose, {})
        known = find_persons(conn, [case.person]).get(case.person)
        return CaseFile(
            case,
            None if known is None else known.name,
            None if known is None else known.birth_year,
            tuple(store.steps_of(conn, ref)),
            tuple(store.of_persons(conn, [case.person]).get(case.person, ())),
        )

    return transact(centre.engine, work)
