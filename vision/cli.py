"""Read number plates: in files, from live cameras, and how fast.

`ioc vision read` needs nothing but the files; `ioc vision watch` needs a centre, or the address
of one.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from vision.fleet.cli import app as fleet
from vision.training.cli import Plates
from vision.training.cli import app as training

if TYPE_CHECKING:
    from rich.progress import Progress

app = typer.Typer(no_args_is_help=True, help="Read number plates: files, cameras, speed.")
app.registered_commands += training.registered_commands
app.add_typer(fleet, name="fleet")


REGION = typer.Option(Plates.VN, help="Whose plates: Vietnam's, or any country's.")


@app.command()
def read(
    files: list[Path] = typer.Argument(help="Pictures and videos.", metavar="FILE…"),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a line."),
    region: Plates = REGION,
) -> None:
    """Read the plates in pictures and videos; exit code 1 when a file could not be read."""
    from vision.fusion import Region
    from vision.reading import FileReader

    reader = FileReader(Region(region.value))
    failed = False
    with _progress(files) as bar:
        task = bar.add_task("reading", total=len(files))
        for number, path in enumerate(files):
            step = lambda share, number=number: bar.update(task, completed=number + share)  # noqa: E731
            for record in reader.records(path, step):
                failed |= "error" in record
                _show(record, as_json)
    if failed:
        raise typer.Exit(1)


@app.command()
def watch(
    camera: list[str] = typer.Option(help="The camera's id in the city's folder; repeatable."),
    source: list[str] = typer.Option(help="rtsp://, http://, scene: or a file, one a camera."),
    region: Plates = REGION,
    looks: float = typer.Option(5.0, min=0.5, max=25, help="Looks a second while traffic moves."),
    to: str = typer.Option("", help="POST the reads to the API at this URL; key: IOC_API_KEY."),
    name: str = typer.Option("", help="This worker's name; else its first camera and machine."),
) -> None:
    """Watch cameras and send what passes to the centre, until stopped (SIGTERM, Ctrl-C)."""
    from vision.fusion import Region
    from vision.watching import Orders, watch_centre, watch_remote

    orders = Orders.paired(camera, source, Region(region.value), looks, name)
    if to:
        watch_remote(orders, to)
    else:
        watch_centre(orders)


@app.command()
def learn(
    camera: str = typer.Argument(help="The camera that was set anew on purpose."),
) -> None:
    """Forget how a camera looks when it is well: whoever watches it here learns that anew."""
    import os

    from vision.health import camera_folder, forget

    state = Path(os.environ.get("IOC_STATE", "~/.local/state/ioc")).expanduser()
    was_known = forget(camera_folder(state, camera))
    print("learns anew" if was_known else "nothing was learnt here yet")


@app.command()
def bench(
    *,
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
    seconds: int = typer.Option(8, min=1, max=3600, help="Of each of four scenes."),
    cameras: int = typer.Option(0, min=0, max=200, help="Really watch so many at once."),
    per_minute: float = typer.Option(6.0, min=0.1, max=60, help="Vehicles before each of them."),
    repeat: int = typer.Option(1, min=1, help="Play what they see so often."),
) -> None:
    """Measure how many cameras this machine carries: ms a frame, streams, memory."""
    from rich.console import Console
    from rich.progress import Progress

    from vision.bench import measure
    from vision.load import Load, carry

    if cameras:
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("rendering, then watching", total=1.0)
            load = Load(cameras, seconds, per_minute, repeat)
            figures = carry(load, lambda share: bar.update(task, completed=share))
    else:
        figures = measure(seconds)
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:32} {value}")


def _show(record: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(record, ensure_ascii=False), flush=True)
    elif "error" in record:
        print(f"{record['image']}: {record['error']}", file=sys.stderr)
    elif "video" in record:
        span = f"{record['first_s']:.1f}-{record['last_s']:.1f} s"
        print(f"{record['video']}: {_line(record)} {span}", flush=True)
    else:
        for plate in record["plates"]:
            print(f"{record['image']}: {_line(plate)}", flush=True)


def _line(plate: dict[str, Any]) -> str:
    return f"{plate['text']} {plate['confidence']:.3f} {plate['layout']} {plate['colour']}"


@contextmanager
def _progress(files: list[Path]) -> Iterator["Progress"]:
    """Show a bar on a terminal, when there is something to wait for."""
    from rich.console import Console
    from rich.progress import Progress

    quick = len(files) < 5 and not any(path.suffix.lower() in VIDEOS for path in files)
    console = Console(stderr=True)
    hidden = quick or not sys.stderr.isatty()
    # the records are standard output's, whatever the bar does on the terminal
    with Progress(console=console, disable=hidden, redirect_stdout=False) as bar:
        yield bar


VIDEOS = frozenset({".mp4", ".avi", ".mkv", ".mov", ".ts", ".webm", ".m4v", ".h264"})
