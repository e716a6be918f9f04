"""The table of displays and its SQL. A token stands here as its SHA-256 only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    Row,
    Table,
    Text,
    any_,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from ioc.db import UtcDateTime, metadata
from ioc.displays.model import Display

BYTES = ARRAY(LargeBinary)

displays = Table(
    "displays",
    metadata,
    Column("name", Text, primary_key=True),
    Column("wall", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)


def add(conn: Connection, display: Display, token_hash: bytes) -> bool:
    """Insert `display`, or give a revoked one of its name a new token; False when one is open."""
    fresh = {
        "wall": display.wall,
        "token_hash": token_hash,
        "created_at": display.created_at,
        "seen_at": None,
        "revoked_at": None,
    }
    row = upsert(displays).values(name=display.name, **fresh)
    is_revoked = displays.c.revoked_at.is_not(None)
    done = conn.execute(
        row.on_conflict_do_update(index_elements=["name"], set_=fresh, where=is_revoked)
    )
    return done.rowcount == 1


def find(conn: Connection, token_hashes: Sequence[bytes]) -> dict[bytes, Display]:
    """Return the displays of tokens, revoked or not, by the hash of each."""
    query = select(displays).where(
        displays.c.token_hash == any_(literal(list(token_hashes), BYTES))
    )
    return {bytes(row.token_hash): _display(row) for row in conn.execute(query)}


def touch(conn: Connection, names: Sequence[str], at: datetime) -> None:
    """Note that the displays were there; the order of the rows is that of their names."""
    for name in sorted(names):
        conn.execute(update(displays).where(displays.c.name == name).values(seen_at=at))


def every(conn: Connection) -> Sequence[Display]:
    """Return every display by name."""
    return [_display(row) for row in conn.execute(select(displays).order_by(displays.c.name))]


def revoke(conn: Connection, name: str, at: datetime) -> bool:
    """End the token of a display; False when there is none that is open."""
    is_open = (displays.c.name == name) & displays.c.revoked_at.is_(None)
    return conn.execute(update(displays).where(is_open).values(revoked_at=at)).rowcount == 1


def _display(row: Row[tuple[object, ...]]) -> Display:
    return Display(row.name, row.wall, row.created_at, row.seen_at, row.revoked_at)
