"""Which tables grow too large for one server, and by which column Citus spreads each over many.

These take a row for each read, scan, dose, test or picture; every statement that is run for one of
them carries the key, so it goes to one shard. All other tables stay whole on the coordinator: their
rows are people's decisions and sums, and they are joined, locked and held together by constraints
that reach across. Why so, and what Citus asks for: docs/adr/0056.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from ioc.errors import Conflict, Unavailable


@dataclass(frozen=True)
class Spread:
    """How a table is spread.

    Attributes:
        key: the column by whose hash a row finds its shard.
        primary_key: the columns of its primary key, which must hold `key`; none: it has none.
        beside: the table in whose shards the rows of the same key lie; empty: its own.
    """

    key: str
    primary_key: tuple[str, ...]
    beside: str = ""


SPREAD = {
    "intake": Spread("id", ("source", "kind", "id")),
    "scan_ids": Spread("key", ("key",)),
    "evidence": Spread("sha256", ("sha256",)),
    # By whom they are about: what is asked of one vehicle, or one person, is asked of one server.
    "sightings": Spread("plate", ("seen_at", "ref", "plate")),
    "scans": Spread("person", ()),
    "health_standing": Spread("person", ("person",)),
    "doses": Spread("person", ("person", "ref"), beside="health_standing"),
    "tests": Spread("person", ("person", "ref"), beside="health_standing"),
}
SHARDS = 64


def distribute(conn: Connection, shards: int = SHARDS) -> list[str]:
    """Spread the tables over the servers that Citus knows; return those that were not before.

    Rows that are there move along; nothing may be written meanwhile. Again changes nothing.

    Raises:
        Unavailable: the store has no Citus.
        Conflict: it knows no server to spread them over.
    """
    if conn.execute(HAS_CITUS).scalar_one_or_none() is None:
        raise Unavailable("the store has no Citus: CREATE EXTENSION citus, as its superuser")
    if not conn.execute(WORKERS).scalar_one():
        raise Conflict("Citus knows no worker: SELECT citus_add_node(host, 5432) for each")
    done = set(conn.execute(DONE).scalars())
    fresh = [table for table in SPREAD if table not in done]
    for table in fresh:
        for statement in statements(table, shards):
            conn.execute(text(statement))
    return fresh


def statements(table: str, shards: int = SHARDS) -> Iterator[str]:
    """Yield what spreads one table: its key first, where that must be widened."""
    spread = SPREAD[table]
    if table in WIDENED:
        columns = ", ".join(spread.primary_key)
        yield f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey"
        yield f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({columns})"
    beside = f"colocate_with := '{spread.beside or 'none'}'"
    count = "" if spread.beside else f", shard_count := {shards}"
    yield f"SELECT create_distributed_table('{table}', '{spread.key}', {beside}{count})"


# Its own id tells a sighting apart; on one server an index of less is enough.
WIDENED = frozenset({"sightings"})
HAS_CITUS = text("SELECT 1 FROM pg_extension WHERE extname = 'citus'")
WORKERS = text("SELECT count(*) FROM pg_dist_node WHERE isactive AND shouldhaveshards")
DONE = text("""
    SELECT CAST(logicalrelid AS text) FROM pg_dist_partition WHERE partmethod = 'h'
""")
