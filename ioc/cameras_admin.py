"""`ioc admin cameras`: which cameras lie, or lied on a day, and for how long."""

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.administered import StateOption, administered
from ioc.camera_health.model import Liar
from ioc.camera_health.service import liars_of
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.labels import Language, label

cameras_app = typer.Typer()
MINUTE_S = 60


@cameras_app.command("cameras")
def lying_cameras(
    *,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Of the city; today without it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line.")] = False,
    state: StateOption = None,
) -> None:
    """List the cameras that lie: what was wrong on a day, for how long, what to do about it."""
    with administered(state) as centre:
        wanted = day.date() if day else local_day(centre.now(), centre.city.zone)
        found = liars_of(centre, wanted)
        if as_json:
            told = {"day": wanted.isoformat(), "cameras": [_plain(one, centre) for one in found]}
            typer.echo(json.dumps(told, ensure_ascii=False))
            return
        _print(found, centre)


def _plain(liar: Liar, centre: Centre) -> dict[str, object]:
    return {
        "camera": liar.camera,
        "name": _name(liar, centre),
        "lies_now": liar.is_on,
        "minutes": {
            fault.value: round(lasted.total_seconds() / MINUTE_S, 1)
            for fault, lasted in liar.faults.items()
        },
    }


def _print(found: list[Liar], centre: Centre) -> None:
    table = Table("camera", "place", "fault", "minutes", "now", "what to do")
    for liar in found:
        for fault, lasted in liar.faults.items():
            table.add_row(
                liar.camera,
                _name(liar, centre),
                label(f"camera_fault.{fault}", Language.EN),
                f"{lasted.total_seconds() / MINUTE_S:.0f}",
                "yes" if liar.is_on else "",
                label(f"camera_todo.{fault}", Language.EN),
            )
    Console().print(table if found else "no camera lied")


def _name(liar: Liar, centre: Centre) -> str:
    known = centre.city.cameras.get(liar.camera)
    return known.name if known else ""
