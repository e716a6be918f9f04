"""`ioc admin pack`, `verify`, `public-key`: evidence that stands by itself."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ioc.administered import StateOption, administered
from ioc.packs.model import PackOrder
from ioc.packs.service import check_pack, make_pack
from ioc.signing import checking_key, public_text, signing_key

packs_app = typer.Typer()


@packs_app.command("pack")
def pack(
    alert: Annotated[str, typer.Argument(help="Number of the alert.")],
    *,
    out: Annotated[Path, typer.Option(help="File to write, a zip.")],
    purpose: Annotated[str, typer.Option(help="What it is for; stands in the audit.")],
    case: Annotated[str, typer.Option(help="Number of the case it belongs to.")] = "",
    state: StateOption = None,
) -> None:
    """Write the evidence pack of an alert: pictures, reads, permit, rule, steps, signed."""
    order = PackOrder(f"shell:{os.environ.get('USER', 'unknown')}", purpose, case)
    draft = out.with_name(f".{out.name}.part")
    with administered(state) as centre:
        try:
            with draft.open("wb") as file:
                manifest = make_pack(centre, alert, order, file)
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)
    typer.echo(f"{out}: {len(manifest.members)} files, head {manifest.head}")
    for line in manifest.unknown:
        typer.echo(f"unknown: {line}")


@packs_app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The pack.")],
    key: Annotated[
        str | None, typer.Option(help="Public key of who made it; none = this installation's.")
    ] = None,
    state: StateOption = None,
) -> None:
    """Check every byte of an evidence pack; exit 1 and name the first file that differs."""
    manifest = check_pack(file, checking_key(key, state))
    typer.echo(
        f"{file}: alert {manifest.alert}, {len(manifest.members)} files, as they were signed"
    )


@packs_app.command("public-key")
def public_key(state: StateOption = None) -> None:
    """Print the public key that checks this installation's evidence packs."""
    with administered(state) as centre:
        typer.echo(public_text(signing_key(centre.settings)))
