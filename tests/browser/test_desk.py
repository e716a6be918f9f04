"""The police desk by keyboard alone, at a wide screen and at a patrol's phone."""

from datetime import timedelta

import pytest

from ioc.access.model import Role
from ioc.alerts.model import Cause, Desk, Priority
from ioc.alerts.service import find_alert, raise_alert
from ioc.db import transact
from ioc.live import Topic
from ioc.lookups.service import gather_plates
from ioc.vehicles.recording import record_read
from tests.browser.sight import FAULTS
from tests.dashboards.makers import YELLOW, a_read, a_stop
from tests.dashboards.test_access import audited

pytestmark = pytest.mark.browser

PHONE = (390, 844)


def ready(desk, alert: str) -> None:
    desk.wait_for_selector(f"#case-head:has-text('Mã {alert}')")


@pytest.mark.parametrize("size", [(1920, 1080), PHONE])
def test_a_vehicle_that_gets_away_is_followed_to_its_end_by_keys(centre, visit, size) -> None:
    alert = str(a_stop(centre).alert)
    desk = visit(Role.POLICE, "/police", size)
    ready(desk, alert)
    steps = (
        (["Digit1"], "acknowledged"),
        (["Digit2", "text:Tổ 3", "Enter"], "assigned"),
        (["KeyT"], "en_route"),
        (["KeyK"], "escaped"),
        (["Digit3"], "stopped"),
        (["KeyL"], "cleared"),
    )
    for lines, (keys, state) in enumerate(steps, 2):
        for key in keys:
            if key.startswith("text:"):
                desk.keyboard.type(key.removeprefix("text:"))
            else:
                desk.keyboard.press(key)
        if state != "cleared":
            desk.wait_for_selector(f".log li:nth-child({lines})")
    desk.wait_for_selector(f"[data-alert='{alert}']", state="detached")
    assert find_alert(centre, alert).state == "cleared"


def test_a_plate_is_searched_and_followed_by_keys(centre, visit) -> None:
    a_stop(centre)
    record_read(centre, "box", a_read("old", YELLOW, centre.now() - timedelta(days=3), "cam-007"))
    gather_plates(centre)
    desk = visit(Role.POLICE, "/police")
    desk.wait_for_selector(".action.is-next")
    desk.keyboard.press("Slash")
    desk.wait_for_selector("#search input[name=pattern]:focus")
    desk.keyboard.type("75C?03*")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#search .fault:has-text('mục đích')")
    assert audited(centre, "plate_searched") == []
    for text in ("Xe bỏ chạy", "VP-7"):
        desk.keyboard.press("Tab")
        desk.keyboard.type(text)
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#search .found button:focus")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#search .trail-rows tr:nth-child(2)")
    assert audited(centre, "trail_seen") == [f"police plate:{YELLOW}"]
    # A key of the desk does nothing under the search.
    desk.keyboard.press("Digit1")
    desk.keyboard.press("Escape")
    desk.wait_for_selector("#search", state="hidden")
    assert desk.locator(".log li").count() == 1


def test_a_second_person_approves_by_keys(centre, visit) -> None:
    a_stop(centre)
    gather_plates(centre)
    police, lead = visit(Role.POLICE, "/police"), visit(Role.SHIFT_LEAD, "/police")
    police.wait_for_selector(".action.is-next")
    police.keyboard.press("Slash")
    police.wait_for_selector("#search input[name=pattern]:focus")
    police.keyboard.type("75C20302")
    for text in ("Xe bỏ chạy", "VP-7"):
        police.keyboard.press("Tab")
        police.keyboard.type(text)
    police.keyboard.press("Enter")
    police.wait_for_selector("#search .found button")
    police.focus("#search .found button")
    police.keyboard.press("Enter")
    police.wait_for_selector(".trail-rows .ask")
    police.focus(".trail-rows .ask")
    police.keyboard.press("Enter")
    police.wait_for_selector("#search-requests:has-text('Chờ duyệt')")
    lead.wait_for_selector(".action.is-next")
    lead.keyboard.press("Slash")
    lead.wait_for_selector("#search-requests [data-quest=approve]")
    lead.focus("#search-requests [data-quest=approve]")
    lead.keyboard.press("Enter")
    lead.wait_for_selector("#search-requests [data-quest=approve]", state="detached")
    police.keyboard.press("Escape")
    police.keyboard.press("Slash")
    police.wait_for_selector("#search-requests [data-quest=old_trail]")
    police.focus("#search-requests [data-quest=old_trail]")
    police.keyboard.press("Enter")
    police.wait_for_selector(".trail-rows tr")


def test_the_evidence_of_a_case_is_taken_by_keys(centre, visit) -> None:
    alert = str(a_stop(centre).alert)
    desk = visit(Role.POLICE, "/police")
    ready(desk, alert)
    desk.keyboard.press("KeyH")
    desk.wait_for_selector("#choose-pack input[name=purpose]:focus")
    desk.keyboard.press("Enter")
    assert "mục đích" in desk.inner_text("#answer-line")
    desk.keyboard.type("Hồ sơ xử phạt")
    with desk.expect_download() as waited:
        desk.keyboard.press("Enter")
    assert waited.value.suggested_filename == f"alert-{alert}.zip"
    desk.wait_for_selector("#answer-line:has-text('Đã lập hồ sơ')")
    assert audited(centre, "pack_made") == [f"police alert:{alert}"]


def urgent(centre, plate: str) -> str:
    """Raise an alert of the first priority, as a watch list does."""
    cause = Cause(
        Desk.POLICE, Priority.P1, plate, "no_permit", "R-X", "cam-117", plate, centre.now()
    )
    alert = transact(centre.engine, lambda conn: raise_alert(conn, centre, cause))
    centre.live.announce(Topic.ALERTS)
    return alert


def test_only_a_new_first_priority_sounds_once_and_silence_is_kept(centre, visit) -> None:
    a_stop(centre)
    desk = visit(Role.POLICE, "/police")
    rang = "document.documentElement.dataset.rang || '0'"
    desk.wait_for_selector(".queue-row[aria-selected=true]")
    desk.wait_for_selector("#sound-state:has-text('Âm P1')")
    desk.keyboard.press("Escape")
    desk.wait_for_selector("#sound-state:has-text('bật')")
    first = urgent(centre, "51C11111")
    desk.wait_for_selector(f"[data-alert='{first}']")
    desk.wait_for_selector("html[data-rang='1']", state="attached")
    second = str(a_stop(centre, "stop-2", "75C20777").alert)
    desk.wait_for_selector(f"[data-alert='{second}']")
    assert desk.evaluate(rang) == "1", "a second priority is silent, and nothing sounds twice"
    desk.keyboard.press("KeyS")
    desk.wait_for_selector("#sound-state:has-text('tắt')")
    third = urgent(centre, "51C22222")
    desk.wait_for_selector(f"[data-alert='{third}']")
    desk.wait_for_timeout(300)
    assert desk.evaluate(rang) == "1"
    desk.reload()
    desk.wait_for_selector("#sound-state:has-text('tắt')")


def test_a_phone_has_the_case_first_and_three_steps_under_the_thumb(centre, visit) -> None:
    alert = str(a_stop(centre).alert)
    page = visit(Role.POLICE, "/police", PHONE)
    ready(page, alert)
    page.evaluate("document.fonts.ready.then(() => true)")
    assert page.evaluate(FAULTS, 14) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    places = {
        name: page.locator(name).bounding_box()["y"]
        for name in ("#case-head", "#case-evidence", "#case-map", "#police-queue")
    }
    assert list(places.values()) == sorted(places.values())
    assert places["#case-head"] < 160
    buttons = page.locator(".at-hand > button")
    assert buttons.count() == 3
    for n in range(3):
        box = buttons.nth(n).bounding_box()
        assert box["height"] >= 60
        assert PHONE[1] - 180 < box["y"] < PHONE[1] - 60
    for label, state in (("Tiếp nhận", "acknowledged"), ("Đã dừng xe", "stopped")):
        page.locator(".at-hand > button", has_text=label).click()
        page.wait_for_selector("#answer-line:has-text('Đã ghi')", state="attached")
        page.wait_for_selector(f"#case-log .log li:has-text('{label}')", state="attached")
        assert find_alert(centre, alert).state == state
    page.locator(".at-hand > button", has_text="Dẫn về luồng").click()
    page.locator(".at-hand .chooser button", has_text="Thẻ vàng").click()
    page.wait_for_selector(".at-hand > button.is-main:has-text('Đóng')")
    assert find_alert(centre, alert).state == "escorted"
