"""Run every benchmark, one after the other, and write docs/benchmarks.md.

Each `bench_*.py` beside this file is a program that prints one JSON line:
`{"what", "figures": {name: value}, "target"}`. Arguments choose benchmarks by name; `capacity`
measures nothing, and foretells from what was measured last; `soak` takes what the last whole run of
it told, which takes hours.
"""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import capacity

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
RESULTS = HERE / "results.json"
SOAKED = ROOT / ".soak" / "told.json"
LIMIT_S = 3600


def measure(script: Path) -> dict[str, object] | None:
    """Run one benchmark and return its line, or None when it failed (its words are shown)."""
    print(f"{script.stem} …", file=sys.stderr, flush=True)
    try:
        run = subprocess.run(
            [sys.executable, "-m", f"tests.benchmarks.{script.stem}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"{script.stem}: took longer than {LIMIT_S} s", file=sys.stderr)
        return None
    if run.returncode:
        print(run.stderr[-2000:], file=sys.stderr)
        return None
    return json.loads(run.stdout.strip().splitlines()[-1])


def soaked() -> dict[str, object]:
    """Return what the last whole soak told, in a line of the page."""
    told = json.loads(SOAKED.read_text(encoding="utf-8"))
    figures = told["figures"]
    names = ("minutes", "kills", "server_away_s", "slowest_back_s")
    day = f"{datetime.fromtimestamp(SOAKED.stat().st_mtime, UTC):%Y-%m-%d}"
    return {
        "what": told["what"],
        "target": told["target"],
        "day": day,
        "figures": {name: figures[name] for name in names}
        | {
            "fewest_pushes_a_page": min(figures["pushes"].values()),
            "server_mb": figures["mean"]["server MB"],
            "server_mb_an_hour": figures["an_hour"]["server MB"],
            "grew": ", ".join(figures["grew"]) or "nothing",
        },
    }


def page(results: dict[str, dict[str, object]]) -> str:
    """Return docs/benchmarks.md for the results of all benchmarks, by name."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; each line names the command that measured it. Machine of the",
        f"last run: {os.cpu_count()} cores, Python {platform.python_version()},"
        f" {platform.system()}, with the stores on the same cores.",
        "",
        "| what | measured | wanted | command | day |",
        "|---|---|---|---|---|",
    ]
    for name, result in sorted(results.items()):
        figures = result["figures"]
        assert isinstance(figures, dict)
        measured = ", ".join(f"{key} {value}" for key, value in figures.items())
        command = f"python -m tests.benchmarks.{name}"
        cells = (result["what"], measured, result["target"], f"`{command}`", result["day"])
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def main(names: list[str]) -> int:
    """Run the benchmarks of `names`, or all; return 1 when one of them failed."""
    scripts = [s for s in sorted(HERE.glob("bench_*.py")) if not names or s.stem in names]
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    failed = 0
    for script in scripts:
        result = measure(script)
        if result is None:
            failed += 1
            continue
        results[script.stem] = {**result, "day": f"{datetime.now(UTC):%Y-%m-%d}"}
        print(json.dumps(results[script.stem]), flush=True)
    if "soak" in names:
        results["soak"] = soaked()
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")
    return 1 if failed else 0


sys.exit(capacity.main() if sys.argv[1:] == ["capacity"] else main(sys.argv[1:]))
