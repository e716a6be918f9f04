"""How fast reports and calls come in, are worked on and counted, with years of them behind.

    python -m tests.benchmarks.bench_reports [--reports 183000] [--calls 231267]

The store is an own PostgreSQL with every safety on; everything goes through what the API calls,
from parsed JSON to the commit. Prints one JSON line.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from ingest.reporting import record_call_items, record_reports
from ioc.centre import Centre, open_centre
from ioc.db import migrate, transact
from ioc.embedded.stores import open_stores
from ioc.reports.model import Act, Party, ReportStep, Wanted
from ioc.reports.service import find_case, near, search, standing, waiting
from ioc.reports.stepping import take_step
from ioc.settings import load_settings

# What was reported in years before: closed, but for one in forty.
OLD = text("""
    INSERT INTO reports (ref, source, report_id, token, service, sort, lat, lon, description,
        requested_at, received_at, state, agency, held_since, waits_since, changed_at, due_at,
        promised_at, closed_at)
    SELECT md5(n::text), 'bench', n::text, md5('t' || n), 'street-light', 'field',
        16.4 + n % 1000 * 0.0001, 107.5 + n / 1000 % 1000 * 0.0001, 'old', at, at,
        CASE WHEN n % 40 = 0 THEN 'received' ELSE 'fixed' END, 'hepco', at, at, at,
        at + interval '2 days', at + interval '2 days',
        CASE WHEN n % 40 = 0 THEN NULL ELSE at + interval '1 day' END
    FROM (SELECT n, :now - n % 2000 * interval '1 day' AS at
          FROM generate_series(1, :reports) AS n) AS made
""")


def took(work: Callable[[int], object], times: int) -> float:
    """Return the median of so many runs, in milliseconds."""
    spans = []
    for n in range(times):
        began = time.perf_counter()
        work(n)
        spans.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(spans), 2)


def a_call(centre: Centre, n: int) -> dict:
    """Return one call of the replay."""
    at = centre.now() - timedelta(seconds=n)
    words = {"line": "19001075", "branch": str(n % 6), "topic": "travel"}
    return {"id": f"c-{n}", **words, "direction": "in" if n % 5 else "out", "at": at.isoformat()}


def a_report(n: int) -> dict:
    """Return one report of a storm."""
    pick = random.Random(n)
    spot = {"lat": 16.4 + pick.random() / 10, "lon": 107.5 + pick.random() / 10}
    return {"id": f"r-{n}", "service": "flood", "description": "ngập", **spot}


def measure(centre: Centre, calls: int, reports: int) -> dict[str, object]:
    """Return the figures."""
    transact(
        centre.engine, lambda conn: conn.execute(OLD, {"now": centre.now(), "reports": reports})
    )
    with centre.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE reports"))
    figures: dict[str, object] = {"reports": reports, "calls": calls}
    batches = [
        [a_call(centre, n) for n in range(first, min(first + 1000, calls))]
        for first in range(0, calls, 1000)
    ]
    began = time.perf_counter()
    figures["calls_batch_1000_ms"] = took(
        lambda n: record_call_items(centre, "pbx", batches[n]), len(batches)
    )
    figures["calls_per_s"] = round(calls / (time.perf_counter() - began))
    storms = [[a_report(n * 100 + k) for k in range(100)] for n in range(10)]
    figures["reports_batch_100_ms"] = took(lambda n: record_reports(centre, "app", storms[n]), 10)
    ones = [case.ref for case in search(centre, Wanted(services=("flood",)), limit=100)]
    figures["one_report_ms"] = took(
        lambda n: record_reports(centre, "app", [a_report(5_000 + n)]), 50
    )
    step = Act(ReportStep.START, Party.CENTRE, "bench")
    figures["step_ms"] = took(lambda n: take_step(centre, ones[n], step), 100)
    figures["standing_ms"] = took(lambda _: standing(centre), 100)
    figures["near_ms"] = took(lambda n: near(centre, find_case(centre, ones[n])), 100)
    due = Wanted(agencies=("hepco",), is_overdue=True)
    figures["queue_of_100_ms"] = took(lambda _: waiting(centre, due, limit=100), 50)
    return figures


def main() -> None:
    """Fill a store and print the line."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--reports", type=int, default=183_000)
    asked.add_argument("--calls", type=int, default=231_267)
    args = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        settings = load_settings(stores.demo_environment())
        with open_centre(settings) as centre:
            migrate(centre.engine)
            figures = measure(centre, args.calls, args.reports)
    what = "reports and calls taken in, worked on and counted, with years of them behind"
    target = "1,000 calls in 30 ms; every panel's query under 20 ms"
    print(json.dumps({"what": what, "figures": figures, "target": target}))


if __name__ == "__main__":
    main()
