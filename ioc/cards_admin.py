"""`ioc admin cards …`: print what was issued, check a card without network."""

from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ioc.administered import StateOption, administered, shell_actor
from ioc.cards.faces import Face, face_of, note_printed, unprinted_faces, waiting_to_print
from ioc.cards.model import CardMedium
from ioc.cards.paper import CardSheets
from ioc.clock import utc_now
from ioc.persons.codes import CodeKeys, Proof, open_code
from ioc.signing import checking_key

cards_app = typer.Typer(no_args_is_help=True, help="Cards of the personal QR: print, check.")
MOST = 100_000


class Layout(StrEnum):
    """How cards stand on paper."""

    SHEET = "sheet"
    CARD = "card"


@cards_app.command("print")
def print_cards(  # noqa: PLR0913 - each option of the command line is one
    *,
    out: Annotated[Path, typer.Argument(help="The PDF to write.")],
    medium: Annotated[
        CardMedium, typer.Option(help="Cards of which kind, that nobody printed yet.")
    ] = CardMedium.PAPER,
    unit: Annotated[str | None, typer.Option(help="Id of a unit; none = of all.")] = None,
    layout: Annotated[
        Layout, typer.Option(help="sheet: ten on A4 to cut; card: one a page of 85.6 x 54 mm.")
    ] = Layout.SHEET,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many.")] = 10_000,
    qid: Annotated[
        list[str] | None, typer.Option(help="Print this card again; repeat for more.")
    ] = None,
    state: StateOption = None,
) -> None:
    """Print the cards that nobody printed yet, or named ones again; then they count as printed."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    draft = out.with_name(f".{out.name}.part")
    printed: list[Face] = []
    with (
        administered(state) as centre,
        Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress,
    ):
        named = ([face_of(centre, one) for one in qid],) if qid else ()
        waiting = len(qid) if qid else min(limit, waiting_to_print(centre, medium, unit))
        task = progress.add_task(out.name, total=waiting)
        batches = named or unprinted_faces(centre, medium, unit, limit)
        try:
            with draft.open("wb") as file:
                sheets = CardSheets(file, centre.city.name, to_cut=layout is Layout.SHEET)
                for face in chain.from_iterable(batches):
                    sheets.draw([face])
                    printed.append(face)
                    progress.advance(task)
                if printed:
                    sheets.finish()
            if printed:
                draft.replace(out)
                note_printed(centre, printed, shell_actor())
        finally:
            draft.unlink(missing_ok=True)
    typer.echo(f"{len(printed)} cards: {out}" if printed else "no card waits to be printed")


@cards_app.command("check")
def check_card(
    code: Annotated[str, typer.Argument(help="The text of the code, as it was scanned.")],
    key: Annotated[
        str | None, typer.Option(help="Public key of the centre; none = this installation's.")
    ] = None,
    state: StateOption = None,
) -> None:
    """Check a card by its code, without network and store; exit 1 when nothing proves it.

    A card that was revoked since is told by the centre only.
    """
    read = open_code(code)
    proof = read.proof(CodeKeys(checking_key(key, state)), utc_now())
    typer.echo(f"{read.format.value} {read.bearer.card or ''}: {proof.value}")
    if proof is not Proof.PROVED:
        raise typer.Exit(1)
