"""What whoever manages access sees and does: sessions, shut doors, second factors, profiles.

Each change stands in the audit under who made it, and ends the sessions it makes untrue at once.
The last open account that manages access can neither be shut nor lose that role.
"""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from ioc import audit
from ioc.access import attempts, proofs, rules, store
from ioc.access.model import Action, Lockout, OpenSession, Proof, User
from ioc.access.service import require_account, require_another
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, NotFound
from ioc.live import Topic

ID_LENGTH = 12


def open_sessions(centre: Centre, name: str | None = None) -> list[OpenSession]:
    """Return the sessions that stand now, of one account or of all, the newest first."""
    now = centre.now()
    kept = transact(centre.engine, lambda conn: store.sessions_at(conn, now, name))
    return [
        OpenSession(_id(k), k.user, k.came, k.opened_at, k.seen_at, k.expires_at)
        for k in kept
        if k.proof is Proof.DONE and rules.is_alive(k.user.role, k.seen_at, k.expires_at, now)
    ]


def revoke_session(centre: Centre, session_id: str, *, actor: str) -> None:
    """End one session: its pages go before their next push.

    Raises:
        NotFound: no session that stands has this id.
    """
    now = centre.now()

    def work(conn: Connection) -> None:
        for kept in store.sessions_at(conn, now, None):
            if _id(kept) == session_id:
                store.end_session(conn, kept.token_hash, now)
                detail = {"session": session_id}
                audit.record(conn, actor, "session_revoked", kept.user.name, None, detail)
                return
        raise NotFound("open session", session_id[:ID_LENGTH])

    _changed(centre, work)


def end_sessions(centre: Centre, name: str, *, actor: str) -> None:
    """End every session of an account.

    Raises:
        NotFound: there is no such user.
    """

    def work(conn: Connection) -> None:
        _require_user(conn, name)
        ended = store.end_sessions_of(conn, name, centre.now())
        audit.record(conn, actor, "sessions_ended", name, None, {"n": ended})

    _changed(centre, work)


def lockouts(centre: Centre) -> list[Lockout]:
    """Return the doors that are shut now: of accounts, then for addresses."""
    since = centre.now() - rules.LOCKED_FOR

    def work(conn: Connection) -> list[Lockout]:
        names = attempts.failures_by(conn, "name", since, rules.MAX_FAILURES)
        origins = attempts.failures_by(conn, "origin", since, rules.MAX_FAILURES_OF_ORIGIN)
        return [
            *(Lockout(name, None, n, at + rules.LOCKED_FOR) for name, n, at in names),
            *(Lockout(None, origin, n, at + rules.LOCKED_FOR) for origin, n, at in origins),
        ]

    return transact(centre.engine, work)


def unlock(centre: Centre, name: str, *, actor: str) -> None:
    """Open the door of an account before its time.

    Raises:
        NotFound: there is no such user.
    """

    def work(conn: Connection) -> None:
        _require_user(conn, name)
        attempts.forgive(conn, name)
        audit.record(conn, actor, "user_unlocked", name, None, {})

    transact(centre.engine, work)


def factors(centre: Centre) -> dict[str, int]:
    """Return the accounts with a second factor, and how many recovery codes each has left."""
    return transact(centre.engine, proofs.confirmed)


def drop_factor(centre: Centre, name: str, *, actor: str) -> None:
    """Forget the second factor of an account whose telephone is lost, and end its sessions.

    Raises:
        NotFound: the account has none.
    """

    def work(conn: Connection) -> None:
        if not proofs.drop_factor(conn, name):
            raise NotFound("second factor of", name)
        store.end_sessions_of(conn, name, centre.now())
        audit.record(conn, actor, "factor_dropped", name, None, {})

    _changed(centre, work)


def change_user(centre: Centre, user: User, *, actor: str) -> None:
    """Give an account the role, shown name, scope, agency and identity of `user`.

    Its sessions end: what they were opened with no longer holds.

    Raises:
        InvalidInput: a value cannot be used.
        NotFound: there is no such user.
        Conflict: the identity is bound to another account, or nobody would manage access.
    """
    require_account(centre, user)

    def work(conn: Connection) -> None:
        before = _require_user(conn, user.name)
        if user.subject is not None and user.subject != before.subject:
            other = store.user_of_subject(conn, user.subject)
            if other is not None:
                raise Conflict(f"the identity is bound to {other.name!r}")
        if not rules.may(user.role, Action.MANAGE_ACCESS):
            require_another(conn, before)
        store.change_user(conn, user)
        store.end_sessions_of(conn, user.name, centre.now())
        changed = {key: value for key, value in _told(user).items() if value != _told(before)[key]}
        audit.record(conn, actor, "user_changed", user.name, None, changed)

    _changed(centre, work)


def bind_subject(centre: Centre, name: str, subject: str | None, *, actor: str) -> None:
    """Say who an account is at the identity provider; None: it comes in by password alone.

    Raises:
        InvalidInput: the subject cannot be used.
        NotFound: there is no such user.
        Conflict: the identity is bound to another account.
    """
    user = transact(centre.engine, lambda conn: _require_user(conn, name))
    change_user(centre, replace(user, subject=subject), actor=actor)


def enable_user(centre: Centre, name: str, *, actor: str) -> None:
    """Open an account that was shut.

    Raises:
        NotFound: there is no such user whose account is shut.
    """

    def work(conn: Connection) -> None:
        if not store.enable(conn, name):
            raise NotFound("shut account of", name)
        audit.record(conn, actor, "user_enabled", name, None, {})

    transact(centre.engine, work)


def _changed(centre: Centre, work: Callable[[Connection], None]) -> None:
    transact(centre.engine, work)
    centre.live.announce(Topic.ACCESS)


def _require_user(conn: Connection, name: str) -> User:
    found = store.user_and_password_of(conn, name)
    if found is None:
        raise NotFound("user", name[:64])
    return found[0]


def _told(user: User) -> dict[str, str | None]:
    return {
        "role": user.role.value,
        "display_name": user.display_name,
        "scope": user.scope,
        "agency": user.agency,
        "is_bound": "yes" if user.subject else "no",
    }


def _id(kept: store.Kept) -> str:
    return kept.token_hash.hex()[:ID_LENGTH]
