"""`ioc admin screens …`: the displays on walls at which nobody signs in."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.administered import StateOption, administered, shell_actor
from ioc.displays import service

screens_app = typer.Typer(no_args_is_help=True, help="Displays on walls: add, list, revoke.")

Name = Annotated[str, typer.Argument(help="The display, e.g. lobby-left.")]


@screens_app.command("add")
def add_screen(
    name: Name,
    wall: Annotated[str, typer.Option(help="Which screen of walls.toml it shows.")] = "main",
    state: StateOption = None,
) -> None:
    """Print the path that opens the wall on a display; its token is shown this once.

    The token stands behind the #, which no browser sends: it is in no log of a server between.
    """
    with administered(state) as centre:
        token = service.add_display(centre, name, wall, actor=shell_actor())
    typer.echo(f"/screen#{token}")


@screens_app.command("list")
def list_screens(state: StateOption = None) -> None:
    """Show every display, what it shows, and when it was there last."""
    table = Table("name", "wall", "added", "seen", "state")
    with administered(state) as centre:
        for one in service.list_displays(centre):
            seen = "never" if one.seen_at is None else f"{one.seen_at:%Y-%m-%d %H:%M}"
            ended = one.revoked_at
            standing = "open" if ended is None else f"revoked {ended:%Y-%m-%d}"
            table.add_row(one.name, one.wall, f"{one.created_at:%Y-%m-%d}", seen, standing)
    Console().print(table)


@screens_app.command("revoke")
def revoke_screen(name: Name, state: StateOption = None) -> None:
    """End the token of a display; it goes dark within seconds."""
    with administered(state) as centre:
        service.revoke_display(centre, name, actor=shell_actor())
    typer.echo(f"revoked {name}")
