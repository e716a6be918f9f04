"""A CSV file of a million rows: how long its import takes, by the command people use.

    python -m tests.benchmarks.bench_import [--rows 1000000] [--kind scans]

The stores run on the same cores. Prints one JSON line.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from ingest.simulator.people import People
from ioc.centre import open_centre
from ioc.city import load_city
from ioc.clock import utc_now
from ioc.db import migrate
from ioc.embedded.stores import open_stores
from ioc.labels import CONFIG_DIR
from ioc.places import PlaceKind
from ioc.settings import load_settings
from ioc.vehicles.upkeep import ensure_days
from ioc.venues.upkeep import ensure_scan_days

DAYS = "2021-10-01T00:00:00+07:00,2021-11-01T00:00:00+07:00"
WANTED_S = 60
CARDS, STAY = 525_880, 2_001


def permits(count: int) -> Iterator[str]:
    """Yield a file of permits."""
    yield "id,plate,class,valid_from,valid_until,holder\n"
    for n in range(count):
        plate = f"{11 + n % 80}C{n // 80 % 100_000:05}"
        yield f"p-{n},{plate},green,{DAYS},Cong ty {n % 977}\n"


def scans(count: int) -> Iterator[str]:
    """Yield a file of scans of made-up people, over the last days, at the points of the city."""
    city_dir = CONFIG_DIR / "hue"
    city, now = load_city(city_dir), utc_now()
    people = People(city, city_dir, now.date())
    points = [point.id for point in city.of_kind(PlaceKind.POINT)]
    yield "id,point,code,direction,scanned_at\n"
    step = timedelta(days=19) / count
    for n in range(count):
        # Every second row is of somebody who leaves: he came in a while before, at the same point.
        way, visit = ("out", n - STAY) if n % 2 and n > STAY else ("in", n)
        who = people.person(visit // 2 % CARDS)
        at = now - timedelta(days=19) + n * step
        yield f"s-{n},{points[visit % len(points)]},{who.personal_qr()},{way},{at}\n"


def doses(count: int) -> Iterator[str]:
    """Yield a file of doses, each of a person never met before: the slowest case."""
    city = load_city(CONFIG_DIR / "hue")
    sites = [p.id for p in city.of_kind(PlaceKind.FACILITY) if p.id.startswith("tc-")]
    yield "id,person.number,person.name,person.born_on,product,lot,number,facility,given_at\n"
    for n in range(count):
        year, day = 1930 + n % 70, timedelta(days=n * 100 // count)
        at = f"{date(2021, 6, 25) + day}T{7 + n % 10:02}:{n % 60:02}:00+07:00"
        who = f"0460{year % 100:02}{n % 1_000_000:06},Nguyen Van A,{year}"
        yield f"d-{n},{who},vero-cell,B2021,1,{sites[n // 50 % len(sites)]},{at}\n"


FILES: dict[str, Callable[[int], Iterator[str]]] = {
    "doses": doses,
    "permits": permits,
    "scans": scans,
}


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--kind", choices=sorted(FILES), default="scans")
    parser.add_argument("--writers", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        env = stores.demo_environment()
        with open_centre(load_settings(env)) as centre:
            migrate(centre.engine)
            ensure_days(centre)
            ensure_scan_days(centre)
        file = Path(folder) / "rows.csv"
        with file.open("w", encoding="utf-8") as written:
            written.writelines(FILES[args.kind](args.rows))
        words = ("ingest", "import", str(file), "--kind", args.kind, "--writers", str(args.writers))
        began, cpu = time.perf_counter(), os.times()
        done = subprocess.run(
            [sys.executable, "-m", "ioc.cli", *words],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        took, after = time.perf_counter() - began, os.times()
    if done.returncode or not done.stdout.startswith(f"{args.rows} recorded"):
        sys.exit(done.stdout + done.stderr[-2000:])
    figures = {
        "rows": args.rows,
        "seconds": round(took, 1),
        "rows_a_second": round(args.rows / took),
        "seconds_of_a_core_in_python": round(
            after.children_user + after.children_system - cpu.children_user - cpu.children_system, 1
        ),
    }
    what = f"import of a CSV file of {args.kind}, from command to last commit"
    print(json.dumps({"what": what, "figures": figures, "target": f"{WANTED_S} s a million"}))


if __name__ == "__main__":
    main()
