"""`ioc admin check-permit`: what the code of a printed permit says, proved without a store."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ioc.administered import StateOption
from ioc.permits.claim import read_code
from ioc.signing import checking_key


def check_permit(
    code: Annotated[str, typer.Argument(help="The text of the code, as it was scanned.")],
    key: Annotated[
        str | None, typer.Option(help="Public key of the centre; none = this installation's.")
    ] = None,
    state: StateOption = None,
) -> None:
    """Check a printed permit by its code, without network; exit 1 when it is forged or over."""
    claim = read_code(code, checking_key(key, state))
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
