"""How long whoever writes waits, or is refused, while the schema of a store in use is upgraded.

    python -m tests.benchmarks.bench_upgrade [--facts 100000] [--migrations 6]

A store with so many reads and scans is taken back by the last migrations, as far as the API of
today can still write there, and brought forward as `ioc admin migrate` does it, while reads and
scans are posted to a running API. Told is, for each migration, the longest time in which a sender
had nothing recorded, and beside it the longest while nothing was changed: on a busy machine that is
what the machine does. Every item that was answered for is counted in the store at the end. Prints
one JSON line.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import httpx
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre, open_centre
from ioc.db import MIGRATIONS, migrate, open_engine, take_back, transact
from ioc.embedded.process import end, free_port, spawn, wait_until
from ioc.embedded.stores import Stores, open_stores
from ioc.settings import load_settings
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import record_reads
from ioc.vehicles.upkeep import ensure_days
from ioc.venues.model import Scan, Sender, Way
from ioc.venues.recording import ScanDesk
from ioc.venues.upkeep import ensure_scan_days
from tests.installation import answers

SECRET = "a-secret-of-the-bench-0123456789abcdef"
CODE = "046085000001|191000001|Nguyễn Văn An|07031985|Nam|1 Lê Lợi, Huế|14092021"
BATCH, PAUSE_S, REST_S, PATIENCE_S = 10, 0.05, 5.0, 120.0
# So long a sender may be without an answer before its schema is taken for one it cannot write to.
UNABLE_S = 20.0
FILLED = 1000
WANTED_S = 2.0
Item = Callable[[int], dict[str, object]]


@dataclass
class Load:
    """One sender: posts batches of its items one after another, and notes when one was recorded."""

    post: Callable[[list[dict[str, object]]], list[str]]
    item: Item
    kept: list[float] = field(default_factory=list)
    recorded: int = 0

    def run(self, stop: threading.Event) -> None:
        """Post until told to stop; what is not answered is not counted as recorded."""
        number = 0
        while not stop.is_set():
            items = [self.item(number + n) for n in range(BATCH)]
            try:
                statuses = self.post(items)
            except httpx.HTTPError:
                statuses = []
            number += BATCH
            done = statuses.count("recorded")
            self.recorded += done
            if done == BATCH:
                self.kept.append(time.monotonic())
            stop.wait(PAUSE_S)

    def longest(self, start: float, until: float) -> float:
        """Return the longest time between two batches recorded that touches start <= t < until."""
        times = list(self.kept)
        spans = [
            after - before for before, after in pairwise(times) if after > start and before < until
        ]
        return max(spans, default=0.0)


@dataclass(frozen=True)
class Place:
    """A store under a running API."""

    engine: Engine
    loads: Sequence[Load]

    def works(self) -> bool:
        """Tell whether every sender has something recorded from now on."""
        before = [len(load.kept) for load in self.loads]
        return wait_until(
            lambda: all(len(load.kept) > n + 2 for load, n in zip(self.loads, before, strict=True)),
            UNABLE_S,
            0.05,
        )

    def longest(self, start: float, until: float) -> float:
        """Return the longest time any sender had nothing recorded in a span."""
        return max(load.longest(start, until) for load in self.loads)

    def revision(self) -> str:
        """Return the present revision of the schema."""
        return str(transact(self.engine, lambda conn: conn.execute(VERSION).scalar_one()))


def measure(place: Place, revisions: Sequence[str]) -> tuple[dict[str, float], float]:
    """Return the longest wait at each migration, and the longest where nothing was changed.

    `revisions` are the newest last; the first is where none is taken back any more.
    """
    begun = time.monotonic()
    time.sleep(REST_S)
    usual = place.longest(begun, time.monotonic())
    began_at = _taken_back(place, revisions)
    done: dict[str, float] = {}
    stop = threading.Event()
    watcher = threading.Thread(target=_note, args=(place, began_at, done, stop))
    watcher.start()
    start = time.monotonic()
    migrate(place.engine)
    until = time.monotonic()
    if not place.works():
        raise AssertionError("nothing is recorded under the new schema")
    stop.set()
    watcher.join()
    done.setdefault(revisions[-1], until)
    waits = {}
    for revision, at in sorted(done.items()):
        waits[revision] = place.longest(start, at)
        start = at
    return waits, usual


def _taken_back(place: Place, revisions: Sequence[str]) -> str:
    """Take the schema back as far as the API of today can write there; return to which revision."""
    able = revisions[-1]
    for base in reversed(revisions[:-1]):
        take_back(place.engine, base)
        if not place.works():
            migrate(place.engine)
            take_back(place.engine, able)
            break
        able = base
    if able == revisions[-1] or not place.works():
        raise AssertionError("the API of today cannot write under the schema of before")
    return able


def _note(place: Place, began_at: str, done: dict[str, float], stop: threading.Event) -> None:
    """Note when each revision is first seen."""
    while not stop.wait(0.01):
        seen = place.revision()
        if seen != began_at and seen not in done:
            done[seen] = time.monotonic()


def revisions_of(count: int) -> list[str]:
    """Return the newest `count` revisions and the one before them, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    newest = [one.revision for one in script.walk_revisions()][: count + 1]
    return newest[::-1]


def fill(centre: Centre, facts: int) -> None:
    """Record so many reads and so many scans."""
    desk, now = ScanDesk(centre), centre.now()
    for first in range(0, facts, FILLED):
        ats = [now - timedelta(seconds=(first + n) % 80_000) for n in range(FILLED)]
        reads = [read_of(f"f{first + n}", first + n, at) for n, at in enumerate(ats)]
        record_reads(centre, "box", reads)
        scans = [Scan(f"f{first + n}", "dong-ba-01", CODE, Way.IN, at) for n, at in enumerate(ats)]
        desk.record_parties([(Sender("gate"), scans)])


def read_of(name: str, number: int, at: datetime) -> PlateRead:
    """Return a read of a street on which nothing is asked of anybody."""
    return PlateRead(name, "cam-117", f"75A{number % 100_000:05}", 0.99, at, Heading.IN)


@contextmanager
def api(stores: Stores, folder: Path, env: dict[str, str]) -> Iterator[str]:
    """Run the API as a process, under its own role; yields its address."""
    port = free_port()
    told = {**os.environ, **env, "IOC_DATABASE_URL": stores.database_url("ioc_ingest")}
    words = [sys.executable, "-m", "ioc.cli", "ingest", "serve", "--port", str(port)]
    process = spawn(words, folder / "api.log", env=told)
    try:
        address = f"http://127.0.0.1:{port}"
        if not wait_until(lambda: answers(f"{address}/readyz"), PATIENCE_S, 0.1):
            raise AssertionError((folder / "api.log").read_text())
        yield address
    finally:
        end(process, 15, 10)


def sender(client: httpx.Client, path: str, item: Item) -> Load:
    """Return a sender of items of one kind."""

    def post(items: list[dict[str, object]]) -> list[str]:
        answer = client.post(path, json={"items": items})
        if answer.status_code != httpx.codes.OK:
            return []
        return [one["status"] for one in answer.json()["results"]]

    return Load(post, item)


def read_item(n: int) -> dict[str, object]:
    """Return a read as a box posts it."""
    at, plate = datetime.now(UTC).isoformat(), f"75A{n % 100_000:05}"
    read = {"id": f"u{n}", "camera": "cam-117", "plate": plate, "confidence": 0.99}
    return {**read, "seen_at": at}


def scan_item(n: int) -> dict[str, object]:
    """Return a scan as a gate posts it."""
    at = datetime.now(UTC).isoformat()
    return {"id": f"u{n}", "point": "dong-ba-01", "code": CODE, "direction": "in", "scanned_at": at}


def run(facts: int, count: int, folder: Path) -> dict[str, object]:
    """Measure in a folder and return the figures."""
    with ExitStack() as opened:
        stores = opened.enter_context(open_stores(folder / "stores", {}))
        own = {"IOC_SECRET": SECRET, "IOC_EVIDENCE": str(folder / "evidence")}
        env = {**stores.demo_environment(), **own}
        centre = opened.enter_context(open_centre(load_settings(env)))
        migrate(centre.engine)
        ensure_days(centre)
        ensure_scan_days(centre)
        fill(centre, facts)
        key = create_key(centre, "bench", [Right.READS, Right.SCANS])
        address = opened.enter_context(api(stores, folder, env))
        client = partial(
            httpx.Client, base_url=address, headers={"Authorization": f"Bearer {key}"},
            trust_env=False, timeout=PATIENCE_S,
        )  # fmt: skip
        loads = [
            sender(opened.enter_context(client()), path, item)
            for path, item in (("/v1/reads", read_item), ("/v1/scans", scan_item))
        ]
        engine = open_engine(stores.database_url())
        opened.callback(engine.dispose)
        stop = threading.Event()
        threads = [threading.Thread(target=load.run, args=(stop,)) for load in loads]
        for thread in threads:
            thread.start()
        try:
            waits, usual = measure(Place(engine, loads), revisions_of(count))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        kept = transact(engine, lambda conn: conn.execute(KEPT).one())
        recorded = [load.recorded for load in loads]
        return {
            **{f"{revision}_s": round(wait, 2) for revision, wait in waits.items()},
            "longest_s": round(max(waits.values()), 2),
            "unchanged_s": round(usual, 2),
            "facts": 2 * facts,
            "recorded": sum(recorded),
            "lost": max(0, recorded[0] - kept.reads) + max(0, recorded[1] + facts - kept.scans),
        }


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--migrations", type=int, default=6)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(args.facts, args.migrations, Path(folder))
    what = "upgrade under load: longest time without a read or a scan recorded, at each migration"
    target = f"{WANTED_S:g} s each; 0 lost"
    print(json.dumps({"what": what, "figures": figures, "target": target}))
    return 0 if figures["lost"] == 0 else 1


VERSION = text("SELECT version_num FROM alembic_version")
KEPT = text("""
    SELECT (SELECT count(*) FROM sightings WHERE source = 'bench') AS reads,
        (SELECT count(*) FROM scans) AS scans
""")

if __name__ == "__main__":
    sys.exit(main())
