"""Scorecards of cameras: told of tallies, of the newest reads, of answers; bounded and honest."""

from datetime import timedelta

import pytest

from ioc.centre import Centre
from ioc.db import transact
from ioc.reviews.model import Answer
from ioc.reviews.service import open_questions, rule
from ioc.scorecards import SAMPLE, Sample, day_of, scorecards
from ioc.tally import add, fold
from ioc.vehicles.recording import record_reads
from tests.dashboards.makers import GATE, MAIN, a_read

WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("delays", "skew", "delay"),
    [((), None, None), ((0.4, 0.5, 9.0), 0.0, 0.5), ((-3.0, -2.5, 4.0), 3.0, -2.5)],
)
def test_what_delays_say_of_a_clock(delays, skew, delay) -> None:
    sample = Sample(len(delays), 0, delays)
    assert (sample.skew_s, sample.delay_s) == (skew, delay)


def a_past(centre: Centre, per_week: list[int]) -> None:
    """Reads of this very hour in past weeks, as they were counted then."""
    now = centre.now()
    counts = {("read", GATE, now - WEEK * n): many for n, many in enumerate(per_week, 1) if many}
    transact(centre.engine, lambda conn: add(conn, counts))


def test_a_camera_is_told_by_its_newest_reads(centre: Centre) -> None:
    now = centre.now()
    reads = [
        a_read(f"r{n}", f"75A{10000 + n}", now - timedelta(seconds=n), GATE, confidence=c)
        for n, c in enumerate([0.99] * 70 + [0.6] * 10)
    ]
    record_reads(centre, "box", reads)
    card = next(one for one in scorecards(centre) if one.state.id == GATE)
    assert (card.sample.reads, card.sample.sure, card.today) == (SAMPLE, SAMPLE, 80)
    assert card.sample.skew_s == 0
    assert 0 < card.doubtful <= 10
    assert card.usual is None
    assert [one.state.id for one in scorecards(centre, [MAIN])] == [MAIN]
    assert scorecards(centre, []) == []


def test_a_clock_that_goes_ahead_shows(centre: Centre) -> None:
    ahead = a_read("r", "75A10001", centre.now() + timedelta(seconds=7), GATE)
    record_reads(centre, "box", [ahead])
    [card] = scorecards(centre, [GATE])
    assert card.sample.skew_s == pytest.approx(7, abs=0.1)


def test_what_is_usual_needs_four_weeks(centre: Centre) -> None:
    a_past(centre, [60, 120, 180])
    assert scorecards(centre, [GATE])[0].usual is None
    a_past(centre, [0, 0, 0, 240])
    low, high = scorecards(centre, [GATE])[0].usual or (0, 0)
    assert 1 <= low < high <= 4
    assert scorecards(centre, [GATE])[0].is_below_usual
    # A camera that stood silent while others counted is usually silent.
    assert scorecards(centre, [MAIN])[0].usual == (0, 0)


def test_the_day_of_a_camera(centre: Centre) -> None:
    now = centre.now()
    record_reads(centre, "box", [a_read(f"r{n}", f"75A{20000 + n}", now, GATE) for n in range(3)])
    a_past(centre, [60, 120, 180, 240])
    transact(centre.engine, lambda conn: fold(conn, now, centre.city.zone))
    day = day_of(centre, GATE)
    assert (day.hours[14], sum(day.hours), sum(day.doubtful)) == (3, 3, 0)
    assert day.band is not None
    assert day.band.low[14] > 0 == day.band.high[3]
    assert len(day.days) == 30
    assert [n for _, n in day.days if n][-1] == 3
    assert sum(day_of(centre, MAIN).hours) == 0


def test_answers_say_what_was_misread(centre: Centre) -> None:
    now = centre.now()
    doubtful = [a_read(f"q{n}", f"43C1663{n}", now, GATE, confidence=0.6) for n in range(3)]
    record_reads(centre, "box", doubtful)
    asked = open_questions(centre)
    assert asked
    for question, answer in zip(asked, (Answer.NONE, Answer.AS_READ, Answer.NONE), strict=False):
        rule(centre, question.alert, answer, "", "a reviewer")
    [card] = scorecards(centre, [GATE])
    assert card.answers.given == len(asked[:3])
    assert card.answers.misread == sum(n % 2 == 0 for n in range(card.answers.given))
