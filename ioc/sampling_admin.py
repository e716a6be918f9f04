"""`ioc admin audit-sample` and `audit-finding`: look-ups drawn for the auditor, what he finds."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ioc.administered import StateOption, administered, shell_actor
from ioc.sampling import AuditFinding, monthly_sample, note_finding

COLUMNS = ("entry", "at", "actor", "action", "subject", "purpose", "finding", "note")
Month = Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="The month, such as 2026-10.")]


def audit_sample(
    month: Month,
    to: Annotated[Path, typer.Option(help="File for the look-ups (CSV).")],
    state: StateOption = None,
) -> None:
    """Draw the look-ups of a month for the auditor, at least one of everybody who looked."""
    with administered(state) as centre:
        sample = monthly_sample(centre, month.date())
    with to.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for one in sample.drawn:
            finding = "" if one.finding is None else one.finding.value
            row = (one.entry, one.at.isoformat(), one.actor, one.action, one.subject)
            writer.writerow((*row, one.purpose, finding, one.note or ""))
    told = f"{len(sample.drawn)} of {sample.lookups} look-ups of {sample.actors} people"
    typer.echo(f"{told}, drawn by {sample.seed[:16] or 'none'}")


def audit_finding(
    month: Month,
    entry: Annotated[int, typer.Argument(help="Number of the look-up in the sample.")],
    finding: Annotated[AuditFinding, typer.Argument(help="What was found of it.")],
    note: Annotated[str, typer.Option(help="Why; needed but for justified ones.")] = "",
    state: StateOption = None,
) -> None:
    """Note what the auditor found of one look-up."""
    with administered(state) as centre:
        note_finding(centre, month.date(), entry, finding, note, shell_actor())
    typer.echo(f"{entry}: {finding.value}")
