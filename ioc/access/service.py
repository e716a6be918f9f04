"""Sign in, sign out, ask whose session or key it is, and manage accounts and keys.

Every sign-in, refusal, sign-out and change of an account or a key stands in the audit.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cache

from pwdlib import PasswordHash
from sqlalchemy import Connection

from ioc import audit
from ioc.access import rules, store
from ioc.access.model import ApiKey, Right, Role, Session, User
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound, TooMany, Unauthorised
from ioc.live import Topic
from ioc.places import Point
from ioc.scopes import is_scope

KEY_PREFIX = "ioc_"
# A session's last use is written at most this often, so that asking stays one query.
TOUCH_EVERY = timedelta(minutes=1)
KEEP_ENDED = timedelta(days=1)
UNKNOWN = "?"
MAX_ORIGIN = 64
SYSTEM = "system"


def sign_in(centre: Centre, name: str, password: str, origin: str) -> Session:
    """Return a new session of `name`, who came from the address `origin`.

    An unknown name, a shut account and a wrong password look the same and take the same time.

    Raises:
        Unauthorised: name and password do not belong together.
        TooMany: five failures within fifteen minutes for this name or from this origin.
    """
    # What is typed into the wrong field may be a password: only possible names are ever stored.
    name = name if rules.is_name(name) else UNKNOWN
    origin = origin[:MAX_ORIGIN]
    found = _enter_attempt(centre, name, origin)
    user, hashed = (None, _dummy()) if found is None else found
    is_right = _hasher().verify(_bytes(password[: rules.MAX_PASSWORD + 1]), hashed)
    if user is None or user.is_disabled or not is_right:
        _refuse(centre, UNKNOWN if user is None else name, origin, "no_match")
        raise Unauthorised("name and password do not belong together")
    return _open_session(centre, user, origin)


def session_of(centre: Centre, token: str) -> User | None:
    """Return whose session `token` is; None when it is unknown, ended, too old or idle."""
    now, token_hash = centre.now(), _sha256(token)

    def work(conn: Connection) -> User | None:
        found = store.find_session(conn, token_hash)
        if found is None or found[0].is_disabled:
            return None
        user, seen_at, expires_at = found
        if not rules.is_alive(user.role, seen_at, expires_at, now):
            return None
        if abs(now - seen_at) >= TOUCH_EVERY:
            store.touch_session(conn, token_hash, now)
        return user

    return transact(centre.engine, work)


def sign_out(centre: Centre, token: str) -> None:
    """End the session of `token`; nothing happens when there is none."""

    def work(conn: Connection) -> None:
        name = store.end_session(conn, _sha256(token), centre.now())
        if name is not None:
            audit.record(conn, name, "signed_out", name, None, {})

    transact(centre.engine, work)
    centre.live.announce(Topic.ACCESS)


def create_user(  # noqa: PLR0913 - an account is these values
    centre: Centre,
    name: str,
    password: str,
    role: Role,
    display_name: str,
    scope: str | None = None,
    *,
    agency: str | None = None,
    actor: str = SYSTEM,
) -> User:
    """Create an account and return it.

    Raises:
        InvalidInput: a value cannot be used; `password` is under 12 characters.
        Conflict: the name is taken.
    """
    rules.require_profile(display_name, scope, agency)
    if scope is not None and not is_scope(centre.city, scope):
        raise InvalidInput("scope", f"no district or commune has the code {scope!r}")
    if role is Role.AGENCY and agency is None:
        raise InvalidInput("agency", "an account of this role works for one")
    user = User(rules.require_name("name", name), role, display_name, scope, agency=agency)
    hashed = _hasher().hash(rules.require_password(password))

    def work(conn: Connection) -> None:
        if not store.add_user(conn, user, hashed, centre.now()):
            raise Conflict(f"there is already a user {name!r}")
        detail = {"role": role.value, "scope": scope, "agency": agency}
        audit.record(conn, actor, "user_created", name, None, detail)

    transact(centre.engine, work)
    return user


def set_password(centre: Centre, name: str, password: str, *, actor: str = SYSTEM) -> None:
    """Replace the password of `name` and end all of its sessions.

    Raises:
        InvalidInput: the password is under 12 characters.
        NotFound: there is no such user.
    """
    hashed = _hasher().hash(rules.require_password(password))

    def work(conn: Connection) -> None:
        if not store.change_password(conn, name, hashed):
            raise NotFound("user", name)
        store.end_sessions_of(conn, name, centre.now())
        store.forgive(conn, name)
        audit.record(conn, actor, "password_set", name, None, {})

    transact(centre.engine, work)
    centre.live.announce(Topic.ACCESS)


def disable_user(centre: Centre, name: str, *, actor: str = SYSTEM) -> None:
    """Shut the account of `name` and end all of its sessions.

    Raises:
        NotFound: there is no such user whose account is open.
    """

    def work(conn: Connection) -> None:
        if not store.disable(conn, name, centre.now()):
            raise NotFound("open account of", name)
        store.end_sessions_of(conn, name, centre.now())
        audit.record(conn, actor, "user_disabled", name, None, {})

    transact(centre.engine, work)
    centre.live.announce(Topic.ACCESS)


def list_users(centre: Centre) -> list[User]:
    """Return every account, shut ones too, by name."""
    return transact(centre.engine, store.all_users)


def create_key(
    centre: Centre,
    source: str,
    rights: Iterable[Right],
    points: Iterable[str] = (),
    *,
    actor: str = SYSTEM,
) -> str:
    """Return a new API key of `source`; it is shown this once, the store keeps its hash.

    The key of a staff device is bound to `points`.

    Raises:
        InvalidInput: the source is no name, there is no right, or no such point.
    """
    granted, bound = frozenset(rights), frozenset(points)
    if not granted:
        raise InvalidInput("rights", "a key needs at least one")
    for point in sorted(bound):
        if not isinstance(centre.city.places.get(point), Point):
            raise InvalidInput("points", f"there is no point {point!r}")
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    key_hash = _sha256(secret)
    name = rules.require_name("source", source)
    key = ApiKey(name, granted, key_hash.hex()[:12], centre.now(), points=bound)

    def work(conn: Connection) -> None:
        store.add_key(conn, key_hash, key)
        detail = {"source": source, "rights": sorted(granted), "points": sorted(bound)}
        audit.record(conn, actor, "key_created", key.id, None, detail)

    transact(centre.engine, work)
    return secret


def key_of(centre: Centre, key: str) -> ApiKey:
    """Return whose key it is.

    Raises:
        Unauthorised: the key is unknown or was revoked.
    """
    found = None
    if key.startswith(KEY_PREFIX):
        found = transact(centre.engine, lambda conn: store.find_key(conn, _sha256(key)))
    if found is None or found.revoked_at is not None:
        raise Unauthorised("the key is unknown or was revoked")
    return found


def list_keys(centre: Centre) -> Sequence[ApiKey]:
    """Return every key, revoked ones too, by source, the newest first."""
    return transact(centre.engine, store.all_keys)


def revoke_key(centre: Centre, key_id: str, *, actor: str = SYSTEM) -> None:
    """End the key whose id is `key_id`; services forget it within five seconds.

    Raises:
        NotFound: there is no such key that is open.
    """

    def work(conn: Connection) -> None:
        source = store.revoke(conn, key_id, centre.now())
        if source is None:
            raise NotFound("open key", key_id)
        audit.record(conn, actor, "key_revoked", key_id, None, {"source": source})

    transact(centre.engine, work)


def _enter_attempt(centre: Centre, name: str, origin: str) -> tuple[User, str] | None:
    now = centre.now()

    def work(conn: Connection) -> tuple[bool, tuple[User, str] | None]:
        found = store.user_and_password_of(conn, name)
        counts = store.count_attempts(conn, name, origin, now - rules.LOCKED_FOR)
        if any(map(rules.is_locked, counts)):
            return True, found
        store.enter_attempt(conn, name, origin, now)
        return False, found

    is_locked, found = transact(centre.engine, work)
    if is_locked:
        _refuse(centre, UNKNOWN if found is None else name, origin, "locked")
        wait_s = int(rules.LOCKED_FOR.total_seconds())
        raise TooMany("too many failed sign-ins; wait before you try again", wait_s)
    return found


def _refuse(centre: Centre, subject: str, origin: str, why: str) -> None:
    detail = {"origin": origin, "why": why}
    audit.record(centre, subject, "sign_in_refused", subject, None, detail)


def _open_session(centre: Centre, user: User, origin: str) -> Session:
    token, now = secrets.token_urlsafe(32), centre.now()
    session = Session(token, user, rules.expires_at(user.role, now))

    def work(conn: Connection) -> None:
        store.forgive(conn, user.name)
        store.drop_old(conn, now - rules.LOCKED_FOR, now - KEEP_ENDED)
        store.add_session(conn, _sha256(token), user.name, origin, (now, session.expires_at))
        audit.record(conn, user.name, "signed_in", user.name, None, {"origin": origin})

    transact(centre.engine, work)
    return session


def _sha256(secret: str) -> bytes:
    # Tokens and keys hold 256 random bits: a plain hash cannot be guessed back.
    return hashlib.sha256(_bytes(secret)).digest()


def _bytes(typed: str) -> bytes:
    return typed.encode("utf-8", "surrogatepass")


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _dummy() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
