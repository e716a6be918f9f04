"""From the picture of a vehicle to its row on the police desk, in the running demo.

    python -m tests.benchmarks.bench_walk [--seconds 240]

Counts to the moment the row stands in the browser's document, for every alert that opens during
the run: from the last moment the renderer shows the plate readable (the vehicle leaves), and from
the evidence picture (it is still in view then).
"""

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import sync_playwright

from ioc.embedded.process import free_port
from ioc.installation import load_cameras
from ioc.vehicles.model import Ground
from tests.installation import installed
from vision.scene.address import parse_scene_url
from vision.scene.face import Blank
from vision.scene.numbers import random_plate
from vision.scene_source import load_pool

GATES = ("north-gate", "south-gate")
NEWCOMERS = 60
DAY_S = 86_400
AROUND_S = 15.0
ROOT = Path(__file__).resolve().parents[2]
WATCH_ROWS = """
window.rowsSeen = {};
const look = () => document.querySelectorAll('.queue-row[data-alert]').forEach((row) => {
  window.rowsSeen[row.dataset.alert] ??= Date.now() / 1000;
});
new MutationObserver(look).observe(document.documentElement, {subtree: true, childList: true});
look();
"""


def city_of_strangers(folder: Path) -> Path:
    """Return a copy of config/ in which nobody at the gates has a permit: each raises an alert."""
    config = Path(shutil.copytree(ROOT / "config", folder / "config"))
    file = config / "hue" / "demo.toml"
    rng = np.random.default_rng(7)
    text = file.read_text(encoding="utf-8")
    for gate in GATES:
        plates = [random_plate(rng, Blank.LONG, Ground.WHITE).text for _ in range(NEWCOMERS)]
        pool = "".join(f"{plate} = 1\n" for plate in plates)
        text = re.sub(rf"(?ms)^\[pool\.{gate}\]\n.*?(?=^\[)", f"[pool.{gate}]\n{pool}\n", text)
        for plate in plates:
            text += f'\n[[vehicle]]\nplate = "{plate}"\nkind = "car"\nground = "white"\n'
            text += 'layout = "one-line"\n'
    file.write_text(text, encoding="utf-8")
    return config


def rows_seen(known: dict[str, Any], browser_path: str, seconds: float) -> dict[str, float]:
    """Return when each alert's row appeared, in seconds since the epoch."""
    user = known["users"]["police"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{known['dashboards']}/login")
        page.fill("input[name=name]", user["name"])
        page.fill("input[name=password]", user["password"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/police")
        page.wait_for_selector("#desk-queue, .queue-group", timeout=20_000)
        page.evaluate(WATCH_ROWS)
        page.wait_for_timeout(seconds * 1000)
        seen = page.evaluate("window.rowsSeen")
        browser.close()
    return {str(key): float(value) for key, value in seen.items()}


class Scenes:
    """The cameras of the demo, as their renderer knows them."""

    def __init__(self, city: Path) -> None:
        cameras = {watched.camera: watched.source for watched in load_cameras(city / "demo.toml")}
        self._scenes = {}
        for camera, address in cameras.items():
            spec = parse_scene_url(address)
            self._scenes[camera] = spec.open(load_pool(city, spec.pool))

    def left_at(self, alert: dict[str, Any]) -> float | None:
        """Return when the plate of an alert could last be read, in seconds since the epoch."""
        seen = datetime.fromisoformat(alert["first_seen_at"]).timestamp()
        midnight = seen - seen % DAY_S
        span = (seen - midnight - AROUND_S, seen - midnight + AROUND_S)
        for one in self._scenes[alert["camera"]].passes(*span):
            first, last = midnight + one.first_s, midnight + one.last_s
            if one.vehicle.face.text == alert["plate"] and first - 1 <= seen <= last + 1:
                return last
        return None


def measured(
    alerts: list[dict[str, Any]], seen: dict[str, float], began: float, scenes: Scenes
) -> dict[str, list[float]]:
    """Return sorted seconds from leaving, picture and commit to the row, of alerts of the run."""
    waits: dict[str, list[float]] = {"left": [], "picture": [], "commit": []}
    for alert in alerts:
        row = seen.get(alert["id"])
        raised = datetime.fromisoformat(alert["raised_at"]).timestamp()
        if row is None or raised < began + 5:
            continue
        left = scenes.left_at(alert)
        if left is not None:
            waits["left"].append(row - left)
        waits["picture"].append(row - datetime.fromisoformat(alert["first_seen_at"]).timestamp())
        waits["commit"].append(row - raised)
    return {name: sorted(times) for name, times in waits.items()}


def p95(sorted_s: list[float]) -> float:
    return round(sorted_s[int(0.95 * (len(sorted_s) - 1))], 2)


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=240)
    seconds = parser.parse_args().seconds
    ports = ["--port", str(free_port()), "--api-port", str(free_port())]
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        config = city_of_strangers(Path(folder))
        scenes = Scenes(config / "hue")
        env = {**os.environ, "IOC_CONFIG": str(config)}
        started = time.monotonic()
        with installed(["demo", "--state", str(state), *ports], state, env) as demo:
            ready_s = time.monotonic() - started
            began = time.time()
            browser = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            seen = rows_seen(demo.known, browser, seconds)
            answer = httpx.get(
                f"{demo.known['api']}/v1/alerts",
                params={"desk": "police"},
                headers={"Authorization": f"Bearer {demo.known['api_key']}"},
            )
            alerts = answer.raise_for_status().json()["items"]
    waits = measured(alerts, seen, began, scenes)
    if len(waits["left"]) < 5:
        print(f"only {len(waits['left'])} alerts in {seconds} s", file=sys.stderr)
        return 1
    figures = {
        "p50_s": round(statistics.median(waits["left"]), 2),
        "p95_s": p95(waits["left"]),
        "from_picture_p50_s": round(statistics.median(waits["picture"]), 2),
        "from_picture_p95_s": p95(waits["picture"]),
        "from_commit_p95_s": p95(waits["commit"]),
        "alerts": len(waits["left"]),
        "first_start_s": round(ready_s, 1),
    }
    what = "vehicle leaves the frame to row on the police desk, running demo"
    print(json.dumps({"what": what, "figures": figures, "target": "p95 1 s; first start 30 s"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
