"""The tables of the second factor and their SQL: enciphered secrets, hashed recovery codes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from ioc.db import UtcDateTime, metadata

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_name", Text, ForeignKey("users.name"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Column("last_step", BigInteger, nullable=False, server_default="0"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_name", Text, ForeignKey("users.name"), primary_key=True),
    Column("code_hash", Text, primary_key=True),
    Column("used_at", UtcDateTime),
)


@dataclass(frozen=True)
class Factor:
    """The second factor of an account: `last_step` is the newest 30 s whose code was used."""

    secret: bytes = field(repr=False)
    confirmed_at: datetime | None
    last_step: int


def has_factor(conn: Connection, name: str) -> bool:
    """Tell whether the account has a second factor that was confirmed."""
    query = select(second_factors.c.confirmed_at).where(second_factors.c.user_name == name)
    return conn.execute(query).scalar_one_or_none() is not None


def lock_factor(conn: Connection, name: str) -> Factor | None:
    """Return the factor of the account, held until the transaction ends: a code counts once."""
    query = select(second_factors).where(second_factors.c.user_name == name).with_for_update()
    row = conn.execute(query).one_or_none()
    return None if row is None else Factor(row.secret, row.confirmed_at, row.last_step)


def offer_secret(conn: Connection, name: str, secret: bytes, at: datetime) -> bytes:
    """Keep `secret` for an account that has none yet, and return the one it has now."""
    row = upsert(second_factors).values(user_name=name, secret=secret, made_at=at)
    conn.execute(row.on_conflict_do_nothing())
    query = select(second_factors.c.secret).where(second_factors.c.user_name == name)
    return bytes(conn.execute(query).scalar_one())


def use_step(conn: Connection, name: str, step: int) -> None:
    """Note which code was used: neither it nor an older one is taken again."""
    used = update(second_factors).where(second_factors.c.user_name == name)
    conn.execute(used.values(last_step=step))


def confirm(conn: Connection, name: str, at: datetime, codes: Iterable[str]) -> None:
    """Put the factor in force, with the hashes of its recovery codes in place of older ones."""
    conn.execute(
        update(second_factors).where(second_factors.c.user_name == name).values(confirmed_at=at)
    )
    conn.execute(delete(recovery_codes).where(recovery_codes.c.user_name == name))
    rows = [{"user_name": name, "code_hash": code} for code in codes]
    conn.execute(insert(recovery_codes), rows)


def use_recovery(conn: Connection, name: str, code_hash: str, at: datetime) -> bool:
    """Use up a recovery code; return False when there is none such that is unused."""
    is_unused = (
        (recovery_codes.c.user_name == name)
        & (recovery_codes.c.code_hash == code_hash)
        & recovery_codes.c.used_at.is_(None)
    )
    return conn.execute(update(recovery_codes).where(is_unused).values(used_at=at)).rowcount == 1


def drop_factor(conn: Connection, name: str) -> bool:
    """Forget the factor of the account; return False when it had none."""
    conn.execute(delete(recovery_codes).where(recovery_codes.c.user_name == name))
    gone = delete(second_factors).where(second_factors.c.user_name == name)
    return conn.execute(gone).rowcount == 1


def confirmed(conn: Connection) -> dict[str, int]:
    """Return how many unused recovery codes each account with a second factor has left."""
    left = func.count(recovery_codes.c.code_hash).filter(recovery_codes.c.used_at.is_(None))
    query = (
        select(second_factors.c.user_name, left)
        .outerjoin(recovery_codes, recovery_codes.c.user_name == second_factors.c.user_name)
        .where(second_factors.c.confirmed_at.is_not(None))
        .group_by(second_factors.c.user_name)
    )
    return {row[0]: int(row[1]) for row in conn.execute(query)}
