"""A box at the roadside, as a process to be killed: reads of a list, kept and sent to a centre."""

import json
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from ioc.vehicles.model import Ground, Layout, PlateCharacter
from vision.box import Box
from vision.frames import Frame
from vision.passing import PlateText, VehiclePass
from vision.sender import Sender
from vision.sinks import HTTP_BATCH, HttpSink
from vision.spool import Spool

PICTURE = np.full((72, 128, 3), 70, np.uint8)


@dataclass(frozen=True)
class Orders:
    """What a box is to do: `reads` passes, spread over `span_s` seconds from `start`."""

    url: str
    key: str
    root: str
    camera: str
    start: str
    span_s: float
    reads: int


def main(orders: Orders) -> None:
    """Keep the reads that are not kept yet, say each that is, and send them all."""
    root = Path(orders.root) / "spool"
    begun = datetime.fromisoformat(orders.start)
    every = timedelta(seconds=orders.span_s) / orders.reads
    first = _kept(root)
    # 1 MB of pictures: the oldest give way within the first thousand reads.
    spool = Spool(root, picture_bytes=1 << 20)
    sink = HttpSink(orders.url, orders.key, spool)
    sender = Sender(spool, sink.send, HTTP_BATCH, longest_wait_s=0.5)
    sender.start()
    for n in range(first, orders.reads):
        sink(orders.camera, _pass(n, begun + n * every))
        print(n, flush=True)
    print("all kept", flush=True)
    while not spool.is_empty:
        time.sleep(0.05)
    sender.stop()
    print(f"all sent, {spool.pictures_lost} without pictures", flush=True)


def _kept(root: Path) -> int:
    """Return how many reads are on the disk; a line that was torn as the box died is none."""
    segments = sorted(root.glob("000/*.jsonl"))
    return sum(path.read_bytes().count(b"\n") for path in segments)


def _pass(n: int, at: datetime) -> VehiclePass:
    text = f"43A{n:05d}"
    characters = tuple(PlateCharacter(char, 0.99) for char in text)
    plate = PlateText(text, 0.99, characters, Layout.ONE_LINE, Ground.WHITE)
    box = Box(10, 10, 40, 12)
    return VehiclePass(plate, box, Frame(PICTURE, at, n), at, at, 5, box)


if __name__ == "__main__":
    main(Orders(**json.loads(sys.argv[1])))
