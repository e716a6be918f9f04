"""The table of attempts to sign in and its SQL: what shuts a door, and opens it again."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Identity,
    Index,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)

from ioc.db import UtcDateTime, metadata

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


def drop_attempts(conn: Connection, before: datetime) -> None:
    """Delete the attempts before an instant: no rule asks for them any more."""
    conn.execute(delete(attempts).where(attempts.c.at < before))


def failures_by(
    conn: Connection, column: str, since: datetime, least: int
) -> list[tuple[str, int, datetime]]:
    """Return the names, or the origins, with `least` attempts since, with the oldest of these.

    `column` is "name" or "origin".
    """
    key, count = attempts.c[column], func.count()
    query = (
        select(key, count, func.min(attempts.c.at))
        .where(attempts.c.at > since)
        .group_by(key)
        .having(count >= least)
        .order_by(key)
    )
    return [(row[0], int(row[1]), row[2]) for row in conn.execute(query)]
