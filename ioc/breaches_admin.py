"""`ioc admin breach …`: the register of breaches of personal data, with its clock."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.administered import StateOption, administered, shell_actor
from ioc.breaches import service
from ioc.breaches.model import Breach, BreachStep
from ioc.breaches.rules import hours_left

breach_app = typer.Typer(
    no_args_is_help=True, help="Breaches of personal data: entered, told in time, closed."
)

Number = Annotated[int, typer.Argument(help="Number of the breach, as `list` shows it.")]


@breach_app.command("open")
def open_breach(
    what: Annotated[str, typer.Argument(help="What happened.")],
    kind: Annotated[list[str], typer.Option(help="Kind of record, as privacy.toml has it.")],
    people: Annotated[int | None, typer.Option(min=0, help="Of how many people, if known.")] = None,
    discovered: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M"], help="When, in the city's time; now if not said."),
    ] = None,
    state: StateOption = None,
) -> None:
    """Enter a breach; the authority is to be told within the hours that are printed."""
    with administered(state) as centre:
        zone = centre.city.zone
        at = centre.now() if discovered is None else discovered.replace(tzinfo=zone).astimezone(UTC)
        found = service.open_breach(centre, what, kind, people, at, shell_actor())
        typer.echo(f"breach {found.no}")
        due, left = found.due_at.astimezone(zone), hours_left(found, centre.now())
        typer.echo(f"tell the authority by {due:%Y-%m-%d %H:%M} ({left:.0f} hours left)")


@breach_app.command("step")
def step(
    number: Number,
    what: Annotated[BreachStep, typer.Argument(help="What was done.")],
    note: Annotated[str, typer.Option(help="To whom, how, with which result.")],
    state: StateOption = None,
) -> None:
    """Note what was done about a breach."""
    with administered(state) as centre:
        service.note_step(centre, number, what, note, shell_actor())
    typer.echo(f"breach {number}: {what.value}")


@breach_app.command("list")
def list_breaches(state: StateOption = None) -> None:
    """Show the register, what presses most first; exit 1 while one is overdue."""
    table = Table("no", "what", "kinds", "people", "discovered", "clock", "hours left")
    with administered(state) as centre:
        found = service.breaches(centre)
        for one, clock in found:
            table.add_row(*_cells(one), clock.value, _left(one, centre.now()))
    Console().print(table)
    if any(clock.value == "overdue" for _, clock in found):
        raise typer.Exit(1)


def _cells(one: Breach) -> tuple[str, ...]:
    people = "" if one.people is None else str(one.people)
    kinds = ", ".join(one.kinds)
    return str(one.no), one.what, kinds, people, f"{one.discovered_at:%Y-%m-%d %H:%M}Z"


def _left(one: Breach, now: datetime) -> str:
    return "" if one.told_at is not None else f"{hours_left(one, now):.0f}"
