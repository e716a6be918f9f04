"""When a vehicle was seen, on a box whose clock was wrong while the line was down."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from vision.box_clock import BoxClock, up_s

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def read_at(at: datetime) -> dict[str, str]:
    return {"id": "1", "seen_at": at.isoformat()}


def seen_at(item) -> datetime:
    return datetime.fromisoformat(item["seen_at"])


@pytest.mark.parametrize(
    ("ahead_s", "is_moved"),
    [
        (0, False),  # right
        (1.5, False),  # within what whole seconds and the way tell
        (-3_600, True),  # an hour behind: it had no power for an hour, and no battery
        (7 * 3_600, True),  # ahead by the offset of its zone: local time taken for UTC
        (-200_000_000, True),  # the year it was made in
    ],
)
def test_reads_from_before_the_first_answer_are_put_right_by_it(tmp_path, ahead_s, is_moved):
    wrong = NOW + timedelta(seconds=ahead_s)
    clock = BoxClock(tmp_path, lambda: wrong)
    kept = clock.stamp(read_at(wrong - timedelta(seconds=40)))
    clock.heard(format_datetime(NOW, usegmt=True), up_s())
    sent = clock.repaired(kept)
    truth = NOW - timedelta(seconds=40)
    assert abs((seen_at(sent) - truth).total_seconds()) < 2
    assert (sent["seen_at"] != read_at(wrong - timedelta(seconds=40))["seen_at"]) is is_moved
    assert set(sent) == {"id", "seen_at"}


def test_sent_twice_it_says_the_same_whatever_was_heard_meanwhile(tmp_path):
    clock = BoxClock(tmp_path, lambda: NOW - timedelta(hours=1))
    kept = clock.stamp(read_at(NOW - timedelta(hours=1)))
    clock.heard(format_datetime(NOW, usegmt=True), up_s())
    first = clock.repaired(kept)
    clock.heard(format_datetime(NOW + timedelta(seconds=9), usegmt=True), up_s())
    reborn = BoxClock(tmp_path, lambda: NOW)
    assert clock.repaired(kept) == reborn.repaired(kept) == first


def test_a_read_of_an_earlier_start_that_never_heard_goes_as_it_was_stamped(tmp_path):
    before = BoxClock(tmp_path, lambda: NOW, start="before")
    kept = before.stamp(read_at(NOW - timedelta(days=400)))
    after = BoxClock(tmp_path, lambda: NOW, start="after")
    after.heard(format_datetime(NOW, usegmt=True), up_s())
    assert after.repaired(kept) == read_at(NOW - timedelta(days=400))


def test_once_heard_a_read_is_put_right_as_it_is_kept(tmp_path):
    clock = BoxClock(tmp_path, lambda: NOW - timedelta(hours=1))
    clock.heard(format_datetime(NOW, usegmt=True), up_s())
    kept = clock.stamp(read_at(NOW - timedelta(hours=1)))
    assert abs((seen_at(kept) - NOW).total_seconds()) < 2
    assert clock.repaired(kept) == kept


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2021 25:61:61 GMT"])
def test_an_answer_without_a_time_teaches_nothing(tmp_path, date):
    clock = BoxClock(tmp_path, lambda: NOW)
    clock.heard(date, up_s())
    assert clock.ahead_s is None
    assert clock.repaired(clock.stamp(read_at(NOW))) == read_at(NOW)


@pytest.mark.parametrize("mark", [5, {}, {"start": "x", "up_s": "soon"}, {"start": None}])
def test_a_mark_that_nobody_can_read_is_left_out(tmp_path, mark):
    assert BoxClock(tmp_path).repaired({**read_at(NOW), "clock": mark}) == read_at(NOW)
