"""What one camera costs a machine that is not busy: the unit costs of docs/capacity.md.

    python -m tests.benchmarks.bench_costs [--seconds 60] [--per-minute 6]

Films of rendered traffic, as `bench_cameras` plays them, before one camera, before four, before
four that are looked at more seldom, and empty roads before two; each in a process of its own. CPU
is told apart by thread, in seconds of a core, so that what else runs on the machine changes little:
taking pictures (decoding, looking whether something moves), and looking at them. What more cameras
do is not measured here: the model has to foretell it (`bench_twenty`). Prints one JSON line.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2

from ioc.clock import utc_now
from tests.benchmarks.processes import thread_cpu_s
from vision.capture import Capture
from vision.detector import Detector
from vision.frames import Frame
from vision.fusion import Region
from vision.load import FPS, GROUP, LOOKS_PER_S, WEATHERS, Film, _memory_mb, _played, render_film
from vision.passing import VehiclePass
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.sources import Source
from vision.worker import Post, Watch

QUIET_S = 30
# A road on which hardly anybody comes in half a minute: who does is told apart.
NOBODY = 0.1
# Looks a second at most, fewer than usual.
SELDOM = (0.5, 1.0, 2.0)


class Looks(Recogniser):
    """Counts the looks and their time of a core."""

    count = 0
    core_s = 0.0

    def __call__(self, frame: Frame) -> list[VehiclePass]:
        begun = time.thread_time()
        seen = super().__call__(frame)
        self.core_s += time.thread_time() - begun
        self.count += 1
        return seen


def film(folder: str, number: int, seconds: int, per_minute: float) -> Film:
    weather = WEATHERS[number]
    address = f"scene:seed={number + 31}&weather={weather}&per_minute={per_minute}&fps={FPS}"
    return render_film(Path(folder) / f"{weather}-{per_minute}.mkv", address, seconds)


def watched(films: Sequence[Path], looks_per_s: float) -> dict[str, Any]:
    """Play the films, each before a camera of its own; return what they cost."""
    detector, reader = Detector(threads=1, for_parts=True), Reader(threads=1)
    told: list[str] = []
    memory: list[int] = []
    taking: Counter[str] = Counter()

    def sample(_name: str, _state: object) -> None:
        memory.append(_memory_mb())
        for thread in threading.enumerate():
            if thread.name.startswith("capture") and thread.native_id:
                taking[thread.name] = max(taking[thread.name], thread_cpu_s(thread.native_id))

    posts, looks = [], []
    for number, one in enumerate(films):
        wait_s = GROUP / FPS * number / len(films)
        source = Source(f"{number}", partial(_played, one, wait_s, 1), has_end=True)
        looks.append(Looks(detector, reader, Region.VN))
        capture = Capture(source, utc_now, looks_per_s)
        posts.append(Post(f"cam-{number}", capture, looks[-1], lambda p: told.append(p.plate.text)))
    began, used = time.monotonic(), time.process_time()
    Watch(posts, utc_now, sample, "costs").run()
    took_s, core_s = time.monotonic() - began, time.process_time() - used
    return {
        "seconds": took_s,
        "core_s": core_s,
        "taking_core_s": sum(taking.values()),
        "looking_core_s": sum(one.core_s for one in looks),
        "looks": sum(one.count for one in looks),
        "told": told,
        "memory_mb": max(memory[len(memory) // 2 :]),
    }


def apart(films: Sequence[Film], looks_per_s: float = LOOKS_PER_S) -> dict[str, Any]:
    """Watch in a process that has done nothing else; `share` of the vehicles were told, once."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_costs", "--looks", str(looks_per_s)]
    paths = [part for one in films for part in ("--film", str(one.path))]
    run = subprocess.run([*command, *paths], capture_output=True, text=True, check=True)
    found = json.loads(run.stdout.strip().splitlines()[-1])
    passed = Counter(plate for one in films for plate in one.plates)
    right = (passed & Counter(found["told"])).total()
    return {**found, "passed": passed.total(), "share": right / max(passed.total(), 1)}


def costs(
    one: dict[str, Any], four: dict[str, Any], quiet: dict[str, Any], seldom: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the unit costs: what one camera, four and two quiet ones teach.

    A camera's pictures cost something always, and more while something moves; a look costs the
    same whenever it comes.
    """
    quiet_cores = quiet["taking_core_s"] / 2 / quiet["seconds"]
    moving_core_s = four["taking_core_s"] - quiet_cores * 4 * four["seconds"]
    rest = four["core_s"] - four["taking_core_s"] - four["looking_core_s"]
    a_camera = (four["memory_mb"] - one["memory_mb"]) / 3
    return {
        "quiet_camera_cores": round(quiet_cores, 4),
        "vehicle_taking_core_s": round(moving_core_s / four["passed"], 4),
        "look_core_s": round(four["looking_core_s"] / four["looks"], 4),
        "looks_a_vehicle": round(four["looks"] / four["passed"], 1),
        "rest_cores_a_camera": round(rest / 4 / four["seconds"], 4),
        "memory_mb_a_process": round(one["memory_mb"] - a_camera),
        "memory_mb_a_camera": round(a_camera, 1),
        "cores_of_4": round(four["core_s"] / four["seconds"], 3),
        # How many of the vehicles are told when each gets so many looks.
        "told_by_looks": {
            str(round(run["looks"] / run["passed"], 1)): round(run["share"], 4)
            for run in (*seldom, four)
        },
    }


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--per-minute", type=float, default=6.0)
    parser.add_argument("--film", type=Path, action="append", default=[])
    parser.add_argument("--looks", type=float, default=LOOKS_PER_S)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    if args.film:
        print(json.dumps(watched(args.film, args.looks)))
        return 0
    with TemporaryDirectory() as folder:
        films = [film(folder, n, args.seconds, args.per_minute) for n in range(4)]
        empty = [film(folder, n, QUIET_S, NOBODY) for n in (0, 3)]
        seldom = [apart(films, rate) for rate in SELDOM]
        figures = costs(apart(films[:1]), apart(films), apart(empty), seldom)
    what = "unit costs of a camera, from one and four of them"
    print(json.dumps({"what": what, "figures": figures, "target": "none: docs/capacity.md"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
