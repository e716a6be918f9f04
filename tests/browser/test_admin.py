"""The administrator's desk, worked by keys alone."""

import pytest

from ioc import audit
from ioc.access.model import Role
from ioc.access.service import list_keys, list_users, sign_in

from .sight import FAULTS

pytestmark = pytest.mark.browser

LINE = "#row-line"
SECRET = "lần này: "


def told(page, words: str) -> str:
    page.wait_for_selector(f"{LINE}:has-text('{words}')")
    return page.inner_text(LINE)


def test_an_account_is_made_shut_and_mended_by_keys(centre, visit) -> None:
    page = visit(Role.ADMIN, "/admin")
    page.wait_for_selector(".ag-row:not(.ag-row-loading) [role=gridcell]")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("KeyN")
    page.wait_for_selector("#row-actions [data-deed=make]")
    type_keys(page, "Digit1", "'Tổ trưởng", "Tab", "'Tổ trưởng ca đêm", "Enter")
    told(page, "tên đăng nhập")
    name = page.locator("input[name=name]")
    assert name.input_value() == "Tổ trưởng", "what was refused is mended, not written anew"
    type_keys(page, "Control+A", "'truc-ban-2", "Enter")
    secret = told(page, SECRET).split(SECRET)[1].strip()
    assert sign_in(centre, "truc-ban-2", secret, "192.0.2.1")
    page.wait_for_selector(".ag-row:has-text('truc-ban-2')")
    type_keys(page, "ArrowDown", "ArrowDown", "Enter")
    page.wait_for_selector(".row-head h2:has-text('truc-ban-2')")
    page.keyboard.press("Digit2")
    page.wait_for_selector("#form-shut:not([hidden])")
    assert page.evaluate(FAULTS, 14) == []
    page.keyboard.press("Escape")
    assert not is_shut(centre, "truc-ban-2"), "Esc leaves it"
    type_keys(page, "Digit2", "Enter")
    told(page, "Đã khóa truc-ban-2")
    assert is_shut(centre, "truc-ban-2")
    page.wait_for_selector("#form-shut", state="hidden")
    page.keyboard.press("KeyK")
    page.wait_for_selector("#row-actions [data-deed=make_key]")
    type_keys(page, "Digit1", "'camera-box", "Tab", "Tab", "Space", "Tab", "Space")
    page.locator("#form-make_key [data-yes]").press("Enter")
    told(page, "camera-box")
    assert [sorted(key.rights) for key in list_keys(centre)] == [["permits", "reads"]]


def type_keys(page, *keys: str) -> None:
    """Press keys one after the other; what begins with a quote is typed."""
    for key in keys:
        if key.startswith("'"):
            page.keyboard.type(key[1:])
        else:
            page.keyboard.press(key)


def is_shut(centre, name: str) -> bool:
    return next(user.is_disabled for user in list_users(centre) if user.name == name)


def test_an_auditor_reads_every_list_and_finds_nothing_to_do(centre, visit) -> None:
    audit.record(centre, "somebody", "plate_searched", "plate:43C16839", "theft", {})
    audit.seal(centre)
    page = visit(Role.AUDITOR, "/admin?list=audit")
    page.wait_for_selector(".ag-row:not(.ag-row-loading) [role=gridcell]")
    page.keyboard.press("KeyN")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#row-case .row-head")
    assert page.locator("#row-actions .action.is-open").count() == 0
    assert page.locator(".begin").count() == 0
    assert "43C16839" not in page.content()
    assert page.evaluate(FAULTS, 14) == []
    page.click(".desk-totals a[href*='row=chain']")
    page.wait_for_selector("#row-actions [data-deed=verify]")
    page.keyboard.press("Digit1")
    told(page, "nguyên vẹn")
