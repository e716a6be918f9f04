"""The tables of access and their SQL: accounts, sessions, keys.

Tokens and keys stand here only as SHA-256; passwords only as argon2.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    Table,
    Text,
    any_,
    delete,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from ioc.access.model import ApiKey, Came, Proof, Right, Role, Session, User, Way
from ioc.db import UtcDateTime, metadata

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("password", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("scope", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("agency", Text),
    Column("subject", Text),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_name", Text, ForeignKey("users.name"), nullable=False),
    Column("origin", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("agent", Text, nullable=False, server_default=""),
    Column("way", Text, nullable=False, server_default="password"),
    Column("proof", Text, nullable=False, server_default="done"),
    Index("sessions_by_user", "user_name"),
    Index("sessions_by_expiry", "expires_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_hash", LargeBinary, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("rights", ARRAY(Text), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("points", ARRAY(Text), nullable=False),
    Column("used_at", UtcDateTime),
)


OF_SESSION = (
    sessions.c.token_hash,
    sessions.c.origin,
    sessions.c.agent,
    sessions.c.way,
    sessions.c.proof,
    sessions.c.created_at.label("opened_at"),
    sessions.c.seen_at,
    sessions.c.expires_at,
)


@dataclass(frozen=True)
class Kept:
    """A session as it is kept, not ended."""

    token_hash: bytes = field(repr=False)
    user: User
    came: Came
    proof: Proof
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime


def add_user(conn: Connection, user: User, password: str, at: datetime) -> bool:
    """Insert `user` with the hash of its password; return False when the name is taken."""
    row = upsert(users).values(
        name=user.name,
        password=password,
        role=user.role.value,
        display_name=user.display_name,
        scope=user.scope,
        agency=user.agency,
        created_at=at,
    )
    return conn.execute(row.on_conflict_do_nothing()).rowcount == 1


def user_and_password_of(conn: Connection, name: str) -> tuple[User, str] | None:
    """Return the account `name` with the hash of its password."""
    row = conn.execute(select(users).where(users.c.name == name)).one_or_none()
    return None if row is None else (_user(row), row.password)


def user_of_subject(conn: Connection, subject: str) -> User | None:
    """Return the account bound to who is `subject` at the identity provider."""
    row = conn.execute(select(users).where(users.c.subject == subject)).one_or_none()
    return None if row is None else _user(row)


def all_users(conn: Connection) -> list[User]:
    """Return every account by name."""
    return [_user(row) for row in conn.execute(select(users).order_by(users.c.name))]


def change_password(conn: Connection, name: str, password: str) -> bool:
    """Replace the hash of the password; return False when there is no such account."""
    change = update(users).where(users.c.name == name).values(password=password)
    return conn.execute(change).rowcount == 1


def disable(conn: Connection, name: str, at: datetime) -> bool:
    """Shut the account; return False when there is none that is open."""
    is_open = (users.c.name == name) & users.c.disabled_at.is_(None)
    return conn.execute(update(users).where(is_open).values(disabled_at=at)).rowcount == 1


def drop_sessions(conn: Connection, before: datetime) -> None:
    """Delete the sessions that ended before an instant: no rule asks for them any more."""
    conn.execute(delete(sessions).where(sessions.c.expires_at < before))


def enable(conn: Connection, name: str) -> bool:
    """Open the account again; return False when there is none that is shut."""
    is_shut = (users.c.name == name) & users.c.disabled_at.is_not(None)
    return conn.execute(update(users).where(is_shut).values(disabled_at=None)).rowcount == 1


def change_user(conn: Connection, user: User) -> None:
    """Replace what is told of an account, but its name, its password and whether it is open."""
    values = {
        "role": user.role.value,
        "display_name": user.display_name,
        "scope": user.scope,
        "agency": user.agency,
        "subject": user.subject,
    }
    conn.execute(update(users).where(users.c.name == user.name).values(**values))


def lock_open_users(conn: Connection, roles: Sequence[str]) -> list[str]:
    """Return the open accounts of these roles, held until the transaction ends."""
    query = select(users.c.name).where(users.c.role.in_(roles) & users.c.disabled_at.is_(None))
    return list(conn.execute(query.order_by(users.c.name).with_for_update()).scalars())


def add_session(
    conn: Connection, token_hash: bytes, session: Session, came: Came, at: datetime
) -> None:
    """Insert a session that was opened at `at`."""
    conn.execute(
        insert(sessions).values(
            token_hash=token_hash,
            user_name=session.user.name,
            origin=came.origin,
            agent=came.agent,
            way=came.way.value,
            proof=session.proof.value,
            created_at=at,
            seen_at=at,
            expires_at=session.expires_at,
        )
    )


def find_sessions(conn: Connection, token_hashes: Sequence[bytes]) -> list[Kept]:
    """Return the sessions with these hashes, but those that were ended."""
    is_asked = sessions.c.token_hash == any_(literal(list(token_hashes), ARRAY(LargeBinary)))
    query = (
        select(users, *OF_SESSION)
        .join_from(sessions, users)
        .where(is_asked & sessions.c.ended_at.is_(None))
    )
    return [_kept(row) for row in conn.execute(query)]


def sessions_at(conn: Connection, now: datetime, name: str | None) -> list[Kept]:
    """Return the sessions that may still stand at `now`, of one account or all, newest first."""
    query = (
        select(users, *OF_SESSION)
        .join_from(sessions, users)
        .where(sessions.c.ended_at.is_(None) & (sessions.c.expires_at > now))
        .order_by(sessions.c.created_at.desc(), sessions.c.token_hash)
    )
    if name is not None:
        query = query.where(sessions.c.user_name == name)
    return [_kept(row) for row in conn.execute(query)]


def touch_sessions(conn: Connection, token_hashes: Sequence[bytes], at: datetime) -> None:
    """Note that the sessions were used; the order of the rows is that of their hashes."""
    for one in sorted(token_hashes):
        conn.execute(update(sessions).where(sessions.c.token_hash == one).values(seen_at=at))


def end_session(conn: Connection, token_hash: bytes, at: datetime) -> str | None:
    """End one session and return whose it was; None when there is none that is open."""
    is_open = (sessions.c.token_hash == token_hash) & sessions.c.ended_at.is_(None)
    change = update(sessions).where(is_open).values(ended_at=at).returning(sessions.c.user_name)
    return conn.execute(change).scalar_one_or_none()


def end_sessions_of(conn: Connection, name: str, at: datetime) -> int:
    """End every session of `name` and return how many there were."""
    is_open = (sessions.c.user_name == name) & sessions.c.ended_at.is_(None)
    return conn.execute(update(sessions).where(is_open).values(ended_at=at)).rowcount


def add_key(conn: Connection, key_hash: bytes, key: ApiKey) -> None:
    """Insert `key`."""
    conn.execute(
        insert(api_keys).values(
            key_hash=key_hash,
            id=key.id,
            source=key.source,
            rights=sorted(key.rights),
            created_at=key.created_at,
            points=sorted(key.points),
        )
    )


def find_keys(conn: Connection, hashes: Sequence[bytes]) -> dict[bytes, ApiKey]:
    """Return keys, revoked or not, by their hash."""
    rows = conn.execute(select(api_keys).where(api_keys.c.key_hash.in_(hashes)))
    return {bytes(row.key_hash): _key(row) for row in rows}


def touch_keys(conn: Connection, hashes: Sequence[bytes], at: datetime) -> None:
    """Note that keys were used; in their order, so that two who do never wait crosswise."""
    # Held first, sorted: an update takes its rows in whatever order it finds them.
    held = select(api_keys.c.key_hash).where(api_keys.c.key_hash.in_(hashes))
    conn.execute(held.order_by(api_keys.c.key_hash).with_for_update())
    conn.execute(update(api_keys).where(api_keys.c.key_hash.in_(hashes)).values(used_at=at))


def all_keys(conn: Connection) -> Sequence[ApiKey]:
    """Return every key, by source, the newest first."""
    order = (api_keys.c.source, api_keys.c.created_at.desc())
    return [_key(row) for row in conn.execute(select(api_keys).order_by(*order))]


def revoke(conn: Connection, key_id: str, at: datetime) -> str | None:
    """End the key and return its source; None when there is none that is open."""
    is_open = (api_keys.c.id == key_id) & api_keys.c.revoked_at.is_(None)
    change = update(api_keys).where(is_open).values(revoked_at=at).returning(api_keys.c.source)
    return conn.execute(change).scalar_one_or_none()


def _kept(row: Row[Any]) -> Kept:
    came = Came(row.origin, row.agent, Way(row.way))
    times = row.opened_at, row.seen_at, row.expires_at
    return Kept(bytes(row.token_hash), _user(row), came, Proof(row.proof), *times)


def _user(row: Row[tuple[object, ...]]) -> User:
    is_disabled = row.disabled_at is not None
    return User(
        row.name,
        Role(row.role),
        row.display_name,
        row.scope,
        is_disabled,
        row.agency,
        row.subject,
    )


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    rights = frozenset(Right(right) for right in row.rights)
    points = frozenset(row.points)
    return ApiKey(row.source, rights, row.id, row.created_at, row.revoked_at, points, row.used_at)
