"""How fast a list is paged through, sorted, filtered and taken away, with many rows in it.

    python -m tests.benchmarks.bench_lists [--rows 1000000] [--runs 20]

Declarations of all units, states and days are put into the store; the list of the desk is then
asked for its pages as a grid asks: first, deep, sorted by what has no index, filtered, within the
scope of one commune. The store is an own PostgreSQL with every safety on. Prints one JSON line.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text

from ioc.centre import Centre, open_centre
from ioc.db import migrate, transact
from ioc.embedded.stores import open_stores
from ioc.listing import MOST_ROWS, Ask
from ioc.people.desk import list_of
from ioc.people.registers import DECLARATIONS
from ioc.settings import load_settings

DEEP = 50_000
FILL = text("""
    INSERT INTO declarations (ref, source, declaration_id, people, manner, origin, unit, plate,
        means, expected_at, received_at, state, waits_since)
    SELECT md5(CAST(n AS text)), 'bench', CAST(n AS text), ARRAY[md5('p' || n)], 'self',
        (CAST(:origins AS text[]))[1 + n % 6], (CAST(:units AS text[]))[1 + n % :units_n],
        CASE WHEN n % 2 = 0 THEN '43C' || lpad(CAST(n % 100000 AS text), 5, '0') END, 'road',
        CAST(:now AS timestamptz) - n * interval '10 seconds',
        CAST(:now AS timestamptz) - n * interval '10 seconds',
        CASE WHEN n % 50 = 0 THEN 'received' ELSE 'approved' END,
        CAST(:now AS timestamptz) - n * interval '10 seconds'
    FROM generate_series(1, :rows) AS n
""")
ORIGINS = ["TP. Hồ Chí Minh", "Bình Dương", "Đồng Nai", "Long An", "Đà Nẵng", "Quảng Nam"]


def fill(centre: Centre, rows: int) -> None:
    """Put declarations into the store."""
    units = [unit.id for unit in centre.city.units_on(centre.now().date())]
    values = {
        "rows": rows,
        "units": units,
        "units_n": len(units),
        "origins": ORIGINS,
        "now": centre.now(),
    }

    def work(conn: Connection) -> None:
        conn.execute(FILL, values)
        conn.execute(text("ANALYZE declarations"))

    transact(centre.engine, work)


def measured(work: Callable[[], object], runs: int) -> float:
    """Return the median of so many runs, in ms."""
    spans = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        spans.append(1000 * (time.perf_counter() - start))
    return round(statistics.median(spans), 1)


def measure(centre: Centre, rows: int, runs: int) -> dict[str, object]:
    """Return what was measured."""
    one = [next(iter(centre.city.units_on(centre.now().date()))).id]
    newest = (("received_at", True),)
    asks = {
        "first page": (Ask(order=newest), None),
        f"page at row {DEEP:,}": (Ask(DEEP, order=newest), None),
        "sorted by what has no index": (Ask(order=(("origin", False),)), None),
        "what waits": (Ask(where={"state": ("received", "came")}), None),
        "one commune": (Ask(order=newest), one),
        f"{MOST_ROWS:,} rows of a file": (Ask(DEEP, MOST_ROWS, newest), None),
    }

    def read(ask: Ask, units: list[str] | None) -> object:
        return list_of(centre, DECLARATIONS, ask, units)

    return {
        "what": f"a list of {rows:,} declarations, a page of 100 rows with its count",
        "figures": {
            f"{name}_ms": measured(partial(read, *ask), runs) for name, ask in asks.items()
        },
        "target": "a page within 200 ms, whatever it is sorted by",
    }


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        settings = load_settings(stores.demo_environment())
        with open_centre(settings) as centre:
            migrate(centre.engine)
            fill(centre, options.rows)
            print(json.dumps(measure(centre, options.rows, options.runs)))


if __name__ == "__main__":
    main()
