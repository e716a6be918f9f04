"""Transport's desk in Chromium: decided by keys alone, at a desk and on a phone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ioc.access.model import Role
from ioc.deciding import decide
from ioc.permits.model import Permit, PermitClass, PermitState
from ioc.permits.service import find_permit, grant_permits, permits_of
from ioc.registrations.model import (
    Decision,
    Registration,
    RegistrationState,
    RegistrationStep,
    VehicleKind,
)
from ioc.registrations.service import find_filing, record_registrations, reply
from ioc.vehicles.recording import record_read
from tests.browser.sight import FAULTS
from tests.dashboards.makers import MAIN, a_read

pytestmark = pytest.mark.browser

ROW = ".filing-row"
SITE = "kcl-truong-bia"
ORIGINS = ("Đà Nẵng", "Quảng Trị", "TP. Hồ Chí Minh", "Hà Tĩnh")
GOODS = ("gạo, 8 tấn", "vật tư y tế", "rau củ", None, "ô xy y tế")
PLATES = [f"{38 + n % 40}{'ABCDFH'[n % 6]}{10000 + 977 * n}" for n in range(14)]


def a_registration(centre, number: int, **changes: object) -> Registration:
    now = centre.now()
    one = Registration(
        f"reg-{number}",
        PLATES[number],
        list(VehicleKind)[number % 5],
        seats=3,
        colour=("yellow", "white")[number % 2],
        holder="Công ty Vận tải Sao Mai",
        driver="Trần Đình Ước",
        phone="0905 123 456",
        mail="saomai@vantai.example",
        origin=ORIGINS[number % 4],
        destination="Chợ đầu mối Phú Hậu, Huế",
        route="Quốc lộ 1A, đường tránh Huế",
        from_at=now + timedelta(hours=number),
        until_at=now + timedelta(hours=24 + number),
        goods=GOODS[number % 5],
        companions=number % 3,
        people=("d-1", "d-2"),
    )
    return replace(one, **changes)


def filed(centre, numbers=range(12), **changes: object) -> list[str]:
    many = [a_registration(centre, n, **changes) for n in numbers]
    return [str(receipt.ref) for receipt in record_registrations(centre, "portal", many)]


def a_past(centre, clock, plate: str) -> None:
    """What a vehicle has behind it: a permit that ended, and a stop on a main road."""
    now = centre.now()
    old = Permit("old", plate, PermitClass.YELLOW, now - timedelta(days=9), now + timedelta(days=1))
    grant_permits(centre, "other", [old])
    record_read(centre, "box", a_read("old", plate, now - timedelta(hours=3), MAIN))


def here(page) -> str:
    return page.get_attribute(f"{ROW}.is-here", "data-filing")


def ready(page, ref: str) -> None:
    page.wait_for_selector(f"{ROW}.is-here[data-filing='{ref}']")
    page.wait_for_selector("#filing-actions .action")
    page.wait_for_selector("#filing-head .chip")


BY_KEYS = (
    (("KeyX",), "Đã ghi: Thẻ xanh, 1"),
    (("KeyV",), "Đã ghi: Thẻ vàng, 1"),
    (("KeyD", "Digit1"), "Đã ghi: Thẻ đỏ, 1"),
    (("KeyT", "Digit2"), "Đã ghi: Từ chối, 1"),
)


def test_registrations_are_decided_one_by_one_by_keys_alone(centre, visit) -> None:
    refs = filed(centre, range(5))
    desk = visit(Role.TRANSPORT, "/transport")
    for ref, (keys, said) in zip(refs, BY_KEYS, strict=False):
        ready(desk, ref)
        for key in keys:
            desk.keyboard.press(key)
        desk.wait_for_selector(f"#transport-line:has-text('{said}')")
    ready(desk, refs[4])
    desk.keyboard.press("KeyH")
    desk.focus("#pick-ask input")
    desk.keyboard.type("cần 2 lái xe? xvd")
    desk.keyboard.press("Enter")
    desk.wait_for_selector(".all-quiet")
    filings = [find_filing(centre, ref) for ref in refs]
    told = [filing.state.value for filing in filings]
    assert told == ["approved", "approved", "approved", "refused", "asked"]
    assert {filing.decided_by for filing in filings[:4]} == {"transport"}
    permits = [find_permit(centre, str(filing.permit)) for filing in filings[:3]]
    assert [permit.permit_class.value for permit in permits] == ["green", "yellow", "red"]
    assert permits[2].destination in centre.city.places
    assert permits[2].deadline is not None


def test_a_batch_is_picked_confirmed_decided_and_taken_back(centre, visit) -> None:
    refs = filed(centre, range(6))
    desk = visit(Role.TRANSPORT, "/transport")
    ready(desk, refs[0])
    desk.keyboard.press("Space")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Space")
    desk.wait_for_selector("#transport-picked:has-text('2 hồ sơ')")
    desk.keyboard.press("KeyX")
    desk.wait_for_selector("#confirm:has-text('Thẻ xanh cho 2 xe')")
    desk.keyboard.press("Escape")
    assert find_filing(centre, refs[0]).state is RegistrationState.RECEIVED
    desk.keyboard.press("KeyX")
    desk.wait_for_selector("#confirm:not([hidden])")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#transport-line:has-text('Thẻ xanh, 2 hồ sơ')")
    permits = [str(find_filing(centre, ref).permit) for ref in refs[:2]]
    desk.wait_for_selector(f"{ROW}[data-filing='{refs[0]}']", state="detached")
    desk.keyboard.press("Backspace")
    desk.wait_for_selector(f"{ROW}[data-filing='{refs[0]}']")
    assert [find_permit(centre, ref).state for ref in permits] == [PermitState.REVOKED] * 2
    desk.keyboard.press("Shift+Space")
    desk.wait_for_selector("#transport-picked:has-text('6 hồ sơ')")
    decide(centre, refs[3], Decision(RegistrationStep.REFUSE, "another officer", "it came first"))
    desk.wait_for_selector("#transport-picked:has-text('5 hồ sơ')")
    desk.keyboard.press("KeyT")
    desk.keyboard.press("Digit1")
    desk.wait_for_selector("#confirm:has-text('5 xe')")
    desk.keyboard.press("Enter")
    desk.wait_for_selector(".all-quiet")


def test_filters_turn_by_their_keys(centre, clock, visit) -> None:
    refs = filed(centre, range(8))
    decide(centre, refs[7], Decision(RegistrationStep.APPROVE, "me", None, PermitClass.GREEN))
    clock.advance(hours=2)
    filed(centre, [8], kind=VehicleKind.AMBULANCE, origin="Đà Nẵng")
    desk = visit(Role.TRANSPORT, "/transport")
    ready(desk, refs[0])
    assert desk.locator(ROW).count() == 8
    desk.keyboard.press("Digit4")
    desk.wait_for_selector(f"{ROW}:nth-child(7):last-child")
    desk.keyboard.press("Digit4")
    desk.wait_for_selector(".all-quiet")
    desk.keyboard.press("Digit4")
    desk.keyboard.press("Digit4")
    desk.wait_for_selector(f"{ROW}:nth-child(8):last-child")
    desk.keyboard.press("Digit3")
    desk.wait_for_selector(f"{ROW}:nth-child(3):last-child")
    assert "Đà Nẵng (3)" in desk.inner_text("[data-filter=origin]")
    desk.keyboard.press("Digit1")
    desk.wait_for_selector("[data-filter=state]:has-text('Chờ bổ sung')")
    desk.keyboard.press("Digit1")
    desk.wait_for_selector("[data-filter=state]:has-text('Đã duyệt')")


def test_an_approved_one_is_opened_again_and_its_permit_revoked(centre, visit) -> None:
    [ref] = filed(centre, [1])
    permit = decide(
        centre, ref, Decision(RegistrationStep.APPROVE, "me", None, PermitClass.GREEN)
    ).permit
    desk = visit(Role.TRANSPORT, "/transport")
    desk.wait_for_selector(".all-quiet")
    for state in ("Chờ bổ sung", "Đã duyệt"):
        desk.keyboard.press("Digit1")
        desk.wait_for_selector(f"[data-filter=state]:has-text('{state}')")
    ready(desk, ref)
    desk.keyboard.press("KeyX")
    desk.keyboard.press("KeyG")
    desk.keyboard.press("Digit2")
    desk.wait_for_selector("#transport-line:has-text('Gia hạn giấy, 1')")
    desk.wait_for_selector("#filing-past:has-text('bản 2')")
    desk.keyboard.press("KeyU")
    desk.keyboard.press("Digit2")
    desk.wait_for_selector("#transport-line:has-text('Rút quyết định')")
    assert find_permit(centre, permit.ref).state is PermitState.REVOKED
    assert len(permits_of(centre, permit.plate)) == 1


@pytest.mark.parametrize("query", ["", "?lang=en&theme=day"])
def test_the_desk_can_be_read(centre, clock, visit, query, request) -> None:
    refs = filed(centre)
    a_past(centre, clock, PLATES[0])
    decide(centre, refs[0], Decision(RegistrationStep.REFUSE, "me", "Chưa rõ nơi đến."))
    clock.advance(minutes=47)
    reply(centre, refs[0], RegistrationStep.APPEAL, "portal", "Chở ô xy cho bệnh viện")
    desk = visit(Role.TRANSPORT, f"/transport{query}")
    ready(desk, refs[1])
    desk.click(f"{ROW}[data-filing='{refs[0]}'] .what")
    desk.wait_for_selector(".filing-state.appealed")
    desk.keyboard.press("Space")
    desk.evaluate("document.fonts.ready.then(() => true)")
    desk.wait_for_selector("#transport-picked:has-text('1')")
    assert desk.evaluate(FAULTS, 14) == []


def test_the_desk_fits_a_phone_and_is_decided_by_touch(centre, visit) -> None:
    refs = filed(centre, range(3))
    phone = visit(Role.TRANSPORT, "/transport", (390, 844))
    ready(phone, refs[0])
    phone.evaluate("document.fonts.ready.then(() => true)")
    assert phone.evaluate(FAULTS, 14) == []
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    phone.click("button[data-class=yellow]")
    phone.wait_for_selector("#transport-line:has-text('Thẻ vàng')")
    assert find_filing(centre, refs[0]).state is RegistrationState.APPROVED
