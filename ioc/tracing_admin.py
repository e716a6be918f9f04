"""`ioc admin trace`: who was where a person was, for the teams that trace contacts."""

import csv
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from ioc.administered import StateOption, administered, shell_actor
from ioc.errors import InvalidInput
from ioc.lookups.model import Purpose
from ioc.persons.numbers import number_of
from ioc.persons.rules import reference_of_number
from ioc.tracing import AROUND, trace

COLUMNS = ("person", "points", "first_at", "last_at", "times", "gap_s")


def trace_person(  # noqa: PLR0913  a command has an argument an option
    *,
    case: Annotated[str, typer.Option(help="The case it is for; it stands in the audit.")],
    purpose: Annotated[str, typer.Option(help="Why; it stands in the audit.")],
    number: Annotated[
        str, typer.Option(prompt=True, hide_input=True, help="Number of the person's document.")
    ],
    days: Annotated[int, typer.Option(min=1, max=21, help="How far back.")] = 14,
    minutes: Annotated[int, typer.Option(min=1, max=240, help="How near in time.")] = int(
        AROUND.total_seconds() // 60
    ),
    to: Annotated[Path | None, typer.Option(help="File for the contacts (CSV).")] = None,
    state: StateOption = None,
) -> None:
    """List who was scanned where a person was, near the time; persons go by their references."""
    with administered(state) as centre:
        now = centre.now()
        person = reference_of_number(centre.settings.secret, *number_of(number))
        why = Purpose(shell_actor(), purpose, case)
        span = (now - timedelta(days=days), now)
        found = trace(centre, person, span, why, timedelta(minutes=minutes))
    out = sys.stdout if to is None else to.open("w", encoding="utf-8-sig", newline="")
    try:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for one in found.contacts:
            when = one.first_at.isoformat(), one.last_at.isoformat()
            points = " ".join(one.points)
            writer.writerow((one.person, points, *when, one.times, int(one.gap.total_seconds())))
    finally:
        if to is not None:
            out.close()
    typer.echo(f"{len(found.visits)} scans, {len(found.contacts)} contacts", err=True)
    if found.is_cut:
        raise InvalidInput("days", "a point saw more than is looked at: ask for fewer minutes")
