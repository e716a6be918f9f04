"""How fast plates are searched by pattern and look-alikes among a million that were seen.

    python -m tests.benchmarks.bench_search [--plates 1000000] [--searches 300]

The store is an own PostgreSQL with every safety on. Prints one JSON line. Every search writes its
row of the audit first, as at the desk; the rate limit is lifted by one asker a search.
"""

import argparse
import json
import random
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from ioc.centre import Centre, open_centre
from ioc.db import migrate, transact
from ioc.embedded.stores import open_stores
from ioc.errors import InvalidInput
from ioc.lookups.model import Purpose, Query
from ioc.lookups.rules import FOLDED, INTO
from ioc.lookups.service import search_plates
from ioc.settings import load_settings
from ioc.vehicles.upkeep import ensure_days

# Every plate was seen once, within the last thirty days.
SEEN = text("""
    INSERT INTO sightings (ref, source, read_id, camera, plate, confidence, characters, colour,
        direction, seen_at, known_at, outcome, reason, rule, is_entry)
    SELECT md5(n::text), 'bench', n::text, 'cam-117',
        (11 + n % 89)::text || chr(65 + n / 89 % 26)
            || lpad((n / 2314 * 97 % 100000)::text, 5, '0'),
        0.99, '[]', 'white', 'in', :now - n % 2500000 * interval '1 second', :now, 'note',
        'no_permit', 'R-N2', false
    FROM generate_series(0, :plates - 1) AS n
""")
GATHERED = text("""
    INSERT INTO plates_seen (plate, fold, backwards, last_seen_at, last_no)
    SELECT plate, translate(plate, :folded, :into), reverse(translate(plate, :folded, :into)),
        max(seen_at), max(no)
    FROM sightings GROUP BY plate
""")
SHAPES = (
    lambda plate: plate[:5] + "*",
    lambda plate: "*" + plate[-5:],
    lambda plate: plate[:4] + "?" + plate[5:],
    lambda plate: plate[:3] + "*" + plate[-1],
    lambda plate: plate,
)


def fill(centre: Centre, plates: int) -> int:
    """Fill the store; return how many plates it then knows."""
    now = centre.now()

    def work(conn) -> int:
        conn.execute(SEEN, {"now": now, "plates": plates})
        conn.execute(GATHERED, {"folded": FOLDED, "into": INTO})
        return int(conn.execute(text("SELECT count(*) FROM plates_seen")).scalar_one())

    known = transact(centre.engine, work)
    with centre.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE plates_seen"))
        conn.execute(text("ANALYZE sightings"))
    return known


def measure(centre: Centre, searches: int) -> dict[str, object]:
    """Search for what is known of plates that were seen; return the figures."""
    pick = random.Random(7)
    some = text("SELECT plate FROM plates_seen TABLESAMPLE SYSTEM (1) LIMIT 2000")
    known = transact(centre.engine, lambda conn: list(conn.execute(some).scalars()))
    since = centre.now() - timedelta(days=29)
    took, refused, found = [], 0, 0
    for n in range(searches):
        shape = pick.choice(SHAPES)
        query = Query(shape(pick.choice(known)), since, look_alikes=n % 2 == 0)
        began = time.perf_counter()
        try:
            found += bool(search_plates(centre, query, Purpose(f"bench-{n}", "p", "c")).found)
        except InvalidInput:
            refused += 1
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {
        "median_ms": round(took[len(took) // 2], 1),
        "p99_ms": round(took[int(len(took) * 0.99)], 1),
        "found": found,
        "too_wide": refused,
    }


def main() -> None:
    """Fill a store and print the line."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--plates", type=int, default=1_000_000)
    asked.add_argument("--searches", type=int, default=300)
    args = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        settings = load_settings(stores.demo_environment())
        with open_centre(settings) as centre:
            migrate(centre.engine)
            ensure_days(centre)
            known = fill(centre, args.plates)
            figures = {"plates": known, **measure(centre, args.searches)}
    what = "plates searched by pattern and look-alikes, with the row of the audit"
    target = "median 20 ms, whatever the history"
    print(json.dumps({"what": what, "figures": figures, "target": target}))


if __name__ == "__main__":
    main()
