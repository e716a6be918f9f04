"""`ioc admin backup`, `backups`, `restore`, `verify-certificates` and `protection`."""

from pathlib import Path
from typing import Annotated

import typer

from ioc import audit, certificates
from ioc.administered import StateOption, administered, shell_actor
from ioc.backups import back_up, backups, require_whole
from ioc.city import load_city
from ioc.labels import CONFIG_DIR, Language
from ioc.protection import assessment
from ioc.reports.catalogue import read_catalogue
from ioc.restoring import restore


def make_backup(state: StateOption = None) -> None:
    """Back up the store and its pictures into IOC_BACKUPS; delete backups past their days."""
    with administered(state) as centre:
        made = back_up(centre)
        typer.echo(str(made.folder))


def list_backups(state: StateOption = None) -> None:
    """List the backups there are, oldest first, and until when each is kept."""
    with administered(state) as centre:
        kept = centre.city.policy.backups
        for one in backups(centre):
            made, until = one.made_at, one.made_at + kept
            typer.echo(
                f"{one.folder.name}  made {made:%Y-%m-%d %H:%M}  until {until:%Y-%m-%d %H:%M}"
            )


def restore_backup(
    name: Annotated[str, typer.Argument(help="Its name, as `backups` lists it.")],
    state: StateOption = None,
) -> None:
    """Put a backup back, without what was purged or erased since; services must be stopped."""
    with administered(state) as centre:
        done = restore(centre, name, shell_actor())
    typer.echo(f"{name} is restored; {done.pictures} pictures came back")
    typer.echo(
        f"forgotten again: {done.purged} rows past their days, {done.erased} erased on request"
    )
    if not done.is_chain_whole:
        typer.echo("the audit is the backup's: what was looked up since is lost", err=True)
    for difference in done.differences:
        typer.echo(difference, err=True)
    if done.differences:
        raise typer.Exit(1)


def write_assessment(
    to: Annotated[Path, typer.Argument(help="File to write (Markdown).")],
    folder: Annotated[
        Path, typer.Option(help="A city's folder.", show_default="config/hue")
    ] = CONFIG_DIR / "hue",
    language: Annotated[Language, typer.Option(help="Language of the file.")] = Language.EN,
) -> None:
    """Write the data-protection impact assessment of a city from its configuration."""
    city = load_city(folder)
    catalogue, faults = read_catalogue(folder, city)
    for fault in faults:
        raise fault
    to.write_text(assessment(city, catalogue, language), encoding="utf-8")
    typer.echo(f"{to}: review by {city.policy.review_on}")


def verify(state: StateOption = None) -> None:
    """Check the audit's chain, the certificates of purges and the backups; exit 1 on any fault."""
    with administered(state) as centre:
        rows, nights = audit.verify(centre), certificates.verify(centre)
        kept = backups(centre)
        for one in kept:
            require_whole(one)
    typer.echo(f"{rows} rows of the audit, {nights} certificates, {len(kept)} backups: all hold")


def verify_certificates(state: StateOption = None) -> None:
    """Check the signatures of all certificates of purges, and that none is missing."""
    with administered(state) as centre:
        found = certificates.verify(centre)
    typer.echo(f"{found} certificates, all signed by this installation, none missing")
