"""A permit on paper: its code proves it without network, and a changed letter does not."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from typer.testing import CliRunner

from ioc.admin import app
from ioc.centre import Centre
from ioc.db import transact
from ioc.deciding import change_permit, decide, file_name, printed
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.notices.service import letters_about
from ioc.permits.claim import Claim, code_of, read_code
from ioc.permits.model import Change, Order, Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.registrations.model import Decision, RegistrationStep
from ioc.registrations.service import record_registrations
from ioc.signing import public_text, signing_key
from tests.ioc.test_registrations import a_registration

NOW = datetime(2021, 10, 4, 7, 32, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RED = Permit(
    "p",
    "51B98271",
    PermitClass.RED,
    NOW,
    NOW + DAY,
    ref="0f" * 16,
    version=3,
    holder="Công ty Vận tải Ngọc Ưởng",
    destination="kcl-truong-bia",
    roads=("ql1a-north-gate", "ql1a-north", "ql1a-bypass"),
    deadline=NOW + 4 * HOUR,
)


@pytest.fixture
def key(centre: Centre):
    return signing_key(centre.settings)


def test_a_code_says_what_the_permit_says(centre: Centre, key) -> None:
    claim = read_code(code_of(RED, "hue", key.sign), public_text(key))
    assert claim == Claim(
        "hue",
        RED.plate,
        RED.permit_class,
        RED.valid_from,
        RED.valid_until,
        RED.destination,
        RED.roads,
        RED.deadline,
        RED.ref,
        3,
    )
    assert [claim.is_valid_at(NOW + n * DAY) for n in (-1, 0, 1)] == [False, True, False]
    plain = replace(RED, destination=None, roads=(), deadline=None)
    bare = read_code(code_of(plain, "hue", key.sign), public_text(key))
    assert (bare.destination, bare.roads, bare.deadline) == (None, (), None)


def test_no_character_of_a_code_can_be_changed(centre: Centre, key) -> None:
    code, public = code_of(RED, "hue", key.sign), public_text(key)
    # The last character of a signature carries bits that belong to no byte.
    for place in range(len(code) - 1):
        other = "A" if code[place] != "A" else "B"
        with pytest.raises(InvalidInput, match="code"):
            read_code(code[:place] + other + code[place + 1 :], public)
    foreign = public_text(
        signing_key(replace(centre.settings, state_dir=centre.settings.evidence_dir))
    )
    with pytest.raises(InvalidInput, match="not signed by this centre"):
        read_code(code, foreign)


@given(scan=st.text(max_size=400) | st.lists(st.text(max_size=9), max_size=14).map("|".join))
def test_whatever_is_scanned_is_refused(scan: str) -> None:
    public = "A" * 43 + "="
    for scanned in (scan, f"IOC1|{scan}", "IOC1" + "|x" * 10 + f"|{scan}"):
        with pytest.raises(InvalidInput, match="code"):
            read_code(scanned, public)


def test_the_code_is_read_from_a_picture(centre: Centre, key) -> None:
    code = code_of(RED, "hue", key.sign)
    matrix = np.array([list(row) for row in segno.make(code, error="m", micro=False).matrix])
    picture = np.kron(1 - np.pad(matrix, 4), np.ones((6, 6))).astype(np.uint8) * 255
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == code


@pytest.mark.parametrize("permit_class", PermitClass)
def test_a_permit_fits_one_page_whatever_it_says(centre: Centre, permit_class) -> None:
    long = replace(
        RED,
        id="long",
        permit_class=permit_class,
        holder="Ủy ban nhân dân phường Thượng Tứ " * 9,
        roads=RED.roads * 12,
    )
    [receipt] = grant_permits(centre, "other", [long])
    permit, paper = printed(centre, str(receipt.ref))
    assert paper.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    assert b"BeVietnamPro" in paper
    assert len(paper) < 150_000
    assert file_name(permit) == f"permit-51B98271-{permit.ref[:8]}-v1.pdf"


def test_a_revoked_permit_is_not_printed(centre: Centre) -> None:
    [receipt] = grant_permits(centre, "other", [RED])
    change_permit(centre, str(receipt.ref), Order(Change.REVOKE, "an officer", "x"))
    with pytest.raises(Conflict, match="not printed"):
        printed(centre, str(receipt.ref))
    with pytest.raises(NotFound):
        printed(centre, "nothing")


def filed(centre: Centre, **changes: object) -> str:
    [receipt] = record_registrations(centre, "portal", [a_registration(**changes)])
    return str(receipt.ref)


def told(centre: Centre, ref: str) -> list[tuple[str, int]]:
    letters = letters_about(centre, f"registration:{ref}")
    assert {letter.channel for letter in letters} <= {"mail"}
    files = text("SELECT notice FROM notice_files WHERE media_type = 'application/pdf'")
    enclosed = [str(n) for n in transact(centre.engine, lambda c: list(c.execute(files).scalars()))]
    return [(letter.notice.subject, enclosed.count(letter.id)) for letter in letters]


GREEN = Decision(RegistrationStep.APPROVE, "an officer", None, PermitClass.GREEN)


def test_who_registered_is_told_with_the_decision(centre: Centre, clock) -> None:
    ref = filed(centre, mail="a@vantai.example")
    decide(centre, ref, Decision(RegistrationStep.ASK, "an officer", "Ai lái xe?"))
    clock.advance(minutes=1)
    permit = decide(centre, ref, GREEN).permit
    clock.advance(minutes=1)
    change_permit(
        centre,
        permit.ref,
        Order(Change.EXTEND, "an officer", "x", valid_until=permit.valid_until + DAY),
    )
    clock.advance(minutes=1)
    change_permit(centre, permit.ref, Order(Change.REVOKE, "an officer", "left its way"))
    assert told(centre, ref) == [
        ("notice.registration_ask", 0),
        ("notice.registration_approve", 1),
        ("notice.permit_changed", 1),
        ("notice.permit_changed", 0),
    ]
    for letter in letters_about(centre, f"registration:{ref}"):
        assert "43C" not in str(letter.notice.words)


def test_what_cannot_be_decided_is_not_told(centre: Centre) -> None:
    ref = filed(centre, mail="a@vantai.example", until_at=None)
    with pytest.raises(InvalidInput):
        decide(centre, ref, GREEN)
    quiet = filed(centre, id="quiet")
    decide(centre, quiet, GREEN)
    assert told(centre, ref) == told(centre, quiet) == []


def test_the_command_checks_a_code_without_a_store(centre: Centre, key, tmp_path) -> None:
    def run(code: str, *more: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["check-permit", code, *more])
        return result.exit_code, result.output + str(result.exception or "")

    lasting = replace(RED, valid_until=NOW.replace(year=2199))
    code, public = code_of(lasting, "hue", key.sign), public_text(key)
    exit_code, said = run(code, "--key", public)
    assert (exit_code, "51B98271: red" in said, "genuine" in said) == (0, True, True)
    assert run(code_of(RED, "hue", key.sign), "--key", public)[0] == 1
    assert "was not signed" in run(code.replace("red", "green"), "--key", public)[1]
    assert "--key" in run(code, "--state", str(tmp_path))[1]
