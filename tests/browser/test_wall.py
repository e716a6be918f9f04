"""The screens of the walls in Chromium: pages, alarms, tokens, and mending without a hand."""

import pytest

from ioc.access.model import Role
from ioc.alerts.model import Step
from ioc.alerts.service import Act, open_alerts, take_step
from ioc.walls import load_walls
from tests.browser.test_pages import FAULTS, a_busy_city

pytestmark = pytest.mark.browser

OPEN = ".wall-page:not([hidden])"
# What a tile holds must not be higher than the page has room for.
CUT = """page => [...page.querySelectorAll('.column')]
  .filter(column => column.scrollHeight > page.clientHeight + 1)
  .map(column => column.scrollHeight)"""
STILL = "[...document.querySelectorAll('.wall')].map(wall => wall.style.transform)"


def show_page(wall, centre, clock, number: int, turn_s: int = 20, pages: int = 3) -> None:
    """Move the clock of the city to where page `number` has its turn."""
    turn = int(clock().timestamp()) // turn_s
    clock.advance(seconds=(number - turn) % pages * turn_s or pages * turn_s)
    wall.wait_for_selector(f".wall-page:nth-of-type({4 + number}):not([hidden])")


def test_every_page_of_a_screen_is_shown_in_turn_and_fits(centre, clock, visit) -> None:
    a_busy_city(centre)
    for alert in open_alerts(centre):
        take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, "police"))
    clock.advance(minutes=2)
    wall = visit(Role.OPERATOR, "/wall/lobby")
    wall.wait_for_selector(f"{OPEN} .tile")
    for number, page in enumerate(load_walls(centre.settings.city_dir)["lobby"].pages):
        show_page(wall, centre, clock, number)
        assert page.name["vi"] in wall.inner_text(".page-name")
        assert f"trang {number + 1}/3" in wall.inner_text(".page-place")
        assert wall.evaluate(FAULTS, 22) == [], page.id
        print(page.id, wall.eval_on_selector(OPEN, CUT), wall.evaluate("[...document.querySelectorAll(\".wall-page:not([hidden]) .tile\")].map(t => [t.className, t.scrollHeight, t.offsetHeight])"))
        wall.screenshot(path=f"/tmp/w/wall/p{number}.png")
