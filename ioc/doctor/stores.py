"""What is wrong with the stores: away, too old, behind, rights, clock, commits that can be lost."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from ioc.db import open_engine, transact
from ioc.doctor import store
from ioc.doctor.model import Defect, Need, fault, warning
from ioc.doctor.premises import Check, Premises, have
from ioc.rights import RIGHTS

# Older servers lack what the migrations use; newer ones than were tried may differ.
OLDEST, TRIED = 15, 18
SKEW_S, FAR_S = 1.0, 10.0
T = TypeVar("T")


def store_faults(at: Premises) -> Iterator[Defect]:
    """Say that PostgreSQL does not answer, or does not know us."""
    if at.engine is None or at.is_there:
        return
    url = at.engine.url
    where = f"{url.host}:{url.port or 5432}"
    try:
        with at.engine.connect():
            return
    except OperationalError as found:
        told = str(found.orig)
    refused = "authentication failed" in told or "does not exist" in told
    yield fault(
        "store_refuses" if refused else "store_away", where=where, setting="IOC_DATABASE_URL"
    )


def live_faults(at: Premises) -> Iterator[Defect]:
    """Say that the live memory does not answer: screens are slow, nothing is lost."""
    if at.live is not None and not at.live.is_reachable():
        yield warning("live_away", setting="IOC_REDIS_URL")


def version_faults(at: Premises) -> Iterator[Defect]:
    """Say that the server is too old, or newer than anybody tried."""
    found = _ask(at, store.version)
    if found < OLDEST:
        yield fault("store_old", found=found, oldest=OLDEST)
    elif found > TRIED:
        yield warning("store_new", found=found, tried=TRIED)


def schema_faults(at: Premises) -> Iterator[Defect]:
    """Say that the schema is not that of this version."""
    found, needed = _ask(at, store.revision), store.newest_revision()
    if found is None:
        yield fault("schema_missing", needed=needed)
    elif found < needed:
        yield fault("schema_behind", found=found, needed=needed)
    elif found > needed:
        yield fault("schema_ahead", found=found, needed=needed)


def rights_faults(at: Premises) -> Iterator[Defect]:
    """Name what a role of a service may not do and must, and what it may and must not."""
    known = _ask(at, store.roles)
    missing = sorted(set(RIGHTS) - set(known))
    if missing:
        yield warning("roles_missing", roles=", ".join(missing))
    for role in sorted(name for name, is_mighty in known.items() if is_mighty):
        yield fault("role_mighty", role=role)
    if _ask(at, store.revision) != store.newest_revision():
        return
    expected, held = store.expected_rights(), _ask(at, store.held_rights)
    lacking = sorted(one for one in expected - held if one[0] in known)
    if lacking:
        yield fault("rights_lacking", n=len(lacking), first=_told(lacking[0]))
    if beyond := sorted(held - expected):
        yield fault("rights_beyond", n=len(beyond), first=_told(beyond[0]))


def sign_in_faults(at: Premises) -> Iterator[Defect]:
    """Name services whose own address of the store does not let them in."""
    for name, url in sorted(at.env.items()):
        if name.startswith("IOC_DATABASE_URL_") and url and not _lets_in(url):
            yield fault("role_refused", setting=name)


def safety_faults(at: Premises) -> Iterator[Defect]:
    """Say by which setting what was answered `recorded` could be lost."""
    found = _ask(at, store.unsafe)
    if found:
        yield fault("commits_unsafe", settings=", ".join(found))


def clock_faults(at: Premises) -> Iterator[Defect]:
    """Say that this machine and the store's do not agree on the time."""
    before = at.now()
    there = _ask(at, store.instant)
    after = at.now()
    skew = max((there - after).total_seconds(), (before - there).total_seconds(), 0.0)
    if skew > SKEW_S:
        told = fault if skew > FAR_S else warning
        yield told("clock_skew", seconds=round(skew, 1))


CHECKS = (
    Check("store", Need.SETTINGS, store_faults),
    Check("live memory", Need.SETTINGS, live_faults),
    Check("version of the store", Need.STORE, version_faults),
    Check("schema", Need.STORE, schema_faults),
    Check("rights", Need.STORE, rights_faults),
    Check("roles sign in", Need.STORE, sign_in_faults),
    Check("safety of commits", Need.STORE, safety_faults),
    Check("clocks", Need.STORE, clock_faults),
)


def _ask(at: Premises, question: Callable[[Connection], T]) -> T:
    return transact(have(at.engine), question)


def _lets_in(url: str) -> bool:
    engine = open_engine(url, pool_size=1)
    try:
        with engine.connect() as conn:
            conn.execute(text("SELECT 1"))
    except DBAPIError:
        return False
    finally:
        engine.dispose()
    return True


def _told(right: tuple[str, str, str, str]) -> str:
    role, table, what, column = right
    return f"{what} {table}{f'.{column}' if column else ''} ({role})"
