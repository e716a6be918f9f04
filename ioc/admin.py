"""`ioc admin`: schema, checks, accounts and keys, on the configured stores."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ioc import audit
from ioc.access_admin import keys_app, users_app
from ioc.centre import Centre, open_centre
from ioc.check_config import check_config
from ioc.db import migrate as migrate_schema
from ioc.errors import IocError
from ioc.settings import load_settings
from ioc.upkeep import purge as purge_old
from ioc.vehicles.upkeep import ensure_days
from ioc.vehicles.upkeep import recount as recount_sightings

app = typer.Typer(no_args_is_help=True, help="Schema, checks, accounts and keys of a centre.")
app.add_typer(users_app, name="users")
app.add_typer(keys_app, name="keys")

CONFIG = Path(__file__).resolve().parent.parent / "config"


@contextmanager
def _centre() -> Iterator[Centre]:
    """Open the configured centre; a failure ends the command with its sentence."""
    try:
        with open_centre(load_settings()) as centre:
            yield centre
    except IocError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from fault


@app.command()
def migrate() -> None:
    """Bring the schema to this version and make the days ahead; again changes nothing."""
    with _centre() as centre:
        migrate_schema(centre.engine)
        ensure_days(centre)
    typer.echo("the schema is up to date")


@app.command()
def recount() -> None:
    """Compare every tally with the facts it counts; exit 1 on any difference."""
    with _centre() as centre:
        differences = recount_sightings(centre)
    for difference in differences:
        typer.echo(difference)
    if differences:
        typer.echo(f"{len(differences)} differences", err=True)
        raise typer.Exit(1)
    typer.echo("every tally equals its facts")


@app.command("verify-audit")
def verify_audit() -> None:
    """Recompute the chain of the audit; exit 1 and name the first broken row."""
    with _centre() as centre:
        length = audit.verify(centre)
    typer.echo(f"{length} rows, the chain holds")


@app.command()
def purge() -> None:
    """Delete now what is past its days, as the timekeeper does each hour."""
    with _centre() as centre:
        typer.echo(json.dumps(purge_old(centre)))


@app.command("check-config")
def check(
    folder: Annotated[
        Path, typer.Argument(help="A city's folder.", show_default="config/hue")
    ] = CONFIG / "hue",
) -> None:
    """Name file, line and fault of everything wrong in a city's folder; exit 1 if anything is."""
    faults = check_config(folder)
    for fault in faults:
        typer.echo(str(fault))
    if faults:
        raise typer.Exit(1)
    typer.echo(f"{folder}: nothing wrong")
