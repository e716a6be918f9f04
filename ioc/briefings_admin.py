"""`ioc admin briefing …`: freeze the report of a day, list, write one as a file, check all."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.administered import StateOption, administered, shell_actor
from ioc.briefings.edition import Edition
from ioc.briefings.export import csv_of, xlsx_of
from ioc.briefings.page import sheet_of
from ioc.briefings.paint import pdf_of
from ioc.briefings.rules import contents_of, state_of
from ioc.briefings.service import book, find_issue, freeze, issues, names
from ioc.errors import IocError
from ioc.labels import Language
from ioc.wording import Wording

briefing_app = typer.Typer(no_args_is_help=True, help="The digital report: freeze, list, write.")
IssueName = Annotated[str, typer.Argument(help="Number and version, as in `list`: 20-1.")]


class FileKind(StrEnum):
    """As what an issue is written."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"


@briefing_app.command("freeze")
def freeze_day(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day reported.")],
    state: StateOption = None,
) -> None:
    """Freeze the report of a day that is over, as it is known now; again changes nothing."""
    with administered(state) as centre:
        issue = freeze(centre, day.date(), shell_actor())
    typer.echo(f"{issue.name}: {issue.day.isoformat()}, SHA-256 {issue.digest}")


@briefing_app.command("list")
def list_issues(state: StateOption = None) -> None:
    """Show the issues there are, the newest first."""
    table = Table("issue", "day", "frozen", "by", "state", "code")
    with administered(state) as centre:
        signs, zone = book(centre).signs, centre.city.zone
        for one in issues(centre):
            frozen_at = f"{one.frozen_at.astimezone(zone):%Y-%m-%d %H:%M}"
            standing = state_of(one, signs).value
            table.add_row(
                one.name, one.day.isoformat(), frozen_at, one.frozen_by, standing, one.code
            )
    Console().print(table)


@briefing_app.command("write")
def write(
    name: IssueName,
    *,
    out: Annotated[Path, typer.Option(help="File to write.")],
    kind: Annotated[FileKind, typer.Option(help="As what.")] = FileKind.PDF,
    language: Annotated[Language, typer.Option(help="In which language.")] = Language.VI,
    state: StateOption = None,
) -> None:
    """Write an issue as PDF, XLSX or CSV."""
    make = {
        FileKind.PDF: lambda one: pdf_of(sheet_of(one), one.text(one.book.centre)),
        FileKind.XLSX: xlsx_of,
        FileKind.CSV: csv_of,
    }
    with administered(state) as centre:
        issue = find_issue(centre, name)
        words = Wording(language, centre.city.zone)
        edition = Edition(
            contents_of(issue), book(centre), centre.city, words, issue, names(centre)
        )
        out.write_bytes(make[kind](edition))
    typer.echo(f"{out}: issue {name}, code {issue.code}")


@briefing_app.command("verify")
def verify(state: StateOption = None) -> None:
    """Hold the figures of every issue against its digest; exit 1 where one was changed."""
    with administered(state) as centre:
        found = issues(centre)
        faults = []
        for one in found:
            try:
                contents_of(find_issue(centre, one.name))
            except IocError as fault:
                faults.append(str(fault))
    for told in faults:
        typer.echo(told, err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"{len(found)} issues, as they were frozen")
