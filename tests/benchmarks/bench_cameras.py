"""Twenty cameras on this machine, really watched: do they read what a few of them alone read?

    python -m tests.benchmarks.bench_cameras [--cameras 20] [--seconds 60] [--per-minute 6]
        [--films FOLDER]

Films of rendered traffic (1280 x 720, 25 pictures a second, H.264 at 2 Mbit/s, a key frame every
two seconds) played at their pace, as `ioc vision bench --cameras 20` does. Prints one JSON line.
"""

import argparse
import json
import sys
from pathlib import Path

from vision.load import Load, carry


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--per-minute", type=float, default=6.0)
    parser.add_argument("--films", type=Path, help="folder that keeps the films")
    args = parser.parse_args()
    figures = carry(Load(args.cameras, args.seconds, args.per_minute, films=args.films))
    target = "20 cameras on 2 cores at the recall of few; under 150 MB a camera"
    what = "cameras watched at once, rendered traffic"
    print(json.dumps({"what": what, "figures": figures, "target": target}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
