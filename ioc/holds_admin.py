"""`ioc admin hold …`: what is kept of a person, a plate or an alert beyond its day, by law."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.administered import StateOption, administered, shell_actor
from ioc.clock import local_day
from ioc.holds import service
from ioc.holds.model import HeldKind

hold_app = typer.Typer(
    no_args_is_help=True, help="Legal holds: placed with a reason, looked at again, released."
)

Number = Annotated[int, typer.Argument(help="Number of the hold, as `list` shows it.")]


@hold_app.command("place")
def place(
    kind: Annotated[HeldKind, typer.Argument(help="What is held.")],
    reason: Annotated[str, typer.Option(help="Which matter, which order.")],
    review: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], help="Day by which it is looked at again."),
    ],
    subject: Annotated[
        str, typer.Option(prompt=True, help="Number of a document, plate, number of an alert.")
    ],
    state: StateOption = None,
) -> None:
    """Keep what is held on somebody from now on, whatever the purge deletes."""
    with administered(state) as centre:
        number = service.hold(centre, kind, subject, reason, review.date(), shell_actor())
        rows = service.keep_new(centre)
    typer.echo(f"hold {number}: {rows} rows kept")


@hold_app.command("release")
def release(
    number: Number,
    why: Annotated[str, typer.Option(help="Why it is no longer needed.")],
    state: StateOption = None,
) -> None:
    """Release a hold: the next purge deletes what was kept for it."""
    with administered(state) as centre:
        service.release(centre, number, why, shell_actor())
    typer.echo(f"hold {number}: released")


@hold_app.command("list")
def list_holds(state: StateOption = None) -> None:
    """Show holds by their day of review, of nobody by name; exit 1 while one is past it."""
    table = Table("no", "kind", "reason", "review", "held", "by", "rows", "pictures", "state")
    with administered(state) as centre:
        today = local_day(centre.now(), centre.city.zone)
        found = service.holds(centre)
    for one in found:
        standing = "released" if one.released_at else _standing(one.review_on, today)
        held = f"{one.held_at:%Y-%m-%d}"
        counts = (str(one.rows), str(one.pictures))
        table.add_row(str(one.no), one.kind.value, one.reason, f"{one.review_on}", held,
                      one.held_by, *counts, standing)  # fmt: skip
    Console().print(table)
    if any(one.released_at is None and one.review_on <= today for one in found):
        raise typer.Exit(1)


@hold_app.command("export")
def export(
    number: Number,
    to: Annotated[Path, typer.Option(help="File for the rows (JSON lines).")],
    purpose: Annotated[str, typer.Option(help="Who asks for it, by which order.")],
    state: StateOption = None,
) -> None:
    """Write what was kept for a hold; who takes it, and what for, stands in the audit."""
    with administered(state) as centre:
        rows = service.read(centre, number, shell_actor(), purpose)
    to.touch(mode=0o600)
    with to.open("w", encoding="utf-8") as out:
        for row in rows:
            line = {"table": row.of_table, "kept_at": row.kept_at.isoformat(), "row": row.content}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    typer.echo(f"{len(rows)} rows in {to}")


def _standing(review_on: date, today: date) -> str:
    return "review is due" if review_on <= today else "stands"
