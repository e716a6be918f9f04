"""What an administrator does with accounts, sessions, keys and the outbox; each is in the audit.

An officer of a district or a commune reaches the accounts of his own scope alone. Keys, what was
refused and the outbox belong to the whole province.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from ioc import accounts, audit
from ioc.access import managing
from ioc.access import service as access
from ioc.access.model import Right, User
from ioc.access.store import user_and_password_of
from ioc.administration import registers, rules, store
from ioc.administration.model import Given, Officer, Standing
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.listing import Ask, Listed, Source, read

# Ninety-nine random bits in characters that are told apart on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PASSWORD_LENGTH = 20


def codes_of(centre: Centre, scope: str | None) -> frozenset[str] | None:
    """Return the scopes that lie within a scope, itself among them; None: all of them."""
    if scope is None:
        return None
    units = centre.reach(scope).units or frozenset()
    return frozenset({scope, *(centre.city.units[unit].code for unit in units)})


def rows_of(centre: Centre, source: Source, ask: Ask, officer: Officer) -> Listed:
    """Return a page of one of the lists of `registers`, within the officer's scope."""
    codes, now = codes_of(centre, officer.scope), centre.now()
    within = None if codes is None else sorted(codes)
    return transact(centre.engine, lambda conn: read(conn, source, ask, within, now=now))


def row_of(centre: Centre, source: Source, ref: str, officer: Officer) -> dict[str, Any]:
    """Return one row of a list by its `ref`.

    Raises:
        NotFound: there is none in the officer's scope.
    """
    try:
        found = rows_of(centre, source, Ask(most=1, where={"ref": (ref,)}), officer).rows
    except InvalidInput as fault:
        raise NotFound("row", ref) from fault
    if not found:
        raise NotFound("row", ref)
    return dict(found[0])


def standing(centre: Centre, scope: str | None) -> Standing:
    """Return how many accounts, sessions and keys a scope has, what was refused, what waits."""
    now, codes = centre.now(), codes_of(centre, scope)
    today = day_bounds(local_day(now, centre.city.zone), centre.city.zone)[0]
    within = None if codes is None else sorted(codes)
    return Standing(**transact(centre.engine, lambda c: store.standing(c, within, now, today)))


def open_account(centre: Centre, officer: Officer, wish: User) -> Given:
    """Make the account of a wish and return its first password, which is shown this once.

    Raises:
        InvalidInput: a value cannot be used, or the account would reach beyond the officer.
        Conflict: the name is taken.
    """
    secret, settled = _password(), _settled(centre, officer, wish)
    accounts.open_account(centre, settled, secret, actor=officer.name, within=officer.scope)
    return Given(wish.name, secret)


def change_account(centre: Centre, officer: Officer, ref: str, wish: User) -> str:
    """Give an account the role, shown name, scope and agency of a wish; return its name.

    Its identity at a provider stays. Its sessions end: what they were opened with no longer holds.

    Raises:
        NotFound: there is none in the officer's scope.
        InvalidInput: a value cannot be used, it would reach beyond the officer, or is his own.
        Conflict: nobody would manage access.
    """
    known = account_of(centre, officer, ref)
    rules.require_another(officer, known.name)
    wished = replace(wish, name=known.name, is_disabled=known.is_disabled, subject=known.subject)
    settled = _settled(centre, officer, wished)
    accounts.change_account(centre, settled, actor=officer.name, within=officer.scope)
    return known.name


def shut_account(centre: Centre, officer: Officer, ref: str) -> str:
    """Shut an account, end its sessions, and return its name.

    Raises:
        NotFound: there is none in the officer's scope that is open.
        InvalidInput: it is his own.
        Conflict: nobody would manage access.
    """
    name = account_of(centre, officer, ref).name
    rules.require_another(officer, name)
    access.disable_user(centre, name, actor=officer.name)
    return name


def reopen_account(centre: Centre, officer: Officer, ref: str) -> str:
    """Open an account again that was shut, and return its name.

    Raises:
        NotFound: there is none in the officer's scope that is shut.
    """
    name = account_of(centre, officer, ref).name
    managing.enable_user(centre, name, actor=officer.name)
    return name


def renew_password(centre: Centre, officer: Officer, ref: str) -> Given:
    """Give an account a new password, shown this once; its sessions end.

    Raises:
        NotFound: there is none in the officer's scope.
        InvalidInput: it is his own: he would be signed out before he could read it.
    """
    name, secret = account_of(centre, officer, ref).name, _password()
    rules.require_another(officer, name)
    access.set_password(centre, name, secret, actor=officer.name)
    return Given(name, secret)


def forget_factor(centre: Centre, officer: Officer, ref: str) -> str:
    """Forget the second factor of an account whose telephone is lost; return its name.

    Raises:
        NotFound: there is no such account in the officer's scope, or it has none.
        InvalidInput: it is his own.
    """
    name = account_of(centre, officer, ref).name
    rules.require_another(officer, name)
    managing.drop_factor(centre, name, actor=officer.name)
    return name


def unlock_account(centre: Centre, officer: Officer, ref: str) -> str:
    """Let an account try again that too many wrong passwords have shut out; return its name.

    Raises:
        NotFound: there is none in the officer's scope.
    """
    name = account_of(centre, officer, ref).name
    managing.unlock(centre, name, actor=officer.name)
    return name


def end_session(centre: Centre, officer: Officer, ref: str) -> None:
    """End one session; its pages go before their next push.

    Raises:
        NotFound: there is none that is open in the officer's scope.
    """
    row_of(centre, registers.SESSIONS, ref, officer)
    managing.revoke_session(centre, ref, actor=officer.name)


def account_of(centre: Centre, officer: Officer, ref: str) -> User:
    """Return the account that a list calls `ref`.

    Raises:
        NotFound: there is none in the officer's scope.
    """
    name = str(row_of(centre, registers.ACCOUNTS, ref, officer)["account"])
    found = transact(centre.engine, lambda conn: user_and_password_of(conn, name))
    if found is None:
        raise NotFound("account", ref)
    return found[0]


def make_key(
    centre: Centre,
    officer: Officer,
    source: str,
    rights: Iterable[str],
    points: Sequence[str] = (),
) -> Given:
    """Make an API key of a source and return it; it is shown this once.

    Raises:
        Forbidden: the officer administers a part of the province.
        InvalidInput: the source, a right or a point cannot be used.
    """
    rules.require_whole(officer)
    try:
        granted = [Right(right) for right in rights]
    except ValueError as fault:
        raise InvalidInput("rights", str(fault)) from fault
    secret = access.create_key(centre, source, granted, points, actor=officer.name)
    return Given(source, secret)


def end_key(centre: Centre, officer: Officer, key: str) -> None:
    """End an API key; services forget it within five seconds.

    Raises:
        Forbidden: the officer administers a part of the province.
        NotFound: there is no such key that is open.
    """
    rules.require_whole(officer)
    access.revoke_key(centre, key, actor=officer.name)


def try_letter_again(centre: Centre, officer: Officer, ref: str) -> None:
    """Let a letter that was given up go out again.

    Raises:
        Forbidden: the officer administers a part of the province.
        Conflict: it was not given up.
    """
    rules.require_whole(officer)

    def work(conn: Connection) -> None:
        channel = store.try_again(conn, ref, centre.now())
        if channel is None:
            raise Conflict("the letter was not given up")
        subject = f"notice:{ref}"
        audit.record(conn, officer.name, "notice_retried", subject, None, {"channel": channel})

    transact(centre.engine, work)


def verify_chain(centre: Centre, officer: Officer) -> int:
    """Recompute the chain of the audit, note that it was, and return its length.

    Raises:
        BrokenChain: a row was changed, removed or never chained, or an end was cut off.
    """
    length = audit.verify(centre)
    audit.record(centre, officer.name, "audit_verified", "audit", None, {"links": length})
    return length


def _settled(centre: Centre, officer: Officer, wish: User) -> User:
    """Return the account of a wish, its scope that of its agency, once it lies within bounds."""
    access.require_account(centre, wish)
    settled, codes = accounts.settled(centre, wish), codes_of(centre, officer.scope)
    rules.require_within(settled.scope, codes)
    rules.require_role(settled, codes)
    return settled


def _password() -> str:
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))
    return "-".join(drawn[at : at + 5] for at in range(0, PASSWORD_LENGTH, 5))
