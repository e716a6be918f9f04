"""Three processes of the API and three of the pages behind one balancer: one centre to everybody.

Every request comes over a connection of its own and so to the next process: what one of them kept
to itself would show.
"""

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from ioc.access.model import Right, Role
from ioc.access.service import create_key
from ioc.centre import Centre, open_centre
from ioc.embedded.process import end, free_port, spawn, wait_until
from ioc.settings import Settings
from ioc.supervisor import IOC
from ioc.upkeep import recount
from ioc.vehicles.service import make_days
from ioc.venues.service import make_days as make_scan_days
from tests.accounts import an_account
from tests.balancer import Balancer, balanced
from tests.dashboards.makers import Tab, a_stop, a_tab, page_of
from tests.ingest.makers import a_read

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(180),
    # What a killed process leaves half open is let go when the balancer ends, not before.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

COPIES = 3
PASSWORD = "a long word of the tests"
CITIZEN = "046085000123||Nguyễn Đình Chiểu|07031985|Nam|Huế|14092021"
# Each of these is sent by every writer, as senders do that heard no answer.
READS, SCANS, WRITERS, BATCHES = 300, 300, 4, 10


@dataclass
class Copies:
    """The processes of one service, and the balancer before them."""

    balancer: Balancer
    processes: dict[int, subprocess.Popen[bytes]]

    def kill(self, port: int) -> None:
        process = self.processes[port]
        process.send_signal(signal.SIGKILL)
        process.wait(10)


@pytest.fixture
def today(settings: Settings) -> Iterator[Centre]:
    """The centre at the present time, as the processes see it."""
    with open_centre(settings) as centre:
        day = centre.now().date()
        days = [day + timedelta(days=n) for n in (-1, 0, 1)]
        make_days(centre, days)
        make_scan_days(centre, days)
        yield centre


@contextmanager
def copies_of(service: str, env: dict[str, str], settings: Settings) -> Iterator[Copies]:
    with ExitStack() as stack:
        processes = {}
        for number in range(COPIES):
            port = free_port()
            log = settings.state_dir / f"{service}-{number}.log"
            # Each has a folder of its own, as on machines of their own.
            own = {**env, "IOC_STATE": str(settings.state_dir / f"{service}-{number}")}
            words = (service, "serve", "--host", "127.0.0.1", "--port", str(port))
            processes[port] = spawn([*IOC, *words], log, env=own)
            stack.callback(end, processes[port], signal.SIGTERM, 10)
        for port in processes:
            assert wait_until(lambda at=port: is_ready(at), 90, 0.2), f"{service} does not answer"
        yield Copies(stack.enter_context(balanced(list(processes))), processes)


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def a_browser(address: str, **headers: str) -> httpx.Client:
    """A client whose every request comes over a connection of its own."""
    alone = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(
        base_url=address, limits=alone, headers=headers, timeout=20, trust_env=False
    )


def test_batches_repeated_across_three_apis_count_once(
    today: Centre, service_env: dict[str, str], settings: Settings
) -> None:
    key, at = create_key(today, "box", list(Right)), today.now().isoformat()
    batches = [
        (path, [make(n, at) for n in range(first, first + total // BATCHES)])
        for path, make, total in (("/v1/reads", one_read, READS), ("/v1/scans", one_scan, SCANS))
        for first in range(0, total, total // BATCHES)
    ]
    answered: Counter[tuple[str, str]] = Counter()
    with copies_of("ingest", service_env, settings) as copies:

        def send(writer: int) -> list[tuple[str, dict]]:
            told = []
            # Each in another order, so that the same batch is with several of them at once.
            for path, items in batches[writer * 3 :] + batches[: writer * 3]:
                told += [(path, one) for one in kept(client, path, items)]
            return told

        with a_browser(copies.balancer.address, Authorization=f"Bearer {key}") as client:
            with ThreadPoolExecutor(WRITERS) as pool:
                writing = [pool.submit(send, writer) for writer in range(WRITERS)]
                # One goes amid the work: who was not answered sends again, and hears another.
                assert wait_until(lambda: sum(copies.balancer.taken.values()) > 20, 60)
                victim = next(iter(copies.processes))
                copies.kill(victim)
                for told in writing:
                    for path, one in told.result():
                        answered[path, one["status"]] += 1
            figures = [client.get("/v1/figures").json()["figures"] for _ in range(COPIES)]
        assert copies.balancer.taken[victim] > 0
        assert len(copies.balancer.taken) == COPIES
    for told in figures:
        assert (told["reads_today"], told["scans_today"]) == (READS, SCANS)
    for path, total in (("/v1/reads", READS), ("/v1/scans", SCANS)):
        assert answered[path, "recorded"] <= total
        assert answered[path, "recorded"] + answered[path, "repeated"] == total * WRITERS
    assert recount(today) == []


def test_three_servers_of_pages_are_one_to_whoever_looks(
    today: Centre, service_env: dict[str, str], settings: Settings
) -> None:
    an_account(today, "police", PASSWORD, Role.POLICE)
    with (
        copies_of("dashboards", service_env, settings) as copies,
        a_browser(copies.balancer.address) as client,
    ):
        # Guesses add up wherever they come in.
        for _ in range(5):
            assert client.post("/login", data=typed("police", "wrong")).status_code == 401
        assert client.post("/login", data=typed("police", "wrong")).status_code == 429
        an_account(today, "police-2", PASSWORD, Role.POLICE)
        assert client.post("/login", data=typed("police-2", PASSWORD)).status_code == 303
        for _ in range(2 * COPIES):
            assert page_of(client, "/police").status_code == 200
        with ExitStack() as stack:
            tabs = [stack.enter_context(a_tab(client, "/police")) for _ in range(COPIES)]
            for tab in tabs:
                tab.hear()
            assert all(copies.balancer.held[port] == 1 for port in copies.processes)
            alert = str(a_stop(today).alert)
            for tab in tabs:
                tab.hear_until(lambda _live, tab=tab: shows(tab, alert))
            victim = next(iter(copies.processes))
            copies.kill(victim)
            assert sum(is_cut(tab) for tab in tabs) == 1
            # The browser comes back to another, with no sign-in, and is shown the same.
            with a_tab(client, "/police") as again:
                again.hear()
                assert shows(again, alert)
                assert client.post("/logout").status_code == 303
                # Signed out at one, gone from all.
                tabs.append(again)
                assert all(is_gone(tab) for tab in tabs)
        for _ in range(COPIES):
            assert client.get("/_dash-dependencies").status_code == 401


def typed(name: str, password: str) -> dict[str, str]:
    return {"name": name, "password": password}


def one_read(number: int, at: str) -> dict[str, object]:
    return a_read(number, plate=f"75A{10000 + number}", seen_at=at, camera="cam-042")


def one_scan(number: int, at: str) -> dict[str, object]:
    way = "in" if number % 2 else "out"
    return {
        "id": f"scan-{number}",
        "point": "dong-ba-01",
        "code": CITIZEN,
        "direction": way,
        "scanned_at": at,
    }


def kept(client: httpx.Client, path: str, items: list[dict[str, object]]) -> list[dict]:
    """Post until it is answered, as every sender must."""
    while True:
        try:
            answer = client.post(path, json={"items": items})
        except httpx.TransportError:
            continue
        assert answer.status_code == 200, answer.text
        return answer.json()["results"]


def shows(tab: Tab, alert: str) -> bool:
    return f'data-alert="{alert}"' in tab.parts.get("police-queue", "")


def is_cut(tab: Tab) -> bool:
    """Tell whether the tab's socket ended, rather than telling something within a while."""
    try:
        tab.hear(5)
    except ConnectionClosed:
        return True
    return False


def is_gone(tab: Tab) -> bool:
    """Tell whether the tab was told that its session is over, or has no socket any more."""
    try:
        return bool(tab.hear_until(lambda live: live.get("gone"), 10)["gone"])
    except ConnectionClosed:
        return True
