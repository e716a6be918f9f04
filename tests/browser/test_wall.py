"""The screens of the walls in Chromium: pages, alarms, tokens, and mending without a hand."""

import pytest

from ioc.access.model import Role
from ioc.alerts.model import Priority, Step
from ioc.alerts.service import Act, open_alerts, take_step
from ioc.displays.service import add_display
from ioc.permits.model import PermitClass
from ioc.permits.service import grant_permits
from ioc.vehicles.recording import record_reads
from ioc.walls import ROOM, load_walls
from tests.browser.sight import FAULTS
from tests.browser.test_pages import a_busy_city
from tests.dashboards.makers import MAIN, a_permit, a_read

pytestmark = pytest.mark.browser

OPEN = ".wall-page:not([hidden])"
# What a column holds must not be higher than its page.
CUT = """page => {
  const foot = page.getBoundingClientRect().bottom;
  return [...page.querySelectorAll('.tile, .map-tile')]
    .map(tile => [tile.className, Math.round(tile.getBoundingClientRect().bottom - foot)])
    .filter(([, over]) => over > 0);
}"""
# The height of each tile by its name in walls.toml.
TALL = """page => Object.fromEntries([...page.querySelectorAll('[id^=wall-], [data-part]')]
  .map(tile => [(tile.id || tile.dataset.part).slice(5), tile.getBoundingClientRect().height]))"""
TURN_S, PAGES = 20, 3


def show_page(wall, centre, clock, number: int) -> None:
    """Move the clock of the city to where page `number` has its turn."""
    turn = int(clock().timestamp()) // TURN_S
    clock.advance(seconds=((number - turn) % PAGES or PAGES) * TURN_S)
    wall.wait_for_selector(f".wall-page:nth-child({4 + number}):not([hidden])")


def take_all(centre) -> None:
    for alert in open_alerts(centre):
        take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, "police"))


def test_every_page_of_a_screen_is_shown_in_turn_and_fits(centre, clock, visit) -> None:
    a_busy_city(centre)
    take_all(centre)
    clock.advance(minutes=2)
    wall = visit(Role.OPERATOR, "/wall/lobby")
    wall.wait_for_selector(f"{OPEN} .tile")
    for number, page in enumerate(load_walls(centre.settings.city_dir)["lobby"].pages):
        show_page(wall, centre, clock, number)
        assert page.name["vi"] in wall.inner_text(".page-name")
        assert f"trang {number + 1}/3" in wall.inner_text(".page-place")
        assert wall.evaluate(FAULTS, 22) == [], page.id
        assert wall.eval_on_selector(OPEN, CUT) == [], page.id
        tall = wall.eval_on_selector(OPEN, TALL)
        for tile in (tile for pile in page.columns for row in pile for tile in row):
            assert tall.get(tile.value, 0) <= ROOM[tile][1] + 0.5, tile
    # Of all that was pushed meanwhile Dash would keep the past, for an undo that nobody has.
    assert wall.evaluate("dash_stores[0].getState().history.past.length") <= 1


def test_a_new_p1_brings_back_the_first_page_until_it_is_taken(centre, clock, visit) -> None:
    wall = visit(Role.OPERATOR, "/wall/lobby")
    wall.wait_for_selector(f"{OPEN} .tile")
    show_page(wall, centre, clock, 2)
    red = a_permit("75A12345", PermitClass.RED, clock())
    grant_permits(centre, "transport", [red])
    record_reads(centre, "box", [a_read("r", "75A12345", clock(), MAIN)])
    assert [alert.priority for alert in open_alerts(centre)] == [Priority.P1]
    wall.wait_for_selector(".wall-page:nth-child(4):not([hidden])")
    assert "P1" in wall.inner_text(".page-place")
    # It holds for as long as nobody took it, then for the minute that began when it was raised.
    clock.advance(minutes=10)
    take_all(centre)
    wall.wait_for_selector(".page-place:has-text('trang')")
    show_page(wall, centre, clock, 1)


def test_a_display_comes_in_by_its_address_and_leaves_no_token_in_it(
    centre, browser, pages, complaints
) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url + str(request.headers)))
    token = add_display(centre, "hall", "main")
    page.goto(f"{pages}/screen?theme=day#{token}")
    page.wait_for_selector(".wall .entries")
    # Its first picture came with the document; the page behind it has taken its place.
    page.wait_for_selector("#first", state="detached")
    page.wait_for_selector("#wall-entries .entries")
    assert page.url == f"{pages}/wall/main?theme=day"
    assert page.evaluate("document.documentElement.dataset.theme") == "day"
    assert not [request for request in seen if token in request.split("{")[0]]
    assert not [request for request in seen if token in request and "/screen" not in request]
    assert token not in page.content()
    assert token not in page.evaluate("document.cookie + JSON.stringify(performance.getEntries())")
    context.close()
