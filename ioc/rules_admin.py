"""`ioc admin try-rules`: what a change of the rules would have meant for the reads of a day."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ioc import audit
from ioc.administered import StateOption, administered, shell_actor
from ioc.check_rules import rule_faults
from ioc.clock import local_day
from ioc.privacy import mask_plate
from ioc.vehicles.model import Outcome, Sighting
from ioc.vehicles.plate import display
from ioc.vehicles.service import load_rulebook
from ioc.vehicles.trial import Move, Trial
from ioc.vehicles.trial import try_rules as try_on_day

BUSIEST = 20


def try_rules(
    file: Annotated[Path, typer.Argument(help="The proposed rules.toml.")],
    *,
    day: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Day of the city to try on.", show_default="yesterday"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line.")] = False,
    state: StateOption = None,
) -> None:
    """Judge the kept reads of a day by proposed rules and show what would change; writes nothing.

    Rules are judged on the day of the reads: give a new version a valid_from on or before it.
    """
    with administered(state) as centre:
        faults = rule_faults(file, centre.city)
        for fault in faults:
            typer.echo(str(fault), err=True)
        if faults:
            raise typer.Exit(1)
        yesterday = local_day(centre.now(), centre.city.zone) - timedelta(days=1)
        on = yesterday if day is None else day.date()
        trial = try_on_day(centre, load_rulebook(file, centre.city), on)
        detail = {"reads": trial.reads}
        audit.record(centre, shell_actor(), "rules_tried", f"day:{on}", "try-rules", detail)
    if as_json:
        typer.echo(json.dumps(_plain(trial), ensure_ascii=False))
    else:
        _show(trial)


def _plain(trial: Trial) -> dict[str, Any]:
    return {
        "day": trial.day.isoformat(),
        "reads": trial.reads,
        "was": {outcome.value: trial.was[outcome] for outcome in Outcome},
        "would": {outcome.value: trial.would[outcome] for outcome in Outcome},
        "moves": [
            {
                "was": vars(move.was),
                "would": vars(move.would),
                "n": n,
                "examples": [_example(sighting) for sighting in trial.examples[move]],
            }
            for move, n in _ranked(trial.moves.items())
        ],
        "cameras": [
            {"camera": camera, "was": vars(move.was), "would": vars(move.would), "n": n}
            for (camera, move), n in _ranked(trial.cameras.items())
        ],
    }


def _show(trial: Trial) -> None:
    console = Console()
    sums = Table("", *(outcome.value for outcome in Outcome), title=_title(trial.day, trial.reads))
    for name, counts in (("was", trial.was), ("would be", trial.would)):
        sums.add_row(name, *(f"{counts[outcome]:,}" for outcome in Outcome))
    console.print(sums)
    if not trial.moves:
        console.print("nothing would change")
        return
    moves = Table("reads", "was", "would be", "some of them")
    for move, n in _ranked(trial.moves.items()):
        some = "\n".join(" ".join(_example(s).values()) for s in trial.examples[move])
        moves.add_row(f"{n:,}", *_words(move), some)
    console.print(moves)
    cameras = Table("reads", "camera", "was", "would be")
    for (camera, move), n in _ranked(trial.cameras.items())[:BUSIEST]:
        cameras.add_row(f"{n:,}", camera, *_words(move))
    console.print(cameras)


def _ranked(counts: Any) -> list[tuple[Any, int]]:
    return sorted(counts, key=lambda pair: (-pair[1], pair[0]))


def _words(move: Move) -> Sequence[str]:
    return [f"{one.outcome}: {one.reason}" for one in (move.was, move.would)]


def _example(sighting: Sighting) -> dict[str, str]:
    """Return where to find a sighting; its plate stays masked, the desk shows it for a purpose."""
    return {
        "sighting": sighting.ref,
        "camera": sighting.read.camera,
        "seen_at": sighting.read.seen_at.isoformat(timespec="seconds"),
        "plate": mask_plate(display(sighting.read.plate)),
    }


def _title(day: date, reads: int) -> str:
    return f"{reads:,} reads of {day}"
