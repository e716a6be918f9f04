"""`ioc vision train` and `ioc vision evaluate`: what made the weights, and how good they are."""

import json
import logging
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from vision.training.evaluate import Score

app = typer.Typer(help="Train the two models, and measure them.", no_args_is_help=True)


class Model(StrEnum):
    """What is trained."""

    DETECTOR = "detector"
    READER = "reader"


class Plates(StrEnum):
    """Whose plates are expected."""

    VN = "vn"
    ANY = "any"


@app.command()
def train(
    model: Model = typer.Argument(help="Which of the two."),
    start: Path | None = typer.Option(None, help="Weights to begin with."),
    runs: Path = typer.Option(Path("runs"), help="Where checkpoints and drawn pictures lie."),
    length: int = typer.Option(0, min=0, help="Passes (detector), batches (reader); 0 = as usual."),
    leave_out: list[str] = typer.Option([], help="Sources the reader is never shown."),
    temperature: float = typer.Option(1.0, min=0.1, help="Of the reader; above 1 = more modest."),
) -> None:
    """Train a model, going on where an earlier run stopped, and ship it.

    Needs the extra named train.
    """
    from vision.training import detector, reader
    from vision.weights import weights_folder, write_manifest

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if model is Model.DETECTOR:
        weights = detector.make(runs, start, length or detector.USUAL_PASSES)
        detector.export(weights, weights_folder() / "detector.onnx")
    else:
        plan = reader.Plan(length or reader.USUAL_STEPS, reader.REAL_SHARE, tuple(leave_out))
        checkpoint = reader.make(runs, plan, start)
        reader.export(checkpoint, weights_folder() / "reader.onnx", temperature)
    write_manifest(weights_folder())


@app.command()
def evaluate(
    folder: Path = typer.Argument(help="Folder with scenes.csv and its pictures.", metavar="DIR"),
    every: bool = typer.Option(False, help="Also pictures that training has seen."),
    region: Plates = typer.Option(Plates.VN, help="Whose grammar counts."),
    told: Path | None = typer.Option(None, help="Write one JSON line a picture here."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Measure finding and reading on labelled pictures, a source a line."""
    from vision.fusion import Region
    from vision.training.evaluate import product, score_folder

    scores = score_folder(folder, product(Region(region.value)), every=every, told=told)
    if as_json:
        print(json.dumps({source: score.line() for source, score in scores.items()}))
    else:
        _show(scores)


def _show(scores: "dict[str, Score]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("source", *next(iter(scores.values())).line())
    for source, score in scores.items():
        table.add_row(source, *("" if v is None else str(v) for v in score.line().values()))
    Console().print(table)
