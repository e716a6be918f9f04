"""The faults, one after another, on a running installation under load.

    python -m tests.faults.suite [--short] [--only ID…] [--rounds N] [--seed N] [--into FILE]
        [--write]

Prints a line a fault and writes the results to FILE after each; with the same FILE a run that was
broken off goes on. Exit 1 when anything acknowledged was lost, kept twice, or was late.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.suite.disks import on_own_grounds, survey
from tests.faults.suite.report import write
from tests.faults.suite.run import Outcome, rounds
from tests.faults.suite.table import FAULTS


def main() -> int:
    """Run, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="only what every change is tried by")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--into", type=Path)
    parser.add_argument("--write", action="store_true", help="the table of docs/operating.md")
    args = parser.parse_args()
    on_own_grounds(["tests.faults.suite", *sys.argv[1:]])
    chosen = [one for one in FAULTS if not args.only or one.id in args.only]
    if args.short:
        chosen = [one for one in chosen if one.in_short]
    print(f"seed {args.seed}, {len(chosen)} faults, {args.rounds} rounds", flush=True)
    begun, outcomes = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="ioc-faults-") as folder:
        grounds = survey(Path(folder))
        for outcome in rounds(Path(folder), grounds, chosen, args.rounds, args.seed, args.into):
            outcomes.append(outcome)
            print(told(outcome), flush=True)
    if args.write:
        write(FAULTS, outcomes)
    bad = [one for one in outcomes if one.faults]
    print(json.dumps({
        "tried": len(outcomes) - sum(1 for one in outcomes if one.untried), "bad": len(bad),
        "acknowledged": sum(one.acknowledged for one in outcomes),
        "lost": sum(one.lost for one in outcomes), "seconds": round(time.monotonic() - begun),
    }))  # fmt: skip
    return 1 if bad else 0


def told(one: Outcome) -> str:
    """Return an outcome as a line."""
    if one.untried:
        return f"{one.round:2} {one.id:24} not tried: {one.untried}"
    sentence = (
        f"{one.round:2} {one.id:24} acknowledged {one.acknowledged:5}  lost {one.lost}"
        f"  silent {one.silent_s:5.1f} s  writes {one.writes_s:5.1f} s  whole {one.whole_s:5.1f} s"
    )
    return "\n".join([sentence, *(f"   !! {fault}" for fault in one.faults)])


if __name__ == "__main__":
    sys.exit(main())
