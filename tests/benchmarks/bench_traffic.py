"""Rendered traffic with truth through the real models: who passed, and what was told of it.

    python -m tests.benchmarks.bench_traffic [--vehicles 500] [--scene NAME]... [--wrong FILE]

Eight scenes of 1280 x 720, one thread each: five looks a second while a plate is followed, half as
many while something merely moves, none while nothing does. A vehicle counts when its plate was
readable for at least one look. Right: told with its very text; duplicate: told again; sure wrong:
told with confidence 0.95 or more and a text that nobody wore who was in view. Prints one JSON line.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import cv2

from vision.detector import Detector
from vision.frames import EPOCH, Frame
from vision.fusion import Region
from vision.motion import MotionGate, small_grey
from vision.passing import VehiclePass
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.scene.address import parse_scene_url
from vision.scene.scene import Pass

LOOK_S = 0.2
SURE = 0.95
# Before it can be read and after: a read may be told of looks at the edge of what the truth calls
# readable.
AROUND_S = 1.5
SCENES = {
    "day": "weather=day&per_minute=12&direction=in",
    "day, dense, both ways, two abreast":
        "weather=day&per_minute=26&direction=both&abreast=0.6",
    "day, fast": "weather=day&per_minute=12&direction=in&kmh=50",
    "dusk, parked cars": "weather=dusk&per_minute=12&direction=both&parking=0.12",
    "night": "weather=night&per_minute=12&direction=in",
    "night, both ways, two abreast": "weather=night&per_minute=12&direction=both&abreast=0.6",
    "rain, parked cars": "weather=rain&per_minute=12&direction=both&parking=0.12",
    "rain, dense, both ways": "weather=rain&per_minute=26&direction=both",
}  # fmt: skip


@dataclass
class Count:
    """What happened in one scene."""

    passed: int = 0
    right: int = 0
    duplicates: int = 0
    wrong: int = 0
    sure_wrong: int = 0
    told: int = 0
    faults: list[str] = field(default_factory=list)

    def judge(self, everybody: Sequence[Pass], seconds: float, said: Sequence[VehiclePass]) -> None:
        """Hold what was said against who passed in so many seconds."""
        truth = [one for one in everybody if is_readable(one, seconds)]
        left = Counter(one.vehicle.face.text for one in truth)
        hardly_seen = {one.vehicle.face.text for one in everybody} - left.keys()
        self.passed += len(truth)
        self.told += len(said)
        for seen in said:
            text = seen.plate.text
            if left[text] > 0:
                left[text] -= 1
                self.right += 1
            elif text in hardly_seen:
                continue  # read all the same, though nobody asked
            elif text in left:
                self.duplicates += 1
                self.faults.append(f"twice: {text}")
            else:
                self.wrong += 1
                self.sure_wrong += seen.plate.confidence >= SURE
                self.faults.append(f"wrong: {text} {seen.plate.confidence} {near(seen, everybody)}")
        self.faults += [f"missed: {text}" for text, n in left.items() for _ in range(n)]


def is_readable(one: Pass, seconds: float) -> bool:
    """Tell whether at least one look of the first so many seconds can read a plate."""
    return 0 <= one.first_s < seconds - LOOK_S and one.last_s - one.first_s >= LOOK_S


def near(seen: VehiclePass, truth: Sequence[Pass]) -> list[str]:
    """Return who was in view while a vehicle was seen."""
    first, last = ((at - EPOCH).total_seconds() for at in (seen.first_at, seen.last_at))
    return [
        one.vehicle.face.text
        for one in truth
        if one.first_s - AROUND_S <= last and one.last_s + AROUND_S >= first
    ]


def run(name: str, seed: int, vehicles: int) -> Count:
    """Let about so many vehicles pass in one scene, looked at as `vision.capture` would."""
    cv2.setNumThreads(1)
    spec = parse_scene_url(f"scene:seed={seed}&{SCENES[name]}")
    scene = spec.open()
    seconds = 60 * vehicles / spec.per_minute
    detector = Detector()
    detector.make_views()
    recognise, gate = Recogniser(detector, Reader(), Region.VN), MotionGate()
    said: list[VehiclePass] = []
    is_due = True
    for number in range(int(seconds / LOOK_S)):
        at_s = number * LOOK_S
        if not (is_due or recognise.is_following):
            is_due = True  # half as often, while nothing is followed
            continue
        is_due = False
        image, at = scene.frame(at_s), EPOCH + timedelta(seconds=at_s)
        if gate(small_grey(image[:, :, 1]), at):
            moved = gate.where and gate.where.scaled(image.shape[1], image.shape[0])
            said += recognise(Frame(image, at, number, moved))
        else:
            said += recognise.unchanged(at)
    said += recognise.finish()
    count = Count()
    count.judge(scene.passes(0, seconds + 20), seconds, said)
    return count


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vehicles", type=int, default=500)
    parser.add_argument("--scene", action="append", choices=SCENES, help="only this one")
    parser.add_argument("--wrong", type=Path, help="write what went wrong here")
    args = parser.parse_args()
    chosen = {name: seed for seed, name in enumerate(SCENES, 101)}
    chosen = {name: chosen[name] for name in args.scene or chosen}
    each = max(1, args.vehicles // len(chosen))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        runs = {name: pool.submit(run, name, seed, each) for name, seed in chosen.items()}
        counts = {}
        for name, running in runs.items():
            counts[name] = running.result()
            print(f"{name}: {counts[name]}", file=sys.stderr, flush=True)
    passed = sum(c.passed for c in counts.values())
    figures = {
        "vehicles": passed,
        "recall": round(sum(c.right for c in counts.values()) / passed, 4),
        "duplicates": round(sum(c.duplicates for c in counts.values()) / passed, 4),
        "sure_wrong": round(sum(c.sure_wrong for c in counts.values()) / passed, 4),
        "wrong": round(sum(c.wrong for c in counts.values()) / passed, 4),
        **{f"recall_{name}": round(c.right / max(c.passed, 1), 3) for name, c in counts.items()},
    }
    if args.wrong is not None:
        faults = [f"{name}: {fault}\n" for name, c in counts.items() for fault in c.faults]
        args.wrong.write_text("".join(faults), encoding="utf-8")
    target = "recall 0.98; duplicates 0.005; sure and wrong 0.002"
    print(json.dumps({"what": "rendered traffic, by visit", "figures": figures, "target": target}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
