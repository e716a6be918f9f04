"""The page of a gate in Chromium on the real API: with a network, without, closed and opened."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from sqlalchemy import text

from ingest.app import create_app
from ioc.access.model import Right
from ioc.access.service import create_key, list_keys, revoke_key
from ioc.centre import Centre
from ioc.db import transact
from tests.browser.sight import BEYOND, FAULTS
from tests.conftest import BROWSER_ARGS
from tests.ingest.makers import post
from tests.serving import Server

pytestmark = pytest.mark.browser

POINT, ELSEWHERE = "dong-ba-01", "my-chanh"
RIGHTS = [Right.SCANS, Right.PLACES]
PHONE, DESK = (390, 844), (1280, 800)
# Strokes as a scanner sends them, faster than a hand: with a hand's keys, one by one over the
# browser's own protocol, two hundred codes would take a minute of it.
SCANNER = """codes => {
let at = performance.now();
for (const code of codes) for (const made of [...code, 'Enter']) {
  const stroke = { key: made, bubbles: true, cancelable: true, code: '' };
  if (/[A-Z]/.test(made) && made.length === 1) stroke.code = 'Key' + made, stroke.shiftKey = true;
  if (/\\d/.test(made)) stroke.code = 'Digit' + made;
  const event = new KeyboardEvent('keydown', stroke);
  // A scanner is as fast as ever while the machine is busy: what it typed says when.
  Object.defineProperty(event, 'timeStamp', { value: at += 0.01 });
  document.body.dispatchEvent(event);
} }"""


def a_code(number: int) -> str:
    """The personal QR of somebody; each number is another person."""
    return f"046090{number:06}|NGUYEN VAN AN|1990-01-01|0|Q{number}"


@dataclass
class Api:
    """The API of a centre at one address, which can go and come back."""

    centre: Centre
    port: int
    _running: list[Server] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        server = Server(create_app(self.centre), self.port, graceful_s=1).start()
        self.port = server.port
        self._running.append(server)

    def stop(self) -> None:
        for server in self._running:
            server.stop()
        self._running.clear()


@pytest.fixture
def api(centre: Centre, clock) -> Iterator[Api]:
    """The API, on the time that the browser has too."""
    clock.at = datetime.now(UTC)
    served = Api(centre, 0)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def device(browser, chromium: str, tmp_path: Path) -> Iterator[Callable]:
    """A function that opens the browser of one device, which keeps what it held when it closed."""
    opened = []

    def open_it(size: tuple[int, int] = DESK, more: tuple[str, ...] = ()):
        context = browser.browser_type.launch_persistent_context(
            str(tmp_path / "device"),
            executable_path=chromium,
            args=[*BROWSER_ARGS, *more],
            viewport={"width": size[0], "height": size[1]},
            locale="vi-VN",
            permissions=["camera"] if more else [],
        )
        context.set_default_timeout(60_000)
        opened.append(context)
        return context

    yield open_it
    for context in opened:
        context.close()


@pytest.fixture
def tab(browser) -> Iterator[Callable]:
    """A function that opens a tab of a device of its own; what it holds goes with it."""
    opened = []

    def open_it(size: tuple[int, int] = DESK, script: str = ""):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="vi-VN"
        )
        context.set_default_timeout(60_000)
        context.add_init_script(script)
        opened.append(context)
        return context.new_page()

    yield open_it
    for context in opened:
        context.close()


def set_up(page, address: str, key: str) -> None:
    page.goto(f"{address}/scan")
    page.fill("#key", key)
    page.click("#key-form button")
    page.fill("#find", "dong ba cong 1")
    page.click(f"#points [data-id={POINT}]")
    page.click("#begin")
    page.wait_for_selector("#answer.is-waiting")


def held(centre: Centre, statement: str) -> int:
    return transact(centre.engine, lambda conn: conn.execute(text(statement)).scalar_one())


def waiting(page) -> int:
    return int(page.get_attribute("#waiting", "data-n"))


def wait_for_queue(page, n: int) -> None:
    page.wait_for_selector(f"#waiting[data-n='{n}']", state="attached")


def test_two_hundred_scans_wait_for_the_network_and_go_once(
    centre: Centre, api: Api, device
) -> None:
    key = create_key(centre, "gate", RIGHTS)
    context = device()
    page = context.pages[0]
    set_up(page, api.address, key)
    page.evaluate(SCANNER, [a_code(0)])
    page.wait_for_selector("#answer.is-admit:has-text('NGUYEN VAN AN · ******000000')")
    assert page.get_attribute("body", "data-tone") == "admit"
    page.wait_for_function("navigator.serviceWorker.controller?.state === 'activated'")
    wait_for_queue(page, 0)

    api.stop()
    # As fast as a scanner, however busy the machine: who types slowly is no scanner.
    page.evaluate(SCANNER, [a_code(n) for n in (1, 2, 3)])
    page.wait_for_selector("#answer.is-kept:has-text('Đã giữ, chưa kiểm tra')")
    assert page.get_attribute("body", "data-tone") == "kept"
    page.evaluate(SCANNER, [a_code(n) for n in range(4, 101)])
    wait_for_queue(page, 100)
    context.close()

    context = device()
    page = context.pages[0]
    page.goto(f"{api.address}/scan")
    wait_for_queue(page, 100)
    page.wait_for_selector("body[data-state=offline]")
    page.evaluate(SCANNER, [a_code(n) for n in range(101, 201)])
    wait_for_queue(page, 200)

    sent = sent_by_two_tabs(context, api)
    assert [item["code"] for item in sent] == [a_code(n) for n in range(1, 201)]
    assert len({item["id"] for item in sent}) == 200
    assert sorted(item["scanned_at"] for item in sent) == [item["scanned_at"] for item in sent]
    assert held(centre, "SELECT count(*) FROM scans") == 201
    assert held(centre, "SELECT count(DISTINCT key) FROM scans") == 201


def sent_by_two_tabs(context, api: Api) -> list[dict[str, str]]:
    """Let a second tab find the same queue, bring the network back, return all that was sent."""
    tabs = [*context.pages, context.new_page()]
    tabs[-1].goto(f"{api.address}/scan")
    wait_for_queue(tabs[-1], 200)
    sent: list[dict[str, str]] = []

    def note(request) -> None:
        if request.method == "POST":
            sent.extend(json.loads(request.post_data)["items"])

    context.on("requestfinished", note)
    api.start()
    for tab in tabs:
        tab.evaluate("dispatchEvent(new Event('online'))")
    for tab in tabs:
        wait_for_queue(tab, 0)
    return sent


def test_a_scan_counts_once_on_any_layout_though_its_answer_was_lost(
    centre: Centre, api: Api, tab
) -> None:
    page = tab()
    set_up(page, api.address, create_key(centre, "gate", RIGHTS))
    wait_for_queue(page, 0)
    tries = []

    def lose_the_first(route) -> None:
        answer = route.fetch()
        tries.append(answer.json()["results"][0]["status"])
        if len(tries) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    page.route("**/v1/scans", lose_the_first)
    # Under a Vietnamese input method and a French layout the letters differ, the keys do not.
    page.evaluate(
        """() => { for (const [code, key, shiftKey] of [
          ...[...'046090000001'].map(n => ['Digit' + n, '&é"(-è_çà)'.at(n), false]),
          ['Backslash', '*', true], ['KeyA', 'Q', true], ['KeyA', 'Q', true],
          ['Backslash', '*', true],
          ...[...'1990'].map(n => ['Digit' + n, 'à', false]), ['Minus', ')', false],
          ...[...'01'].map(n => ['Digit' + n, 'à', false]), ['Minus', ')', false],
          ...[...'01'].map(n => ['Digit' + n, 'à', false]), ['Backslash', '*', true],
          ['Digit0', 'à', false], ['Backslash', '*', true], ['KeyA', 'Q', true],
          ['Digit1', '&', false], ['Enter', 'Enter', false]])
        document.body.dispatchEvent(new KeyboardEvent('keydown',
          { code, key, shiftKey, bubbles: true, cancelable: true })); }"""
    )
    page.wait_for_selector("#answer.is-admit:has-text('AA · ******000001')")
    assert tries[:2] == ["recorded", "repeated"]
    # A hand is no scanner: what it types slowly outside of a field is nothing.
    page.keyboard.type("0460", delay=120)
    page.keyboard.press("Enter")
    assert held(centre, "SELECT count(*) FROM scans") == 1


def test_what_needs_a_person_stays_until_it_is_seen(centre: Centre, api: Api, tab) -> None:
    page = tab(PHONE)
    said: list[str] = []
    page.on("console", lambda one: one.type == "error" and said.append(one.text))
    page.on("request", lambda one: one.url.startswith(api.address) or said.append(one.url))
    set_up(page, api.address, create_key(centre, "gate", RIGHTS, [ELSEWHERE]))
    assert_readable(page)
    page.keyboard.type(a_code(1) + "\n")
    page.wait_for_selector("#answer.is-deny:has-text('Điểm quét: máy này không được quét ở')")
    assert page.get_attribute("body", "data-tone") == "deny"
    page.wait_for_selector("#notices li:has-text('Trung tâm không nhận lượt quét')")
    page.reload()
    page.wait_for_selector("#notices li:has-text('******000001')")
    assert_readable(page)
    page.click("#notices .seen")
    page.wait_for_selector("#told", state="hidden")
    page.click("#language")
    page.wait_for_selector("#answer:has-text('Ready to scan')")
    assert_readable(page)
    page.click("#where")
    page.wait_for_selector("#points li")
    assert_readable(page)
    assert said == []


def assert_readable(page) -> None:
    """Every text of the page can be read on a phone, a desk and a large screen."""
    for size in (DESK, (3840, 2160), PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert page.evaluate(BEYOND) <= 0, size
        assert page.evaluate(FAULTS, 14) == [], size


def test_a_revoked_key_keeps_the_queue_and_says_so(centre: Centre, api: Api, tab) -> None:
    page = tab()
    key = create_key(centre, "gate", RIGHTS)
    set_up(page, api.address, key)
    wait_for_queue(page, 0)
    [old] = [known for known in list_keys(centre) if known.source == "gate"]
    # Another process of the API has not seen the key lately.
    api.stop()
    revoke_key(centre, old.id)
    api.start()
    page.evaluate(SCANNER, [a_code(1)])
    page.wait_for_selector("body[data-state=key_refused]")
    page.wait_for_selector("#warning:has-text('Các lượt quét vẫn được giữ')")
    page.wait_for_selector("#answer.is-kept")
    assert waiting(page) == 1
    # A new key may be shown as a code; it is no card, and never becomes a scan.
    page.evaluate(SCANNER, [create_key(centre, "gate", RIGHTS)])
    wait_for_queue(page, 0)
    assert page.is_hidden("#warning")
    assert held(centre, "SELECT count(*) FROM scans") == 1
    assert held(centre, "SELECT count(*) FROM refused") == 0
    assert key not in page.content()


def test_alone_a_device_tells_the_city_s_cards_and_admits_nobody(
    centre: Centre, api: Api, tab
) -> None:
    page = tab()
    set_up(page, api.address, create_key(centre, "gate", RIGHTS))
    wait_for_queue(page, 0)
    secret = create_key(centre, "office", [Right.CARDS])
    person = {"number": "046090000009", "name": "Nguyễn Văn An", "born_on": "1990-01-01"}
    with httpx.Client(
        base_url=api.address, headers={"Authorization": f"Bearer {secret}"}
    ) as office:
        [card] = post(office, "/v1/cards", {"id": "1", "person": person, "kind": "paper"})
    forged = card["code"][:-9] + ("A" if card["code"][-9] != "A" else "B") + card["code"][-8:]
    page.context.set_offline(True)
    for code, told in ((card["code"], "do trung tâm này ký"), (forged, "không phải của trung tâm")):
        page.evaluate(SCANNER, [code])
        page.wait_for_selector(f"#answer.is-kept:has-text('{told}')")
    page.context.set_offline(False)
    wait_for_queue(page, 0)
    page.wait_for_selector("#last .is-admit")


def test_a_wrong_clock_is_told_and_set_right(centre: Centre, api: Api, tab) -> None:
    # Twelve minutes slow.
    page = tab(script="{ const now = Date.now; Date.now = () => now() - 720_000; }")
    set_up(page, api.address, create_key(centre, "gate", RIGHTS))
    page.wait_for_selector("#warning:has-text('chậm 7')")
    page.evaluate(SCANNER, [a_code(1)])
    page.wait_for_selector("#answer.is-admit")
    off_s = held(centre, "SELECT abs(extract(epoch FROM scanned_at - now())) FROM scans")
    assert off_s < 60


def test_the_shipped_decoder_reads_the_camera(
    centre: Centre, api: Api, device, tmp_path: Path
) -> None:
    film = tmp_path / "card.y4m"
    film.write_bytes(a_film(a_code(42)))
    context = device(
        PHONE,
        (
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ),
    )
    page = context.pages[0]
    foreign: list[str] = []
    context.on(
        "request", lambda r: r.url.startswith((api.address, "blob:")) or foreign.append(r.url)
    )
    set_up(page, api.address, create_key(centre, "gate", RIGHTS))
    page.click("#camera")
    page.wait_for_selector("#answer.is-admit:has-text('******000042')")
    time.sleep(0.3)  # several more pictures of the same card: it is still one scan
    page.click("#camera")
    page.wait_for_selector("#view", state="hidden")
    assert held(centre, "SELECT count(*) FROM scans") == 1
    assert foreign == []


def a_film(code: str) -> bytes:
    """Two frames of 640 x 480 that show a code, in the format a browser takes for a camera."""
    modules = cv2.QRCodeEncoder.create().encode(code)
    side = cv2.resize(modules, (360, 360), interpolation=cv2.INTER_NEAREST)
    luma = np.full((480, 640), 200, np.uint8)
    luma[60:420, 140:500] = np.where(side > 127, 235, 20)
    frame = b"FRAME\n" + luma.tobytes() + bytes([128]) * (640 * 480 // 2)
    return b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420\n" + frame * 2
