"""RTSP cameras and all it takes to serve a city, on this machine: who costs what, who is read?

    python -m tests.benchmarks.bench_fleet [--cameras 20] [--seconds 60] [--workers 1]
        [--films FOLDER]

Four films of rendered traffic (1280 x 720, 25 pictures a second, six vehicles a minute) are served
over RTSP without being encoded again, by a process that stands for the cameras. `ioc up` watches
them on stores of its own. Told are the cores of each process, the share of vehicles whose plate was
told right, those told twice, and how long after its last picture a vehicle is in the store: to the
screen it is half a second more at most (bench_walk). Prints one JSON line.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from ioc.embedded.process import free_port, wait_until
from ioc.embedded.stores import Stores, open_stores
from ioc.live import Live
from tests.benchmarks.processes import children_of, cpu_s, memory_mb
from tests.installation import installed
from vision.load import FPS, WEATHERS, render_film
from vision.scene.address import parse_scene_url

SERVER = Path(__file__).resolve().parents[1] / "vision" / "rtsp_server.py"
FILM_S = 60
READY_S = 120
SETTLES_S = 6.0
# A vehicle at the seam of the loop is cut in two.
SEAM_S = 1.5
Row = tuple[str, str, float, float, float]


@dataclass(frozen=True)
class Clip:
    """A film and who passes in it: plate, first and last second."""

    path: Path
    passes: tuple[tuple[str, float, float], ...]


def clips(folder: Path) -> list[Clip]:
    """Return the films, rendered where they are not there yet."""
    made = []
    for number, weather in enumerate(WEATHERS):
        address = f"scene:seed={number + 31}&weather={weather}&per_minute=6.0&fps={FPS}"
        path = folder / f"{weather}-6-{FILM_S}.mkv"
        render_film(path, address, FILM_S)
        passes = tuple(
            (one.vehicle.face.text, one.first_s, one.last_s)
            for one in parse_scene_url(address).open().passes(0, FILM_S)
            if one.first_s >= SEAM_S and one.last_s <= FILM_S - SEAM_S
        )
        made.append(Clip(path, passes))
    return made


@contextmanager
def served(films: Sequence[Clip]) -> Iterator[tuple[list[str], list[int]]]:
    """Serve each film at an address of its own; yield the addresses and the processes."""
    with ExitStack() as stack:
        urls, pids = [], []
        for film in films:
            command = [sys.executable, str(SERVER), str(film.path)]
            server = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(server.kill)
            assert server.stdout is not None
            urls.append(server.stdout.readline().strip())
            pids.append(server.pid)
        yield urls, pids


def environment(stores: Stores, state: Path) -> dict[str, str]:
    """Return what `ioc up` is told."""
    env = {
        **os.environ,
        "IOC_STATE": str(state),
        "IOC_DATABASE_URL": stores.database_url(),
        "IOC_REDIS_URL": stores.redis_url,
        "IOC_SECRET": "0123456789abcdef" * 4,
    }
    for service in ("vision", "ingest", "dashboards", "timekeeper"):
        env[f"IOC_DATABASE_URL_{service.upper()}"] = stores.database_url(f"ioc_{service}")
    return env


def rows(stores: Stores) -> list[Row]:
    """Return camera, plate, confidence, time seen and time known of all sightings."""
    conn = psycopg2.connect(stores.database_url().replace("+psycopg2", ""))
    with conn.cursor() as cursor:
        cursor.execute(
            "SELECT camera, plate, confidence, extract(epoch FROM seen_at)::float,"
            " extract(epoch FROM known_at)::float FROM sightings"
        )
        found = cursor.fetchall()
    conn.close()
    return found


def spent(pids: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Return the seconds of CPU by name."""
    return {name: sum(map(cpu_s, group)) for name, group in pids.items()}


def began_at(clip: Clip, seen: Sequence[Row]) -> float | None:
    """Return when the film of a camera began, in seconds since the epoch, by what was read."""
    middle = {plate: (first + last) / 2 for plate, first, last in clip.passes}
    offsets = [at - middle[plate] for _, plate, _, at, _ in seen if plate in middle]
    if not offsets:
        return None
    base = offsets[0]
    turned = [base + (o - base + FILM_S / 2) % FILM_S - FILM_S / 2 for o in offsets]
    return statistics.median(turned)


def judged(
    watched: Mapping[str, Clip], seen: Sequence[Row], span: tuple[float, float]
) -> dict[str, Any]:
    """Return how many vehicles passed within a span, were told right, twice, and how soon."""
    by_camera: dict[str, list[Row]] = defaultdict(list)
    for row in seen:
        by_camera[row[0]].append(row)
    passed, twice, waits = 0, 0, []
    for camera, clip in watched.items():
        began = began_at(clip, by_camera[camera])
        if began is None:
            passed += round(len(clip.passes) * (span[1] - span[0]) / FILM_S)
            continue
        for turn in range(-200, 200):
            for plate, first, last in clip.passes:
                begin, end = (began + turn * FILM_S + at for at in (first, last))
                if not span[0] <= begin < end <= span[1]:
                    continue
                told = [
                    row
                    for row in by_camera[camera]
                    if row[1] == plate and begin - 2 <= row[3] <= end + 2
                ]
                passed += 1
                twice += len(told) > 1
                waits += [min(row[4] for row in told) - end] if told else []
    told = sorted(waits)
    return {
        "vehicles": passed,
        "recall": round(len(told) / max(passed, 1), 4),
        "told_twice": twice,
        "left_to_store_p50_s": round(told[len(told) // 2], 2) if told else None,
        "left_to_store_p95_s": round(told[int(0.95 * (len(told) - 1))], 2) if told else None,
    }


def measured(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return the figures of one run."""
    films = clips(options.films or folder)
    names = [f"cam-{n:03}" for n in range(1, options.cameras + 1)]
    watched = {name: films[i % len(films)] for i, name in enumerate(names)}
    state, file = folder / "state", folder / "cameras.toml"
    with served(films) as (urls, sources), open_stores(folder / "stores", {}) as stores:
        tables = (
            f'[[camera]]\nid = "{name}"\nsource = "{urls[i % len(urls)]}"\n'
            for i, name in enumerate(names)
        )
        file.write_text("\n".join(tables))
        words = ["up", "--cameras", str(file), "--workers", str(options.workers)]
        words += ["--port", str(free_port()), "--api-port", str(free_port())]
        with installed(words, state, environment(stores, state)) as running:
            live = Live(stores.redis_url)
            assert wait_until(lambda: _live(live) == options.cameras, READY_S, 0.5)
            time.sleep(SETTLES_S)
            pids: dict[str, list[int]] = defaultdict(list)
            for name, pid in running.pids().items():
                pids["vision" if name.startswith("vision") else name].append(pid)
            pids["cameras"] = sources
            for name, server in (("postgres", stores.postgres), ("valkey", stores.valkey)):
                pids[name] = [server.process.pid, *children_of(server.process.pid)]
            before, begin = spent(pids), time.time()
            memory = sum(map(memory_mb, pids["vision"]))
            time.sleep(options.seconds)
            pids["postgres"] += [
                p for p in children_of(stores.postgres.process.pid) if p not in pids["postgres"]
            ]
            after, end = spent(pids), time.time()
            grown = sum(map(memory_mb, pids["vision"])) - memory
            time.sleep(SETTLES_S)
            seen = rows(stores)
    cores = {name: round((after[name] - before[name]) / (end - begin), 2) for name in before}
    server = sum(value for name, value in cores.items() if name not in ("vision", "cameras"))
    return {
        "cameras": options.cameras,
        "workers": options.workers,
        "minutes": round((end - begin) / 60, 1),
        **judged(watched, seen, (begin, end)),
        "cores_vision": cores["vision"],
        "cores_server": round(server, 2),
        "cores_of_the_cameras_themselves": cores["cameras"],
        "cores_by_process": {name: cores[name] for name in sorted(cores)},
        "memory_mb": round(memory + grown),
        "memory_growth_mb": round(grown),
        "reads": sum(Counter(row[0] for row in seen).values()),
    }


def _live(live: Live) -> int:
    return sum(state.get("state") == "live" for state in live.beats("camera").values())


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--films", type=Path, help="folder that keeps the films")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(options, Path(folder))
    what = "RTSP cameras watched by `ioc up`, server included"
    target = (
        "20 on 2 cores at the recall of one; no duplicate; memory flat; p95 1 s to the police row"
    )
    print(json.dumps({"what": what, "figures": figures, "target": target}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
