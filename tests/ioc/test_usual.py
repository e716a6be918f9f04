"""What is usual at an hour, and counts in the order of time."""

from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc import series, tally
from ioc.clock import BUCKET, day_bounds
from ioc.db import transact
from ioc.usual import LEAST_WEEKS, MOST_WEEKS, is_awaited, like_days, usual_band

MONDAY = date(2021, 10, 4)
DAY = timedelta(days=1)


def weeks(*counts: int) -> dict[date, list[int]]:
    """Like days on which nine o'clock saw these counts, and every other hour one."""
    days = zip(like_days(MONDAY), counts, strict=False)
    return {day: [n if hour == 9 else 1 for hour in range(24)] for day, n in days}


@pytest.mark.parametrize(
    ("counts", "held"),
    [((), 0), ((5, 6, 7), 0), ((5, 6, 7, 8), 4), ((5, 6, 7, 8, 9, 10, 11, 12), 8)],
    ids=["none", "three are too few", "four", "eight"],
)
def test_a_band_needs_its_weeks(counts: tuple[int, ...], held: int) -> None:
    band = usual_band(weeks(*counts))
    assert (band.weeks if band else 0) == held
    assert LEAST_WEEKS == 4
    assert len(like_days(MONDAY)) == MOST_WEEKS
    assert {day.weekday() for day in like_days(MONDAY)} == {MONDAY.weekday()}


def test_a_band_is_the_middle_of_its_weeks_without_their_extremes() -> None:
    band = usual_band(weeks(10, 20, 30, 40, 50, 60, 70, 1000))
    assert band is not None
    assert (band.low[9], band.high[9]) == (17.0, pytest.approx(349.0))
    assert (band.low[8], band.high[8]) == (1.0, 1.0)
    assert band.low_so_far[9] == 9 + 17.0
    assert len(band.low) == len(band.high_so_far) == 24


def test_at_night_nobody_waits_for_who_works_by_day() -> None:
    by_day = [0] * 7 + [4] * 10 + [0] * 7
    band = usual_band(dict.fromkeys(like_days(MONDAY), by_day))
    awaited = [hour for hour in range(24) if is_awaited(band, hour)]
    assert awaited == list(range(8, 17))
    assert all(is_awaited(None, hour) for hour in range(24))


def test_a_day_on_which_nobody_counted_is_no_usual_day() -> None:
    days = weeks(5, 6, 7, 8)
    days[like_days(MONDAY)[7]] = [0] * 24
    band = usual_band(days)
    assert band is not None
    assert band.weeks == 4
    del days[like_days(MONDAY)[0]]
    assert usual_band(days) is None


@given(st.lists(st.lists(st.integers(0, 10_000), min_size=24, max_size=24), min_size=4, max_size=8))
def test_the_median_lies_in_the_band(days: list[list[int]]) -> None:
    band = usual_band(dict(zip(like_days(MONDAY), days, strict=False)))
    if band is None:
        assert sum(any(hours) for hours in days) < LEAST_WEEKS
        return
    counted = [hours for hours in days if any(hours)]
    for hour in range(24):
        low, high = band.low[hour], band.high[hour]
        assert low <= median(hours[hour] for hours in counted) <= high
        assert band.low_so_far[hour] <= band.high_so_far[hour]


def test_counts_come_by_hour_and_day_folded_or_not(centre) -> None:
    zone = centre.city.zone
    start, _ = day_bounds(MONDAY, zone)
    counts = {
        ("scan", "dong-ba-01", start): 2,
        ("scan", "dong-ba-02", start + 9 * BUCKET): 3,
        ("scan", "dong-ba-01", start - BUCKET): 5,
        ("scan", "dong-ba-01", start - 7 * DAY): 7,
        ("dose", "hospital", start + 95 * BUCKET): 11,
    }
    asked = [MONDAY, MONDAY - DAY, MONDAY - 7 * DAY]

    def work(conn):
        hours = series.by_hour(conn, ["scan", "dose"], asked, zone)
        days = series.by_day(conn, ["scan", "dose"], MONDAY - 7 * DAY, MONDAY, zone)
        old = series.of_old_days(conn, ["scan", "dose"], MONDAY - 7 * DAY, MONDAY, zone)
        assert old == days
        newest = series.newest(conn, ["scan", "dose", "test"], start - DAY)
        return hours, days, newest

    transact(centre.engine, lambda conn: tally.add(conn, counts))
    before = transact(centre.engine, work)
    hours, days, newest = before
    assert hours["scan", MONDAY] == (2, 0, 3, *[0] * 21)
    assert hours["scan", MONDAY - DAY] == (*[0] * 23, 5)
    assert hours["scan", MONDAY - 7 * DAY] == (7, *[0] * 23)
    assert hours["dose", MONDAY] == (*[0] * 23, 11)
    assert days == {MONDAY: 16, MONDAY - DAY: 5, MONDAY - 7 * DAY: 7}
    assert newest == {"scan": start + 10 * BUCKET, "dose": start + 96 * BUCKET}
    transact(centre.engine, lambda conn: tally.fold(conn, start + 5 * BUCKET, zone))
    assert transact(centre.engine, work) == before
    transact(centre.engine, lambda conn: tally.fold(conn, start + DAY, zone))
    assert transact(centre.engine, work) == before
