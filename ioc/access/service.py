"""Sign in, sign out, ask whose session or key it is, and manage accounts and keys.

Every sign-in, refusal, sign-out and change of an account or a key stands in the audit.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc import audit
from ioc.access import attempts, rules, store
from ioc.access.model import Action, ApiKey, Came, Right, Role, Session, User, Way
from ioc.access.opening import (
    UNKNOWN,
    as_bytes,
    dummy,
    enter_attempt,
    hasher,
    open_session,
    refuse,
    sha256,
)
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound, Unauthorised
from ioc.live import Topic
from ioc.places import Point
from ioc.scopes import is_scope

KEY_PREFIX = "ioc_"
# The last use of a key is written at most this often, so that asking stays one query.
TOUCH_EVERY = timedelta(minutes=1)
MAX_ORIGIN, MAX_AGENT, MAX_SUBJECT = 64, 200, 255
SYSTEM = "system"


def sign_in(centre: Centre, name: str, password: str, origin: str, agent: str = "") -> Session:
    """Return a new session of `name`, who came from the address `origin` with the browser `agent`.

    An unknown name, a shut account and a wrong password look the same and take the same time. The
    session may still wait for a second factor: see `Session.proof`.

    Raises:
        Unauthorised: name and password do not belong together.
        TooMany: too many failures within fifteen minutes for this name or from this origin.
    """
    # What is typed into the wrong field may be a password: only possible names are ever stored.
    name = name if rules.is_name(name) else UNKNOWN
    came = Came(origin[:MAX_ORIGIN], printable(agent))
    found = enter_attempt(centre, name, came.origin)
    user, hashed = (None, dummy()) if found is None else found
    is_right = hasher().verify(as_bytes(password[: rules.MAX_PASSWORD + 1]), hashed)
    if user is None or user.is_disabled or not is_right:
        refuse(centre, UNKNOWN if user is None else name, came.origin, "no_match")
        raise Unauthorised("name and password do not belong together")
    return open_session(centre, user, came)


def sign_in_as(
    centre: Centre, subject: str, origin: str, agent: str = "", *, is_proven: bool = False
) -> Session:
    """Return a new session of whoever is `subject` at the identity provider of the installation.

    `is_proven`: the provider asked for a second factor. Nobody gets an account by coming.

    Raises:
        Unauthorised: no open account is bound to `subject`.
    """
    came = Came(origin[:MAX_ORIGIN], printable(agent), Way.PROVIDER, is_proven)
    user = transact(centre.engine, lambda conn: store.user_of_subject(conn, subject[:MAX_SUBJECT]))
    if user is None or user.is_disabled:
        refuse(centre, UNKNOWN if user is None else user.name, came.origin, "no_account")
        raise Unauthorised("no open account is bound to this identity")
    return open_session(centre, user, came)


def printable(agent: str) -> str:
    """Return what a browser calls itself, as it can be kept and shown."""
    return "".join(c for c in agent[:MAX_AGENT] if c.isprintable())


def sign_out(centre: Centre, token: str) -> None:
    """End the session of `token`; nothing happens when there is none."""

    def work(conn: Connection) -> None:
        name = store.end_session(conn, sha256(token), centre.now())
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
    user = User(rules.require_name("name", name), role, display_name, scope, agency=agency)
    require_account(centre, user)
    hashed = hasher().hash(rules.require_password(password))

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
    hashed = hasher().hash(rules.require_password(password))

    def work(conn: Connection) -> None:
        if not store.change_password(conn, name, hashed):
            raise NotFound("user", name)
        store.end_sessions_of(conn, name, centre.now())
        attempts.forgive(conn, name)
        audit.record(conn, actor, "password_set", name, None, {})

    transact(centre.engine, work)
    centre.live.announce(Topic.ACCESS)


def disable_user(centre: Centre, name: str, *, actor: str = SYSTEM) -> None:
    """Shut the account of `name` and end all of its sessions.

    Raises:
        NotFound: there is no such user whose account is open.
        Conflict: nobody would manage access any more.
    """

    def work(conn: Connection) -> None:
        found = store.user_and_password_of(conn, name)
        if found is not None:
            require_another(conn, found[0])
        if not store.disable(conn, name, centre.now()):
            raise NotFound("open account of", name)
        store.end_sessions_of(conn, name, centre.now())
        audit.record(conn, actor, "user_disabled", name, None, {})

    transact(centre.engine, work)
    centre.live.announce(Topic.ACCESS)


def require_account(centre: Centre, user: User) -> None:
    """Return when the values of `user` can stand together.

    Raises:
        InvalidInput: one cannot; it is named.
    """
    rules.require_profile(user.display_name, user.scope, user.agency)
    if user.scope is not None and not is_scope(centre.city, user.scope):
        raise InvalidInput("scope", f"no district or commune has the code {user.scope!r}")
    if user.role is Role.AGENCY and user.agency is None:
        raise InvalidInput("agency", "an account of this role works for one")
    subject = user.subject
    if subject is not None and not (subject.isprintable() and 1 <= len(subject) <= MAX_SUBJECT):
        raise InvalidInput("subject", f"needs 1 to {MAX_SUBJECT} printable characters")


def require_another(conn: Connection, user: User) -> None:
    """Keep at least one open account that manages access, also when two are changed at once."""
    if user.is_disabled or not rules.may(user.role, Action.MANAGE_ACCESS):
        return
    managers = [role.value for role in Role if rules.may(role, Action.MANAGE_ACCESS)]
    if store.lock_open_users(conn, managers) == [user.name]:
        raise Conflict("nobody would manage access any more")


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
    key_hash = sha256(secret)
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
    found = keys_of(centre, [key]).get(key)
    if found is None:
        raise Unauthorised("the key is unknown or was revoked")
    return found


def keys_of(centre: Centre, keys: Sequence[str]) -> dict[str, ApiKey]:
    """Return whose keys they are, by key, of those that are open: one query for all of them."""
    now = centre.now()
    hashes = {sha256(key): key for key in keys if key.startswith(KEY_PREFIX)}

    def work(conn: Connection) -> dict[str, ApiKey]:
        known = store.find_keys(conn, list(hashes))
        held = {hashed: key for hashed, key in known.items() if key.revoked_at is None}
        due = [hashed for hashed, key in held.items() if _is_due(key.used_at, now)]
        if due:
            store.touch_keys(conn, due, now)
        return {hashes[hashed]: key for hashed, key in held.items()}

    return transact(centre.engine, work) if hashes else {}


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


def _is_due(used_at: datetime | None, now: datetime) -> bool:
    return used_at is None or abs(now - used_at) >= TOUCH_EVERY
