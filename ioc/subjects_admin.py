"""`ioc admin subject …`: what people ask about their data, received, told, erased, in time."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.administered import StateOption, administered, shell_actor
from ioc.errors import InvalidInput
from ioc.holds.service import keep_all
from ioc.labels import Language, label
from ioc.subjects import export, service
from ioc.subjects.model import About, Request, RequestKind, Subject

subject_app = typer.Typer(
    no_args_is_help=True, help="What a person asks about his data: told, or erased, in time."
)

Number = Annotated[int, typer.Argument(help="Number of the request, as `list` shows it.")]
Language_ = Annotated[Language, typer.Option("--language", help="Language of the answer.")]


@subject_app.command("receive")
def receive(
    kind: Annotated[RequestKind, typer.Argument(help="What is asked for.")],
    checked: Annotated[str, typer.Option(help="How it was made sure who asks.")],
    plate: Annotated[str | None, typer.Option(help="The plate, if it is about a vehicle.")] = None,
    number: Annotated[
        str | None, typer.Option(help="Number of a document; asked for where it is left out.")
    ] = None,
    state: StateOption = None,
) -> None:
    """Take a request in and say until when it is to be acknowledged and answered."""
    if plate is not None and number is not None:
        raise InvalidInput("--plate", "is given beside a number: one request is about one of them")
    if plate is not None:
        subject = Subject(About.PLATE, plate)
    else:
        # Not on the command line, where everybody on the machine could read it.
        given = number or str(typer.prompt("Number of the document", hide_input=True))
        subject = Subject(About.PERSON, given)
    with administered(state) as centre:
        request = service.receive(centre, kind, subject, checked, shell_actor())
        zone = centre.city.zone
    typer.echo(f"request {request.no}")
    typer.echo(f"acknowledge by {request.acknowledge_by}")
    typer.echo(f"answer by {request.answer_by.astimezone(zone):%Y-%m-%d %H:%M}")


@subject_app.command("report")
def report(
    number: Number,
    to: Annotated[Path, typer.Option(help="File to write: .txt to read, .json for a machine.")],
    language: Language_ = Language.VI,
    state: StateOption = None,
) -> None:
    """Write everything that is held on who asks into a file; that ends a request for access."""
    with administered(state) as centre:
        request, sections = service.tell(centre, number, shell_actor())
        if to.suffix == ".json":
            text = export.as_json(centre, request, sections)
        else:
            text = export.as_text(centre, request, sections, language)
    to.touch(mode=0o600)
    to.write_text(text, encoding="utf-8")
    typer.echo(f"{sum(len(one.rows) for one in sections)} records in {to}")


@subject_app.command("erase")
def erase(
    number: Number,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for a machine.")] = False,
    language: Language_ = Language.VI,
    state: StateOption = None,
) -> None:
    """Erase what is held on who asks; what a law or a matter under way keeps is named."""
    with administered(state) as centre:
        if not dry_run:
            keep_all(centre)
        outcome = service.erase(centre, number, shell_actor(), dry_run=dry_run)
        told = export.outcome_text(centre, outcome, language)
    typer.echo(export.outcome_json(outcome) if as_json else told, nl=False)


@subject_app.command("list")
def list_requests(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Show answered ones, too.")] = False,
    state: StateOption = None,
) -> None:
    """Show the requests that wait, the most pressing first; nobody's number is shown."""
    table = Table("no", "asks for", "about", "received", "answer by", "state")
    with administered(state) as centre:
        for one in service.requests(centre, is_open=not everything):
            late = one.answered_at is None and one.answer_by < centre.now()
            standing = _standing(one, is_late=late)
            kind, about = label(one.kind, Language.EN), label(one.subject.about, Language.EN)
            received, due = f"{one.received_at:%Y-%m-%d}", f"{one.answer_by:%Y-%m-%d}"
            table.add_row(str(one.no), kind, about, received, due, standing)
    Console().print(table)


@subject_app.command("redo")
def redo(state: StateOption = None) -> None:
    """Do every erasure of the ledger again: after a store was put back by other means than ours."""
    with administered(state) as centre:
        keep_all(centre)
        rows = service.erase_again(centre)
    typer.echo(f"{rows} rows erased again")


def _standing(request: Request, *, is_late: bool) -> str:
    if request.answered_at is not None:
        return f"answered {request.answered_at:%Y-%m-%d}"
    return "overdue" if is_late else "open"
