"""The tables of access and their SQL: accounts, sessions, attempts to sign in, keys.

Tokens and keys stand here only as SHA-256; passwords only as argon2.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Row,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from ioc.access.model import ApiKey, Right, Role, User
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
    Index("sessions_by_user", "user_name"),
    Index("sessions_by_expiry", "expires_at"),
)

attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("sign_in_attempts_by_name", "name", "at"),
    Index("sign_in_attempts_by_origin", "origin", "at"),
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
)


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


def enter_attempt(conn: Connection, name: str, origin: str, at: datetime) -> int:
    """Insert an attempt to sign in and return its number.

    The caller counts first, under the locks taken here until its transaction ends, so that a
    burst of parallel guesses is counted one by one.
    """
    row = insert(attempts).values(name=name, origin=origin, at=at).returning(attempts.c.id)
    return int(conn.execute(row).scalar_one())


def count_attempts(conn: Connection, name: str, origin: str, since: datetime) -> tuple[int, int]:
    """Return how many attempts after `since` are held against the name and against the origin."""
    for key in sorted({f"name:{name}", f"origin:{origin}"}):
        conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 8171))))
    counts = select(
        func.count().filter(attempts.c.name == name),
        func.count().filter(attempts.c.origin == origin),
    ).where((attempts.c.at > since) & ((attempts.c.name == name) | (attempts.c.origin == origin)))
    by_name, by_origin = conn.execute(counts).one()
    return by_name, by_origin


def forgive(conn: Connection, name: str) -> None:
    """Drop the attempts held against `name`: its owner has just signed in."""
    conn.execute(delete(attempts).where(attempts.c.name == name))


def drop_old(conn: Connection, attempts_before: datetime, sessions_before: datetime) -> None:
    """Delete what no rule asks for any more."""
    conn.execute(delete(attempts).where(attempts.c.at < attempts_before))
    conn.execute(delete(sessions).where(sessions.c.expires_at < sessions_before))


def add_session(
    conn: Connection, token_hash: bytes, name: str, origin: str, lasts: tuple[datetime, datetime]
) -> None:
    """Insert a session that lasts from the first to the second of `lasts`."""
    start, end = lasts
    conn.execute(
        insert(sessions).values(
            token_hash=token_hash,
            user_name=name,
            origin=origin,
            created_at=start,
            seen_at=start,
            expires_at=end,
        )
    )


def find_session(conn: Connection, token_hash: bytes) -> tuple[User, datetime, datetime] | None:
    """Return whose session it is, when it was last used and when it ends, unless it was ended."""
    query = (
        select(users, sessions.c.seen_at, sessions.c.expires_at)
        .join_from(sessions, users)
        .where((sessions.c.token_hash == token_hash) & sessions.c.ended_at.is_(None))
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else (_user(row), row.seen_at, row.expires_at)


def touch_session(conn: Connection, token_hash: bytes, at: datetime) -> None:
    """Note that the session was used."""
    conn.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=at))


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


def find_key(conn: Connection, key_hash: bytes) -> ApiKey | None:
    """Return the key, revoked or not."""
    row = conn.execute(select(api_keys).where(api_keys.c.key_hash == key_hash)).one_or_none()
    return None if row is None else _key(row)


def all_keys(conn: Connection) -> Sequence[ApiKey]:
    """Return every key, by source, the newest first."""
    order = (api_keys.c.source, api_keys.c.created_at.desc())
    return [_key(row) for row in conn.execute(select(api_keys).order_by(*order))]


def revoke(conn: Connection, key_id: str, at: datetime) -> str | None:
    """End the key and return its source; None when there is none that is open."""
    is_open = (api_keys.c.id == key_id) & api_keys.c.revoked_at.is_(None)
    change = update(api_keys).where(is_open).values(revoked_at=at).returning(api_keys.c.source)
    return conn.execute(change).scalar_one_or_none()


def _user(row: Row[tuple[object, ...]]) -> User:
    is_disabled = row.disabled_at is not None
    return User(row.name, Role(row.role), row.display_name, row.scope, is_disabled, row.agency)


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    rights = frozenset(Right(right) for right in row.rights)
    points = frozenset(row.points)
    return ApiKey(row.source, rights, row.id, row.created_at, row.revoked_at, points)
