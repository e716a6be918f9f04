"""How long the running demo is without a store or a service that was killed by force.

    python -m tests.benchmarks.bench_recovery [--rounds 3]

Each is killed with SIGKILL in turn, while reads are posted: the time runs until it does its work
again (the API and the pages answer ready, every camera shows a picture taken after the kill, the
timekeeper leads, simulated traffic is answered). Every read that was answered `recorded` is then
looked for in the store. Prints one JSON line.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import redis

from ioc.embedded.process import free_port, wait_until
from ioc.embedded.stores import join_stores
from ioc.live import Live
from tests.installation import Installation, installed

PROCESSES = ("postgres", "valkey", "ingest", "dashboards", "timekeeper", "vision-1", "simulator")
PATIENCE_S = 60
WANTED_S = 10
REST_S = 3.0


class Recovery:
    """A running demo, and the reads it has answered for."""

    def __init__(self, demo: Installation, redis_url: str) -> None:
        self.demo = demo
        self.redis_url = redis_url
        self.live = Live(redis_url)
        self.sent = 0
        self.recorded: list[str] = []

    def post(self) -> None:
        """Post one read; what is not answered is not counted as recorded."""
        self.sent += 1
        read = {
            "id": f"recovery-{self.sent}",
            "camera": "cam-001",
            "plate": f"75A{self.sent:05}",
            "confidence": 0.99,
            "seen_at": datetime.now(UTC).isoformat(),
        }
        try:
            [result] = self.demo.post("/v1/reads", [read])
        except (httpx.HTTPError, AssertionError):
            return
        if result["status"] == "recorded":
            self.recorded.append(read["id"])

    def kill(self, name: str) -> float:
        """Kill one process and return how many seconds its work was not done."""
        old = self.demo.pids()[name]
        killed_at, begun = datetime.now(UTC), time.monotonic()
        os.kill(old, signal.SIGKILL)
        works = self._works(name, killed_at)

        def is_back() -> bool:
            self.post()
            return self.demo.pids()[name] != old and self.demo.is_ready() and works()

        if not wait_until(is_back, PATIENCE_S, 0.05):
            raise AssertionError(f"{name} did not come back within {PATIENCE_S} s")
        return time.monotonic() - begun

    def _works(self, name: str, killed_at: datetime) -> Callable[[], bool]:
        if name == "vision-1":
            return lambda: self._have_pictures(killed_at)
        if name == "timekeeper":
            beat = self.live.beats("service").get("timekeeper")
            assert beat == {"state": "leading"}
            # Its last heartbeat outlives it by some seconds.
            with redis.Redis.from_url(self.redis_url) as client:
                client.delete("ioc:beat:service:timekeeper")
            return lambda: self.live.beats("service").get("timekeeper") == beat
        return lambda: True

    def _have_pictures(self, killed_at: datetime) -> bool:
        states = self.live.beats("camera").values()
        return bool(states) and all(
            state["state"] == "live" and datetime.fromisoformat(state["frame_at"]) > killed_at
            for state in states
        )

    def lost(self) -> int:
        """Return how many reads were answered as recorded and are not in the store."""
        kept = {row[0] for row in self.demo.ask("SELECT read_id FROM sightings")}
        return len(set(self.recorded) - kept)


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    ports = ["--port", str(free_port()), "--api-port", str(free_port())]
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        with installed(["demo", "--state", str(state), *ports], state) as demo:
            with join_stores(state) as stores:
                recovery = Recovery(demo, stores.redis_url)
            longest = dict.fromkeys(PROCESSES, 0.0)
            for _ in range(args.rounds):
                for name in PROCESSES:
                    time.sleep(REST_S)
                    longest[name] = max(longest[name], recovery.kill(name))
            lost = recovery.lost()
    figures = {f"{name}_s": round(longest[name], 1) for name in PROCESSES}
    figures |= {"acknowledged": len(recovery.recorded), "lost": lost}
    what = f"killed by force in the running demo, longest of {args.rounds}: back at work after"
    print(json.dumps({"what": what, "figures": figures, "target": f"{WANTED_S} s each; 0 lost"}))
    return 0 if lost == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
