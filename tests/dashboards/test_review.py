"""Who may look at doubtful reads and answer, also by direct call."""

import json
from datetime import timedelta

import pytest

from ioc.access.model import Page, Role
from ioc.access.rules import may_open
from ioc.centre import Centre
from ioc.reviews.service import open_questions
from ioc.reviews.upkeep import apply_rulings
from ioc.vehicles.recording import record_read

from .makers import GATE, a_picture, a_read, a_tab, call, page_of
from .test_access import audited

READ = "43C16639"
ALLOWED = {Role.REVIEWER, Role.ADMIN}


@pytest.fixture
def asked(centre: Centre) -> str:
    picture = a_picture(centre, "plate", 200)
    read = a_read("q", READ, centre.now(), GATE, confidence=0.6, plate_picture=picture)
    return str(record_read(centre, "box", read).alert)


def answered(client, alert: str, answer: str, typed: str = "") -> dict:
    ruling = {"alert": alert, "answer": answer, "typed": typed, "at": 1}
    reply = call(client, "ruled.data", {"ruling.data": ruling, "spoken.data": "vi"})
    return reply.json()["response"]["ruled"]["data"] if reply.status_code == 200 else {}


def test_nobody_else_looks_or_answers(centre, sign_in, asked, subtests) -> None:
    for role in [role for role in Role if role not in ALLOWED]:
        with subtests.test(role=role):
            looks_and_answers(centre, sign_in(role), asked, role)


@pytest.mark.parametrize("role", sorted(ALLOWED))
def test_who_may_looks_and_answers(centre, sign_in, asked, role) -> None:
    looks_and_answers(centre, sign_in(role), asked, role)


def looks_and_answers(centre, client, asked: str, role: Role) -> None:
    may = role in ALLOWED
    assert may_open(role, Page.REVIEW) is may
    assert client.get("/review").status_code == (200 if may else 403)
    assert ("notice" in page_of(client, "/review").text) is not may
    call(client, "looked.data", {"looking.data": {"alert": asked}, "spoken.data": "vi"})
    assert answered(client, asked, "none").get("is_done", False) is may
    assert bool(open_questions(centre)) is not may
    name = [role.value] if may else []
    assert audited(centre, "question_seen") == [f"{who} alert:{asked}" for who in name]
    assert audited(centre, "question_answered") == [f"{who} alert:{asked}" for who in name]


def test_the_page_shows_the_read_and_hides_what_the_permits_say(centre, sign_in, asked) -> None:
    with a_tab(sign_in(Role.REVIEWER), "/review") as tab:
        tab.hear()
        shown = json.dumps(tab.parts, ensure_ascii=False)
    assert "43C-166.39" in shown
    assert "no_permit" not in shown
    assert "Chưa đăng ký" not in shown
    assert audited(centre, "desk_seen") == []


def test_a_wrong_answer_is_told_and_changes_nothing(centre, sign_in, asked) -> None:
    client = sign_in(Role.REVIEWER)
    for answer, typed in (("corrected", "!"), ("corrected", READ), ("guess", ""), ("undo", "")):
        reply = answered(client, asked, answer, typed)
        assert reply["is_done"] is False
        assert reply["text"]
    assert answered(client, "999", "none")["is_done"] is False
    assert [question.alert for question in open_questions(centre)] == [asked]


def test_the_second_answer_is_refused(centre, sign_in, asked, clock) -> None:
    first, second = sign_in(Role.REVIEWER), sign_in(Role.ADMIN)
    assert answered(first, asked, "none")["is_done"]
    assert answered(second, asked, "as_read")["is_done"] is False
    assert answered(second, asked, "undo")["is_done"] is False
    assert answered(first, asked, "undo")["back"] == asked
    assert answered(second, asked, "none")["is_done"]
    clock.at += timedelta(seconds=10)
    assert apply_rulings(centre) == 1
