"""From a still to its plates, one thread: rendered pictures in the size of a gate camera and HD.

    python -m tests.benchmarks.bench_picture [--pictures 60]

Each size is measured alone, loading left out. Prints one JSON line.
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
        pictures = [training_picture(rng, *size)[0] for _ in range(args.pictures)]
        took_ms = []
        for picture in [*pictures[:WARM_UP], *pictures]:
            began = time.perf_counter()
            recogniser.read_picture(picture)
            took_ms.append(1000 * (time.perf_counter() - began))
        name = "x".join(map(str, size))
        figures[f"median_ms_{name}"] = round(median(took_ms[WARM_UP:]), 1)
        figures[f"p95_ms_{name}"] = round(quantiles(took_ms[WARM_UP:], n=20)[-1], 1)
    line = {"what": "a still to its plates, one thread", "figures": figures, "target": "30 ms"}
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
