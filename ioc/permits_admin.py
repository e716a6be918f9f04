"""`ioc admin check-permit`: what the code of a printed permit says, proved without a store."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ioc.administered import StateOption
from ioc.errors import InvalidInput
from ioc.permits.claim import read_code
from ioc.signing import VARIABLE, known_public


def check_permit(
    code: Annotated[str, typer.Argument(help="The text of the code, as it was scanned.")],
    key: Annotated[
        str | None, typer.Option(help="Public key of the centre; none = this installation's.")
    ] = None,
    state: StateOption = None,
) -> None:
    """Check a printed permit by its code, without network; exit 1 when it is forged or over."""
    folder = state or Path(os.environ.get("IOC_STATE", "~/.local/state/ioc"))
    given = "" if state else os.environ.get(VARIABLE, "")
    public = key or known_public(given, folder.expanduser())
    if public is None:
        raise InvalidInput("--key", "this installation has no key of its own: give the maker's")
    claim = read_code(code, public)
    way = f", to {claim.destination}" if claim.destination else ""
    roads = f", on {', '.join(claim.roads)}" if claim.roads else ""
    typer.echo(
        f"{claim.plate}: {claim.permit_class}, {claim.valid_from:%Y-%m-%d %H:%MZ} to"
        f" {claim.valid_until:%Y-%m-%d %H:%MZ}{way}{roads}; permit {claim.ref} version"
        f" {claim.version}, genuine"
    )
    if not claim.is_valid_at(datetime.now(UTC)):
        typer.echo("it does not cover this moment")
        raise typer.Exit(1)
