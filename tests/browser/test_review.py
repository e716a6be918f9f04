"""The review queue in Chromium, driven by keyboard alone, on a desk's screen and on a phone's."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from ioc import evidence
from ioc.access.model import Role
from ioc.alerts.model import Desk
from ioc.alerts.service import open_alerts
from ioc.permits.model import PermitClass
from ioc.permits.service import grant_permits
from ioc.reviews.service import open_questions
from ioc.reviews.upkeep import apply_rulings
from ioc.vehicles.model import Ground, Layout, PlateCharacter
from ioc.vehicles.plate import display
from ioc.vehicles.recording import record_read
from tests.browser.sight import FAULTS
from tests.dashboards.makers import GATE, a_permit, a_read

pytestmark = pytest.mark.browser

OPEN = "[data-question]:not([hidden])"
SIZES = {"desk": (1920, 1080), "phone": (390, 844)}
READS = {
    # The plate read, how sure each doubtful place is, the permitted plate it is like.
    "75F128456": ({5: 0.58, 8: 0.71}, "75F126456"),
    "43C16639": ({6: 0.62}, "43C16839"),
    "74A16308": ({7: 0.7}, None),
}


def a_plate(centre, text: str) -> str:
    """Keep a picture that shows a plate's text as a camera may have cut it out."""
    shown = display(text)
    head, tail = shown.split(" ") if " " in shown else shown.rsplit("-", 1)
    picture = Image.new("RGB", (240, 170), (58, 60, 62))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((12, 10, 228, 160), fill=(206, 208, 204), outline=(40, 40, 40), width=4)
    pen.text((120, 50), head, fill=(26, 26, 26), font_size=58, anchor="mm")
    pen.text((120, 116), tail, fill=(26, 26, 26), font_size=58, anchor="mm")
    out = BytesIO()
    picture.rotate(-4, fillcolor=(58, 60, 62)).save(out, "JPEG", quality=60)
    return evidence.keep(centre, out.getvalue(), "plate", GATE, centre.now())


@pytest.fixture
def asked(centre) -> list[str]:
    """Three questions, the alerts in the order in which they are asked."""
    now = centre.now()
    held = [plate for _, plate in READS.values() if plate]
    permits = [a_permit(plate, PermitClass.GREEN, now) for plate in held]
    grant_permits(centre, "transport", permits)
    for number, (plate, (doubtful, _)) in enumerate(READS.items()):
        characters = tuple(
            PlateCharacter(char, doubtful.get(place, 0.97)) for place, char in enumerate(plate)
        )
        read = a_read(
            f"q{number}",
            plate,
            now - timedelta(seconds=40 - number),
            GATE,
            confidence=0.5,
            characters=characters,
            colour=Ground.WHITE,
            layout=Layout.TWO_LINE,
            plate_picture=a_plate(centre, plate),
        )
        record_read(centre, "box", read)
    return [question.alert for question in open_questions(centre)]


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_question_shows_what_is_doubtful_and_leads_nobody(visit, asked, size) -> None:
    page = visit(Role.REVIEWER, "/review", size)
    page.wait_for_selector(f"[data-question='{asked[0]}']:not([hidden])")
    page.wait_for_selector(f"{OPEN} img[src]")
    assert page.locator(f"{OPEN} .cell.is-doubtful").count() == 2
    assert page.locator(f"{OPEN} .candidate mark").count() >= 1
    # Blind: nothing says which of the candidates has a permit.
    assert "Thẻ" not in page.inner_text(OPEN)
    assert page.evaluate(FAULTS, 14) == []


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_queue_is_worked_by_keys_alone(centre, clock, visit, asked, size) -> None:
    first, second, third = asked
    page = visit(Role.REVIEWER, "/review", size)
    page.wait_for_selector(f"[data-question='{first}']:not([hidden])")
    page.keyboard.press("KeyJ")
    page.wait_for_selector(f"[data-question='{second}']:not([hidden])")
    page.keyboard.press("ArrowUp")
    page.wait_for_selector(f"[data-question='{first}']:not([hidden])")
    # As read, then taken back, then answered again.
    page.keyboard.press("KeyY")
    page.wait_for_selector("#answer-line:has-text('Đã ghi: 75-F1 284.56')")
    page.wait_for_selector(f"[data-question='{second}']:not([hidden])")
    page.keyboard.press("KeyZ")
    page.wait_for_selector(f"[data-question='{first}']:not([hidden])")
    page.wait_for_selector("#answer-line:has-text('Đã hoàn tác')")
    page.keyboard.press("KeyN")
    page.wait_for_selector(f"[data-question='{second}']:not([hidden])")
    # Corrected by typing; the keys of the page are letters of the plate meanwhile.
    page.keyboard.press("KeyC")
    page.wait_for_selector(".correcting:not([hidden]) input:focus")
    page.keyboard.press("Control+a")
    page.keyboard.type("30y 123.45")
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer-line:has-text('Đã ghi: 30Y-123.45')")
    page.wait_for_selector(f"[data-question='{third}']:not([hidden])")
    page.keyboard.press("Digit1")
    page.wait_for_selector(".all-quiet")
    assert "3 biển" in page.inner_text("#tempo")
    clock.advance(seconds=10)
    assert apply_rulings(centre) == 3
    assert sorted(alert.plate for alert in open_alerts(centre, Desk.POLICE)) == [
        "30Y12345",
        "74A16308",
    ]


def test_a_candidate_is_chosen_by_its_number_and_a_slip_is_told(
    centre, clock, visit, asked
) -> None:
    page = visit(Role.REVIEWER, "/review")
    page.wait_for_selector(OPEN)
    page.keyboard.press("KeyC")
    page.keyboard.press("Enter")  # what was read is no correction
    page.wait_for_selector("#answer-line:has-text('Chưa phải biển khác')")
    page.wait_for_selector(f"[data-question='{asked[0]}']:not([hidden])")
    offered = page.locator(f"{OPEN} [data-typed='75F126456']")
    key = offered.get_attribute("data-hand")
    page.keyboard.press(key)
    page.wait_for_selector("#answer-line:has-text('75-F1 264.56')")
    clock.advance(seconds=10)
    assert apply_rulings(centre) == 1
    # The true plate has a permit: nobody is accused.
    assert open_alerts(centre, Desk.POLICE) == []


def test_a_picture_is_fetched_once_however_often_it_is_looked_at(visit, asked) -> None:
    page = visit(Role.REVIEWER, "/review")
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    page.wait_for_selector(OPEN)
    page.wait_for_selector(f"{OPEN} img[src]")
    for key in ("KeyE", "KeyE", "KeyE", "KeyE", "KeyJ", "KeyK"):
        page.keyboard.press(key)
    page.wait_for_selector(".looked-as:visible:has-text('Ảnh gốc')")
    pictures = [url for url in fetched if "/evidence/" in url]
    assert len(pictures) == len(set(pictures))
