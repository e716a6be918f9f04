"""How fast a read is judged and kept with a million permits and a hundred thousand watched plates.

    python -m tests.benchmarks.bench_judgement [--permits 1000000] [--watched 100000] [--seconds 20]

One by one at a rate, and in batches; look-alike search included: one read in ten has no permit, one
in twenty is doubtful. The store is an own PostgreSQL with every safety on. Prints one JSON line. A
raw limit runs beside it: bare inserts of one row, each in a transaction of its own.
"""

import argparse
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event, text

from ingest.server import COLLECT_AFTER
from ioc.centre import Centre, open_centre
from ioc.db import migrate, transact
from ioc.embedded.stores import open_stores
from ioc.lists.model import ListKind, PlateList
from ioc.lists.service import register_list
from ioc.permits.service import GRANTED
from ioc.serving import settle
from ioc.settings import load_settings
from ioc.vehicles.facts import name
from ioc.vehicles.joint import JointReads
from ioc.vehicles.likeness import likely_texts
from ioc.vehicles.model import Heading, PlateCharacter, PlateRead
from ioc.vehicles.recording import record_reads
from ioc.vehicles.service import doubt_book
from ioc.vehicles.upkeep import ensure_days, recount

CAMERAS = ["cam-001", "cam-007", "cam-042", "cam-117", "cam-175", "cam-198"]
WRITERS = 8
DOUBTFUL = 0.05
FILL = text("""
    INSERT INTO permits (ref, version, source, permit_id, plate, permit_class, valid_from,
        valid_until, roads, known_at)
    SELECT md5(n::text), 1, 'bench', n::text,
        (11 + n % 89)::text || chr(65 + n / 89 % 26)
            || lpad((n / 2314 * 7919 % 100000)::text, 5, '0'),
        (ARRAY['green', 'green', 'yellow'])[1 + n % 3],
        :now - interval '10 days', :now + interval '10 days', '{}', :now
    FROM generate_series(0, :permits - 1) AS n
""")


WATCH = text("""
    INSERT INTO list_entries (ref, version, list, entry_id, plate, reason, valid_from, valid_until,
        entered_by, known_at, approved_by, approved_at)
    SELECT md5('w' || n), 1, 'bench', n::text,
        (11 + n % 89)::text || chr(65 + n / 89 % 26)
            || lpad(((n / 2314 + 50000) * 7919 % 100000)::text, 5, '0'),
        'stolen', :now - interval '10 days', :now + interval '10 days', 'one', :now, 'two', :now
    FROM generate_series(0, :watched - 1) AS n
""")


def plate_of(number: int) -> str:
    """Return the plate of permit `number`; numbers beyond the permits have none."""
    return f"{11 + number % 89}{chr(65 + number // 89 % 26)}{number // 2314 * 7919 % 100_000:05}"


class Held:
    """How long each transaction held its connection, in seconds."""

    def __init__(self, centre: Centre) -> None:
        self.spans: list[float] = []
        begun: dict[int, float] = {}

        @event.listens_for(centre.engine, "checkout")
        def checkout(raw: object, record: object, proxy: object) -> None:
            begun[id(record)] = time.perf_counter()

        @event.listens_for(centre.engine, "checkin")
        def checkin(raw: object, record: object) -> None:
            self.spans.append(time.perf_counter() - begun.pop(id(record)))

    def taken(self) -> list[float]:
        """Return what was measured since it was last asked, sorted."""
        spans, self.spans = sorted(self.spans), []
        return spans


class Bench:
    """Reads of vehicles at cameras of every class of road, a few without a permit or in doubt."""

    def __init__(self, centre: Centre, permits: int, watched: int) -> None:
        self.centre = centre
        self.permits, self.watched = permits, watched
        self.joint = JointReads(centre)
        self.lock = threading.Lock()
        self.made = 0

    def read(self) -> PlateRead:
        """Make the next read."""
        with self.lock:
            self.made += 1
            number = self.made
        plate = plate_of(random.randrange(int(self.permits * 1.1)))
        seen_at = self.centre.now() - timedelta(milliseconds=random.randrange(60_000))
        is_doubtful = random.random() < DOUBTFUL
        characters = tuple(
            PlateCharacter(char, 0.6 if is_doubtful and place == len(plate) - 2 else 0.999)
            for place, char in enumerate(plate)
        )
        return PlateRead(
            f"read-{number}",
            random.choice(CAMERAS),
            plate,
            0.6 if is_doubtful else 0.99,
            seen_at,
            Heading.IN,
            characters=characters,
        )

    def at_rate(self, rate: float, seconds: float, work: Callable[[], object]) -> list[float]:
        """Do `work` at even distances; return how long after its time each was done, sorted.

        Waiting for a free writer counts: a store that falls behind shows it.
        """
        delays: list[float] = []
        start = time.perf_counter() + 0.1

        def one(due: float) -> None:
            time.sleep(max(0.0, due - time.perf_counter()))
            work()
            delays.append(time.perf_counter() - due)

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(one, (start + n / rate for n in range(int(rate * seconds)))))
        return sorted(delays)

    def single(self) -> None:
        """Record one read, as the API does: with those who come at the same time."""
        self.joint.record("bench", [self.read()])

    def batch(self, size: int) -> None:
        """Record `size` reads in one transaction."""
        record_reads(self.centre, "bench", [self.read() for _ in range(size)])

    def likeness(self, size: int) -> tuple[float, float]:
        """Think of what `size` reads may be of, and look all of that up at once; return seconds."""
        book = doubt_book(self.centre)
        start = time.perf_counter()
        texts = {text for _ in range(size) for text in likely_texts(self.read(), book.trust)}
        thought = time.perf_counter()
        transact(self.centre.engine, lambda conn: name(conn, sorted(texts)))
        self.made -= size
        return thought - start, time.perf_counter() - thought

    def bare(self) -> None:
        """Insert one row, and nothing else, in a transaction."""
        transact(self.centre.engine, lambda conn: conn.execute(BARE))


BARE = text("INSERT INTO bare (n) VALUES (1)")


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--permits", type=int, default=1_000_000)
    parser.add_argument("--watched", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        settings = load_settings(stores.demo_environment())
        with open_centre(settings) as centre:
            migrate(centre.engine)
            ensure_days(centre)
            fill(centre, args.permits, args.watched)
            print(json.dumps(measure(Bench(centre, args.permits, args.watched), args.seconds)))


def fill(centre: Centre, permits: int, watched: int) -> None:
    """Grant and watch behind the back of the services: only the numbers matter here."""
    values = {"now": centre.now(), "permits": permits, "watched": watched}
    transact(centre.engine, lambda conn: conn.execute(FILL, values))
    review_on = centre.now().date() + timedelta(days=365)
    known = PlateList("bench", ListKind.WATCH, "bench", "bench", "bench", review_on)
    register_list(centre, known, "bench")
    transact(centre.engine, lambda conn: conn.execute(WATCH, values))
    transact(centre.engine, lambda conn: conn.execute(text("CREATE TABLE bare (n bigint)")))
    with centre.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE permits"))
        conn.execute(text("VACUUM ANALYZE list_entries"))


def measure(bench: Bench, seconds: float) -> dict[str, object]:
    """Return what was measured; from its due time, a read also waits for others before it."""
    held = Held(bench.centre)
    bench.at_rate(100, 2, bench.single)
    # As a service does at its start.
    settle(bench.centre, COLLECT_AFTER)
    held.taken()
    single = bench.at_rate(300, seconds, bench.single)
    spans = held.taken()
    bare = bench.at_rate(300, seconds / 4, bench.bare)
    rates = {}
    for size in (100, 1000):
        start, before = time.perf_counter(), bench.made
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda _, size=size: bench.batch(size), range(max(8, 10_000 // size))))
        rates[f"batches_of_{size}_per_s"] = round(
            (bench.made - before) / (time.perf_counter() - start)
        )
    thought, looked_up = zip(*(bench.likeness(100) for _ in range(20)), strict=True)
    facts = text("SELECT count(*) FROM sightings")
    kept = transact(bench.centre.engine, lambda conn: conn.execute(facts).scalar_one())
    # The permits were filled in behind the tallies' back; everything else must agree.
    differences = [line for line in recount(bench.centre) if GRANTED not in line]
    assert kept == bench.made, "a read was lost"
    assert not differences, differences
    figures = {
        "in_transaction_p50_ms": ms(spans, 0.5),
        "in_transaction_p99_ms": ms(spans, 0.99),
        "from_due_time_p50_ms": ms(single, 0.5),
        "from_due_time_p95_ms": ms(single, 0.95),
        "from_due_time_p99_ms": ms(single, 0.99),
        "bare_insert_p50_ms": ms(bare, 0.5),
        "bare_insert_p99_ms": ms(bare, 0.99),
        **rates,
        "likeness_of_100_reads_thought_ms": ms(sorted(thought), 0.5),
        "likeness_of_100_reads_looked_up_ms": ms(sorted(looked_up), 0.5),
    }
    what = (
        f"judgement of a read with {bench.permits:,} permits and {bench.watched:,} watched plates,"
        " look-alikes included, 300 a second, in its transaction"
    )
    return {"what": what, "figures": figures, "target": "p99 10 ms; 1,000/s in batches"}


def ms(delays: list[float], share: float) -> float:
    """Return the delay that a `share` of them does not exceed, in milliseconds."""
    return round(1000 * delays[min(len(delays) - 1, int(share * len(delays)))], 2)


if __name__ == "__main__":
    main()
