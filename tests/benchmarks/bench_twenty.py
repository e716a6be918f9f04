"""Twenty cameras in a process of their own: what the capacity model has to foretell.

    python -m tests.benchmarks.bench_twenty [--cameras 20] [--seconds 60]

The films of `bench_costs` take turns before them. Prints one JSON line.
"""

import argparse
import json
import os
import sys
from tempfile import TemporaryDirectory

from tests.benchmarks.bench_costs import apart, film


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--per-minute", type=float, default=6.0)
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        films = [film(folder, n, args.seconds, args.per_minute) for n in range(4)]
        found = apart([films[number % len(films)] for number in range(args.cameras)])
    figures = {
        "cameras": args.cameras,
        "machine_cores": os.cpu_count(),
        "cores": round(found["core_s"] / found["seconds"], 2),
        "seconds": round(found["seconds"], 1),
        "memory_mb": found["memory_mb"],
        "looks_a_vehicle": round(found["looks"] / found["passed"], 1),
        "share_told": round(found["share"], 4),
    }
    what = "twenty cameras in one process, to hold the capacity model against"
    print(json.dumps({"what": what, "figures": figures, "target": "foretold within 15 %"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
