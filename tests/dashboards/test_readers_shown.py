"""Cameras that read plates themselves: who they are on `/cameras`, what both said in a case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboards.auth import Viewer
from dashboards.cameras_desk import shown
from dashboards.opened_case import open_case
from dashboards.screen import Seat
from ioc.access.model import Role
from ioc.alerts.model import Desk
from ioc.alerts.service import open_alerts
from ioc.centre import Centre
from ioc.db import transact
from ioc.labels import Language
from ioc.readers import store
from ioc.readers.model import Calibration
from ioc.vehicles.model import Claim, Heading, PlateRead
from ioc.vehicles.recording import record_read

GATE, PUBLISHES = "cam-001", "cam-003"
POLICE = Viewer("p", Role.POLICE, "t")


def looked(centre: Centre, camera: str, language: Language = Language.VI) -> tuple[str, str]:
    """The row of a camera, and its detail, as a desk in a language is shown them."""
    words = Seat(language).words(centre.city)
    parts = shown(centre, Viewer("o", Role.SHIFT_LEAD, "t"), {"camera": camera}, words)["parts"]
    table = parts["cameras-table"]
    row = next((one for one in table.split("<tr") if f'data-camera="{camera}"' in one), "")
    return row, parts["camera-scores"]


def theirs(centre: Centre, n: int, plate: str, sure: float, behind_s: float = 0.0) -> PlateRead:
    at = centre.now() - timedelta(seconds=20 - n)
    claim = Claim(at - timedelta(seconds=behind_s), sure)
    return PlateRead(f"v{n}", GATE, plate, sure, at, Heading.IN, claim=claim)


def test_a_camera_that_reads_itself_says_who_it_is_and_what_is_known_of_it(
    read_twice: Centre,
) -> None:
    later = replace(read_twice, now=lambda: read_twice.now() + timedelta(seconds=1))
    for n in range(6):
        read = theirs(read_twice, 2 * n, f"75A1234{n}", 0.9, behind_s=7 * 3600)
        record_read(later, f"camera:{GATE}", read)
    learned = Calibration(1.0, 0.0, 0.7, 213, 201, read_twice.now())
    transact(read_twice.engine, lambda conn: store.keep_calibration(conn, GATE, learned))
    row, detail = looked(read_twice, GATE)
    assert "Hikvision" in row
    assert "chậm 7:00:" in row
    assert "đã sửa" in row
    assert "đúng giờ" not in row, "its own clock is not"
    assert "đọc 0 s trước" in row
    for told in ("tự gửi tới trung tâm", "theo 6 tin", "213 lượt đã kiểm", "201 đúng", "99,0"):
        assert told in detail, told
    _, english = looked(read_twice, GATE, Language.EN)
    assert "213 reads checked in 30 days, 201 right" in english
    _, quiet = looked(read_twice, PUBLISHES)
    for told in ("ONVIF", "nghe qua MQTT", "chưa đo được", "chưa hiệu chuẩn", "chưa có"):
        assert told in quiet, told
    row, detail = looked(read_twice, "cam-004")
    assert "Trung tâm" in row
    assert "Camera tự đọc" not in detail


def test_where_no_camera_reads_itself_nobody_is_told_who_reads(centre: Centre) -> None:
    row, detail = looked(centre, GATE)
    assert row
    assert "Trung tâm" not in row + detail


@pytest.mark.parametrize(("plate", "doubtful"), [("43C16839", 0), ("43C16889", 1)])
def test_a_case_tells_what_each_of_two_readers_said(
    read_twice: Centre, plate: str, doubtful: int
) -> None:
    at = read_twice.now() - timedelta(seconds=20)
    record_read(read_twice, "vision", PlateRead("o1", GATE, "43C16839", 0.99, at, Heading.IN))
    [alert] = open_alerts(read_twice, Desk.POLICE)
    seat = Seat(Language.VI, sees_plates=True)
    _, before = open_case(read_twice, seat, alert.id, POLICE)
    assert "reading" not in before["case-evidence"], "one reader alone says what is shown"
    record_read(read_twice, f"camera:{GATE}", theirs(read_twice, 1, plate, 0.9))
    _, parts = open_case(read_twice, seat, alert.id, POLICE)
    lines = parts["case-evidence"].split('<tr class="reading">')[1:]
    assert len(lines) == 2
    assert "Trung tâm" in lines[0]
    assert "0,99" in lines[0]
    assert "Hikvision" in lines[1]
    assert "0,90" in lines[1]
    assert sum("is-doubtful" in line for line in lines) == doubtful
    masked = open_case(read_twice, Seat(Language.VI), alert.id, Viewer("o", Role.OPERATOR, "t"))
    assert "168" not in str(masked[1])
