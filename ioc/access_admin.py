"""`ioc admin users …` and `ioc admin keys …`: who may sign in, and which devices may send."""

import os
import secrets
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.access import service
from ioc.access.model import Right, Role
from ioc.administered import StateOption, administered, shell_actor

users_app = typer.Typer(no_args_is_help=True, help="Accounts of people: create, list, disable.")
keys_app = typer.Typer(no_args_is_help=True, help="API keys of devices and agencies.")

PASSWORD_VARIABLE = "IOC_NEW_PASSWORD"

UserName = Annotated[str, typer.Argument(help="Name the person signs in with.")]


def _new_password() -> str:
    """Return the password of the environment, of a prompt, or a random one that is shown."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is not None:
        return given
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    password = secrets.token_urlsafe(15)
    typer.echo(f"password: {password}")
    return password


@users_app.command("create")
def create_user(
    name: UserName,
    role: Annotated[Role, typer.Option(help="What the person is; it decides the pages.")],
    display_name: Annotated[str, typer.Option(help="Name shown on the screen.")],
    scope: Annotated[
        str | None, typer.Option(help="Code of a district or a commune; none = whole province.")
    ] = None,
    agency: Annotated[str | None, typer.Option(help="Id of the agency he works for.")] = None,
    state: StateOption = None,
) -> None:
    """Create an account; the password comes from IOC_NEW_PASSWORD, a prompt, or at random."""
    with administered(state) as centre:
        password = _new_password()
        actor = shell_actor()
        service.create_user(
            centre, name, password, role, display_name, scope, agency=agency, actor=actor
        )
    typer.echo(f"created {name} ({role.value})")


@users_app.command("password")
def set_password(name: UserName, state: StateOption = None) -> None:
    """Set a new password and end the account's sessions."""
    with administered(state) as centre:
        service.set_password(centre, name, _new_password(), actor=shell_actor())
    typer.echo(f"password of {name} set")


@users_app.command("disable")
def disable_user(name: UserName, state: StateOption = None) -> None:
    """Shut an account and end its sessions."""
    with administered(state) as centre:
        service.disable_user(centre, name, actor=shell_actor())
    typer.echo(f"disabled {name}")


@users_app.command("list")
def list_users(state: StateOption = None) -> None:
    """Show every account."""
    table = Table("name", "role", "shown as", "scope", "state")
    with administered(state) as centre:
        for user in service.list_users(centre):
            standing = "disabled" if user.is_disabled else "open"
            shown = (user.name, user.role.value, user.display_name, user.scope or "", standing)
            table.add_row(*shown)
    Console().print(table)


@keys_app.command("create")
def create_key(
    source: Annotated[str, typer.Argument(help="Who sends; ids are unique in a source.")],
    right: Annotated[list[Right], typer.Option(help="What the key may do; repeat for more.")],
    point: Annotated[
        list[str] | None, typer.Option(help="A point that a device scans at; repeat for more.")
    ] = None,
    state: StateOption = None,
) -> None:
    """Create an API key and show it, this once."""
    with administered(state) as centre:
        typer.echo(service.create_key(centre, source, right, point or (), actor=shell_actor()))


@keys_app.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="Id of the key as `keys list` shows it.")],
    state: StateOption = None,
) -> None:
    """End a key; services refuse it within five seconds."""
    with administered(state) as centre:
        service.revoke_key(centre, key_id, actor=shell_actor())
    typer.echo(f"revoked {key_id}")


@keys_app.command("list")
def list_keys(state: StateOption = None) -> None:
    """Show every key by its id, never the key itself."""
    table = Table("id", "source", "rights", "points", "created", "state")
    with administered(state) as centre:
        for key in service.list_keys(centre):
            standing = "open" if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d}"
            created = "" if key.created_at is None else f"{key.created_at:%Y-%m-%d %H:%M}"
            bound = ", ".join(sorted(key.points))
            rights = ", ".join(sorted(key.rights))
            table.add_row(key.id, key.source, rights, bound, created, standing)
    Console().print(table)
