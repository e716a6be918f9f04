"""What comes in through the API moves its own tile of the wall, while the room looks on."""

import re
import time
from collections.abc import Callable

import httpx
import pytest

from ioc.access.model import Role
from tests.browser.sight import FAULTS
from tests.ingest.conftest import api, key, stranger  # noqa: F401 - fixtures
from tests.ingest.makers import a_read, a_scan, post
from tests.ingest.test_declarations import a_declaration
from tests.ingest.test_health import a_dose, a_test, a_total
from tests.ingest.test_open311 import BASE, LIGHT

pytestmark = pytest.mark.browser

WITHIN_S = 1.0
# On a machine that does other things too it has so many tries; each of them moves its tile.
TRIES = 8
SHOWN = "selector => document.querySelector(selector)?.innerText ?? ''"


def sent(path: str, make: Callable[[int], dict[str, object]]) -> Callable:
    """A function that posts the item of a number and wants it recorded."""

    def send(http: httpx.Client, number: int) -> None:
        [result] = post(http, path, make(number))
        assert result["status"] == "recorded", result

    return send


def report(http: httpx.Client, number: int) -> None:
    secret = http.headers["Authorization"].removeprefix("Bearer ")
    place = {"lat": f"{16.46 + number / 100}", "description": f"Đèn hỏng số {number}"}
    answer = http.post(f"{BASE}/requests.json", data={"api_key": secret, **LIGHT, **place})
    assert answer.status_code == 201, answer.text


# What is sent, the tile's number that it moves, and what moves it.
MOVES = {
    "read": (sent("/v1/reads", a_read), ".feeds .reads"),
    "scan": (sent("/v1/scans", a_scan), ".scans .figure-value"),
    "declaration": (sent("/v1/declarations", a_declaration), ".entries .declared"),
    "dose": (sent("/v1/doses", a_dose), ".doses .figure-value"),
    "test": (sent("/v1/tests", a_test), ".tests .figure-value"),
    "report": (report, ".reports .figure-value"),
}


def test_each_thing_moves_its_own_tile_within_a_second(visit, api) -> None:  # noqa: F811
    wall = visit(Role.OPERATOR, "/wall")
    for _, selector in MOVES.values():
        wall.wait_for_selector(f"{selector}:has-text('0')")
    late = dict(MOVES)
    for number in range(1, TRIES + 1):
        for name, (send, selector) in list(late.items()):
            before = {other: wall.evaluate(SHOWN, at) for other, (_, at) in MOVES.items()}
            send(api, number)
            answered = time.perf_counter()
            wall.wait_for_selector(f"{selector}:text-is('{number}')")
            if time.perf_counter() - answered <= WITHIN_S:
                del late[name]
            after = {other: wall.evaluate(SHOWN, at) for other, (_, at) in MOVES.items()}
            assert {other for other in MOVES if after[other] != before[other]} == {name}
    assert not late


def test_a_gap_to_paper_and_every_text_can_be_read(visit, api) -> None:  # noqa: F811
    for number in range(1, 4):
        post(api, "/v1/doses", a_dose(number))
    post(api, "/v1/tests", a_test(1, result="positive", resulted_at="2021-10-04T10:00:00+07:00"))
    post(api, "/v1/paper-totals", a_total(n=4))
    post(api, "/v1/scans", a_scan())
    report(api, 1)
    wall = visit(Role.OPERATOR, "/wall?lang=en")
    wall.wait_for_selector(".doses .gap:text-is('1')")
    assert re.search(r"75.00% of 4\s+Gap to the paper\s+1", wall.inner_text(".doses"))
    assert "no usual yet (0/4)" in wall.inner_text(".scans")
    assert re.search(r"1 points\s+Chợ Đông Ba\s+1", wall.inner_text(".busiest"))
    assert wall.get_attribute(".scans .age", "data-age")
    assert re.search(r"PCR\s*1", wall.inner_text(".tests .positives"))
    wall.evaluate("document.fonts.ready.then(() => true)")
    assert wall.evaluate(FAULTS, 22) == []
