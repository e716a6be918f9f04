"""Everybody can use every page: axe-core finds no serious fault, the keyboard reaches all of it,
and every text can be read at every size of screen.

One server and one signed-in browser for all pages; the administrator may open each of them.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError

from dashboards.app import SCREENS
from ioc.access.model import Page, Role
from ioc.registrations.model import Registration
from ioc.registrations.service import record_registrations
from ioc.vehicles.recording import record_read
from tests.browser.sight import BEYOND, FAULTS
from tests.browser.test_pages import a_busy_city
from tests.dashboards.makers import GATE, a_picture, a_read, a_stop

pytestmark = pytest.mark.browser

# What tells that a page is filled; the others are once their first push is there.
READY = {
    Page.WALL: ".card:visible",
    Page.POLICE: ".action.is-next",
    Page.REVIEW: "[data-question]:not([hidden])",
    Page.COMPONENTS: "#gallery-hands svg",
}
GRAVE = {"serious", "critical"}
USUAL, LARGE, PHONE = (1920, 1080), (3840, 2160), (390, 844)
# Who works on the road works on a phone.
ON_A_PHONE = {Page.POLICE, Page.SHIFT, Page.REVIEW, Page.TRANSPORT}
# The smallest text of a wall and of all others, in px of the page.
FLOORS = {Page.WALL: 22}
FLOOR = 14
# The Tab key may stand still on so many cells of a list before it goes on.
IN_A_GRID = 60
RULES = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
# Every control that can be seen: those the Tab key must meet, and those no key reaches. A row of a
# list is met by the arrow keys, and a picture is enlarged by a key that is printed on it.
CONTROLS = """() => {
  const within = [...document.querySelectorAll('#place *')].filter((node) => node.checkVisibility({
    visibilityProperty: true, opacityProperty: true }));
  const control = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const met = within.filter((node) => node.matches(control) && !node.disabled
    && node.tabIndex >= 0 && !node.closest('.ag-root-wrapper'));
  met.forEach((node, n) => { node.dataset.met = n; });
  const lost = within.filter((node) => getComputedStyle(node).cursor === 'pointer'
    && !node.closest(`${control}, label, [role=option], .ag-root-wrapper`));
  const odd = within.filter((node) => node.tabIndex > 0);
  const name = (node) => node.outerHTML.slice(0, 120);
  // Beyond a list, through whose cells the Tab key walks, lie controls with keys of their own.
  const keyed = met.filter((node) => node.dataset.hotkey && node.querySelector('kbd'));
  return {count: met.length, lost: lost.map(name), odd: odd.map(name),
    keyed: keyed.map((node) => Number(node.dataset.met))};
}"""
FOCUSED = "() => document.activeElement?.dataset?.met ?? document.activeElement?.tagName"
SHOWN = """() => {
  let node = document.activeElement;
  // In a drawing the outline is a shape of its own.
  const drawn = node.querySelector(':scope > .hit');
  if (drawn && parseFloat(getComputedStyle(drawn).strokeWidth) >= 2) return true;
  for (let up = 0; up < 3 && node && node !== document.body; up++, node = node.parentElement) {
    const style = getComputedStyle(node);
    if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) return true;
  }
  return false;
}"""


@pytest.fixture
def opened(centre, visit):
    """A function that opens a page of a busy city, in one browser for all of them."""
    a_busy_city(centre)
    a_stop(centre)
    now = centre.now()
    picture = a_picture(centre, "plate", 180)
    doubtful = a_read("q", "43C16639", now, GATE, confidence=0.6, plate_picture=picture)
    record_read(centre, "box", doubtful)
    wanted = Registration("r-1", "43C99887", until_at=now + 100 * centre.city.limits.incident)
    record_registrations(centre, "portal", [wanted])
    tab = visit(Role.ADMIN, "/cameras")
    base = tab.url.rsplit("/", 1)[0]

    def open_page(page: Page, looks: str = ""):
        tab.goto(f"{base}/{page.value}?{looks}")
        tab.wait_for_selector(READY.get(page, "#place > *"))
        tab.wait_for_selector("html[data-fed]", state="attached")
        tab.evaluate("document.fonts.ready.then(() => true)")
        return tab

    return open_page


# Every page in both languages, at two sizes or three.
@pytest.mark.timeout(400)
def test_every_page_can_be_read_by_everybody_at_every_size(opened) -> None:
    graves, unread = {}, {}
    axe = Axe()
    for page in SCREENS:
        for looks in ("theme=night&lang=vi", "theme=day&lang=en"):
            tab = opened(page, looks)
            for fault in axe.run(tab, options=RULES).response["violations"]:
                if fault["impact"] in GRAVE:
                    nodes = [node["target"] for node in fault["nodes"]]
                    graves[page.value, looks, fault["id"]] = nodes[:6]
            for size in (USUAL, LARGE, *((PHONE,) if page in ON_A_PHONE else ())):
                tab.set_viewport_size({"width": size[0], "height": size[1]})
                if found := lasting(tab, FLOORS.get(page, FLOOR)):
                    unread[page.value, looks, size] = found[:6]
                if (beyond := tab.evaluate(BEYOND)) > 0:
                    unread[page.value, looks, size, "beyond"] = beyond
            tab.set_viewport_size({"width": USUAL[0], "height": USUAL[1]})
    assert not graves
    assert not unread


def lasting(tab, least: int) -> list:
    """Return what is wrong with the texts of a page once it has found its place in its window."""
    try:
        tab.wait_for_function(f"least => !({FAULTS})(least).length", arg=least, timeout=5_000)
    except TimeoutError:
        return tab.evaluate(FAULTS, least)
    return []


def test_the_keyboard_reaches_every_control_of_every_desk(opened) -> None:
    missed = {}
    for page in SCREENS:
        tab = opened(page)
        controls = tab.evaluate(CONTROLS)
        met: list[int] = []
        for _ in range(controls["count"] + IN_A_GRID):
            if len(met) == controls["count"]:
                break
            tab.keyboard.press("Tab")
            at = tab.evaluate(FOCUSED)
            if not str(at).isdigit():
                continue
            assert tab.evaluate(SHOWN), (page, tab.evaluate("document.activeElement.outerHTML"))
            if int(at) not in met:
                met.append(int(at))
        lacking = set(range(controls["count"])) - set(met) - set(controls["keyed"])
        if lacking or controls["lost"] or controls["odd"] or met != sorted(met):
            missed[page.value] = (lacking, controls["lost"], controls["odd"], met)
    assert not missed
