"""Many cameras shared out among many workers: one more of them, who does what, starting anew.

`ioc vision fleet` is one worker; `--ray` keeps as many as asked for on a Ray cluster.
"""

import dataclasses
import json
import platform
from pathlib import Path
from typing import Any

import typer

from vision.training.cli import Plates

NARROWEST = 100

app = typer.Typer(help="Cameras shared out among workers, on one machine or many.")


@app.callback(invoke_without_command=True)
def fleet(
    context: typer.Context,
    *,
    cameras: Path = typer.Option(None, help="TOML file of the cameras: [[camera]] id, source."),
    name: str = typer.Option("", help="This worker's name in the fleet; its machine's by default."),
    weight: float = typer.Option(1.0, min=0.01, help="Its share of the cameras, against others'."),
    patience: float = typer.Option(5.0, min=0, help="Seconds others have to take over at its end."),
    region: Plates = typer.Option(Plates.VN, help="Whose plates: Vietnam's, or any country's."),
    looks: float = typer.Option(5.0, min=0.5, max=25, help="Looks a second while traffic moves."),
    ray: str = typer.Option("", help="Keep workers on the Ray cluster at this address (auto)."),
    workers: int = typer.Option(0, min=0, help="With --ray: so many; one a node by default."),
    cpus: float = typer.Option(1.0, min=0.1, help="With --ray: cores a worker is given."),
    gpus: float = typer.Option(0.0, min=0.0, help="With --ray: GPUs a worker is given."),
) -> None:
    """Watch a share of the cameras, as one worker among others, until stopped."""
    if context.invoked_subcommand is not None:
        return
    from ioc.errors import InvalidInput
    from ioc.installation import load_cameras
    from vision.fusion import Region
    from vision.watching import Orders, watch_centre

    if cameras is None:
        raise InvalidInput("--cameras", "is needed: a TOML file of [[camera]] tables")
    watched = load_cameras(cameras)
    orders = Orders.paired(
        [one.camera for one in watched],
        [one.source for one in watched],
        Region(region.value),
        looks,
        name or platform.node(),
    )
    if ray:
        from vision.fleet.cluster import Placing, keep_fleet

        keep_fleet(orders, Placing(ray, workers, cpus, gpus))
    else:
        watch_centre(dataclasses.replace(orders, weight=weight, patience_s=patience))


@app.command()
def status(as_json: bool = typer.Option(False, "--json", help="One JSON object.")) -> None:
    """Show who watches what: milliseconds a look, pictures a second, what waits, who was lost."""
    from ioc.centre import open_centre
    from ioc.settings import load_settings
    from vision.fleet.status import fleet_status

    with open_centre(load_settings()) as centre:
        figures = fleet_status(centre)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    _table("workers", figures["workers"])
    _table("cameras", figures["cameras"])


@app.command()
def roll() -> None:
    """Start every worker anew, one after the other; the others watch its cameras meanwhile."""
    from ioc.centre import open_centre
    from ioc.fleet.service import ask_to_roll
    from ioc.settings import load_settings

    with open_centre(load_settings()) as centre:
        print(f"{ask_to_roll(centre)} workers are asked to start anew")


def _table(title: str, rows: list[dict[str, Any]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column, value in rows[0].items() if rows else ():
        is_text = isinstance(value, str | None)
        # A heading may break over lines; what stands under it is never cut.
        head = column.replace("_", " ")
        table.add_column(head, justify="left" if is_text else "right", overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console = Console()
    console.width = max(console.width, NARROWEST)
    console.print(table)
