"""The desks of reports and cameras in Chromium: by keys alone, nothing cut, nothing covered."""

from datetime import timedelta

import pytest

from ioc.access.model import Role
from ioc.reports.model import ReportState, Spot
from ioc.reports.service import find_case, log_of
from ioc.reports.upkeep import escalate
from ioc.vehicles.recording import record_reads
from tests.browser.sight import FAULTS
from tests.dashboards.makers import GATE, a_read
from tests.dashboards.test_access import audited
from tests.ioc.test_reports import received

pytestmark = pytest.mark.browser

# What lies below a list that scrolls is in nobody's way.
BELOW = "rows => document.querySelectorAll(rows).forEach((row) => row.remove())"
SERVICES = ("street-light", "noise", "drain", "manhole", "power-cut", "parking", "tree")


def many(centre, clock) -> list[str]:
    start, refs = centre.now(), []
    units = centre.city.units_on(start.date())
    for n in range(24):
        clock.at = start - timedelta(days=n / 2)
        unit = units[n * 5 % len(units)]
        spot = Spot(unit.lat, unit.lon, address="12 đường Bùi Thị Xuân, gần chợ")
        refs.append(received(centre, n, service=SERVICES[n % 7], spot=spot).ref)
    clock.at = start
    escalate(centre)
    return refs


def chosen(page) -> str:
    return page.get_attribute(".report-row[aria-selected=true]", "data-report")


def close_one(centre, desk) -> None:
    # A filter is named by a part of it, without marks.
    desk.keyboard.press("KeyL")
    desk.keyboard.type("ha tang")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#reports-filters .is-set:has-text('Hạ tầng')")
    desk.wait_for_selector("#report-actions .action")
    ref = chosen(desk)
    desk.keyboard.press("Digit9")
    desk.keyboard.type("đã sửa xong")
    desk.keyboard.press("Enter")
    desk.wait_for_selector(f".report-row[data-report='{ref}']", state="detached")
    assert find_case(centre, ref).state is ReportState.FIXED
    assert log_of(centre, ref)[-1].note == "đã sửa xong"


def look_up_and_list(centre, desk) -> None:
    # The whole list stands over the desk, whose keys rest then; a row of it opens.
    desk.keyboard.press("KeyB")
    desk.wait_for_selector("#reports-list .ag-row")
    desk.keyboard.press("Digit1")
    assert desk.locator(".chooser:visible").count() == 0
    desk.click("#reports-list .ag-row:nth-child(2) .ag-cell")
    desk.wait_for_selector("#reports-list", state="hidden")
    # A search by number leads to the report, and is noted.
    desk.keyboard.press("Slash")
    desk.wait_for_selector("#search select[name=kind]")
    desk.select_option("#search select[name=kind]", "report")
    desk.fill("#search input[name=pattern]", "PA-3")
    desk.fill("#search input[name=purpose]", "dân hỏi lại")
    desk.fill("#search input[name=case]", "A-1")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#search-answer a.go:focus")
    assert audited(centre, "report_looked_up") == ["shift_lead report:3"]


def test_a_report_is_worked_on_by_keys_alone(centre, clock, visit) -> None:
    many(centre, clock)
    desk = visit(Role.SHIFT_LEAD, "/reports")
    desk.wait_for_selector("#report-actions .action")
    desk.evaluate(BELOW, ".report-row:nth-child(n + 6)")
    assert desk.evaluate(FAULTS, 14) == []
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    first = chosen(desk)
    desk.keyboard.press("ArrowDown")
    desk.wait_for_function(
        f"document.querySelector('.report-row[aria-selected=true]').dataset.report !== '{first}'"
    )
    ref = chosen(desk)
    desk.wait_for_selector(f"#report-head:has-text('{find_case(centre, ref).no}')")
    # Urged, with a word.
    desk.keyboard.press("Digit1")
    desk.keyboard.type("gần trường học")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#report-log:has-text('gần trường học')")
    # More time: three days, the usual.
    desk.keyboard.press("Digit4")
    desk.keyboard.type("mưa lớn")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#report-log:has-text('mưa lớn')")
    assert find_case(centre, ref).due_at == centre.now() + timedelta(days=3)
    # It is no longer overdue: the others are.
    desk.keyboard.press("KeyQ")
    desk.wait_for_selector("#reports-rows:has-text('đến hạn trước')")
    close_one(centre, desk)
    look_up_and_list(centre, desk)


def test_the_desk_of_cameras_by_keys(centre, visit) -> None:
    now = centre.now()
    record_reads(centre, "box", [a_read(f"r{n}", f"75A{n:05}", now, GATE) for n in range(5)])
    desk = visit(Role.LEADER, "/cameras")
    desk.wait_for_selector("#camera-scores dd")
    desk.evaluate(BELOW, "tr[data-camera]:nth-child(n + 13)")
    assert desk.evaluate(FAULTS, 14) == []
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    desk.keyboard.press("Digit2")
    desk.wait_for_selector("#cameras-filters .is-set")
    desk.wait_for_selector("tr[data-camera][aria-selected=true]")
    desk.keyboard.press("ArrowDown")
    desk.wait_for_selector("tr[data-camera]:nth-child(2)[aria-selected=true]")
    desk.wait_for_selector("#camera-day svg")
