"""The desks of lists in Chromium: worked through by keyboard, led to by links, at every size."""

import pytest

from ioc.access.model import Role
from ioc.embedded.process import wait_until
from ioc.people.model import Declaration, DeclarationState
from ioc.people.service import find_declaration, record_declarations
from tests.dashboards.test_desks import HERE, a_person, city  # noqa: F401 - a fixture

from .sight import FAULTS

pytestmark = pytest.mark.browser

ROW = ".list-grid .ag-center-cols-container .ag-row"
TOTAL = ".list-total:has-text('{n} dòng')"


def test_a_list_is_worked_through_by_keyboard_and_told_by_its_address(centre, visit) -> None:
    many = [Declaration(f"m{n}", a_person(n), HERE, origin="Huế") for n in range(3)]
    refs = [str(one.ref) for one in record_declarations(centre, "portal", many)]
    page = visit(Role.HEALTH, "/entries?list=declarations&means=road")
    page.wait_for_selector(TOTAL.format(n=3))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".row-head h2")
    [first] = [ref for ref in refs if f"row={ref}" in page.url]
    page.keyboard.press("2")
    page.wait_for_selector("#form-refuse:not([hidden]) input:focus")
    # Digits and letters are text now, no keys.
    page.keyboard.type("thiếu giấy 12")
    page.keyboard.press("Enter")
    page.wait_for_selector("#row-line:has-text('Từ chối, 1 dòng')")
    page.wait_for_selector(TOTAL.format(n=2))
    wait_until(lambda: find_declaration(centre, first).state is DeclarationState.REFUSED, 30)
    # The next row stands open, so that who decides goes on.
    page.wait_for_function("ref => !location.search.includes(ref)", arg=first)
    page.wait_for_selector("#row-actions [data-deed=approve]:not([disabled])")
    page.keyboard.press("1")
    page.wait_for_selector(TOTAL.format(n=1))
    page.select_option("[data-filter=state]", "refused")
    page.wait_for_selector(TOTAL.format(n=1))
    assert "state=refused" in page.url
    page.keyboard.press("Escape")
    page.keyboard.press("BracketRight")
    page.wait_for_selector("[data-list=tasks][aria-selected=true]")
    page.click(".desk-totals a >> nth=0")
    page.wait_for_selector("[data-list=declarations][aria-selected=true]")
    page.wait_for_selector(TOTAL.format(n=1))


@pytest.mark.parametrize("path", ["/entries", "/scans", "/health"])
def test_a_desk_of_lists_can_be_read_at_every_size(city, visit, path) -> None:  # noqa: F811
    page = visit(Role.HEALTH, path)
    for theme, size in (("night", (1920, 1080)), ("day", (960, 540))):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        for name in page.locator("[data-list]").all():
            name.click()
            page.wait_for_selector(".list-total:not(:empty)")
            page.wait_for_function(
                "() => document.querySelector('.ag-row, .ag-overlay-no-rows-center')"
            )
            assert page.evaluate(FAULTS, 14) == [], (path, size, name.inner_text())
            # The rows have the width of their place and the height that is left.
            room = page.locator(".list-rows").bounding_box()
            whole = page.locator(".table-main").bounding_box()
            assert room["width"] > 0.95 * whole["width"], (path, size)
            assert room["height"] > 0.4 * min(whole["height"], size[1]), (path, size)
            across = "document.documentElement.scrollWidth - innerWidth"
            assert page.evaluate(across) <= 0, (path, size)
