"""From the picture of a vehicle to its row on the police desk, in the running demo.

Counts from the time of the evidence picture (the vehicle is still in view then) to the moment the
row stands in the browser's document, for every alert that opens during the run.
"""

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import httpx
import numpy as np
from playwright.sync_api import sync_playwright

from ioc.vehicles.model import Ground
from vision.scene.face import Blank
from vision.scene.numbers import random_plate

GATES = ("north-gate", "south-gate")
NEWCOMERS = 60
ROOT = Path(__file__).resolve().parents[2]
RUN_S = float(os.environ.get("IOC_BENCH_S", "240"))
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rows_seen(known: dict, browser_path: str) -> dict[str, float]:
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
        page.wait_for_timeout(RUN_S * 1000)
        seen = page.evaluate("window.rowsSeen")
        browser.close()
    return {str(key): float(value) for key, value in seen.items()}


def main() -> int:
    command = [Path(sys.executable).with_name("ioc"), "demo", "--json"]
    ports = ["--port", str(free_port()), "--api-port", str(free_port())]
    with tempfile.TemporaryDirectory() as state:
        config = city_of_strangers(Path(state))
        started = time.monotonic()
        demo = subprocess.Popen(
            [*command, *ports, "--state", f"{state}/state"],
            env={**os.environ, "IOC_CONFIG": str(config)},
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        try:
            assert demo.stdout is not None
            known = json.loads(demo.stdout.readline())
            ready_s = time.monotonic() - started
            began = time.time()
            seen = rows_seen(known, os.environ.get("CHROMIUM", "/usr/bin/chromium"))
            answer = httpx.get(
                f"{known['api']}/v1/alerts",
                params={"desk": "police"},
                headers={"Authorization": f"Bearer {known['api_key']}"},
            ).raise_for_status()
            alerts = answer.json()["items"]
        finally:
            demo.terminate()
            demo.wait(30)
    waits, pushes = [], []
    for alert in alerts:
        row = seen.get(alert["id"])
        raised = datetime.fromisoformat(alert["raised_at"]).timestamp()
        if row is None or raised < began + 5:
            continue
        waits.append(row - datetime.fromisoformat(alert["first_seen_at"]).timestamp())
        pushes.append(row - raised)
    if len(waits) < 5:
        print(f"only {len(waits)} alerts in {RUN_S} s", file=sys.stderr)
        return 1
    figures = {
        "p50_s": round(statistics.median(waits), 2),
        "p95_s": round(sorted(waits)[int(0.95 * (len(waits) - 1))], 2),
        "commit_to_row_p95_s": round(sorted(pushes)[int(0.95 * (len(pushes) - 1))], 2),
        "alerts": len(waits),
        "first_start_s": round(ready_s, 1),
    }
    what = "evidence picture to row on the police desk, running demo"
    print(json.dumps({"what": what, "figures": figures, "target": "p95 1 s; first start 30 s"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
