"""`ioc admin distribute`: the large tables, spread over the servers of Citus."""

from typing import Annotated

import typer

from ioc.administered import administered
from ioc.db import transact
from ioc.distribution import SHARDS, SPREAD, distribute, statements


def distribute_tables(
    *,
    shards: Annotated[int, typer.Option(min=1, help="Parts of each table, for good.")] = SHARDS,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Spread the large tables over the servers that Citus knows; with services stopped."""
    if is_dry:
        for table in SPREAD:
            for statement in statements(table, shards):
                typer.echo(f"{statement};")
        return
    with administered(None) as centre:
        for table in transact(centre.engine, lambda conn: distribute(conn, shards)):
            typer.echo(f"{table} by {SPREAD[table].key}")
