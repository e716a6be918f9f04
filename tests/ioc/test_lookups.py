"""Plates are looked up with a purpose, noted first; far back only with a second person's leave."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, Forbidden, InvalidInput, NotFound, TooMany
from ioc.lookups.model import Purpose, Query, RequestState, TrailRequest
from ioc.lookups.rules import CLASSES, anchor_of, covering, fold, like, matches, pattern_of
from ioc.lookups.service import (
    ask_for_trail,
    decide_trail,
    gather_plates,
    purge_lookups,
    requests_of,
    search_plates,
    trail_of,
    waiting_requests,
)
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import record_reads
from tests.conftest import NOW

WHY = Purpose("tran-van-a", "Xe bỏ chạy", "VP-7/2021")
WEEK = NOW - timedelta(days=7)
SEEN = ("43C16839", "43C16889", "43C16830", "75A12345", "29Y1234", "51C24707")


@pytest.fixture
def seen(centre: Centre) -> Centre:
    """Six plates, one of them twice; one read 40 days ago."""
    reads = [a_read(f"r-{n}", plate, minutes=n + 1) for n, plate in enumerate(SEEN)]
    reads += [a_read("again", "43C16839", hours=3), a_read("old", "43C16839", days=40)]
    record_reads(centre, "box", reads)
    gather_plates(centre)
    return centre


def a_read(name: str, plate: str, camera: str = "cam-117", **ago: float) -> PlateRead:
    return PlateRead(name, camera, plate, 0.99, NOW - timedelta(**ago), Heading.IN)


def looked_up(centre: Centre, action: str) -> list[tuple[str, str, str]]:
    statement = text("SELECT actor, subject, purpose FROM audit WHERE action = :action ORDER BY no")

    def work(conn) -> list[tuple[str, str, str]]:
        return [tuple(row) for row in conn.execute(statement, {"action": action})]

    return transact(centre.engine, work)


WHAT_FITS = [
    ("43C-168.39", False, ["43C16839"]),
    ("43C168*", False, ["43C16839", "43C16889", "43C16830"]),
    ("*16839", False, ["43C16839"]),
    ("43C168.?9", False, ["43C16839", "43C16889"]),
    ("43c*9", False, ["43C16839", "43C16889"]),
    ("43C16839", True, ["43C16839", "43C16889"]),
    ("43C1683O", True, ["43C16830"]),
    ("Z9Y1234", True, ["29Y1234"]),
    ("Z9Y1234", False, []),
    ("99Z*", False, []),
]


def test_patterns_find_what_fits(seen: Centre, subtests) -> None:
    for pattern, look_alikes, expected in WHAT_FITS:
        with subtests.test(pattern=pattern, look_alikes=look_alikes, expected=expected):
            findings = search_plates(seen, Query(pattern, WEEK, look_alikes), WHY)
            assert [one.plate for one in findings.found] == expected
            assert not findings.is_cut
            exact = [one.is_exact for one in findings.found]
            assert exact == sorted(exact, reverse=True), "what fits as it was read stands first"


def test_a_fit_says_where_it_was_last_seen(seen: Centre) -> None:
    (found,) = search_plates(seen, Query("43C16839", WEEK), WHY).found
    assert found.last.read.id == "r-0"


TOO_WIDE_PATTERNS = ["*", "4?C*", "*3?", "43*39", "????????"]


def test_too_wide_a_pattern_is_refused_and_says_so(seen: Centre, subtests) -> None:
    for pattern in TOO_WIDE_PATTERNS:
        with subtests.test(pattern=pattern), pytest.raises(InvalidInput, match="too wide"):
            search_plates(seen, Query(pattern, WEEK), WHY)


def test_too_many_plates_of_one_end_are_refused(seen: Centre, monkeypatch) -> None:
    monkeypatch.setattr("ioc.lookups.service.WIDEST", 2)
    with pytest.raises(InvalidInput, match="more than 2 plates"):
        search_plates(seen, Query("43C*", WEEK), WHY)


NO_PATTERNS = ["", "  ", "43'; --", "43%", "x" * 33, "43\0C", "4" * 999]


def test_what_is_no_pattern_is_refused(seen: Centre, subtests) -> None:
    for pattern in NO_PATTERNS:
        with subtests.test(pattern=pattern), pytest.raises(InvalidInput, match="plate"):
            search_plates(seen, Query(pattern, WEEK), WHY)


def test_a_search_is_noted_before_it_answers_even_when_it_fails(seen: Centre) -> None:
    search_plates(seen, Query("43C168*", WEEK), WHY)
    with pytest.raises(InvalidInput):
        search_plates(seen, Query("4*", WEEK), WHY)
    assert looked_up(seen, "plate_searched") == [
        ("tran-van-a", "plate:43C168*", "Xe bỏ chạy"),
        ("tran-van-a", "plate:4*", "Xe bỏ chạy"),
    ]


@pytest.mark.parametrize("changes", [{"purpose": ""}, {"case": " "}, {"case": "x" * 201}])
def test_no_look_up_without_purpose_and_case(changes: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        replace(WHY, **changes)


def test_one_person_searches_so_often_an_hour(seen: Centre) -> None:
    for _ in range(seen.city.limits.lookups.per_hour):
        search_plates(seen, Query("29Y1234", WEEK), WHY)
    with pytest.raises(TooMany):
        search_plates(seen, Query("29Y1234", WEEK), WHY)
    assert search_plates(seen, Query("29Y1234", WEEK), replace(WHY, actor="b")).found


def test_a_scope_hides_what_lies_outside(seen: Centre) -> None:
    assert search_plates(seen, Query("43C168*", WEEK), WHY, ["cam-001"]).found == ()
    assert trail_of(seen, "43C16839", WEEK, WHY, ["cam-001"]) == []


def test_a_trail_is_noted_first(seen: Centre) -> None:
    assert [one.read.id for one in trail_of(seen, "43c-168.39", WEEK, WHY)] == ["r-0", "again"]
    assert looked_up(seen, "trail_seen") == [("tran-van-a", "plate:43C16839", "Xe bỏ chạy")]


def test_further_back_needs_a_second_person_and_only_for_a_time(seen: Centre, clock) -> None:
    long_ago = NOW - timedelta(days=45)
    with pytest.raises(Forbidden, match="second person"):
        trail_of(seen, "43C16839", long_ago, WHY)
    with pytest.raises(Forbidden):
        search_plates(seen, Query("43C16839", long_ago), WHY)
    asked = ask_for_trail(seen, "43C-168.39", long_ago, WHY)
    assert [one.id for one in waiting_requests(seen)] == [asked.id]
    with pytest.raises(Forbidden):
        trail_of(seen, "43C16839", long_ago, WHY)
    with pytest.raises(Conflict, match="who asks cannot decide"):
        decide_trail(seen, asked.id, WHY.actor, approve=True)
    decide_trail(seen, asked.id, "truong-ca", approve=True)
    assert waiting_requests(seen) == []
    assert [one.read.id for one in trail_of(seen, "43C16839", long_ago, WHY)][-1] == "old"
    for refused in (
        lambda: trail_of(seen, "43C16889", long_ago, WHY),
        lambda: trail_of(seen, "43C16839", long_ago - timedelta(days=1), WHY),
        lambda: trail_of(seen, "43C16839", long_ago, replace(WHY, actor="b")),
    ):
        with pytest.raises(Forbidden):
            refused()
    clock.advance(hours=8)
    with pytest.raises(Forbidden):
        trail_of(seen, "43C16839", long_ago, WHY)
    assert requests_of(seen, WHY.actor)[0].state(seen.now()) is RequestState.ENDED
    assert [row[0] for row in looked_up(seen, "trail_decided")] == ["truong-ca"]


def test_leave_is_one_persons_for_one_plate_back_to_one_day() -> None:
    until = NOW + timedelta(hours=8)
    asked = TrailRequest(1, "43C16839", WEEK, "p", "c", "a", NOW, "b", NOW, True, until)
    day = timedelta(days=1)
    assert covering([asked], "a", "43C16839", WEEK, NOW) is asked
    assert covering([asked], "a", "43C16839", WEEK + day, NOW) is asked
    assert covering([asked], "b", "43C16839", WEEK, NOW) is None
    assert covering([asked], "a", "43C16830", WEEK, NOW) is None
    assert covering([asked], "a", "43C16839", WEEK - day, NOW) is None
    assert covering([asked], "a", "43C16839", WEEK, until) is None


def test_a_refusal_gives_no_leave_and_stands(seen: Centre) -> None:
    long_ago = NOW - timedelta(days=45)
    asked = ask_for_trail(seen, "43C16839", long_ago, WHY)
    assert decide_trail(seen, asked.id, "b", approve=False).state(NOW) is RequestState.REFUSED
    with pytest.raises(Conflict, match="decided already"):
        decide_trail(seen, asked.id, "c", approve=True)
    with pytest.raises(Forbidden):
        trail_of(seen, "43C16839", long_ago, WHY)
    with pytest.raises(NotFound):
        decide_trail(seen, 99, "b", approve=True)


@pytest.mark.parametrize(("days", "why"), [(29, "nobody's leave"), (61, "kept for 60 days")])
def test_nobody_asks_for_what_is_free_or_gone(seen: Centre, days: int, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        ask_for_trail(seen, "43C16839", NOW - timedelta(days=days), WHY)


def test_plates_are_gathered_once_and_again_changes_nothing(seen: Centre) -> None:
    rows = text("SELECT plate, last_seen_at FROM plates_seen ORDER BY plate")

    def known() -> list[tuple]:
        return transact(seen.engine, lambda conn: [tuple(row) for row in conn.execute(rows)])

    before = known()
    assert [row[0] for row in before] == sorted(SEEN)
    gather_plates(seen)
    assert known() == before
    record_reads(seen, "box", [a_read("new", "43C16839", seconds=1)])
    gather_plates(seen)
    assert dict(known())["43C16839"] == NOW - timedelta(seconds=1)
    assert purge_lookups(seen, NOW - timedelta(seconds=30), NOW) == 5


PATTERNS = st.text("0123456789ABCDKLMNPRSTUVXYZ*?", min_size=1, max_size=10)
PLATES = st.text("0123456789ABCDKLMNPRSTUVXYZ", min_size=1, max_size=10)


@given(PATTERNS, PLATES)
def test_a_fit_is_a_fit_under_the_fold_and_from_its_anchor(raw: str, plate: str) -> None:
    pattern = pattern_of(raw)
    as_sql = re.escape(like(pattern)).replace("%", ".*").replace("_", ".")
    assert bool(re.fullmatch(as_sql, plate)) == matches(pattern, plate)
    if matches(pattern, plate):
        assert matches(fold(pattern), fold(plate))
        try:
            anchor = anchor_of(pattern)
        except InvalidInput:
            return
        folded = fold(plate)[::-1] if anchor.backwards else fold(plate)
        assert folded.startswith(anchor.text)


def test_no_character_is_in_two_classes() -> None:
    everything = "".join(CLASSES)
    assert len(set(everything)) == len(everything)
    assert fold(fold(everything)) == fold(everything)
