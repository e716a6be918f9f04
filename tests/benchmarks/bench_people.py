"""How fast people declare, arrive and are compared, on a register that is full already.

    python -m tests.benchmarks.bench_people [--people 200000] [--seconds 10]

Declarations in batches of 100 by four writers, each with one person and every third a companion;
decisions of Health by the hundred; a train's people scanned at the station; persons compared with
all others beside it. The store is an own PostgreSQL with every safety on. Prints one JSON line.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from ioc import tally
from ioc.centre import Centre, open_centre
from ioc.db import migrate, transact
from ioc.duplicates.service import find_duplicates
from ioc.embedded.stores import open_stores
from ioc.people.arrivals import note_arrivals
from ioc.people.lodgings import find_waves, record_waves
from ioc.people.model import Declaration, DeclarationStep, Means, Passage, Wave
from ioc.people.service import Order, decide_many, find_declaration, record_declarations
from ioc.people.upkeep import recount
from ioc.persons.model import Identity
from ioc.persons.rules import identify
from ioc.persons.service import meet
from ioc.settings import load_settings

WRITERS, SIZE, TRAIN = 4, 100, 368
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Võ", "Đặng", "Bùi", "Hồ")
MIDDLE = ("Văn", "Thị", "Đức", "Ngọc", "Minh", "Thanh", "Quang", "Hữu")
GIVEN = ("An", "Bình", "Châu", "Dũng", "Hà", "Hoa", "Lan", "Mai", "Nam", "Sơn", "Tâm", "Vy")


class Bench:
    """People of the province, made up by a seed, who declare that they come."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.random = random.Random(2021)
        self.numbers = count(1)
        self.units = [unit.id for unit in centre.city.units_on(centre.now().date())]

    def somebody(self) -> Identity:
        """Make up the next person."""
        choose = self.random.choice
        born = date(1940, 1, 1) + timedelta(days=self.random.randrange(28_000))
        century = 2 * (born.year >= 2000) + self.random.randrange(2)
        number = f"046{century}{born.year % 100:02}{self.random.randrange(10**6):06}"
        name = f"{choose(FAMILY)} {choose(MIDDLE)} {choose(GIVEN)}"
        return identify(number, name, born.isoformat())

    def declaration(self, **changes: object) -> Declaration:
        """Make the next declaration."""
        serial = next(self.numbers)
        companions = (self.somebody(),) if serial % 3 == 0 else ()
        plate = f"51F{serial % 100_000:05}"
        values = {"companions": companions, "plate": plate, **changes}
        return Declaration(str(serial), self.somebody(), self.random.choice(self.units), **values)

    def fill(self, people: int) -> None:
        """Let so many be known before."""
        for _ in range(people // 1_000):
            batch = [self.somebody() for _ in range(1_000)]
            now = self.centre.now()
            transact(self.centre.engine, lambda conn, b=batch, n=now: meet(conn, self.centre, b, n))

    def declare(self, seconds: float) -> tuple[float, list[str]]:
        """Send batches for a time; return how many a second, and their refs."""
        batches = [[self.declaration() for _ in range(SIZE)] for _ in range(int(seconds * 60))]
        refs: list[str] = []
        start = time.perf_counter()

        def send(batch: list[Declaration]) -> None:
            if time.perf_counter() - start < seconds:
                receipts = record_declarations(self.centre, "bench", batch)
                refs.extend(str(receipt.ref) for receipt in receipts)

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(send, batches))
        return len(refs) / (time.perf_counter() - start), refs

    def train(self) -> tuple[float, float]:
        """Let a train's people declare, and be scanned one after the other; return ms each."""
        now = self.centre.now()
        record_waves(self.centre, "bench", [Wave("SE38", Means.TRAIN, "SE38", TRAIN, now)])
        said = [
            self.declaration(wave="SE38", means=Means.TRAIN, plate=None, companions=())
            for _ in range(TRAIN)
        ]
        receipts = record_declarations(self.centre, "bench", said)
        people = [find_declaration(self.centre, str(r.ref)).people[0] for r in receipts]

        def scan(person: str) -> None:
            passage = Passage(person, self.centre.now(), "hue-station")

            def work(conn) -> None:
                tally.add(conn, note_arrivals(conn, self.centre, [passage]))

            transact(self.centre.engine, work)

        spans = sorted(timed(lambda one=one: scan(one)) for one in people)
        assert find_waves(self.centre)[0].arrived == TRAIN
        return 1000 * spans[len(spans) // 2], 1000 * spans[int(len(spans) * 0.99)]


def timed(work: Callable[[], object]) -> float:
    """Return how long `work` took, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(bench: Bench, people: int, seconds: float) -> dict[str, object]:
    """Return what was measured."""
    bench.fill(people)
    compared = timed(lambda: find_duplicates(bench.centre, people))
    rate, refs = bench.declare(seconds)
    order = Order(DeclarationStep.APPROVE, "bench")
    decided = [
        timed(lambda n=n: decide_many(bench.centre, refs[n : n + SIZE], order))
        for n in range(0, min(len(refs), 20 * SIZE), SIZE)
    ]
    median, worst = bench.train()
    differences = recount(bench.centre)
    assert not differences, differences
    return {
        "what": f"declarations with {people:,} persons known, {WRITERS} writers",
        "figures": {
            "declarations_per_s_in_batches_of_100": round(rate),
            "decisions_per_s_in_batches_of_100": round(SIZE * len(decided) / sum(decided)),
            "arrival_by_scan_p50_ms": round(median, 1),
            "arrival_by_scan_p99_ms": round(worst, 1),
            "persons_compared_per_s": round(people / compared),
        },
        "target": "a wave of 20,000 declared within 30 s",
    }


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        settings = load_settings(stores.demo_environment())
        with open_centre(settings) as centre:
            migrate(centre.engine)
            print(json.dumps(measure(Bench(centre), args.people, args.seconds)))


if __name__ == "__main__":
    main()
