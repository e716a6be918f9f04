"""`ioc admin readers …`: cameras that read plates themselves: their keys, clocks, calibration."""

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.administered import StateOption, administered, shell_actor
from ioc.readers import service
from ioc.readers.model import ReaderState
from ioc.readers.rules import believed

readers_app = typer.Typer(
    no_args_is_help=True, help="Cameras that read plates themselves: keys, clocks, calibration."
)
CameraId = Annotated[str, typer.Argument(help="Id of the camera in readers.toml.")]
LEVELS = (0.5, 0.9, 0.99)


@readers_app.command("key")
def show_key(
    camera: CameraId,
    *,
    is_turned: Annotated[bool, typer.Option("--turn", help="Make a new one.")] = False,
    keep_hours: Annotated[
        float, typer.Option(min=0, max=720, help="So long the former one works on.")
    ] = 24,
    state: StateOption = None,
) -> None:
    """Show the key that is typed into a camera; --turn makes a new one."""
    with administered(state) as centre:
        if is_turned:
            keep = timedelta(hours=keep_hours)
            typer.echo(service.turn_key(centre, camera, shell_actor(), keep))
        else:
            typer.echo(service.key_now(centre, camera))


@readers_app.command("learn")
def learn(state: StateOption = None) -> None:
    """Calibrate every camera now; the timekeeper does so each hour."""
    with administered(state) as centre:
        count = service.learn(centre)
    typer.echo(f"{count} cameras that read themselves")


@readers_app.command("list")
def list_cameras(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line.")] = False,
    state: StateOption = None,
) -> None:
    """Show how the clock of each camera goes, and how far it is believed."""
    with administered(state) as centre:
        states = service.reader_states(centre)
    if as_json:
        typer.echo(json.dumps([_told(one) for one in states]))
    else:
        Console(width=140).print(_table(states))


def _told(one: ReaderState) -> dict[str, object]:
    learned = one.calibration.learned_at
    return {
        "camera": one.camera,
        "heard_at": None if one.heard_at is None else one.heard_at.isoformat(),
        "clock": one.clock.state.value,
        "behind_s": round(one.clock.behind.total_seconds(), 1),
        "messages": one.clock.samples,
        "believed": {str(level): round(believed(one.calibration, level), 4) for level in LEVELS},
        "believed_unsaid": round(one.calibration.unsaid, 4),
        "labelled": one.calibration.labelled,
        "right": one.calibration.right,
        "learned_at": None if learned is None else learned.isoformat(),
        "key": one.key.version,
    }


def _table(states: list[ReaderState]) -> Table:
    table = Table(
        *("camera", "heard", "clock", "behind", "messages"),
        *(f"says {level:.0%}" for level in LEVELS),
        *("says nothing", "labelled", "right", "key"),
        caption="clock: by its last live messages; says: the probability that its plate is right",
    )
    for one in states:
        table.add_row(
            one.camera,
            "-" if one.heard_at is None else f"{one.heard_at:%Y-%m-%d %H:%M:%S}",
            one.clock.state.value,
            f"{one.clock.behind.total_seconds():+.1f} s",
            str(one.clock.samples),
            *(f"{believed(one.calibration, level):.1%}" for level in LEVELS),
            f"{one.calibration.unsaid:.1%}",
            str(one.calibration.labelled),
            str(one.calibration.right),
            str(one.key.version),
        )
    return table
