"""How long an event takes to fifty walls while fifty desks are open, and what it costs the server.

    python -m tests.benchmarks.bench_screens [--walls 50] [--desks 50] [--seconds 60] [--events 20]

One process serves the pages, as `ioc dashboards serve` does. A wall and a police desk are open in
Chromium; the others are clients of the socket (tests/benchmarks/seats.py), walls by tokens of
displays, desks by sessions of people of every role and scope. Reads come in at the core at an even
rate; one in forty stops a vehicle. An event has reached a wall with the first push whose count of
reads holds it. CPU is told apart by process: the pages, the store where it serves them, those who
send, those who look. Stores are our own with every safety on. Prints one JSON line.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from ioc.alerts.service import find_alerts
from ioc.centre import Centre, open_centre
from ioc.embedded.postgres import OWNER, Postgres
from ioc.embedded.stores import Stores, open_stores
from ioc.settings import load_settings
from tests.benchmarks import room
from tests.benchmarks.processes import by_title, children_of, cpu_s
from tests.benchmarks.room import Place, Server, Traffic
from tests.conftest import BROWSER_ARGS, BROWSERS

WARM_UP_S = 5.0
FIRST_PICTURES = 5
FIRST_S = 15.0
SETTLE_S = 3.0
ROWS_BEFORE = 400
# When the count of reads on a wall changed, by the clock of the day.
WATCH = """() => {
  window.heard = [];
  const note = () => {
    const told = document.querySelector('.count.reads');
    const count = told && Number(told.textContent.replaceAll('.', ''));
    const last = window.heard.at(-1);
    if (told && (!last || last[1] !== count)) window.heard.push([Date.now() / 1000, count]);
  };
  new MutationObserver(note).observe(document.body, {childList: true, subtree: true});
}"""
# When the numbers of a wall first stood there, in ms from asking for the page.
FIRST = """
new MutationObserver((_, watch) => {
  if (!document.querySelector(".wall .entries .figure-value")) return;
  watch.disconnect();
  requestAnimationFrame(() => { window.firstPicture = performance.now(); });
}).observe(document, {childList: true, subtree: true});
"""
Heard = Sequence[tuple[float, int]]


def spans(sent: Sequence[tuple[float, int]], heard: Heard) -> list[float]:
    """Return how long each event took to one wall: to the first push whose count holds it."""
    counts = [count for _, count in heard]
    found = []
    for at, count in sent:
        place = bisect_left(counts, count)
        found.append(heard[place][0] - at if place < len(counts) else float("inf"))
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value under which a share of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def opened(browser: Browser, server: Server, place: Place) -> Page:
    """Return the page of one seat in Chromium, with nothing of another in its memory."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="vi-VN")
    name, _, value = place.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": server.url}])
    page = context.new_page()
    page.add_init_script(FIRST)
    page.goto(server.url + place.path)
    return page


def first_picture_s(browser: Browser, server: Server, place: Place) -> float:
    """Return the seconds from asking for a wall to its numbers, in a browser that holds nothing."""
    page = opened(browser, server, place)
    while not (took := page.evaluate("window.firstPicture")):
        page.wait_for_timeout(50)
    page.context.close()
    return float(took) / 1000


@contextmanager
def clients(server: Server, seats: Sequence[Place]) -> Iterator[subprocess.Popen[str]]:
    """Run the clients of the socket, all with their first picture."""
    words = [sys.executable, "-m", "tests.benchmarks.seats"]
    with subprocess.Popen(words, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        plan = {"base": server.url, "seats": [seat.plan() for seat in seats]}
        print(json.dumps(plan), file=process.stdin, flush=True)
        assert process.stdout.readline() == "ready\n", "a seat did not open"
        yield process
        process.kill()


def stopped(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return what the clients heard."""
    assert process.stdin is not None
    assert process.stdout is not None
    print("stop", file=process.stdin, flush=True)
    return dict(json.loads(process.stdout.readline()))


class Costs:
    """The seconds of CPU of everything that runs, by what it is for."""

    def __init__(self, stores: Stores, server: Server, process: subprocess.Popen[str]) -> None:
        assert isinstance(stores.postgres, Postgres)
        assert stores.postgres.process is not None
        self._postgres = stores.postgres.process.pid
        self._valkey = stores.valkey.process.pid  # type: ignore[union-attr]
        self._server, self._clients = server.process.pid, process.pid
        self._begun, self._at = self._now(), time.monotonic()

    def _now(self) -> dict[str, float]:
        store = by_title(self._postgres)
        served = store.pop("ioc_dashboards", 0.0)
        sent = store.pop(OWNER, 0.0)
        browsers = [p for p in children_of(os.getpid()) if p not in (self._server, self._clients)]
        return {
            "pages": cpu_s(self._server),
            "store_for_pages": served,
            "store_for_senders": sent,
            "store_itself": sum(store.values()) + cpu_s(self._postgres),
            "valkey": cpu_s(self._valkey),
            "clients": cpu_s(self._clients),
            "sender": time.process_time(),
            "browsers": sum(map(cpu_s, set(browsers) - set(children_of(self._postgres)))),
        }

    def cores(self) -> dict[str, float]:
        """Return how many cores each took since the beginning."""
        spent, now = time.monotonic() - self._at, self._now()
        return {name: round((now[name] - self._begun[name]) / spent, 3) for name in now}


def wrong_scopes(centre: Centre, seats: Sequence[Place], heard: Sequence[dict[str, Any]]) -> int:
    """Return how many alerts were told to a desk in whose scope they do not lie."""
    cameras = {alert.id: alert.camera for alert in find_alerts(centre)}
    users = {seat.name: seat.user for seat in seats}
    wrong = 0
    for seat in heard:
        user = users.get(seat["name"])
        if user is None or user.scope is None:
            continue
        reach = centre.reach(user.scope)
        wrong += sum(not reach.covers(cameras.get(alert)) for alert in seat["alerts"])
    return wrong


def measure(
    centre: Centre, stores: Stores, server: Server, browser: Browser, args: argparse.Namespace
) -> dict[str, object]:
    """Return the figures."""
    traffic = Traffic(centre, args.events)
    for _ in range(ROWS_BEFORE):
        traffic.send()
    seats = [*room.walls(centre, args.walls), *room.desks(centre, args.desks)]
    real = [seats[0], seats[args.walls]]
    with clients(server, [seat for seat in seats if seat not in real]) as process:
        wall, desk = (opened(browser, server, place) for place in real)
        wall.wait_for_selector(".count.reads")
        desk.wait_for_selector(".queue-group")
        wall.evaluate(WATCH)
        sending = Thread(target=traffic.run, args=(WARM_UP_S + args.seconds + FIRST_S,))
        sending.start()
        # The page's own loop must go on, so the waiting is the browser's.
        wall.wait_for_timeout(WARM_UP_S * 1000)
        costs, begun = Costs(stores, server, process), time.monotonic()
        wall.wait_for_timeout(args.seconds * 1000)
        cores, ended = costs.cores(), time.monotonic() - SETTLE_S
        first = [first_picture_s(browser, server, seats[0]) for _ in range(FIRST_PICTURES)]
        sending.join()
        heard = stopped(process)["seats"]
        shown = wall.evaluate("window.heard")
    sent = [one for one in traffic.log if begun <= one.at <= ended]
    by_socket = [(one.at, one.count) for one in sent]
    pushes = sum(seat["pushes"] for seat in heard)
    held = [seat for seat in heard if seat["reads"]]
    socket = [s for seat in held for s in spans(by_socket, seat["reads"])]
    chromium = spans([(one.clock, one.count) for one in sent], shown)
    at_desks = [seat for seat in heard if not seat["reads"]]
    return {
        "event_to_wall_p50_s": round(percentile(socket, 0.5), 3),
        "event_to_wall_p95_s": round(percentile(socket, 0.95), 3),
        "event_to_wall_in_chromium_p95_s": round(percentile(chromium, 0.95), 3),
        "first_picture_in_chromium_s": round(statistics.median(first), 2),
        "slowest_first_picture_s": round(max(first), 2),
        "first_picture_of_clients_p95_s": round(percentile([s["first_s"] for s in heard], 0.95), 2),
        "events": len(sent),
        "walls": len(held) + 1,
        "desks": len(at_desks) + 1,
        "pushes_a_second": round(pushes / (time.monotonic() - begun), 1),
        "kb_a_push": round(sum(s["bytes"] for s in heard) / pushes / 1e3, 1),
        "largest_push_kb": round(max(s["largest"] for s in heard) / 1e3),
        "alerts_told_out_of_scope": wrong_scopes(centre, seats, heard),
        **{f"cores_{name}": value for name, value in cores.items()},
        "cores_server": round(cores["pages"] + cores["store_for_pages"], 3),
    }


def main() -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--walls", type=int, default=50)
    parser.add_argument("--desks", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--events", type=float, default=20)
    args = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = stack.enter_context(open_stores(folder, {}))
        settings = load_settings(stores.demo_environment())
        centre = stack.enter_context(open_centre(settings))
        room.prepare(centre)
        server = stack.enter_context(room.served(stores, folder / "pages.log"))
        told = measure(centre, stores, server, stack.enter_context(chromium()), args)
    what = f"{args.walls} walls and {args.desks} desks at {args.events:g} events a second"
    target = "event to wall p95 1 s; first picture 2 s; server under one core"
    print(json.dumps({"what": what, "figures": told, "target": target}))
    return 0


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium until the block ends."""
    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGS)
        yield opened
        opened.close()


if __name__ == "__main__":
    sys.exit(main())
