"""The shift lead's page in Chromium, driven by the keyboard alone, on a desk and on a phone."""

import os
from datetime import timedelta

import pytest

from ioc.access.model import Role
from ioc.access.service import create_user
from ioc.alerts.handover import handovers
from ioc.alerts.model import AlertState, Priority, Step
from ioc.alerts.muting import mutes
from ioc.alerts.service import Act, escalate, find_alert, find_alerts, take_step
from ioc.centre import Centre
from tests.browser.sight import FAULTS
from tests.dashboards.conftest import PASSWORD
from tests.ioc.test_alarm_load import cry
from tests.ioc.test_alert_steps import an_act

pytestmark = pytest.mark.browser

ITEM = "[data-item='{}'][aria-selected=true]"
PICTURES = os.environ.get("PICTURES")


def a_shift(centre: Centre, clock) -> dict[str, list[str]]:
    """A room in which something has gone up, something is shelved and a lens is dirty."""
    clock.at -= timedelta(minutes=30)
    old = cry(centre, 3, camera="cam-117", first=200, reason="yellow_on_main", rule="R-V1")
    take_step(centre, old[0], Act(Step.ACKNOWLEDGE, "operator"))
    take_step(centre, old[0], Act(Step.ASSIGN, "operator", unit="to-11"))
    take_step(centre, old[1], an_act(Step.SHELVE, until=None, note="chờ đối chiếu với Sở"))
    take_step(centre, old[2], Act(Step.ACKNOWLEDGE, "operator"))
    clock.advance(minutes=20)
    misread = cry(centre, 4, camera="cam-002", first=300)
    for alert in misread[:3]:
        take_step(centre, alert, Act(Step.FALSE_READ, "operator"))
    clock.advance(minutes=6)
    urgent = cry(centre, 1, first=400, priority=Priority.P1, reason="red_off_route", rule="R-D1")
    clock.advance(minutes=3)
    escalate(centre)
    clock.advance(minutes=1)
    dirty = cry(centre, 14, camera="cam-001", first=500)
    return {"old": old, "misread": misread, "urgent": urgent, "dirty": dirty}


def wait_for(centre: Centre, page, ask) -> None:
    for _ in range(100):
        if ask():
            return
        page.wait_for_timeout(50)
    raise AssertionError("what a key asked for was not done")


def picture(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def go_to(page, item: str) -> None:
    for key in ("ArrowLeft",) * 3:
        page.keyboard.press(key)
    for _ in range(60):
        if page.query_selector(ITEM.format(item)):
            return
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(20)
    raise AssertionError(f"{item} cannot be reached by the arrows")


def send_the_nearest_unit(centre: Centre, page, urgent: str, name: str) -> None:
    page.keyboard.press("Digit1")
    wait_for(centre, page, lambda: find_alert(centre, urgent).state is AlertState.ACKNOWLEDGED)
    page.wait_for_selector("#shift-case .action.is-next[data-hotkey=Digit2]")
    page.keyboard.press("Digit2")
    page.wait_for_selector("#shift-units:not([hidden])")
    picture(page, f"shift-units-{name}")
    page.keyboard.press("Digit1")
    wait_for(centre, page, lambda: find_alert(centre, urgent).state is AlertState.ASSIGNED)
    assert find_alert(centre, urgent).unit == "Tổ 1 Mỹ Chánh"


def mute_the_dirty_lens(centre: Centre, page, name: str) -> None:
    """Its alerts leave the list and stand on the shelf; the keys of the reason do nothing."""
    go_to(page, "group:cam-001|R-K1")
    page.wait_for_selector("#shift-case .group-members li")
    picture(page, f"shift-group-{name}")
    page.keyboard.press("KeyG")
    page.keyboard.type("ong kinh ban G 1 0")
    page.keyboard.press("Enter")
    wait_for(centre, page, lambda: len(mutes(centre)) == 1)
    [mute] = mutes(centre)
    assert (mute.reason, mute.alerts, mute.actor) == ("ong kinh ban G 1 0", 14, "shift_lead")
    assert mute.until_at - centre.now() == timedelta(minutes=30)
    page.wait_for_selector(".group-row", state="detached")
    page.wait_for_selector("#shift-shelf [data-item='mute:cam-001|R-K1']")


def give_back_and_end_as_misread(centre: Centre, page, name: str) -> None:
    go_to(page, "mute:cam-001|R-K1")
    page.wait_for_selector("#shift-case [data-do=unmute]")
    picture(page, f"shift-muted-{name}")
    page.keyboard.press("KeyU")
    wait_for(centre, page, lambda: not mutes(centre))
    page.wait_for_selector(".group-row .group-count:has-text('14')")
    go_to(page, "group:cam-001|R-K1")
    page.wait_for_selector("#shift-case .group-members li")
    page.keyboard.press("Digit0")
    page.wait_for_selector("#shift-misread:not([hidden])")
    page.keyboard.press("Digit0")
    misread = [AlertState.FALSE_READ]
    wait_for(centre, page, lambda: len(find_alerts(centre, None, misread)) == 3 + 14)


def shelve_with_a_reason(centre: Centre, page, late: str) -> None:
    go_to(page, f"alert:{late}")
    page.wait_for_selector(f"#shift-case .case-head:has-text('Mã {late}')")
    page.wait_for_selector("#shift-case [data-shows=shift-shelves]")
    page.keyboard.press("KeyG")
    page.keyboard.type("cho Tổ 3")
    page.keyboard.press("Enter")
    wait_for(centre, page, lambda: find_alert(centre, late).state is AlertState.SHELVED)


def hand_the_shift_over(centre: Centre, page, name: str) -> None:
    page.keyboard.press("KeyH")
    page.wait_for_selector("#shift-form:not([hidden]) [data-taker=minh]")
    page.keyboard.type("mua tu trua")
    page.keyboard.press("Enter")
    picture(page, f"shift-form-{name}")
    page.keyboard.press("Digit1")
    wait_for(centre, page, lambda: len(handovers(centre)) == 1)
    [made] = handovers(centre)
    assert (made.giver, made.taker, made.note) == ("shift_lead", "minh", "mua tu trua")
    page.wait_for_selector(".handovers li:has-text('minh')")


@pytest.mark.parametrize(("size", "name"), [((1920, 1080), "desk"), ((390, 844), "phone")])
def test_a_shift_is_led_by_keys_alone(centre: Centre, clock, visit, size, name) -> None:
    alerts = a_shift(centre, clock)
    create_user(centre, "minh", PASSWORD, Role.SHIFT_LEAD, "Minh")
    page = visit(Role.SHIFT_LEAD, "/shift", size)
    # What has gone highest stands first and is chosen; the dirty lens is one row.
    page.wait_for_selector(ITEM.format(f"alert:{alerts['urgent'][0]}"))
    page.wait_for_selector("#shift-case .case-head")
    page.wait_for_selector(".group-row .group-count:has-text('14')")
    page.evaluate("document.fonts.ready.then(() => true)")
    picture(page, f"shift-{name}")
    assert page.evaluate(FAULTS, 14) == []
    send_the_nearest_unit(centre, page, alerts["urgent"][0], name)
    mute_the_dirty_lens(centre, page, name)
    give_back_and_end_as_misread(centre, page, name)
    shelve_with_a_reason(centre, page, alerts["old"][2])
    hand_the_shift_over(centre, page, name)
    picture(page, f"shift-after-{name}")
    assert page.evaluate(FAULTS, 14) == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


@pytest.mark.parametrize("path", ["/shift?lang=en", "/shift?theme=day"])
def test_every_text_of_the_page_can_be_read(centre: Centre, clock, visit, path: str) -> None:
    a_shift(centre, clock)
    page = visit(Role.SHIFT_LEAD, path)
    page.wait_for_selector("#shift-case .case-head")
    page.evaluate("document.fonts.ready.then(() => true)")
    picture(page, "shift-" + path.rpartition("=")[2])
    assert page.evaluate(FAULTS, 14) == []
