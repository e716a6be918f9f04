"""A room looked at for hours, its server killed again and again: what grows, who comes back.

    python -m tests.benchmarks.soak [--folder DIR] [--minutes 120] [--speed 20] [--kills 10]

The demo runs with its simulator at `--speed` times the usual rate; at a gate come vehicles that
must be stopped, and a crew stops them; walls and desks are open in Chromium. Every few seconds the
memory of each page (its garbage collected before), of the browser and of the server goes into
`DIR/samples.jsonl`. The server of the pages is killed in the third quarter of the time, so that
half of it and a quarter are undisturbed. Stopped and begun again with the same folder it goes on
where it was: minutes, pushes and kills count over all rounds.

At the end slopes are printed as one JSON line; the exit status is 1 when something grew, a tile was
not live, or a wall took more than ten seconds to come back.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from ioc.embedded.process import free_port
from tests.benchmarks.bench_screens import chromium
from tests.benchmarks.crew import working
from tests.benchmarks.processes import children_of, memory_mb
from tests.benchmarks.trend import trend
from tests.benchmarks.watched import Watched
from tests.installation import Installation, installed

# Who looks at what: the role that signs in, and the page.
OPEN = (
    ("operator", "/wall/main"),
    ("operator", "/wall/lobby"),
    ("police", "/police"),
    ("shift_lead", "/shift"),
)
BACK_S, PATIENCE_S, REST_S = 10.0, 60.0, 5.0
PUSHES = 5_000
# A new server may push shortly before it was seen to answer.
START_S = 0.3
# Kills come in the third quarter; the first samples of a life are of its warming up.
KILLS_FROM, KILLS_UNTIL, WARM_UP = 0.5, 0.75, 0.3
GROWTH = 0.1
WHAT = "walls and desks looked at for hours, their server killed again and again"
TARGET = "120 minutes; 5,000 pushes a page; nothing grows; every wall back in 10 s"
TOLD = "told.json"
# Nodes and listeners are told, not judged: a queue that grows has more rows.
JUDGED = ("MB", "heap")
DEAD = """() => [
  ...[...document.querySelectorAll("[id^=wall-]")].filter(place => !place.innerHTML),
  ...document.querySelectorAll(".wall-page:not([hidden]) .tile.is-stale, [data-frozen]"),
].map(place => place.id || place.className)"""


@dataclass
class Story:
    """What happened so far, over all rounds of a folder.

    Attributes:
        spent_s: how long the room was looked at.
        pushes: by page.
        served_s: after each kill, how long no server answered.
        back_s: after each kill, how long each wall took.
    """

    spent_s: float = 0.0
    kills: int = 0
    rounds: int = 0
    pushes: dict[str, int] = field(default_factory=dict)
    served_s: list[float] = field(default_factory=list)
    back_s: list[float] = field(default_factory=list)


class Soak:
    """The room, its story, and the files of both."""

    def __init__(self, folder: Path, demo: Installation, browser: Browser) -> None:
        self.folder, self.demo = folder, demo
        users = demo.known["users"]
        self.pages = [
            Watched(browser, demo.known["dashboards"], users[role], path)
            for role, path in OPEN
            if role in users
        ]
        self.story = story_of(folder)
        self.story.rounds += 1

    def step(self, seconds: float) -> None:
        """Look for so long, then take a sample."""
        begun = time.monotonic()
        self.pages[0].page.wait_for_timeout(seconds * 1000)
        for page in self.pages:
            more, _ = page.heard()
            self.story.pushes[page.path] = self.story.pushes.get(page.path, 0) + more
        server = self.demo.pids()["dashboards"]
        renderers = [pid for pid in children_of(os.getpid()) if is_renderer(pid)]
        sample: dict[str, float] = {
            "server MB": memory_mb(server),
            "renderers MB": sum(map(memory_mb, renderers)),
        }
        for page in self.pages:
            sample |= page.memory()
        self.story.spent_s += time.monotonic() - begun
        life = f"{self.story.rounds}.{self.story.kills}"
        line = {"life": life, "hours": self.story.spent_s / 3600, "sample": sample}
        with (self.folder / "samples.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self.keep()

    def keep(self) -> None:
        """Write the story down, so that a later round goes on from here."""
        (self.folder / "story.json").write_text(json.dumps(asdict(self.story)), encoding="utf-8")

    def kill(self) -> None:
        """Kill the server of the pages and wait until every wall is back by itself."""
        old, killed_at = self.demo.pids()["dashboards"], time.time()
        os.kill(old, signal.SIGKILL)
        waiting = [page for page in self.pages if page.path.startswith("/wall")]
        answered_at = 0.0
        while waiting and time.time() - killed_at < PATIENCE_S:
            waiting[0].page.wait_for_timeout(100)
            if not answered_at and self.demo.pids()["dashboards"] != old and self.demo.is_ready():
                answered_at = time.time()
                self.story.served_s.append(round(answered_at - killed_at, 1))
            for page in list(waiting):
                more, made_at = page.heard()
                self.story.pushes[page.path] = self.story.pushes.get(page.path, 0) + more
                # A push of the old server may still be on its way.
                if answered_at and made_at >= answered_at - START_S:
                    waiting.remove(page)
                    self.story.back_s.append(round(time.time() - killed_at, 1))
        self.story.back_s += [PATIENCE_S] * len(waiting)
        self.story.kills += 1
        self.keep()

    def dead_tiles(self) -> list[str]:
        """Return the parts of walls that show nothing, or something old."""
        return [
            f"{page.path} {name}"
            for page in self.pages
            if page.path.startswith("/wall")
            for name in page.page.evaluate(DEAD)
        ]


def story_of(folder: Path) -> Story:
    """Return what happened in `folder` before."""
    file = folder / "story.json"
    return Story(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else Story()


def is_renderer(pid: int) -> bool:
    """Tell whether a process draws a page."""
    try:
        return b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def slopes(folder: Path) -> dict[str, Any]:
    """Return how each quantity went in the longest stretch without a kill, warmed up."""
    lives: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in (folder / "samples.jsonl").read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        lives[sample["life"]].append(sample)
    longest = max(lives.values(), key=len)
    warm = longest[int(len(longest) * WARM_UP) :]
    hours = [sample["hours"] for sample in warm]
    return {
        name: trend(hours, [sample["sample"][name] for sample in warm])
        for name in warm[0]["sample"]
    }


def run(folder: Path, minutes: float, speed: float, kills: int, sample_s: float) -> dict[str, Any]:
    """Look for `minutes` in all, and return what came of it."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = minutes * 60
    state = folder / "state"
    ports = ["--port", str(free_port()), "--api-port", str(free_port()), "--speed", str(speed)]
    with ExitStack() as stack:
        demo = stack.enter_context(installed(["demo", "--state", str(state), *ports], state))
        soak = Soak(folder, demo, stack.enter_context(chromium()))
        stack.enter_context(working(demo))
        story = soak.story
        while story.spent_s < whole or story.kills < kills:
            soak.step(sample_s)
            share = story.spent_s / whole
            due = kills * (share - KILLS_FROM) / (KILLS_UNTIL - KILLS_FROM)
            if story.kills < min(kills, int(due)):
                soak.kill()
        soak.pages[0].page.wait_for_timeout(REST_S * 1000)
        dead = soak.dead_tiles()
    found = slopes(folder)
    told = {
        "minutes": round(story.spent_s / 60, 1),
        "rounds": story.rounds,
        "kills": story.kills,
        "server_away_s": max(story.served_s, default=0.0),
        "slowest_back_s": max(story.back_s, default=0.0),
        "pushes": story.pushes,
        "dead_tiles": dead,
        "grew": sorted(
            name for name, line in found.items() if name.endswith(JUDGED) and line.grows(GROWTH)
        ),
        "an_hour": {name: round(line.slope, 2) for name, line in found.items()},
        "error": {name: round(line.error, 2) for name, line in found.items()},
        "mean": {name: round(line.mean, 1) for name, line in found.items()},
    }
    line = json.dumps({"what": WHAT, "figures": told, "target": TARGET})
    (folder / TOLD).write_text(line, encoding="utf-8")
    return told


def faults_of(told: dict[str, Any], pushes: int = PUSHES) -> list[str]:
    """Return what is not as it was promised."""
    few = [page for page, n in told["pushes"].items() if n < pushes]
    return [
        *([f"grew: {', '.join(told['grew'])}"] if told["grew"] else []),
        *([f"not live: {', '.join(told['dead_tiles'])}"] if told["dead_tiles"] else []),
        *([f"back after {told['slowest_back_s']} s"] if told["slowest_back_s"] > BACK_S else []),
        *([f"under {pushes} pushes: {', '.join(few)}"] if few else []),
    ]


def main(words: Sequence[str] | None = None) -> int:
    """Look, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".soak"))
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--speed", type=float, default=20)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--sample", type=float, default=20, help="seconds between two samples")
    parser.add_argument("--pushes", type=int, default=PUSHES, help="how many each page must hear")
    args = parser.parse_args(words)
    told = run(args.folder, args.minutes, args.speed, args.kills, args.sample)
    faults = faults_of(told, args.pushes)
    print(json.dumps({"what": WHAT, "figures": told, "target": TARGET, "faults": faults}))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
