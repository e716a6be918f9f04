"""`ioc vision train` and `ioc vision evaluate`: what made the weights, and how good they are."""

import json
import logging
import shutil
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(help="Train the two models, and measure them.", no_args_is_help=True)


class Model(StrEnum):
    """What is trained."""

    DETECTOR = "detector"
    READER = "reader"


class Plates(StrEnum):
    """Whose plates are expected; `auto` = those of the source's country."""

    AUTO = "auto"
    VN = "vn"
    ANY = "any"


@app.command()
def train(
    *,
    model: Model = typer.Argument(help="Which of the two."),
    start: Path | None = typer.Option(None, help="Weights to begin with."),
    runs: Path = typer.Option(Path("runs"), help="Where checkpoints and drawn pictures lie."),
    length: int = typer.Option(0, min=0, help="Passes (detector), batches (reader); 0 = as usual."),
    leave_out: list[str] = typer.Option([], help="Sources the reader is never shown."),
    rate: float = typer.Option(0.0, min=0, help="Highest learning rate of the reader; 0 = usual."),
    real_share: float = typer.Option(
        0.5, min=0, max=1, help="Of the reader's crops: real ones, where there are any."
    ),
    threads: int = typer.Option(1, min=1, help="Cores the reader's training may take."),
    into: Path | None = typer.Option(None, help="Folder for the weights; usually the product's."),
    temperature: float = typer.Option(1.0, min=0.1, help="Of the reader; above 1 = more modest."),
) -> None:
    """Train a model, going on where an earlier run stopped, and ship it.

    Needs the extra named train.
    """
    from vision.training import detector, reader
    from vision.weights import weights_folder, write_manifest

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    folder = into or weights_folder()
    if folder != weights_folder():
        folder.mkdir(parents=True, exist_ok=True)
        for shipped in weights_folder().glob("*.onnx"):
            shutil.copy(shipped, folder)  # IOC_WEIGHTS may then name it
    if model is Model.DETECTOR:
        weights = detector.make(runs, start, length or detector.USUAL_PASSES)
        detector.export(weights, folder / "detector.onnx")
    else:
        steps = length or reader.USUAL_STEPS
        plan = reader.Plan(steps, real_share, tuple(leave_out), rate or reader.USUAL_RATE, threads)
        checkpoint = reader.make(runs, plan, start)
        reader.export(checkpoint, folder / "reader.onnx", temperature)
    write_manifest(folder)


@app.command()
def evaluate(
    *,
    folder: Path = typer.Argument(help="Folder with scenes.csv and its pictures.", metavar="DIR"),
    every: bool = typer.Option(False, help="Also pictures that training has seen."),
    source: list[str] = typer.Option([], help="Only these sources; may be given again."),
    region: Plates = typer.Option(Plates.AUTO, help="Whose grammar counts."),
    peer: bool = typer.Option(False, help="Measure RapidOCR beside it (extra train)."),
    told: Path | None = typer.Option(None, help="Write one JSON line a picture here."),
    reliability: Path | None = typer.Option(None, help="Write the diagram (SVG) here."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Measure finding and reading on labelled pictures: by source, by look, and calibration."""
    from rich.console import Console
    from rich.progress import Progress

    from vision.fusion import Region
    from vision.training.diagram import diagram
    from vision.training.evaluate import Choice, product, score_folder
    from vision.training.peer import rapidocr

    counts = None if region is Plates.AUTO else Region(region.value)
    engines = {"ioc": product()}
    if peer:
        engines["rapidocr"] = rapidocr()
    with Progress(console=Console(stderr=True), redirect_stdout=False, transient=True) as bar:
        task = bar.add_task("measuring", total=1.0)
        tables = score_folder(
            folder,
            engines,
            Choice(every, source, counts),
            told=told,
            progress=lambda share: bar.update(task, completed=share),
        )
    results = {name: table.told() for name, table in tables.items()}
    if reliability is not None:
        reliability.write_text(diagram(results["ioc"]["calibration"]), encoding="utf-8")
    if as_json:
        print(json.dumps(results))
        return
    for name, result in results.items():
        _show(name, result)


@app.command()
def confusions(
    *,
    folder: Path = typer.Argument(help="Folder of real pictures.", metavar="DIR"),
    into: Path = typer.Option(Path("config/confusions.toml"), help="Where the counts go."),
) -> None:
    """Count which characters the reader takes for which, on plates it was not trained on."""
    from rich.console import Console
    from rich.progress import Progress

    from vision.reader import MODEL
    from vision.training.confusions import about, count
    from vision.weights import find_weights, sha256

    model = sha256(find_weights(MODEL))
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=1.0)
        found = count(folder, lambda share: bar.update(task, completed=share))
    into.write_text(found.as_toml(about(model)), encoding="utf-8")


def _show(engine: str, result: "Mapping[str, Any]") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=max(Console().width, 120))  # also where there is no terminal
    for kind in ("sources", "looks"):
        lines = result[kind]
        table = Table(engine, *next(iter(lines.values()), {}))
        for name, line in lines.items():
            table.add_row(name, *("" if v is None else str(v) for v in line.values()))
        console.print(table)
    trust = result["calibration"]
    table = Table("confidence", "answers", "mean", "right", title=f"error {trust['ece']}")
    for low, high, *values in trust["bins"]:
        table.add_row(f"{low}-{high}", *("" if v is None else str(v) for v in values))
    console.print(table)
