"""`ioc admin doubt-report` and `ioc admin export-labels`: what came of accusations, and labels."""

import json
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.administered import StateOption, administered
from ioc.reviews import export, service
from ioc.reviews.model import Share
from ioc.reviews.rules import finding_of, interval, told


def doubt_report(
    *,
    days: Annotated[int, typer.Option(min=1, max=365, help="So many days back from now.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line.")] = False,
    state: StateOption = None,
) -> None:
    """Hold the false accusations of each band, camera and rule against what was promised."""
    with administered(state) as centre:
        until = centre.now()
        since = until - timedelta(days=days)
        shares = service.false_shares(centre, since, until)
    if as_json:
        lines = [dict(told(share)) for share in shares]
        report = {"since": since.isoformat(), "until": until.isoformat(), "shares": lines}
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    Console(width=120).print(_table(shares))


def export_labels(
    folder: Annotated[Path, typer.Argument(help="Where labels.csv and the pictures go.")],
    state: StateOption = None,
) -> None:
    """Write people's answers with their pictures, where the city's config lets them leave."""
    with administered(state) as centre:
        actor = f"shell:{os.environ.get('USER', 'unknown')}"
        count = export.export_labels(centre, folder, actor)
    typer.echo(f"{count} answers with their pictures in {folder}")


def _table(shares: Sequence[Share]) -> Table:
    table = Table(
        *("of", "band", "raised", "decided", "false", "observed", "95 %", "expected"),
        *("promised", "finding"),
        caption="false accusations; expected: by the probabilities themselves",
    )
    for share in shares:
        low, high = interval(share.false, share.decided)
        observed = f"{share.false / share.decided:.1%}" if share.decided else "-"
        table.add_row(
            f"{share.group} {share.name}".strip(),
            share.band,
            str(share.raised),
            str(share.decided),
            str(share.false),
            observed,
            f"{low:.1%}-{high:.1%}",
            f"{share.expected / share.raised:.1%}",
            f"{share.promised:.1%}",
            finding_of(share).value.replace("_", " "),
        )
    return table
