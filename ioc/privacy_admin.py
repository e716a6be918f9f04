"""`ioc admin backup`, `backups`, `archive`, `restore`, `contents`, `verify` and `protection`."""

import logging
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ioc import audit, certificates
from ioc.administered import StateOption, administered, shell_actor
from ioc.archiving import keep_archive
from ioc.backups import back_up, backups, require_whole
from ioc.city import load_city
from ioc.clock import require_aware
from ioc.contents import contents, differences, read_contents, write_contents
from ioc.embedded.replica import ROLE, let_follow, running_postgres
from ioc.errors import InvalidInput
from ioc.labels import CONFIG_DIR, Language
from ioc.log_receiver import NAME
from ioc.probes import probed
from ioc.protection import assessment
from ioc.reports.catalogue import read_catalogue
from ioc.restoring import restore
from ioc.rewinding import rewind
from ioc.serving import told_to_end
from ioc.vitals import Vitals


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
    name: Annotated[str | None, typer.Argument(help="Its name, as `backups` lists it.")] = None,
    until: Annotated[
        str | None,
        typer.Option(help="An instant with its offset, or `latest`: from the archive instead."),
    ] = None,
    state: StateOption = None,
) -> None:
    """Put a backup back, without what was purged or erased since; services must be stopped."""
    if (name is None) == (until is None):
        raise InvalidInput("NAME", "give the name of a backup, or --until and an instant")
    with administered(state) as centre:
        if name is None:
            name = rewind(centre, None if until == "latest" else _instant(until)).folder.name
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


def run_archive(state: StateOption = None) -> None:
    """Keep the store's log as it is written, a copy of it a day and all pictures, until stopped.

    The engine of --state, or the server of IOC_ARCHIVE_URL under a role that may replicate.
    """
    follows = threading.Event()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with administered(state) as centre:
        source = _archived(state)
        page = Vitals("archive", centre).page
        with probed(os.environ, page, lambda: {"follows": follows.is_set()}):
            keep_archive(centre, source, told_to_end(), follows)


def show_contents(
    *,
    into: Annotated[
        Path | None, typer.Option(help="File to write them into, to compare with later.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="File to compare with; exit 1 on any difference.")
    ] = None,
    state: StateOption = None,
) -> None:
    """Tell what every table holds: its rows, and a digest of them in whatever order."""
    with administered(state) as centre:
        found = contents(centre)
    if into is not None:
        write_contents(found, into)
    if compare is None:
        for name, one in found.items():
            typer.echo(f"{name:24} {one.rows:10} {one.digest}")
        return
    differing = differences(read_contents(compare), found)
    for difference in differing:
        typer.echo(difference)
    if differing:
        raise typer.Exit(1)
    typer.echo(f"{sum(one.rows for one in found.values())} rows of {len(found)} tables: equal")


def _archived(state: Path | None) -> str:
    """Return the address of the engine to be archived, under a role that may replicate."""
    if state is None:
        url = os.environ.get("IOC_ARCHIVE_URL", "").strip()
        if not url:
            raise InvalidInput(
                "IOC_ARCHIVE_URL", "is not set: the server's address under a role WITH REPLICATION"
            )
        return url
    engine = running_postgres(state)
    let_follow(engine, NAME)
    return engine.url(ROLE)


def _instant(text: str | None) -> datetime:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        raise InvalidInput(
            "--until", f"{text!r} is no instant like 2026-11-28T07:30+07:00"
        ) from None
    return require_aware("--until", at)


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
