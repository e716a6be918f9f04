"""A figure taken apart is exact, bounded, and says where it comes from and what it lacks."""

from datetime import date, timedelta

import pytest

from ioc import tally
from ioc.breakdown import MOST_DAYS, By, Span, break_down
from ioc.centre import Centre
from ioc.clock import BUCKET, day_bounds
from ioc.db import transact
from ioc.errors import InvalidInput, NotFound
from ioc.overview import figures
from tests.ioc.test_alarm_load import cry

TODAY = date(2021, 10, 4)
DAY = timedelta(days=1)
DONG_BA, MY_CHANH = "19783-2021", "19849-2021"


@pytest.fixture
def counted(centre: Centre) -> Centre:
    """Permits and doses at places of two units, today and before; one place nobody knows."""
    start, _ = day_bounds(TODAY, centre.city.zone)
    counts = {
        ("permit.granted", "xn-bvtw", start): 2,
        ("permit.granted", "my-chanh", start + 5 * BUCKET): 3,
        ("permit.granted", "19849", start + 5 * BUCKET): 1,
        ("permit.granted", "nowhere", start + 28 * BUCKET): 4,
        ("permit.granted", "xn-bvtw", start - BUCKET): 7,
        ("dose", "xn-bvtw", start): 98,
        ("dose", "xn-bvtw", start - DAY): 50,
        ("paper.dose", "xn-bvtw", start): 100,
    }
    transact(centre.engine, lambda conn: tally.add(conn, counts))
    return centre


def parts(centre: Centre, name: str, by: By, span: Span | None = None) -> dict[str | None, int]:
    whole = break_down(centre, name, by, span)
    return {part.key: part.n for part in whole.parts if part.n}


@pytest.mark.parametrize("folded", [False, True], ids=["fresh", "folded"])
def test_the_parts_are_exact(counted: Centre, folded: bool) -> None:
    if folded:
        until = counted.now() + DAY
        transact(counted.engine, lambda conn: tally.fold(conn, until, counted.city.zone))
    both = Span(TODAY - DAY, TODAY + DAY)
    name = "vehicles_approved_total"
    assert parts(counted, name, By.UNIT) == {DONG_BA: 2, MY_CHANH: 4, None: 4}
    assert parts(counted, name, By.UNIT, both) == {DONG_BA: 9, MY_CHANH: 4, None: 4}
    assert parts(counted, name, By.DAY, both) == {"2021-10-03": 7, "2021-10-04": 10}
    assert parts(counted, name, By.HOUR, both) == {
        "2021-10-03T23:00:00+07:00": 7,
        "2021-10-04T00:00:00+07:00": 2,
        "2021-10-04T01:00:00+07:00": 4,
        "2021-10-04T07:00:00+07:00": 4,
    }
    assert sum(parts(counted, name, By.DAY, both).values()) == figures(counted).values[name]


def test_hours_that_have_not_begun_are_no_noughts(counted: Centre) -> None:
    whole = break_down(counted, "reads_today", By.HOUR, None)
    assert [part.key for part in whole.parts][-1] == "2021-10-04T14:00:00+07:00"
    assert len(whole.parts) == 15


def test_the_gap_to_what_is_on_paper_is_shown(counted: Centre) -> None:
    whole = break_down(counted, "doses_total", By.DAY, Span(TODAY - DAY, TODAY + DAY))
    assert whole.against is not None
    assert whole.against.name == "doses_reported_total"
    assert [(part.n, part.against) for part in whole.parts] == [(50, 0), (98, 100)]
    assert whole.gap == -48
    assert break_down(counted, "doses_total", By.UNIT, None).gap == 2
    assert break_down(counted, "reads_today", By.UNIT, None).gap is None


def test_places_are_counted_once(centre: Centre) -> None:
    def work(conn) -> None:
        for day in (TODAY, TODAY - DAY):
            tally.mark_present(conn, [("scan", "my-chanh", day), ("scan", "xn-bvtw", day)])
        tally.mark_present(conn, [("scan", "cau-nhi", TODAY)])

    transact(centre.engine, work)
    both = Span(TODAY - DAY, TODAY + DAY)
    assert parts(centre, "points_active", By.DAY, both) == {"2021-10-03": 2, "2021-10-04": 3}
    assert sum(parts(centre, "points_active", By.UNIT, both).values()) == 3
    with pytest.raises(InvalidInput, match="by: places are counted once a day"):
        break_down(centre, "points_active", By.HOUR, None)


def test_a_state_has_units_and_no_past(centre: Centre) -> None:
    cry(centre, 3)
    assert sum(parts(centre, "alerts_open", By.UNIT).values()) == 3
    total = figures(centre).values["cameras_total"]
    assert sum(parts(centre, "cameras_total", By.UNIT).values()) == total
    assert parts(centre, "reports_open", By.UNIT) == {}
    with pytest.raises(InvalidInput, match="by: alerts_open is a state of this moment"):
        break_down(centre, "alerts_open", By.DAY, None)


UNBOUNDED_SPANS = [
    (By.DAY, Span(TODAY, TODAY), "until"),
    (By.DAY, Span(TODAY, TODAY + 2 * DAY), "until"),
    (By.DAY, Span(TODAY - MOST_DAYS[By.DAY] * DAY, TODAY + DAY), "from"),
    (By.UNIT, Span(TODAY - MOST_DAYS[By.UNIT] * DAY, TODAY + DAY), "from"),
    (By.HOUR, Span(TODAY - MOST_DAYS[By.HOUR] * DAY, TODAY + DAY), "from"),
    (By.HOUR, Span(TODAY - 60 * DAY, TODAY - 59 * DAY), "from"),
    (By.UNIT, Span(date.min, date.min + DAY), "from"),
]


def test_a_span_is_bounded(centre: Centre, subtests) -> None:
    for by, span, field in UNBOUNDED_SPANS:
        with subtests.test(by=by, span=span, field=field):
            with pytest.raises(InvalidInput) as refused:
                break_down(centre, "reads_today", by, span)
            assert refused.value.field == field


def test_an_unknown_figure_is_not_found(centre: Centre) -> None:
    with pytest.raises(NotFound):
        break_down(centre, "nothing", By.DAY, None)
