"""Numbers on screens equal what was counted: whatever is folded when, however late, by whomever."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from ioc import tally
from ioc.centre import Centre
from ioc.clock import bucket_of, day_bounds, local_day
from ioc.db import transact

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2021, 10, 4, 5, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def add(centre: Centre, *counts: tuple[str, str, datetime, int]) -> None:
    summed: dict[tuple[str, str, datetime], int] = {}
    for metric, place, at, n in counts:
        summed[metric, place, at] = summed.get((metric, place, at), 0) + n
    transact(centre.engine, lambda conn: tally.add(conn, summed))


def fold(centre: Centre, before: datetime) -> int:
    return transact(centre.engine, lambda conn: tally.fold(conn, before, ZONE))


def total(centre: Centre, *metrics: str) -> int:
    return transact(centre.engine, lambda conn: tally.total(conn, metrics))


events = st.tuples(
    st.sampled_from(["read", "scan"]),
    st.sampled_from(["north", "south"]),
    st.integers(0, 4 * 24 * 3).map(lambda n: NOON - n * QUARTER + timedelta(minutes=7)),
    st.sampled_from([1, 1, 1, 5, -1]),
)
steps = st.lists(
    st.one_of(
        st.lists(events, min_size=1, max_size=6).map(lambda many: ("add", many)),
        st.integers(0, 4 * 24 * 3).map(lambda n: ("fold", NOON - n * QUARTER)),
        st.just(("fold", NOON + QUARTER)),
    ),
    max_size=12,
)


@given(steps)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_sum_is_that_of_the_events_however_they_are_folded(
    centre: Centre, steps: list[tuple[str, object]]
) -> None:
    transact(
        centre.engine,
        lambda conn: conn.execute(text("TRUNCATE tally, tally_day, tally_quarter, tally_total")),
    )
    kept: list[tuple[str, str, datetime, int]] = []
    for what, value in steps:
        if what == "add":
            kept.extend(value)  # type: ignore[arg-type]
            add(centre, *value)  # type: ignore[misc]
        else:
            fold(centre, value)  # type: ignore[arg-type]
    transact(centre.engine, lambda conn: compare(conn, kept))


def compare(conn: Connection, kept: list[tuple[str, str, datetime, int]]) -> None:
    """Ask every question and compare with a count over the events themselves."""
    metrics = ["read", "scan"]
    days = {local_day(at, ZONE) for _, _, at, _ in kept} | {local_day(NOON, ZONE)}
    start, end = NOON - timedelta(days=2), NOON - timedelta(days=1)
    assert tally.total(conn, metrics) == sum(n for *_, n in kept)
    for day in days:
        on_day = Counter(
            {
                m: sum(n for metric, _, at, n in kept if metric == m and local_day(at, ZONE) == day)
                for m in metrics
            }
        )
        assert tally.on_day(conn, metrics, day, ZONE) == on_day
    for metric in metrics:
        by_bucket: Counter[datetime] = Counter()
        by_place: Counter[str] = Counter()
        for name, place, at, n in kept:
            if name == metric and start <= bucket_of(at) < end:
                by_bucket[bucket_of(at)] += n
                by_place[place] += n
        found = tally.by_bucket(conn, [metric], start, end)
        assert {at: n for (_, at), n in found.items() if n} == nonzero(by_bucket)
        assert nonzero(tally.by_place(conn, metric, start, end)) == nonzero(by_place)
    assert tally.unequal_sums(conn, ZONE) == []


def nonzero(counts: Mapping[Any, int]) -> dict[Any, int]:
    return {key: n for key, n in counts.items() if n}


def test_a_late_fact_lands_on_its_day(centre: Centre) -> None:
    add(centre, ("read", "north", NOON - timedelta(days=3), 2))
    assert fold(centre, NOON) == 1
    add(centre, ("read", "north", NOON - timedelta(days=3), 1))
    day = local_day(NOON - timedelta(days=3), ZONE)
    assert total(centre, "read") == 3
    assert fold(centre, NOON) == 1
    assert fold(centre, NOON) == 0
    assert total(centre, "read") == 3
    on_day = transact(centre.engine, lambda conn: tally.on_day(conn, ["read"], day, ZONE))
    assert on_day == {"read": 3}


def test_a_correction_counts_back_in_its_own_quarter_hour(centre: Centre) -> None:
    add(centre, ("read", "north", NOON, 3))
    fold(centre, NOON + QUARTER)
    add(centre, ("read", "north", NOON + timedelta(minutes=14), -1))
    found = transact(
        centre.engine, lambda conn: tally.by_bucket(conn, ["read"], NOON, NOON + QUARTER)
    )
    assert found == {("read", NOON): 2}


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2021-10-03T16:59:59+00:00", "2021-10-03"),
        ("2021-10-03T17:00:00+00:00", "2021-10-04"),
        ("2021-10-04T16:59:59+00:00", "2021-10-04"),
    ],
)
def test_a_day_is_the_citys(centre: Centre, at: str, day: str) -> None:
    add(centre, ("read", "north", datetime.fromisoformat(at), 1))
    for _ in range(2):
        counted = transact(
            centre.engine,
            lambda conn: [
                str(found)
                for found in [local_day(NOON, ZONE) + timedelta(days=n) for n in (-1, 0, 1)]
                if tally.on_day(conn, ["read"], found, ZONE)["read"]
            ],
        )
        assert counted == [day]
        fold(centre, NOON + timedelta(days=2))


def test_a_day_before_the_clock_is_changed(centre: Centre) -> None:
    """In a zone with summer time a day may have 23 or 25 hours: each instant lies on one day."""
    berlin = ZoneInfo("Europe/Berlin")
    start, end = day_bounds(datetime(2021, 10, 31, tzinfo=UTC).date(), berlin)
    hours = int((end - start) / timedelta(hours=1))
    add(centre, *(("read", "north", start + timedelta(hours=n), 1) for n in range(hours)))
    transact(centre.engine, lambda conn: tally.fold(conn, end, berlin))
    day = datetime(2021, 10, 31, tzinfo=UTC).date()
    assert transact(centre.engine, lambda conn: tally.on_day(conn, ["read"], day, berlin)) == {
        "read": 25
    }


def test_many_writers_and_a_folder_lose_nothing(centre: Centre) -> None:
    places = [f"cam-{n}" for n in range(20)]

    def write(seed: int) -> None:
        for n in range(15):
            turned = places[(seed + n) % 20 :] + places[: (seed + n) % 20]
            add(centre, *(("read", place, NOON, 1) for place in turned))

    def keep_folding(_: int) -> None:
        for _n in range(15):
            fold(centre, NOON + QUARTER)

    with ThreadPoolExecutor(5) as pool:
        list(
            pool.map(
                lambda job: job[0](job[1]), [(write, n) for n in range(4)] + [(keep_folding, 0)]
            )
        )
    assert total(centre, "read") == 4 * 15 * 20
    fold(centre, NOON + QUARTER)
    assert total(centre, "read") == 4 * 15 * 20
    assert transact(centre.engine, lambda conn: tally.unequal_sums(conn, ZONE)) == []


def test_old_quarter_hours_go_and_sums_stay(centre: Centre) -> None:
    add(centre, ("read", "north", NOON - timedelta(days=90), 4), ("read", "north", NOON, 1))
    before = NOON - timedelta(days=60)
    assert transact(centre.engine, lambda conn: tally.drop_folded(conn, before)) == 0
    fold(centre, NOON)
    assert transact(centre.engine, lambda conn: tally.drop_folded(conn, before)) == 1
    assert total(centre, "read") == 5


def test_presence_counts_places_once_a_day(centre: Centre) -> None:
    today, before = local_day(NOON, ZONE), local_day(NOON, ZONE) - timedelta(days=1)
    rows = [("scan", "gate-1", today), ("scan", "gate-1", today), ("test", "gate-1", today)]
    for _ in range(2):
        transact(
            centre.engine,
            lambda conn: tally.mark_present(conn, [*rows, ("scan", "gate-2", before)]),
        )
    count = transact(
        centre.engine,
        lambda conn: [
            tally.count_present(conn, metrics, day)
            for metrics, day in ((["scan"], today), (["scan", "test"], today), (["scan"], before))
        ],
    )
    assert count == [1, 1, 1]
