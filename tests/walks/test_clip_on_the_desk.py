"""The whole first walk: a stream on the wire, a yellow permit, one row on the police desk."""

import csv
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from ioc.access.model import Role
from ioc.access.service import create_user
from ioc.alerts.model import Desk
from ioc.alerts.service import find_alerts
from ioc.clock import utc_now
from ioc.embedded.process import wait_until
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.vehicles.model import Reason
from tests.vision.rtsp_server import RtspServer, units_of

PLATES = Path(os.environ.get("IOC_PLATES", "../shared/plates"))
CLIP = PLATES / "clips" / "toll.mp4"
MAIN_ROAD = "cam-117"
PASSWORD = "a long word of the tests"
LAPS_S = 45

pytestmark = [
    pytest.mark.plates,
    pytest.mark.browser,
    pytest.mark.skipif(not CLIP.exists(), reason="IOC_PLATES has no clips/toll.mp4"),
]


@contextmanager
def service(env: dict[str, str], *words: str) -> Iterator[subprocess.Popen]:
    """A service as a process of its own, ended politely."""
    running = subprocess.Popen([sys.executable, "-m", "ioc.cli", *words], env=env)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def plate(centre) -> str:
    """The clip's second plate, on a yellow permit."""
    with CLIP.with_suffix(".csv").open(encoding="utf-8") as file:
        text = list(csv.DictReader(file))[1]["plate"]
    now = utc_now()
    span = (now - timedelta(days=1), now + timedelta(days=1))
    grant_permits(centre, "test", [Permit("p1", text, PermitClass.YELLOW, *span)])
    return text


@pytest.fixture
def desk(centre, service_env, page) -> Iterator[object]:
    """The police desk in a browser, served by a process of its own."""
    create_user(centre, "desk", PASSWORD, Role.POLICE, "Desk")
    address = f"http://127.0.0.1:{(port := free_port())}"
    with service(service_env, "dashboards", "serve", "--port", str(port)):
        with httpx.Client(transport=httpx.HTTPTransport(retries=60)) as client:
            assert client.get(f"{address}/healthz", timeout=30).status_code == 200
        page.goto(f"{address}/login")
        page.fill("input[name=name]", "desk")
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/police")
        yield page


def test_two_laps_are_one_row_with_its_picture(centre, service_env, desk, plate) -> None:
    pictures, rate = units_of(CLIP)
    with (
        RtspServer(pictures, rate) as server,
        service(service_env, "vision", "watch", "--camera", MAIN_ROAD, "--source", server.url),
    ):
        desk.wait_for_selector(".queue-row", timeout=LAPS_S * 1000)
        desk.click(".queue-row")
        shown = "document.querySelectorAll(\"img[src^='/evidence/']\")"
        # Not wait_for_function: it evaluates text in the page, which the page's policy forbids.
        is_shown = f"[...{shown}].some((image) => image.naturalWidth > 0)"
        assert wait_until(lambda: bool(desk.evaluate(is_shown)), LAPS_S)
        ends = time.monotonic() + LAPS_S
        while time.monotonic() < ends:
            [alert] = [a for a in find_alerts(centre, Desk.POLICE) if a.plate == plate]
            if alert.sightings >= 2:
                break
            time.sleep(0.5)
    assert desk.locator(f".queue-row[data-alert='{alert.id}']").count() == 1
    assert alert.reason == Reason.YELLOW_ON_MAIN
    assert alert.sightings >= 2
    assert alert.plate_picture
