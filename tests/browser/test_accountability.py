"""A breach is entered and followed, a look-up judged, an import read: by keys alone."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import text

from ioc import audit, import_runs, intake
from ioc.access.model import Role
from ioc.breaches.service import file_of, untold
from ioc.db import transact

from .test_accessible import GRAVE, RULES
from .test_admin import told, type_keys
from .test_pages import FAULTS

pytestmark = pytest.mark.browser


def faults_of(page) -> list:
    """Return what a page has that it should not: texts cut off, too small, grave faults of axe."""
    is_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*page.evaluate(FAULTS, 14), *grave_of(page), *(["wide"] if is_wide else [])]


def grave_of(page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [one["id"] for one in found if one["impact"] in GRAVE]


def test_a_breach_is_entered_and_followed_by_keys(centre, visit) -> None:
    page = visit(Role.ADMIN, "/admin?list=breaches")
    page.wait_for_selector("#list-names [role=tab]")
    page.keyboard.press("KeyB")
    page.wait_for_selector("#row-actions [data-deed=enter]")
    type_keys(page, "Digit1", "'Mất điện thoại ở cổng")
    page.locator("input[name=kinds][value=scans]").press("Space")
    assert grave_of(page) == [], "its kinds are more than one look holds: they scroll"
    page.locator("#form-enter [data-yes]").press("Enter")
    told(page, "Đã khai sự cố số")
    [breach] = untold(centre)
    page.goto(f"{page.url.split('?')[0]}?list=breaches&row={breach.no}")
    page.wait_for_selector(".row-owed li")
    type_keys(page, "Digit1", "'thu hồi khóa", "Enter")
    told(page, "Đã ngăn chặn")
    assert faults_of(page) == []
    assert [one.note for one in file_of(centre, breach.no)][-1] == "thu hồi khóa"
    leader = visit(Role.LEADER, "/briefing")
    leader.wait_for_selector(".breach-lines li")
    assert faults_of(leader) == []


def test_an_import_leads_to_what_it_refused(centre, visit) -> None:
    run = import_runs.begin(centre, "giấy.csv", "0" * 64, ("permits", "portal"), "shell:an")
    intake.refuse(centre, "portal", "permit", [intake.Refusal("p-1", "plate", "is none", "{}")])
    import_runs.finish(centre, run, {"recorded": 1200, "refused": 1})
    page = visit(Role.ADMIN, f"/admin?list=imports&row={run}")
    page.wait_for_selector("#row-case a.begin")
    assert faults_of(page) == []
    page.locator("#row-case a.begin").press("Enter")
    page.wait_for_selector(".ag-row:has-text('p-1')")


def test_an_auditor_judges_by_keys(centre, clock, visit) -> None:
    for n in range(5):
        audit.record(centre, f"canh-sat-{n % 2}", "plate_searched", f"plate:43C1683{n}", "vụ 1", {})
    now = transact(centre.engine, lambda conn: conn.execute(text("SELECT now()")).scalar_one())
    clock.at = now + timedelta(days=32)
    audit.seal(centre)
    page = visit(Role.AUDITOR, "/admin?list=sample")
    page.wait_for_selector("#list-names [role=tab]")
    # That the desk was opened falls into the month that is drawn: the store's time is its own.
    audit.seal(centre)
    page.keyboard.press("KeyR")
    page.wait_for_selector(".ag-row:has-text('canh-sat-0')")
    type_keys(page, "ArrowDown", "Enter")
    page.wait_for_selector("#row-actions [data-deed=unclear]")
    audit.seal(centre)
    type_keys(page, "Digit2", "'không có vụ 1", "Enter")
    told(page, "Chưa rõ")
    assert faults_of(page) == []
    assert "43C1683" not in page.content()
