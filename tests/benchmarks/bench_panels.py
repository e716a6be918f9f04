"""How long every panel's query takes with few and with many scans stored.

    python -m tests.benchmarks.bench_panels [--small 100000] [--large 10000000] [--runs 200]
        [--keep FOLDER]

Scans of forty days at every point of the city are put into two stores, few into one and many into
the other, with the tallies they make, as the recorder and the timekeeper would leave them (all but
the last minute folded); the other streams get a share of the same rows. Then the wall, the
briefing, the figures, and each figure by unit, hour and day over the longest span that may be asked
for, are read again and again, from the one store and the other in turn, so that whatever else the
machine does meets both. Each store is an own PostgreSQL with every safety on. `--keep` leaves them
in a folder (IOC_BENCH_KEEP), for another run of the same day. Prints one JSON line.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text

from ioc.alerts.load import backlog
from ioc.breakdown import MOST_DAYS, MOST_DISTINCT_DAYS, By, Span, break_down
from ioc.briefings.service import draft, find_issue, freeze, opened
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
WARM = 3
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
        "draft of the briefing": partial(draft, centre, today),
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


@contextmanager
def stored(folder: Path, facts: int) -> Iterator[Centre]:
    """Open a centre whose own store holds `facts` scans, put there first unless it holds them."""
    with (
        open_stores(folder, {}) as stores,
        open_centre(load_settings(stores.demo_environment())) as centre,
    ):
        migrate(centre.engine)
        today = local_day(centre.now(), centre.city.zone)
        mark = folder / "filled"
        if not mark.exists() or mark.read_text() != today.isoformat():
            start = time.perf_counter()
            make_days(centre, [today - n * DAY for n in range(-1, DAYS + 2)])
            fill(centre, facts)
            mark.write_text(today.isoformat())
            print(f"{facts} filled in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        yield centre


def medians(centres: dict[int, Centre], runs: int) -> dict[int, dict[str, float]]:
    """Return by store the median of each panel's query in ms, over `runs` runs in each."""
    asked = {facts: panels(centre) for facts, centre in centres.items()}
    spans: dict[int, dict[str, list[float]]] = {facts: {} for facts in asked}
    for name in next(iter(asked.values())):
        for number in range(-WARM, runs):
            for facts, found in asked.items():
                start = time.perf_counter()
                found[name]()
                took = time.perf_counter() - start
                if number >= 0:
                    spans[facts].setdefault(name, []).append(took)
    return {
        facts: {name: statistics.median(took) * 1000 for name, took in found.items()}
        for facts, found in spans.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--keep", type=Path, default=os.environ.get("IOC_BENCH_KEEP"))
    options = parser.parse_args()
    with ExitStack() as opened:
        folder = Path(options.keep or opened.enter_context(tempfile.TemporaryDirectory()))
        centres = {
            facts: opened.enter_context(stored(folder / str(facts), facts))
            for facts in (options.small, options.large)
        }
        told = medians(centres, options.runs)
    print(json.dumps(line_of(told[options.small], told[options.large], options)))


def line_of(
    few: dict[str, float], many: dict[str, float], options: argparse.Namespace
) -> dict[str, object]:
    """Return what is printed of the medians with few and with many scans stored."""
    whole = (few.pop(WHOLE), many.pop(WHOLE))
    slowest = max(many, key=lambda name: many[name])
    # A panel fails when it took both more than half as long again and 2 ms more.
    growing = {
        name: round(many[name] - few[name], 1)
        for name in many
        if many[name] > 1.5 * few[name] and many[name] > few[name] + 2
    }
    both = ((options.small, few), (options.large, many))
    figures = {
        f"{name}_ms_of_{facts}": round(ms[name], 1)
        for facts, ms in both
        for name in ("figures", "curves and usual ranges", "briefing", "draft of the briefing")
    }
    figures |= {
        f"whole wall_ms_of_{facts}": round(ms, 1)
        for (facts, _), ms in zip(both, whole, strict=True)
    }
    for name in sorted(many, key=lambda name: -many[name]):
        print(f"{few[name]:8.2f} {many[name]:8.2f} ms  {name}", file=sys.stderr)
    return {
        "what": f"every panel's query at {options.large:,} scans, and at {options.small:,}",
        "figures": {
            **figures,
            "panels": len(many),
            "slowest": slowest,
            "slowest_ms": round(many[slowest], 1),
            "slowest_ms_of_few": round(few[slowest], 1),
            "over_20_ms": sorted(name for name, ms in many.items() if ms > 20),
            "growing": growing,
            "runs": options.runs,
        },
        "target": "median 20 ms; within 1.5x or 2 ms of its time with few",
    }


if __name__ == "__main__":
    main()
