"""`ioc admin`: schema, checks, accounts and keys, of the configured stores or of a demo's."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ioc import audit
from ioc.access_admin import keys_app, users_app
from ioc.administered import StateOption, administered
from ioc.alarms_admin import alarms_app
from ioc.breaches_admin import breach_app
from ioc.briefings_admin import briefing_app
from ioc.cameras_admin import cameras_app
from ioc.cards_admin import cards_app
from ioc.check_config import check_config
from ioc.check_holes import config_holes
from ioc.city import load_city
from ioc.clock import local_day, utc_now
from ioc.db import migrate as migrate_schema
from ioc.db import take_back
from ioc.displays_admin import screens_app
from ioc.distribution_admin import distribute_tables
from ioc.embedded.state import make_state
from ioc.errors import InvalidInput
from ioc.holds_admin import hold_app
from ioc.lists_admin import lists_app
from ioc.notices_admin import notices_app
from ioc.packs_admin import packs_app
from ioc.permits_admin import check_permit
from ioc.privacy_admin import (
    list_backups,
    make_backup,
    restore_backup,
    run_archive,
    show_contents,
    verify,
    verify_certificates,
    write_assessment,
)
from ioc.readers_admin import readers_app
from ioc.replicas_admin import replica_app
from ioc.reviews_admin import doubt_report, export_labels
from ioc.rules_admin import try_rules
from ioc.sampling_admin import audit_finding, audit_sample
from ioc.seeding import seed_demo
from ioc.signing import signing_key
from ioc.subjects_admin import subject_app
from ioc.tracing_admin import trace_person
from ioc.upkeep import purge_and_certify
from ioc.upkeep import recount as recount_all
from ioc.vehicles.upkeep import ensure_days
from ioc.venues.upkeep import ensure_scan_days

app = typer.Typer(no_args_is_help=True, help="Schema, checks, accounts and keys of a centre.")
app.add_typer(users_app, name="users")
app.add_typer(keys_app, name="keys")
app.add_typer(screens_app, name="screens")
app.add_typer(notices_app, name="notices")
app.add_typer(lists_app, name="lists")
app.add_typer(readers_app, name="readers")
app.add_typer(cards_app, name="cards")
app.add_typer(briefing_app, name="briefing")
app.add_typer(subject_app, name="subject")
app.add_typer(breach_app, name="breach")
app.add_typer(hold_app, name="hold")
app.add_typer(replica_app, name="replica")
app.add_typer(packs_app)
app.command("doubt-report")(doubt_report)
app.command("export-labels")(export_labels)
app.add_typer(alarms_app)
app.add_typer(cameras_app)
app.command("check-permit")(check_permit)
app.command("try-rules")(try_rules)
app.command("trace")(trace_person)
app.command("audit-sample")(audit_sample)
app.command("audit-finding")(audit_finding)
app.command("backup")(make_backup)
app.command("backups")(list_backups)
app.command("archive")(run_archive)
app.command("contents")(show_contents)
app.command("restore")(restore_backup)
app.command("verify-certificates")(verify_certificates)
app.command("verify")(verify)
app.command("protection")(write_assessment)
app.command("distribute")(distribute_tables)

CONFIG = Path(__file__).resolve().parent.parent / "config"


@app.command()
def migrate(
    back_to: Annotated[
        str | None,
        typer.Option(help="An earlier revision (0023) instead; what later ones keep is lost."),
    ] = None,
    state: StateOption = None,
) -> None:
    """Bring the schema to this version and make the days ahead; again changes nothing."""
    with administered(state) as centre:
        if back_to is not None:
            take_back(centre.engine, back_to)
            typer.echo(f"the schema is that of {back_to}: start the version that goes with it")
            return
        migrate_schema(centre.engine)
        ensure_days(centre)
        ensure_scan_days(centre)
        signing_key(centre.settings)
    typer.echo("the schema is up to date")


@app.command()
def recount(state: StateOption = None) -> None:
    """Compare every tally with the facts it counts; exit 1 on any difference."""
    with administered(state) as centre:
        differences = recount_all(centre)
    for difference in differences:
        typer.echo(difference)
    if differences:
        typer.echo(f"{len(differences)} differences", err=True)
        raise typer.Exit(1)
    typer.echo("every tally equals its facts")


@app.command("verify-audit")
def verify_audit(state: StateOption = None) -> None:
    """Recompute the chain of the audit; exit 1 and name the first broken row."""
    with administered(state) as centre:
        length = audit.verify(centre)
    typer.echo(f"{length} rows, the chain holds")


@app.command()
def purge(state: StateOption = None) -> None:
    """Delete now what is past its days, here and in backups, and leave a signed certificate."""
    with administered(state) as centre:
        typer.echo(json.dumps(purge_and_certify(centre).says, ensure_ascii=False))


@app.command("seed-demo")
def seed(
    *,
    state: StateOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print users and key as one JSON line.")
    ] = False,
) -> None:
    """Fill a demo with permits, one user a role and an API key; again gives the same users."""
    with administered(state) as centre:
        if not centre.settings.is_demo:
            raise InvalidInput("IOC_DEMO", "is not 1: only a demo is filled with invented data")
        migrate_schema(centre.engine)
        known = seed_demo(centre, make_state(centre.settings.state_dir).secret)
    typer.echo(json.dumps(known, ensure_ascii=False, indent=None if as_json else 1))


@app.command("check-config")
def check(
    folder: Annotated[
        Path, typer.Argument(help="A city's folder.", show_default="config/hue")
    ] = CONFIG / "hue",
) -> None:
    """Name file, line and fault of everything wrong in a city's folder; exit 1 if anything is.

    What is right and leaves something unseen is told as a warning: a site without a camera.
    """
    faults = check_config(folder)
    for fault in faults:
        typer.echo(str(fault))
    if faults:
        raise typer.Exit(1)
    city = load_city(folder)
    for hole in config_holes(folder, city, local_day(utc_now(), city.zone)):
        typer.echo(f"warning: {hole}")
    typer.echo(f"{folder}: nothing wrong")
