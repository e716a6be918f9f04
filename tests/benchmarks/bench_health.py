"""Doses in batches of 1,000 in the service, colours for a scan, and what the panels ask.

    python -m tests.benchmarks.bench_health [--batches 100]

Nearly every person is new to the centre, which is the slowest case; after forty batches a fifth
come again with their second dose. The stores run on the same cores. Prints one JSON line.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from ioc.centre import Centre, open_centre
from ioc.db import migrate, transact
from ioc.doses.model import Dose
from ioc.doses.recording import record_doses
from ioc.doses.service import coverage
from ioc.embedded.stores import open_stores
from ioc.health.service import colours_of
from ioc.paper.model import PaperKind
from ioc.paper.service import reconcile, silences
from ioc.persons.model import Identity
from ioc.persons.rules import identify, reference_of
from ioc.places import PlaceKind
from ioc.settings import load_settings
from ioc.upkeep import fold_tallies, recount

SIZE = 1_000
WANTED_MS = 40
FIRST_DAY = date(2021, 6, 15)


def main() -> None:
    """Measure, and print one JSON line."""
    options = argparse.ArgumentParser()
    options.add_argument("--batches", type=int, default=100)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        settings = load_settings({**stores.demo_environment(), "IOC_AS_OF": "2021-10-03"})
        with open_centre(settings) as centre:
            migrate(centre.engine)
            print(json.dumps(measure(centre, chosen.batches)))


def measure(centre: Centre, batches: int) -> dict[str, object]:
    """Return what was measured; times are medians."""
    sites = [p.id for p in centre.city.of_kind(PlaceKind.FACILITY) if p.id.startswith("tc-")]
    units = [unit.id for unit in centre.city.units_on(FIRST_DAY + timedelta(days=90))]
    rng = random.Random(5)
    known: list[tuple[str, Identity]] = []
    spent = []
    for number in range(batches):
        doses, who = _batch(centre, number, (sites, units), known, rng)
        start = time.perf_counter()
        results = record_doses(centre, "bench", doses, who)
        spent.append(time.perf_counter() - start)
        refused = [one for one in results if one.dose is None]
        assert not refused, refused[0]
    fold_tallies(centre)
    persons = [ref for ref, _ in known]
    figures = {
        "batch_of_1000_ms": round(1000 * statistics.median(spent), 1),
        "last_batches_ms": round(1000 * statistics.median(spent[-10:]), 1),
        "doses_per_s": round(SIZE * batches / sum(spent)),
        "colours_of_100_ms": _ms(lambda: _colours(centre, rng.sample(persons, 100))),
        "reconcile_a_day_ms": _ms(
            lambda: reconcile(centre, PaperKind.DOSE, date(2021, 7, 1), date(2021, 7, 1))
        ),
        "reconcile_all_ms": _ms(lambda: reconcile(centre, PaperKind.DOSE)),
        "coverage_ms": _ms(lambda: coverage(centre)),
        "silent_ms": _ms(lambda: silences(centre, PaperKind.DOSE)),
    }
    assert not recount(centre)
    what = f"doses in batches of 1,000, {batches * SIZE:,} in all, of persons never met before"
    return {"what": what, "figures": figures, "target": f"a batch in {WANTED_MS} ms"}


def _batch(
    centre: Centre,
    number: int,
    places: tuple[list[str], list[str]],
    known: list[tuple[str, Identity]],
    rng: random.Random,
) -> tuple[list[Dose], dict[str, Identity]]:
    sites, units = places
    day = FIRST_DAY + timedelta(days=number * 100 // 110 % 100)
    doses, who = [], {}
    for n in range(SIZE):
        k = number * SIZE + n
        if known and k % 5 == 0 and number > 40:
            ref, one = known[(k // 5) % (len(known) // 3)]
            series = 2
        else:
            year, sex = 1930 + k % 70, k % 2
            one = identify(f"046{sex}{year % 100:02}{k % 1_000_000:06}", "Nguyễn Văn A", str(year))
            ref, series = reference_of(centre.settings.secret, one), 1
            known.append((ref, one))
        who[ref] = one
        at = f"{day}T{7 + n % 10:02}:{n % 60:02}:00+07:00"
        given = datetime.fromisoformat(at)
        unit, site = units[rng.randrange(len(units))], sites[(number + n // 50) % len(sites)]
        values = (f"d-{k}", ref, "vero-cell", "B2021", series, site, given)
        doses.append(Dose(*values, one.born_on, one.birth_year, unit))
    return doses, who


def _colours(centre: Centre, persons: list[str]) -> None:
    transact(centre.engine, lambda conn: colours_of(conn, centre, persons, centre.now()))


def _ms(ask: Callable[[], object], times: int = 30) -> float:
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        ask()
        spent.append(time.perf_counter() - start)
    return round(1000 * statistics.median(spent), 2)


if __name__ == "__main__":
    main()
