"""What a read and a scan take on the disk: rows, indexes, ids, pictures. For docs/capacity.md.

    python -m tests.benchmarks.bench_bytes [--reads 4000] [--scans 40000]

Recorded by the use cases, on a store of our own; pictures are of a rendered scene. Prints one JSON
line.
"""

import argparse
import base64
import json
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from ioc.centre import Centre, open_centre
from ioc.db import migrate, transact
from ioc.embedded.stores import open_stores
from ioc.settings import load_settings
from ioc.vehicles.recording import record_reads
from ioc.vehicles.service import make_days
from ioc.venues.model import Scan, Way
from ioc.venues.recording import ScanDesk
from ioc.venues.upkeep import ensure_scan_days
from tests.dashboards.makers import a_read
from vision.scene.address import parse_scene_url
from vision.sinks import _jpeg

BATCH = 100
# With all partitions and indexes.
SIZE = text("""
    SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c
    WHERE c.relkind = 'r' AND (c.relname = ANY(:names) OR c.oid IN (
        SELECT inhrelid FROM pg_inherits
        WHERE inhparent IN (SELECT oid FROM pg_class WHERE relname = ANY(:names))))
""")


def size_of(centre: Centre, *tables: str) -> int:
    def work(conn: Connection) -> int:
        return int(conn.execute(SIZE, {"names": list(tables)}).scalar_one() or 0)

    return transact(centre.engine, work)


def bytes_a_read(centre: Centre, count: int) -> float:
    make_days(centre, [centre.now().date() + timedelta(days=n) for n in (-1, 0, 1)])
    before = size_of(centre, "sightings", "intake")
    for first in range(0, count, BATCH):
        batch = [
            a_read(f"cam-042-{n:032x}", f"75A{n % 100_000:05}", centre.now(), "cam-042")
            for n in range(first, first + BATCH)
        ]
        record_reads(centre, "box", batch)
    return (size_of(centre, "sightings", "intake") - before) / count


def bytes_a_scan(centre: Centre, count: int) -> float:
    ensure_scan_days(centre)
    before, desk = size_of(centre, "scans", "scan_ids"), ScanDesk(centre)
    for first in range(0, count, BATCH):
        batch = [
            Scan(f"scan-{n}", "dong-ba-01", code(n), Way.IN, centre.now())
            for n in range(first, first + BATCH)
        ]
        desk.record("gate", batch)
    return (size_of(centre, "scans", "scan_ids") - before) / count


def code(number: int) -> str:
    return f"046085{number:06}||Nguyễn Văn A|07031985|Nam|Huế|14092021"


def kb_of_pictures() -> float:
    scene = parse_scene_url("scene:seed=31&weather=day&per_minute=20").open()
    pictures = [scene.frame(2.0 + n) for n in range(12)]
    frames = [len(base64.b64decode(_jpeg(one, 82))) for one in pictures]
    plates = [len(base64.b64decode(_jpeg(one[300:360, 500:700], 92))) for one in pictures]
    return (sum(frames) + sum(plates)) / len(pictures) / 1000


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, default=4000)
    parser.add_argument("--scans", type=int, default=40_000)
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_stores(Path(folder), {}) as stores,
        open_centre(load_settings(stores.demo_environment())) as centre,
    ):
        migrate(centre.engine)
        figures = {
            "bytes_a_read": round(bytes_a_read(centre, args.reads)),
            "bytes_a_scan": round(bytes_a_scan(centre, args.scans)),
            "kb_of_pictures_a_read": round(kb_of_pictures(), 1),
        }
    what = "a read and a scan on the disk, with their indexes and ids"
    print(json.dumps({"what": what, "figures": figures, "target": "none: docs/capacity.md"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
