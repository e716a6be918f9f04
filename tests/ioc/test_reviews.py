"""Questions and answers on the real store: what an answer does, what a second camera settles."""

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc import evidence
from ioc.alerts.model import AlertState, Desk
from ioc.alerts.service import find_alert, find_alerts, open_alerts
from ioc.centre import Centre
from ioc.errors import Conflict, Forbidden, InvalidInput, NotFound
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.reviews.export import export_labels
from ioc.reviews.model import Answer, Finding, Question, Share
from ioc.reviews.rules import differing, finding_of, interval, truth_of
from ioc.reviews.service import (
    false_shares,
    look_at,
    open_questions,
    rule,
    take_back,
    tempo_of,
)
from ioc.reviews.upkeep import apply_rulings, purge_reviews, settle_questions
from ioc.vehicles.model import Heading, NotRead, Outcome, PlateCharacter, PlateRead
from ioc.vehicles.recording import ReadResult, record_read

DAY = timedelta(days=1)
GATE, LATER = "cam-001", "cam-002"
JPEG = b"\xff\xd8\xff\xe0 a picture"
READ, HELD = "43C16639", "43C16839"


def a_permit(centre: Centre, plate: str, permit_class: PermitClass = PermitClass.GREEN) -> None:
    now = centre.now()
    permit = Permit(f"p-{plate}", plate, permit_class, now - DAY, now + DAY)
    grant_permits(centre, "transport", [permit])


def seen(
    centre: Centre,
    plate: str,
    confidence: float = 0.7,
    camera: str = GATE,
    seen_at: datetime | None = None,
    **more: object,
) -> ReadResult:
    at = seen_at or centre.now()
    name = f"{plate}-{camera}-{at.isoformat()}"
    characters = tuple(PlateCharacter(char, 0.97) for char in plate)
    read = PlateRead(name, camera, plate, confidence, at, Heading.IN, characters=characters, **more)
    return record_read(centre, "box", read)


def asked(centre: Centre) -> Question:
    [question] = open_questions(centre)
    return question


def answer(centre: Centre, clock, said: Answer, typed: str = "") -> Question:
    question = asked(centre)
    rule(centre, question.alert, said, typed, "minh")
    clock.advance(seconds=10)
    assert apply_rulings(centre) == 1
    return question


def test_a_doubtful_read_is_asked_about_with_what_it_may_be(centre: Centre) -> None:
    a_permit(centre, HELD)
    seen(centre, READ)
    question = asked(centre)
    assert (question.read.plate, question.sightings) == (READ, 1)
    assert {READ, HELD} <= {candidate.plate for candidate in question.candidates}
    assert 0 < question.accused < 1
    # The same plate again joins the same question.
    seen(centre, READ, camera=LATER)
    assert asked(centre).sightings == 2


def test_what_was_read_right_and_is_a_violation_goes_to_the_police_once(centre, clock) -> None:
    seen(centre, READ)
    question = answer(centre, clock, Answer.AS_READ)
    [alert] = open_alerts(centre, Desk.POLICE)
    assert (alert.plate, alert.reason) == (READ, "no_permit")
    closed = find_alert(centre, question.alert)
    assert (closed.state, closed.owner) == (AlertState.CLOSED, "minh")
    assert open_questions(centre) == []
    # A sure read of the same vehicle joins the incident that is open.
    joined = seen(centre, READ, 0.999, seen_at=clock.at + timedelta(minutes=2))
    assert joined.alert == alert.id
    assert len(open_alerts(centre, Desk.POLICE)) == 1


def test_an_incident_known_already_is_joined_not_raised_again(centre, clock) -> None:
    seen(centre, READ)
    sure = seen(centre, READ, 0.999, seen_at=clock.at + timedelta(minutes=1))
    answer(centre, clock, Answer.AS_READ)
    [alert] = open_alerts(centre, Desk.POLICE)
    assert (alert.id, alert.sightings) == (sure.alert, 2)


def test_a_corrected_plate_is_judged_anew(centre, clock) -> None:
    a_permit(centre, HELD)
    seen(centre, READ)
    question = answer(centre, clock, Answer.CORRECTED, "43C-168.39")
    assert open_alerts(centre) == []
    assert find_alert(centre, question.alert).outcome == "false_read"
    clock.advance(minutes=30)
    seen(centre, READ)
    answer(centre, clock, Answer.CORRECTED, "74A 555.55")
    [alert] = open_alerts(centre, Desk.POLICE)
    assert (alert.plate, alert.reason) == ("74A55555", "no_permit")


def test_a_refused_read_closes_as_misread(centre, clock) -> None:
    seen(centre, READ)
    question = answer(centre, clock, Answer.NONE)
    assert find_alert(centre, question.alert).outcome == "false_read"
    assert open_alerts(centre) == []


def test_what_was_read_right_and_has_a_permit_by_now_is_cleared(centre, clock) -> None:
    seen(centre, READ)
    a_permit(centre, READ)
    question = answer(centre, clock, Answer.AS_READ)
    assert find_alert(centre, question.alert).outcome == "cleared"
    assert open_alerts(centre) == []


def test_an_answer_can_be_taken_back_until_it_takes_effect(centre, clock) -> None:
    seen(centre, READ)
    question = asked(centre)
    rule(centre, question.alert, Answer.NONE, "", "minh")
    assert open_questions(centre) == []
    with pytest.raises(Conflict):
        take_back(centre, "another")
    assert apply_rulings(centre) == 0
    clock.advance(seconds=5)
    assert take_back(centre, "minh").alert == question.alert
    assert asked(centre).alert == question.alert
    rule(centre, question.alert, Answer.AS_READ, "", "lan")
    clock.advance(seconds=10)
    assert apply_rulings(centre) == 1
    with pytest.raises(Conflict):
        take_back(centre, "lan")
    assert len(open_alerts(centre, Desk.POLICE)) == 1


def test_of_many_who_answer_one_is_heard(centre) -> None:
    seen(centre, READ)
    alert = asked(centre).alert

    def one(name: str) -> bool:
        try:
            rule(centre, alert, Answer.AS_READ, "", name)
        except (Conflict, NotFound):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, ["a", "b", "c", "d"])) == 1


@pytest.mark.parametrize("typed", ["", READ, "?", "4" * 40, "43C-166.39"])
def test_a_correction_that_is_no_other_plate_is_refused(centre, typed: str) -> None:
    seen(centre, READ)
    with pytest.raises(InvalidInput):
        rule(centre, asked(centre).alert, Answer.CORRECTED, typed, "minh")
    assert asked(centre).read.plate == READ


@pytest.mark.parametrize("alert", ["", "x", "999999", "1; DROP", "9" * 30])
def test_what_nobody_asks_cannot_be_answered(centre, alert: str) -> None:
    with pytest.raises(NotFound):
        rule(centre, alert, Answer.AS_READ, "", "minh")
    with pytest.raises(NotFound):
        look_at(centre, alert, "minh")


LOCAL = "cam-140"  # a kilometre from the gate, where nobody needs a permit
SECOND = {
    # What another camera reads, minutes later, how surely, and what becomes of the question.
    "the same plate": (READ, LOCAL, 4, 0.999, "police"),
    "the same, though a permit explains it better": (READ, LOCAL, 4, 0.999, "asked"),
    "the permitted look-alike": (HELD, LATER, 4, 0.999, "closed"),
    "too late": (HELD, LATER, 14, 0.999, "asked"),
    "not sure itself": (HELD, LATER, 4, 0.9, "asked"),
    "the same camera": (HELD, GATE, 4, 0.999, "asked"),
    "too far to be the same": (HELD, "cam-007", 0.2, 0.999, "asked"),
    "no candidate": ("75A12345", LOCAL, 4, 0.999, "asked"),
}


@pytest.mark.parametrize("row", SECOND.values(), ids=SECOND)
def test_a_second_camera_may_settle_it(centre, clock, row) -> None:
    plate, camera, minutes, confidence, ends = row
    if ends != "police":
        a_permit(centre, HELD)
    alert = str(seen(centre, READ).alert)
    clock.advance(minutes=minutes)
    seen(centre, plate, confidence, camera)
    settle_questions(centre)
    if ends == "asked":
        assert alert in [question.alert for question in open_questions(centre)]
        return
    assert find_alert(centre, alert).state.is_over
    police = [a.plate for a in open_alerts(centre, Desk.POLICE)]
    assert police == ([READ] if ends == "police" else [])
    assert settle_questions(centre) == 0
    assert false_shares(centre, centre.now() - DAY, centre.now() + DAY)[0].decided == 1


def test_what_a_rule_asks_a_person_about_goes_on_once_he_confirms_it(centre, clock) -> None:
    a_permit(centre, HELD)
    now = centre.now()
    read = PlateRead("out", GATE, HELD, 0.999, now, Heading.OUT)
    assert record_read(centre, "box", read).verdict is not None
    question = asked(centre)
    assert (question.reason, question.read.plate) == ("wrong_way", HELD)
    # No second camera says it in his place.
    clock.advance(minutes=1)
    seen(centre, HELD, 0.999, LATER)
    assert settle_questions(centre) == 0
    answer(centre, clock, Answer.AS_READ)
    assert ("wrong_way", HELD) in [
        (alert.reason, alert.plate) for alert in open_alerts(centre, Desk.POLICE)
    ]


def test_a_plate_that_was_not_read_is_asked_about_too(centre, clock) -> None:
    now = centre.now()
    read = PlateRead("dirt", GATE, "", 0.99, now, Heading.IN, not_read=NotRead.UNREADABLE)
    record_read(centre, "box", read)
    question = asked(centre)
    assert (question.read.plate, question.candidates) == ("", ())
    with pytest.raises(InvalidInput):
        rule(centre, question.alert, Answer.AS_READ, "", "minh")
    answer(centre, clock, Answer.CORRECTED, HELD)
    [alert] = open_alerts(centre, Desk.POLICE)
    assert (alert.plate, alert.reason) == (HELD, "no_permit")


def test_two_candidates_seen_settle_nothing(centre, clock) -> None:
    a_permit(centre, HELD)
    alert = str(seen(centre, READ).alert)
    clock.advance(minutes=3)
    seen(centre, HELD, 0.999, LATER)
    seen(centre, READ, 0.999, LOCAL)
    settle_questions(centre)
    assert not find_alert(centre, alert).state.is_over


def test_labels_leave_only_with_consent(centre, clock, tmp_path) -> None:
    picture = evidence.keep(centre, JPEG, "plate", GATE, centre.now())
    seen(centre, READ, plate_picture=picture)
    answer(centre, clock, Answer.CORRECTED, HELD)
    with pytest.raises(Forbidden):
        export_labels(centre, tmp_path, "shell:test")
    allowed = consenting(centre)
    # What was answered before the city allowed it stays.
    assert export_labels(allowed, tmp_path, "shell:test") == 0
    clock.advance(minutes=30)
    seen(allowed, READ, plate_picture=picture)
    answer(allowed, clock, Answer.CORRECTED, HELD)
    assert export_labels(allowed, tmp_path, "shell:test") == 1
    with (tmp_path / "labels.csv").open(encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert (row["plate"], row["read"], row["answer"]) == (HELD, READ, "corrected")
    assert (tmp_path / row["image"]).read_bytes() == JPEG
    assert "minh" not in (tmp_path / "labels.csv").read_text(encoding="utf-8")


def consenting(centre: Centre) -> Centre:
    review = {**centre.city.settings["review"], "labels_may_leave": True}
    settings = {**centre.city.settings, "review": review}
    return replace(centre, city=replace(centre.city, settings=settings))


def test_the_report_holds_outcomes_against_what_was_promised(centre, clock) -> None:
    a_permit(centre, HELD)
    seen(centre, READ)
    answer(centre, clock, Answer.CORRECTED, HELD)
    clock.advance(minutes=30)
    seen(centre, READ)
    answer(centre, clock, Answer.AS_READ)
    clock.advance(minutes=30)
    seen(centre, "74A55555", 0.999)
    shares = false_shares(centre, centre.now() - DAY, centre.now() + DAY)
    by_band = {share.band: share for share in shares if share.group == "all"}
    review, act = by_band["review"], by_band["act"]
    assert (review.raised, review.decided, review.false) == (2, 2, 1)
    assert (act.raised, act.decided, act.false) == (1, 0, 0)
    assert 0 < act.expected < 0.05 < review.expected < 2
    assert (review.promised, act.promised) == (0.6, 0.02)
    assert {(s.group, s.name) for s in shares} >= {("camera", GATE), ("rule", "R-N1")} or shares
    assert false_shares(centre, centre.now() + DAY, centre.now() + 2 * DAY) == []


@pytest.mark.parametrize(
    ("false", "decided", "promised", "finding"),
    [
        (0, 0, 0.02, Finding.TOO_FEW),
        (0, 5, 0.02, Finding.TOO_FEW),
        (1, 5, 0.02, Finding.EXCEEDS),
        (0, 200, 0.02, Finding.HOLDS),
        (2, 100, 0.02, Finding.HOLDS),
        (20, 200, 0.02, Finding.EXCEEDS),
        (10, 20, 0.6, Finding.TOO_FEW),
    ],
)
def test_too_few_outcomes_say_nothing(false, decided, promised, finding) -> None:
    share = Share("all", "", "act", decided, decided, false, 0.0, promised)
    assert finding_of(share) is finding


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_observed_share(one: int, other: int) -> None:
    false, decided = sorted((one, other))
    low, high = interval(false, decided)
    assert 0 <= low <= high <= 1
    if decided:
        assert low - 1e-9 <= false / decided <= high + 1e-9


@given(st.text("0AB", max_size=8), st.text("0AB", max_size=8))
def test_differing_characters_are_marked_and_no_others(read: str, other: str) -> None:
    marks = differing(read, other)
    assert len(marks) == len(other)
    assert any(marks) is (read != other and len(other) >= len(read)) or len(other) < len(read)


def test_the_tempo_of_a_person_is_told(centre, clock) -> None:
    assert tempo_of(centre, "minh").answered == 0
    for n, plate in enumerate(("43C16639", "74A55555", "38C12345")):
        clock.advance(minutes=n)
        seen(centre, plate)
        rule(centre, asked(centre).alert, Answer.NONE, "", "minh")
        clock.advance(seconds=10)
        apply_rulings(centre)
    assert tempo_of(centre, "minh").answered == 3


def test_what_is_past_its_days_goes(centre, clock) -> None:
    seen(centre, READ)
    answer(centre, clock, Answer.NONE)
    assert purge_reviews(centre, clock.at + DAY, clock.at + DAY) == 2


def test_an_answer_says_which_plate() -> None:
    table: list[tuple[Answer, str, str | None]] = [
        (Answer.AS_READ, "ignored", READ),
        (Answer.NONE, "ignored", None),
        (Answer.CORRECTED, " 43c-168.39 ", HELD),
    ]
    assert [truth_of(said, READ, typed) for said, typed, _ in table] == [row[2] for row in table]


def test_nothing_doubtful_reaches_the_police_before_it_is_answered(centre) -> None:
    result = seen(centre, READ, 0.94)
    assert result.verdict is not None
    assert result.verdict.outcome is Outcome.REVIEW
    assert find_alerts(centre, Desk.POLICE) == []
