"""Take in what comes from outside: serve the API, import files, simulate camera boxes.

`ioc ingest serve` and `ioc ingest import` need a centre, `ioc ingest simulate` the address of one.
"""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ingest.files.columns import Reading, load_mapping, save_mapping
from ingest.files.importing import Manner, import_file
from ingest.files.kinds import Kind
from ioc.centre import open_centre
from ioc.errors import InvalidInput
from ioc.intake import IntakeStatus
from ioc.labels import CONFIG_DIR
from ioc.settings import load_settings

# A file of this size is worth the start of further processes, each of which writes.
LARGE_BYTES, LARGE_WRITERS = 4_000_000, 2

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def ingest() -> None:
    """Take in what comes from outside: API, files, simulated camera boxes."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the API; 0 = any free one.")] = 8060,
) -> None:
    """Serve the HTTP API; its description is at /docs."""
    # Here, so that importing a file does not wait for a web server.
    from ingest.server import serve as serve_api

    serve_api(load_settings(), host, port)


@app.command("import")
def import_rows(
    file: Annotated[
        Path, typer.Argument(help="A CSV file in UTF-8 or a workbook (XLSX), with a header.")
    ],
    *,
    kind: Annotated[Kind, typer.Option(help="What its rows are.")],
    source: Annotated[
        str, typer.Option(help="Who made it; the ids of its rows are unique in a source.")
    ] = "file-import",
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="HEADING=COLUMN where headings differ; HEADING= leaves it out."),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="A mapping that was saved with --save-mapping.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save-mapping", help="Keep the mapping for the next file.")
    ] = None,
    times: Annotated[
        str | None, typer.Option(help="How times are written, such as '%d/%m/%Y %H:%M'.")
    ] = None,
    days: Annotated[
        str | None, typer.Option(help="How days are written, such as '%d/%m/%Y'.")
    ] = None,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Look at every row, and write nothing.")
    ] = False,
    writers: Annotated[
        int, typer.Option(min=0, max=16, help="Processes that write; 0 goes by the file's size.")
    ] = 0,
) -> None:
    """Import the rows of a file; the same file again changes nothing, a broken one goes on.

    Refused rows stand beside it in NAME.refused.csv, each with its reason; then the exit code is 1.
    """
    reading = _reading(mapping, columns or [], times, days)
    if save is not None:
        save_mapping(save, reading)
    size = file.stat().st_size if file.is_file() else 0
    manner = Manner(reading, is_dry, writers or (LARGE_WRITERS if size > LARGE_BYTES else 1))
    shown = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with (
        open_centre(load_settings()) as centre,
        Progress(*shown, TimeRemainingColumn(), console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task(file.name, total=size)

        def advance(read: int) -> None:
            progress.update(task, advance=read)

        counts = import_file(centre, file, kind, source, advance, manner)
    print(", ".join(f"{n} {status}" for status, n in counts.items()))
    if counts[IntakeStatus.REFUSED]:
        beside = file.with_name(f"{file.stem}.refused.csv")
        print(f"refused rows with their reasons: {beside}")
        raise typer.Exit(1)


def _reading(
    mapping: Path | None, columns: Sequence[str], times: str | None, days: str | None
) -> Reading:
    saved = Reading() if mapping is None else load_mapping(mapping)
    said = {}
    for word in columns:
        heading, equals, name = word.rpartition("=")
        if not equals or not heading.strip():
            raise InvalidInput("--map", f"{word!r} is not HEADING=COLUMN")
        said[heading.strip()] = name.strip()
    return Reading({**saved.columns, **said}, times or saved.times, days or saved.days)


@app.command()
def poll(
    *,
    once: Annotated[bool, typer.Option("--once", help="Read each to its end, and leave.")] = False,
) -> None:
    """Poll the platforms of feeds.toml; key of each: IOC_FEED_KEY_ and its id in capitals.

    The exit code of --once is 1 where one of them failed.
    """
    from ingest.feeds.catalogue import load_feeds
    from ingest.feeds.polling import fetcher, poll_due
    from ingest.feeds.polling import poll as poll_on

    settings = load_settings()
    feeds = load_feeds(settings.city_dir / "feeds.toml")
    if not feeds:
        raise InvalidInput("feeds.toml", f"{settings.city_dir} has no feeds")
    names = {feed.id: f"IOC_FEED_KEY_{feed.id.upper().replace('-', '_')}" for feed in feeds}
    fetch = fetcher({name: os.environ[at] for name, at in names.items() if at in os.environ})
    with open_centre(settings) as centre:
        if not once:
            poll_on(centre, feeds, fetch)
        if len(poll_due(centre, feeds, fetch)) < len(feeds):
            raise typer.Exit(1)


@app.command()
def listen() -> None:
    """Ask the cameras of readers.toml for their events, and listen to those that publish.

    Where there are none it waits until there are. Passwords: IOC_CAMERA_PASSWORD_ and the camera's
    id in capitals, IOC_MQTT_PASSWORD.
    """
    from ingest.feeds.asking import ask_and_listen, wait_for_cameras
    from ingest.feeds.ears import Ears
    from ioc.centre import reachable
    from ioc.probes import probed
    from ioc.serving import told_to_end
    from ioc.vitals import Vitals

    stop, settings = told_to_end(), load_settings()
    with probed(os.environ, Vitals("listening").page, lambda: {"waits": True}):
        wait_for_cameras(settings.city_dir, stop)
    if stop.is_set():
        return
    with open_centre(settings) as centre:
        vitals = Vitals("listening", centre)
        ears = Ears(vitals.registry)

        def needs() -> dict[str, bool]:
            return {"database": reachable(centre)["database"]}

        # A camera or a broker that is away is no reason to start anew: both are asked again.
        with probed(os.environ, vitals.page, needs):
            ask_and_listen(centre, os.environ, stop, ears)


@app.command()
def simulate(
    api: Annotated[str, typer.Option(help="Address of the API.")] = "http://127.0.0.1:8060",
    speed: Annotated[float, typer.Option(min=0, help="Multiplies the rate; 0 sends none.")] = 1.0,
) -> None:
    """Send the made-up life of a province, as cameras, points, portals do; key: IOC_API_KEY."""
    from ingest.simulator.box import Box
    from ingest.simulator.province import simulate as simulate_province

    folder = _city_folder()
    box = Box(api, os.environ.get("IOC_API_KEY", ""))
    try:
        simulate_province(folder, box, speed)
    finally:
        box.close()


@app.command()
def replay(
    api: Annotated[str, typer.Option(help="Address of the API.")] = "http://127.0.0.1:8060",
    only: Annotated[
        list[str] | None, typer.Option(help="A stream to send, instead of all; may be repeated.")
    ] = None,
    scale: Annotated[int, typer.Option(min=1, help="Send so many times fewer of each.")] = 1,
    bookmark: Annotated[
        Path, typer.Option(help="File that keeps how far it came, to go on from there.")
    ] = Path("replay.json"),
) -> None:
    """Send all that the city counted until a day to a centre opened as of it; key: IOC_API_KEY.

    Ends with each figure of the centre against what it is to be; the exit code is 1 where one
    differs. It needs a centre of no other facts: `ioc demo --speed 0 --as-of 2021-10-03`.
    """
    from ingest.simulator.client import Client
    from ingest.simulator.history import History
    from ingest.simulator.people import People
    from ingest.simulator.replay import held_against, open_course
    from ingest.simulator.replay import replay as send_history
    from ingest.simulator.totals import STREAMS, load_totals
    from ioc.city import load_city

    folder, streams = _city_folder(), set(only or ())
    if strange := streams - set(STREAMS):
        raise InvalidInput("--only", f"{strange.pop()!r} is none of {', '.join(STREAMS)}")
    city, totals = load_city(folder), load_totals(folder / "replay.toml").scaled(scale)
    client = Client(api, os.environ.get("IOC_API_KEY", ""))
    try:
        course = open_course(bookmark, f"{api} {scale}", client, totals.as_of, city.zone)
        history = History(city, People(city, folder, totals.as_of), totals, course.until)
        with Progress(console=Console(stderr=True)) as progress:
            tasks = {
                name: progress.add_task(name, total=None if name == "paper" else count)
                for name, count in totals.counts.items()
                if not streams or name in streams
            }

            def tell(name: str, done: int) -> None:
                progress.update(tasks[name], completed=done)

            send_history(history, course, client, tell, streams)
        held = held_against(totals, course, client.figures(), streams)
    finally:
        client.close()
    print(", ".join(f"{n} {status}" for status, n in sorted(course.statuses.items())))
    for line in (*(f"refused: {why}" for why in course.refused), *map(str, held)):
        print(line)
    if not all(one.is_equal for one in held):
        raise typer.Exit(1)


@app.command()
def scenario(
    name: Annotated[
        str, typer.Argument(help="Its id, such as S5; without it, all are listed.")
    ] = "",
    api: Annotated[str, typer.Option(help="Address of the API.")] = "http://127.0.0.1:8060",
    speed: Annotated[float, typer.Option(min=0.1, help="How many times as fast as life.")] = 1.0,
) -> None:
    """Make something happen before a centre's cameras, for a drill or a demo; key: IOC_API_KEY."""
    from ingest.simulator.client import Client
    from ingest.simulator.scenario import open_stage, play
    from ioc.city import load_city
    from ioc.clock import utc_now
    from ioc.scenarios import find_scenario, load_scenarios

    folder = _city_folder()
    known = load_scenarios(folder / "scenarios.toml")
    if not name:
        for one in known:
            print(f"{one.id:5} {one.texts['vi']}\n      {one.texts['en']}")
        return
    chosen = find_scenario(known, name)
    client = Client(api, os.environ.get("IOC_API_KEY", ""))
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(chosen.id, total=chosen.count)
        try:
            now = utc_now() + client.clock_shift()
            answers = play(
                chosen,
                client,
                open_stage(load_city(folder), folder, now),
                speed=speed,
                progress=lambda sent, _all: progress.update(task, completed=sent),
            )
        finally:
            client.close()
    alerts = dict.fromkeys(a["alert"] for a in answers if a.get("alert"))
    refused = Counter(str(a.get("why")) for a in answers if a["status"] == "refused")
    print(f"{len(answers)} items, alerts: {', '.join(alerts) or 'none'}")
    for why, count in refused.items():
        print(f"{count} refused: {why}")
    if refused and not chosen.is_refused:
        raise typer.Exit(1)


def _city_folder() -> Path:
    return Path(os.environ.get("IOC_CONFIG") or CONFIG_DIR) / os.environ.get("IOC_CITY", "hue")
