"""How long every panel's query takes with few and with many scans stored.

    python -m tests.benchmarks.bench_panels [--small 100000] [--large 10000000] [--runs 200]

Scans of forty days at every point of the city are put into the store with the tallies they make,
as the recorder and the timekeeper would leave them (all but the last minute folded); the other
streams get a share of the same rows. Then the wall, the briefing, the figures, and each figure by
unit, hour and day over the longest span that may be asked for, are read again and again. The store
is an own PostgreSQL with every safety on. Prints one JSON line.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text

from ioc.alerts.load import backlog
from ioc.breakdown import MOST_DAYS, MOST_DISTINCT_DAYS, By, Span, break_down
from ioc.briefings.service import find_issue, freeze, opened
from ioc.camera_states import camera_states
from ioc.centre import Centre, open_centre
from ioc.clock import local_day
from ioc.db import migrate, transact
from ioc.embedded.stores import open_stores
from ioc.errors import InvalidInput
from ioc.overview import figures, load_definitions
from ioc.places import PlaceKind, RoadClass
from ioc.reports.service import ageing
from ioc.samples.facts import positivity
from ioc.settings import load_settings
from ioc.streams import by_site, streams
from ioc.venues.service import make_days
from ioc.wallboard import SCANS, STREAMS, wall

DAYS = 40
OPEN = timedelta(minutes=1)
WHOLE = "whole wall"
DAY = timedelta(days=1)
# Of each scan a share is told of other streams, so that their rows lie between those of scans.
SHARES = {
    "entry.person": 8,
    "entry.vehicle": 8,
    "entry.vehicle.green": 8,
    "read": 4,
    "verdict.pass": 4,
    "dose": 16,
    "paper.dose": 16,
    "test": 16,
    "call": 16,
    "report.received": 16,
    "card.issued": 16,
}
FACTS = text("""
    INSERT INTO scans (key, person, point, is_in, scanned_at, known_at, format, proof, admit,
        reason, source)
    SELECT gen_random_uuid(), gen_random_uuid(), point, n % 2 = 0, at, at, 'personal_qr',
        'unsigned', true, 'admitted', 'bench'
    FROM (
        SELECT n, 1 + floor(:count * random() ^ 2)::int AS no, CAST(:now AS timestamptz)
            - (n % :days) * interval '1 day' - random() * interval '9 hours' AS at
        FROM generate_series(1, :facts) AS n
    ) AS made
    JOIN unnest(CAST(:points AS text[])) WITH ORDINALITY AS p (point, no) USING (no)
""")
TALLIES = text("""
    INSERT INTO tally (metric, place, bucket, slot, n, folded)
    SELECT metric, point, bucket, slot, n, folded FROM (
        SELECT CASE WHEN is_in THEN 'scan.in' ELSE 'scan.out' END AS metric, point,
            date_bin('15 minutes', scanned_at, '2000-01-01Z') AS bucket,
            hashtext(key::text) & 15 AS slot, count(*) AS n,
            count(*) FILTER (WHERE scanned_at < :open) AS folded
        FROM scans GROUP BY 1, 2, 3, 4
    ) AS counted
""")
OTHERS = text("""
    INSERT INTO tally (metric, place, bucket, slot, n, folded)
    SELECT :metric, (CAST(:places AS text[]))[
            1 + mod(abs(hashtext(place)), cardinality(CAST(:places AS text[])))],
        bucket, slot, sum(n), sum(folded)
    FROM tally
    WHERE metric = 'scan.in' AND mod(hashtext(place || bucket::text), :share) = 0
    GROUP BY 2, 3, 4
""")
SUMS = (
    """INSERT INTO tally_quarter (metric, bucket, n)
       SELECT metric, bucket, sum(folded) FROM tally WHERE folded > 0 GROUP BY 1, 2""",
    """INSERT INTO tally_day (metric, place, day, n)
       SELECT metric, place, CAST(timezone(:zone, bucket) AS date), sum(folded)
       FROM tally WHERE folded > 0 GROUP BY 1, 2, 3""",
    """INSERT INTO tally_total (metric, place, n)
       SELECT metric, place, sum(n) FROM tally_day GROUP BY 1, 2""",
    """INSERT INTO presence (metric, place, day)
       SELECT DISTINCT split_part(metric, '.', 1), place, day FROM tally_day
       WHERE metric IN ('scan.in', 'scan.out', 'test')""",
)
TABLES = ("scans", "tally", "tally_quarter", "tally_day", "tally_total", "presence")


def places_of(centre: Centre, metric: str) -> list[str]:
    """Return where a metric is counted: at cameras, facilities, gates, in units, at the hotline."""
    city = centre.city
    gates = [camera.id for camera in city.cameras.values() if camera.road_class is RoadClass.GATE]
    kinds = {
        "call": ["19001075"],
        "entry.person": sorted(city.limits.entries.points),
        "entry.vehicle": gates,
        "read": list(city.cameras),
        "verdict": list(city.cameras),
        "report.received": list(city.units),
        "card.issued": list(city.units),
    }
    found = next((places for name, places in kinds.items() if metric.startswith(name)), None)
    return found or [place.id for place in city.of_kind(PlaceKind.FACILITY)]


def fill(centre: Centre, facts: int) -> None:
    """Put `facts` scans into an empty store, with all that they leave behind."""
    points = [place.id for place in centre.city.of_kind(PlaceKind.POINT)]
    now: datetime = centre.now()
    values = {"points": points, "count": len(points), "facts": facts, "days": DAYS, "now": now}

    def work(conn: Connection) -> None:
        run = conn.execute
        run(text(f"TRUNCATE {', '.join(TABLES)}"))
        run(FACTS, values)
        run(TALLIES, {"open": now - OPEN})
        for metric, share in SHARES.items():
            run(OTHERS, {"metric": metric, "share": share, "places": places_of(centre, metric)})
        for statement in SUMS:
            # Bound where it is asked for: the zone of the city.
            run(text(statement), {"zone": centre.city.zone.key} if ":zone" in statement else {})

    transact(centre.engine, work)
    with centre.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))


def panels(centre: Centre) -> dict[str, Callable[[], object]]:
    """Return every panel's query by name; `WHOLE` is all of the wall, one after the other."""
    now = centre.now()
    today = local_day(now, centre.city.zone)

    def read(work: Callable[[Connection], object]) -> Callable[[], object]:
        return partial(transact, centre.engine, work)

    found: dict[str, Callable[[], object]] = {
        WHOLE: partial(wall, centre),
        "figures": partial(figures, centre),
        "curves and usual ranges": read(lambda conn: streams(conn, centre, STREAMS, now)),
        "busiest points": read(lambda conn: by_site(conn, SCANS, today, centre.city)),
        "positives by kind": partial(positivity, centre, today, today),
        "ageing of reports": partial(ageing, centre),
        "backlog of alerts": partial(backlog, centre),
        "cameras": partial(camera_states, centre),
        "briefing": partial(_opened, centre, freeze(centre, today - DAY, "bench").name),
    }
    for figure in load_definitions(centre.settings.city_dir / "figures.toml"):
        for by in By:
            days = min(MOST_DAYS[by], MOST_DISTINCT_DAYS if figure.origin == "distinct" else 99)
            span = Span(today - (days - 1) * DAY, today + DAY)
            ask = partial(break_down, centre, figure.name, by, span)
            try:
                ask()
            except InvalidInput:
                continue
            found[f"{figure.name} by {by.value}"] = ask
    return found


def _opened(centre: Centre, name: str) -> object:
    """Open a frozen report, as its page does."""
    return opened(centre, find_issue(centre, name))


def medians(centre: Centre, runs: int) -> dict[str, float]:
    """Return the median of each panel's query in ms, over `runs` runs."""
    told = {}
    for name, ask in panels(centre).items():
        spans = []
        for _ in range(runs):
            start = time.perf_counter()
            ask()
            spans.append(time.perf_counter() - start)
        told[name] = statistics.median(spans) * 1000
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=200)
    options = parser.parse_args()
    told: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        env = {
            "IOC_STATE": folder,
            "IOC_DATABASE_URL": stores.database_url(),
            "IOC_REDIS_URL": stores.redis_url,
            "IOC_SECRET": "a-secret-of-the-benchmark-0123456789abcdef",
            "IOC_DEMO": "1",
        }
        with open_centre(load_settings(env)) as centre:
            migrate(centre.engine)
            today = local_day(centre.now(), centre.city.zone)
            make_days(centre, [today - n * DAY for n in range(-1, DAYS + 2)])
            for facts in (options.small, options.large):
                start = time.perf_counter()
                fill(centre, facts)
                print(f"{facts} filled in {time.perf_counter() - start:.0f} s", file=sys.stderr)
                told[facts] = medians(centre, options.runs)
    few, many = told[options.small], told[options.large]
    whole = {facts: ms.pop(WHOLE) for facts, ms in told.items()}
    slowest = max(many, key=lambda name: many[name])
    # A panel fails when it took both more than half as long again and 2 ms more.
    growing = {
        name: round(many[name] - few[name], 1)
        for name in many
        if many[name] > 1.5 * few[name] and many[name] > few[name] + 2
    }
    told_of = {
        **{
            f"{name}_ms_of_{facts}": round(ms[name], 1)
            for facts, ms in told.items()
            for name in ("figures", "curves and usual ranges", "briefing")
        },
        **{f"whole wall_ms_of_{facts}": round(ms, 1) for facts, ms in whole.items()},
        "panels": len(many),
        "slowest": slowest,
        "slowest_ms": round(many[slowest], 1),
        "slowest_ms_of_few": round(few[slowest], 1),
        "over_20_ms": sorted(name for name, ms in many.items() if ms > 20),
        "growing": growing,
        "runs": options.runs,
    }
    print(
        json.dumps(
            {
                "what": f"every panel's query at {options.large:,} scans, and at {options.small:,}",
                "figures": told_of,
                "target": "median 20 ms; within 1.5x or 2 ms of its time with few",
            }
        )
    )


if __name__ == "__main__":
    main()
