"""What the model city counted until a day, sent through the API: how long, and whether it adds up.

    python -m tests.benchmarks.bench_replay [--scale 1]

1,896,116 scans, 525,880 cards, 262,167 doses and 267,490 on paper, 11,791 tests, 231,267 calls and
64,009 vehicles, into a city whose clock stands on 3 October 2021, with the stores, the API and the
sender on the same cores. Every figure is held against the article's, and the recount against the
facts. Prints one JSON line.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.simulator.client import Client
from ingest.simulator.history import History
from ingest.simulator.people import People
from ingest.simulator.replay import Course, held_against, open_course, replay
from ingest.simulator.totals import STREAMS, Totals, load_totals
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import open_centre
from ioc.city import load_city
from ioc.db import migrate
from ioc.embedded.process import end, free_port, wait_until
from ioc.embedded.stores import open_stores
from ioc.errors import IocError
from ioc.labels import CONFIG_DIR
from ioc.places import City
from ioc.settings import load_settings
from ioc.upkeep import recount
from ioc.vehicles.upkeep import ensure_days
from ioc.venues.upkeep import ensure_scan_days

FOLDER = CONFIG_DIR / "hue"
READY_S = 60


def answers(client: Client) -> bool:
    """Tell whether the API answers."""
    try:
        client.figures()
    except IocError:
        return False
    return True


@contextmanager
def serving(env: dict[str, str]) -> Iterator[Client]:
    """Serve the API on an empty city in a process of its own; yield a client with every right."""
    with open_centre(load_settings(env)) as centre:
        migrate(centre.engine)
        ensure_days(centre)
        ensure_scan_days(centre)
        key, port = create_key(centre, "replay", list(Right)), free_port()
    words = ("ingest", "serve", "--port", str(port))
    api = subprocess.Popen([sys.executable, "-m", "ioc.cli", *words], env={**os.environ, **env})
    client = Client(f"http://127.0.0.1:{port}", key)
    try:
        if not wait_until(lambda: answers(client), READY_S, 0.2):
            sys.exit("the API does not answer")
        yield client
    finally:
        client.close()
        end(api, signal.SIGTERM, 10)


def replayed(client: Client, city: City, totals: Totals, file: Path) -> tuple[Course, dict]:
    """Send all of it; return how it went, and the rate of each stream."""
    course = open_course(file, "bench", client, totals.as_of, city.zone)
    history = History(city, People(city, FOLDER, totals.as_of), totals, course.until)
    rates = {}
    for name in STREAMS:
        started = time.perf_counter()
        replay(history, course, client, lambda _name, _done: None, {name})
        took = time.perf_counter() - started
        rates[f"{name}_a_second"] = round(course.sent[name] / took)
        print(f"{name}: {took:.0f} s", file=sys.stderr, flush=True)
    return course, rates


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="so many times fewer of each")
    scale = parser.parse_args().scale
    city, totals = load_city(FOLDER), load_totals(FOLDER / "replay.toml").scaled(scale)
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        env = {**stores.demo_environment(), "IOC_AS_OF": totals.as_of.isoformat()}
        begun = time.perf_counter()
        with serving(env) as client:
            course, rates = replayed(client, city, totals, Path(folder) / "replay.json")
            seconds = time.perf_counter() - begun
            held = held_against(totals, course, client.figures(), set())
        with open_centre(load_settings(env), city=city) as centre:
            differences = recount(centre)
    wrong = [str(one) for one in held if not one.is_equal]
    for line in [*wrong, *differences[:20], *course.refused]:
        print(line, file=sys.stderr)
    figures = {
        "items": sum(course.sent.values()),
        "seconds": round(seconds),
        **rates,
        "refused": course.statuses["refused"],
        "figures_that_differ": len(wrong),
        "recount_differences": len(differences),
    }
    what = f"the totals of the articles through the API, 1/{scale}"
    print(json.dumps({"what": what, "figures": figures, "target": "every figure equal, 0 differ"}))


if __name__ == "__main__":
    main()
