"""What the store holds, one line a table: how many rows, and a digest that knows no order.

Two stores with the same lines hold the same: that is how a restore is compared with what was.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput

# They go on by being looked at: a restore notes itself, a night's purge signs itself. The audit's
# chain proves itself (`ioc admin verify`).
MOVING = frozenset({
    "audit", "audit_link", "audit_open", "purge_certificates", "sessions", "sign_in_attempts",
    "alembic_version", "config_versions",
})  # fmt: skip


@dataclass(frozen=True)
class Held:
    """What one table holds: rows, and the sum of their hashes."""

    rows: int
    digest: str


def contents(centre: Centre) -> dict[str, Held]:
    """Return what every table holds, from one snapshot; those that move by themselves are left out.

    Partitions are counted with their table; so they may be cut otherwise. Tallies are, too, by
    writer: what they sum up to is compared by `ioc admin recount`.
    """

    def work(conn: Connection) -> dict[str, Held]:
        conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        return {name: _held(conn, name) for name in conn.execute(TABLES).scalars()}

    return {name: one for name, one in transact(centre.engine, work).items() if name not in MOVING}


def differences(before: Mapping[str, Held], now: Mapping[str, Held]) -> list[str]:
    """Return in words where two stores differ, table by table."""
    found = []
    for name in sorted({*before, *now}):
        one, other = before.get(name), now.get(name)
        if one == other:
            continue
        if one is None or other is None:
            found.append(f"{name}: only in the store {'of now' if one is None else 'of then'}")
        elif one.rows != other.rows:
            found.append(f"{name}: {one.rows} rows then, {other.rows} now")
        else:
            found.append(f"{name}: {one.rows} rows, of another content")
    return found


def write_contents(found: Mapping[str, Held], file: Path) -> None:
    """Write down what a store holds, to be compared with later."""
    lines = {name: asdict(one) for name, one in sorted(found.items())}
    file.write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")


def read_contents(file: Path) -> dict[str, Held]:
    """Return what was written down.

    Raises:
        InvalidInput: the file cannot be read, or holds something else.
    """
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return {name: Held(int(one["rows"]), str(one["digest"])) for name, one in rows.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InvalidInput(str(file), f"holds no contents of a store: {fault}") from fault


def _held(conn: Connection, name: str) -> Held:
    row = conn.execute(text(f'SELECT count(*), {DIGEST} FROM "{name}" AS one')).one()
    return Held(int(row[0]), f"{int(row[1]) % (1 << 64):016x}")


DIGEST = "coalesce(sum(CAST(hashtextextended(CAST(one.* AS text), 0) AS numeric)), 0)"
TABLES = text("""
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
""")
