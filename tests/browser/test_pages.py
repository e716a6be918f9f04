"""The pages as people see them, in Chromium, fed by the real core."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from ioc.access.model import Role
from ioc.alerts.service import find_alert
from ioc.embedded.process import wait_until
from ioc.permits.model import PermitClass
from ioc.permits.service import grant_permits
from ioc.vehicles.recording import record_reads
from tests.browser.sight import FAULTS
from tests.dashboards.makers import GATE, GREEN, MAIN, a_permit, a_read, a_stop

pytestmark = pytest.mark.browser

COUNT = ".alert-count .figure-value"
ROW = ".queue-row"


def a_busy_city(centre) -> None:
    now = centre.now()
    kinds = [PermitClass.GREEN, PermitClass.YELLOW, PermitClass.RED]
    plates = [f"{38 + n % 40}{'ABCDFH'[n % 6]}{10000 + 977 * n}" for n in range(40)]
    permits = [a_permit(plate, kinds[n % 3], now) for n, plate in enumerate(plates[:36])]
    grant_permits(centre, "transport", permits)
    cameras = [GATE, MAIN, "cam-007", "cam-066", "cam-010", "cam-016"]
    record_reads(
        centre,
        "box",
        [a_read(f"b{n}", plate, now, cameras[n % 6]) for n, plate in enumerate(plates)],
    )


def test_a_stop_reaches_the_desk_and_the_wall_and_is_taken_by_key(centre, visit) -> None:
    desk, wall = visit(Role.POLICE, "/police"), visit(Role.OPERATOR, "/wall")
    desk.wait_for_selector(".all-quiet")
    wall.wait_for_selector(f"{COUNT}:has-text('0')")
    alert = str(a_stop(centre).alert)
    desk.wait_for_selector(f"{ROW}[data-alert='{alert}'][aria-selected=true]")
    wall.wait_for_selector(f"{COUNT}:has-text('1')")
    wall.wait_for_selector(".card .plate-text:has-text('75C-•••.02')")
    assert "75C-203.02" not in wall.content()
    assert "75C20302" not in wall.content()
    for picture in (".frame img", ".crop img"):
        # The case may be drawn anew meanwhile: asked until a picture is there, and is one.
        shown = f"document.querySelector('{picture}')?.naturalWidth > 0"
        assert wait_until(lambda shown=shown: desk.evaluate(shown) is True, 60)
    desk.keyboard.press("Digit1")
    desk.wait_for_selector(".log li:nth-child(2)")
    assert "Đã ghi" in desk.inner_text("#answer-line")
    assert find_alert(centre, alert).state == "acknowledged"
    assert find_alert(centre, alert).owner == "police"
    wall.wait_for_selector(".card .run.is-taken")


def test_a_case_is_worked_to_its_end_by_keys_alone(centre, visit) -> None:
    alert = str(a_stop(centre).alert)
    desk = visit(Role.POLICE, "/police")
    steps = (
        ["Digit1"],
        ["Digit2", "text:Tổ 3 19", "Enter"],
        ["Digit3"],
        ["Digit4", "KeyV"],
        ["Digit9", "Digit1"],
    )
    for lines, keys in enumerate(steps, 2):
        # The case stands as it was left before the next step begins.
        desk.wait_for_selector(f".log li:nth-child({lines - 1})")
        desk.wait_for_selector(".action.is-next")
        for key in keys:
            if key.startswith("text:"):
                desk.keyboard.type(key.removeprefix("text:"))
            else:
                desk.keyboard.press(key)
        if lines <= len(steps):
            desk.wait_for_selector(f".log li:nth-child({lines})")
    desk.wait_for_selector(ROW, state="detached")
    closed = find_alert(centre, alert)
    assert (closed.state, closed.outcome, closed.unit) == ("closed", "led_to_stream", "Tổ 3 19")


def test_a_new_case_steals_no_focus_and_types_no_key(centre, visit) -> None:
    first = str(a_stop(centre).alert)
    desk = visit(Role.POLICE, "/police")
    desk.wait_for_selector(f"{ROW}[data-alert='{first}'][aria-selected=true]")
    second = str(a_stop(centre, "stop-2", "75C20777").alert)
    desk.wait_for_selector(f"{ROW}[data-alert='{second}']")
    assert desk.get_attribute(f"{ROW}[data-alert='{first}']", "aria-selected") == "true"
    desk.keyboard.press("ArrowDown")
    desk.wait_for_selector(f"{ROW}[data-alert='{second}'][aria-selected=true]")
    desk.wait_for_selector("#case-head:has-text('Mã " + second + "')")
    desk.keyboard.press("Digit1")
    desk.wait_for_selector(".log li:nth-child(2)")
    desk.keyboard.press("Digit2")
    desk.keyboard.type("0 9 1")
    assert desk.input_value("input[name=unit]") == "0 9 1"
    desk.keyboard.press("Escape")
    assert find_alert(centre, second).state == "acknowledged"


def test_a_case_fits_a_phone(centre, visit) -> None:
    a_stop(centre)
    page = visit(Role.POLICE, "/police", (390, 844))
    page.wait_for_selector(".action.is-next")
    page.evaluate("document.fonts.ready.then(() => true)")
    assert page.evaluate(FAULTS, 14) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for picture in (".frame", ".crop"):
        assert page.locator(picture).bounding_box()["width"] > 300


@pytest.mark.parametrize("width", [1366, 1600])
def test_the_characters_of_a_case_fit_a_laptop(centre, visit, width) -> None:
    a_stop(centre)
    page = visit(Role.POLICE, "/police", (width, 900))
    page.wait_for_selector(".action.is-next")
    strip = page.locator(".strip").first.bounding_box()
    last = page.locator(".strip .cells").first.locator(".cell").last.bounding_box()
    assert last["x"] + last["width"] <= strip["x"] + strip["width"] + 1


def test_the_briefing_prints_on_one_page(centre, visit) -> None:
    a_busy_city(centre)
    page = visit(Role.LEADER, "/briefing")
    page.wait_for_selector(".printed")
    page.evaluate("document.fonts.ready.then(() => true)")
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    [sheet] = printed.pages
    assert [round(float(side)) for side in sheet.mediabox[2:]] == [842, 595]
    # Letters of one word come of several files of a typeface: their runs are read apart.
    read = "".join(sheet.extract_text().split())
    assert "Báocáosố" in read
    assert "Phảnánhđangmở" in read
    # Of the rail nothing is printed.
    assert "Bảnchốt" not in read


def test_a_screen_says_that_it_is_frozen_and_that_it_goes_on(centre, visit) -> None:
    wall = visit(Role.OPERATOR, "/wall")
    wall.wait_for_selector(".wall-head .clock:has-text('14:32')")
    assert not wall.is_visible("#frozen")
    stale = (
        "{now: '2021-10-04T07:35:20Z', as_of: '2021-10-04T07:32:08Z', state: 'stale', retry_s: 2}"
    )
    # As the hub tells it when the store is gone; the next good push follows within two seconds.
    frozen = wall.evaluate(
        f"() => {{ dash_clientside.centre.draw({stale});"
        " return document.getElementById('frozen').innerText; }"
    )
    assert "SỐ LIỆU DỪNG LÚC 14:32:08" in frozen
    assert "Đã dừng 3 phút" in frozen
    wall.wait_for_selector("#frozen", state="hidden")


def test_a_screen_that_hears_nothing_says_so(centre, visit) -> None:
    wall = visit(Role.OPERATOR, "/wall")
    wall.wait_for_selector("#first", state="detached")
    # The clock of the browser runs ahead of the last push by more than fifteen seconds.
    told = wall.evaluate(
        "() => { const now = Date.now; Date.now = () => now() + 16000;"
        " dispatchEvent(new Event('online'));"
        " return document.getElementById('frozen').innerText; }"
    )
    assert "Không nối được máy chủ" in told


def test_old_numbers_look_old(centre, visit) -> None:
    wall = visit(Role.OPERATOR, "/wall")
    wall.wait_for_selector(".entries .age")
    # As a push tells it whose numbers were read some time before; the next good one follows soon.
    shown = """seconds => {
      const now = new Date("2021-10-04T07:32:08Z"), then = new Date(now - seconds * 1000);
      dash_clientside.centre.draw({now: now.toISOString(), as_of: then.toISOString(),
                                   state: "fresh", next_s: 2, parts: {}});
      const tile = document.querySelector(".entries");
      return [tile.className, tile.querySelector(".age").className, tile.innerText];
    }"""
    for seconds, name, said in ((5, "age", "5 s"), (15, "is-late", "trễ"), (30, "is-stale", "CŨ")):
        tile, age, told = wall.evaluate(shown, seconds)
        assert name in age
        assert said in told
        assert ("is-stale" in tile) is (seconds == 30)


def test_signing_out_in_one_tab_ends_the_other(centre, visit, pages) -> None:
    a_stop(centre)
    desk = visit(Role.POLICE, "/police")
    desk.wait_for_selector(ROW)
    other = desk.context.new_page()
    other.goto(f"{pages}/police")
    other.click("text=Đăng xuất")
    desk.wait_for_url("**/login**")
    assert "203.02" not in desk.content()


def test_the_sign_in_page_speaks_both_languages(browser, pages) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{pages}/police?lang=en")
    page.wait_for_selector("h1:has-text('Đăng nhập')")
    page.goto(f"{pages}/login?lang=en")
    page.wait_for_selector("h1:has-text('Sign in')")
    context.close()


def test_the_wall_counts_while_vehicles_pass(centre, visit) -> None:
    now = centre.now()
    grant_permits(centre, "transport", [a_permit(GREEN, PermitClass.GREEN, now)])
    wall = visit(Role.OPERATOR, "/wall")
    wall.wait_for_selector(".entries .vehicles:has-text('0')")
    for n in range(3):
        record_reads(centre, "box", [a_read(f"g{n}", GREEN, now, GATE)])
        wall.wait_for_selector(f".entries .vehicles:has-text('{n + 1}')")
