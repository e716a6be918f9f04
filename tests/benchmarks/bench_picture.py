"""From a still to its plates, one thread: rendered pictures in the size of a gate camera and HD.

    python -m tests.benchmarks.bench_picture [--pictures 60]

Pictures with a plate of 60 px or more; and, told apart, pictures of nothing, which are searched
twice. Loading is left out. Prints one JSON line.
"""

import argparse
import json
import sys
import time
from statistics import median, quantiles

import cv2
import numpy as np

from vision.detector import Detector
from vision.fusion import Region
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.scene.still import training_picture

SIZES = ((472, 303), (1280, 720))
WARM_UP = 5
LARGE_PX = 60


def timed(recogniser: Recogniser, pictures: list[np.ndarray]) -> list[float]:
    """Return how long each picture took, in ms, after a few to warm up."""
    took_ms = []
    for picture in [*pictures[:WARM_UP], *pictures]:
        began = time.perf_counter()
        recogniser.read_picture(picture)
        took_ms.append(1000 * (time.perf_counter() - began))
    return took_ms[WARM_UP:]


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=60)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    recogniser = Recogniser(Detector(), Reader(), Region.VN)
    figures = {}
    for size in SIZES:
        rng = np.random.default_rng(5)
        pictures = []
        while len(pictures) < args.pictures:
            picture, labelled = training_picture(rng, *size)
            if any(box[2] >= LARGE_PX for box, *_ in labelled):
                pictures.append(picture)
        took_ms = timed(recogniser, pictures)
        name = "x".join(map(str, size))
        figures[f"median_ms_{name}"] = round(median(took_ms), 1)
        figures[f"p95_ms_{name}"] = round(quantiles(took_ms, n=20)[-1], 1)
    nothing = [np.full((720, 1280, 3), 90, np.uint8)] * 10
    figures["median_ms_of_nothing"] = round(median(timed(recogniser, nothing)), 1)
    line = {"what": "a still to its plates, one thread", "figures": figures, "target": "30 ms"}
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
