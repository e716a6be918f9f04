"""A CSV file of a million rows: how long its import takes, by the command people use.

    python -m tests.benchmarks.bench_import [--rows 1000000] [--kind permits]

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
from pathlib import Path

from ioc.centre import open_centre
from ioc.db import migrate
from ioc.embedded.stores import open_stores
from ioc.settings import load_settings
from ioc.vehicles.upkeep import ensure_days

DAYS = "2021-10-01T00:00:00+07:00,2021-11-01T00:00:00+07:00"
WANTED_S = 60


def permits(count: int) -> Iterator[str]:
    """Yield a file of permits."""
    yield "id,plate,class,valid_from,valid_until,holder\n"
    for n in range(count):
        plate = f"{11 + n % 80}C{n // 80 % 100_000:05}"
        yield f"p-{n},{plate},green,{DAYS},Cong ty {n % 977}\n"


FILES: dict[str, Callable[[int], Iterator[str]]] = {"permits": permits}


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--kind", choices=sorted(FILES), default="permits")
    parser.add_argument("--writers", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        env = stores.demo_environment()
        with open_centre(load_settings(env)) as centre:
            migrate(centre.engine)
            ensure_days(centre)
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
