"""`ioc admin users …` and `ioc admin keys …`: who may sign in, and which devices may send."""

import os
import secrets
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.access import managing, service
from ioc.access.model import Right, Role, User
from ioc.accounts import level_of, open_account
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
        made = User(name, role, display_name, scope, agency=agency)
        open_account(centre, made, password, actor=actor)
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


@users_app.command("enable")
def enable_user(name: UserName, state: StateOption = None) -> None:
    """Open an account that was shut."""
    with administered(state) as centre:
        managing.enable_user(centre, name, actor=shell_actor())
    typer.echo(f"enabled {name}")


@users_app.command("unlock")
def unlock_user(name: UserName, state: StateOption = None) -> None:
    """Let somebody sign in again whose failures shut the door, before its fifteen minutes."""
    with administered(state) as centre:
        managing.unlock(centre, name, actor=shell_actor())
    typer.echo(f"unlocked {name}")


@users_app.command("reset-factor")
def reset_factor(name: UserName, state: StateOption = None) -> None:
    """Forget the second factor of an account, whose telephone is lost, and end its sessions."""
    with administered(state) as centre:
        managing.drop_factor(centre, name, actor=shell_actor())
    typer.echo(f"{name} has no second factor any more")


@users_app.command("bind")
def bind_user(
    name: UserName,
    subject: Annotated[
        str | None, typer.Argument(help="Who he is at the identity provider; none = nobody.")
    ] = None,
    state: StateOption = None,
) -> None:
    """Say who an account is at the identity provider: what its refusal showed."""
    with administered(state) as centre:
        managing.bind_subject(centre, name, subject, actor=shell_actor())
    typer.echo(f"{name} is {'bound' if subject else 'unbound'}")


@users_app.command("sessions")
def list_sessions(
    name: Annotated[str | None, typer.Argument(help="Of one account; none = of all.")] = None,
    state: StateOption = None,
) -> None:
    """Show who is signed in now, and which doors are shut."""
    table = Table("session", "name", "from", "by", "opened", "last used", "browser")
    with administered(state) as centre:
        for one in managing.open_sessions(centre, name):
            times = (f"{at:%Y-%m-%d %H:%M}" for at in (one.opened_at, one.seen_at))
            came = one.came
            table.add_row(one.id, one.user.name, came.origin, came.way, *times, came.agent[:40])
        shut = managing.lockouts(centre)
    Console().print(table)
    for lock in shut:
        typer.echo(f"shut until {lock.until:%H:%M} UTC: {lock.name or lock.origin}")


@users_app.command("revoke")
def revoke_session(
    session: Annotated[str, typer.Argument(help="Id of the session as `sessions` shows it.")],
    state: StateOption = None,
) -> None:
    """End one session; its pages go before their next push."""
    with administered(state) as centre:
        managing.revoke_session(centre, session, actor=shell_actor())
    typer.echo(f"ended {session}")


@users_app.command("list")
def list_users(state: StateOption = None) -> None:
    """Show every account."""
    table = Table("name", "role", "shown as", "level", "scope", "agency", "2nd factor", "state")
    with administered(state) as centre:
        factors = managing.factors(centre)
        for user in service.list_users(centre):
            standing = "disabled" if user.is_disabled else "open"
            bound = level_of(centre, user).value, user.scope or "", user.agency or ""
            has_factor = "yes" if user.name in factors else "no"
            named = user.name, user.role.value, user.display_name
            table.add_row(*named, *bound, has_factor, standing)
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
