"""Platform against paper: the gap is shown, versions are kept, the silent are named."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.centre import Centre
from ioc.doses.model import Dose
from ioc.doses.recording import record_doses
from ioc.overview import figures
from ioc.paper.model import Line, PaperKind, PaperTotal, Rhythm
from ioc.paper.rules import SMALL, rhythm_of, suppressed
from ioc.paper.service import paper_versions, reconcile, record_totals, silences
from ioc.paper.upkeep import drop_totals, recount_totals
from ioc.upkeep import fold_tallies, purge, recount

A, B = "tc-bvtw", "tc-bv-268"
DAY = date(2021, 10, 3)
DOSE = PaperKind.DOSE


def a_total(number: int, n: int, **changes: object) -> PaperTotal:
    values = {"facility": A, "day": DAY, "kind": DOSE, **changes}
    return PaperTotal(f"p-{number}", n=n, **values)


def doses(centre: Centre, n: int, facility: str, start: int = 0) -> list[Dose]:
    at = datetime(2021, 10, 3, 3, tzinfo=centre.city.zone)
    return [
        Dose(f"{facility}-{k}", f"{start + k:032x}", "pfizer", "FF8871", 1, facility, at)
        for k in range(n)
    ]


def test_late_paper_and_double_doses_end_in_the_share_of_the_seed(centre: Centre, clock) -> None:
    """262,167 of 267,490 is 98.01 %: here a thousandth of it, with repeats and late entries."""
    clock.at = datetime(2021, 10, 3, 20, tzinfo=centre.city.zone)
    given_doses = doses(centre, 160, A) + doses(centre, 90, B, 1000)
    record_doses(centre, "platform", given_doses)
    again = [
        Dose(f"x-{k}", one.person, "pfizer", "FF8871", 1, B, one.given_at + timedelta(hours=1))
        for k, one in enumerate(given_doses[:40])
    ]
    record_doses(centre, "campaign", [*again, *given_doses[:20]])
    record_totals(centre, "office", [a_total(1, 150), a_total(2, 92, facility=B)])
    clock.advance(days=2)
    late = [
        Dose(f"l-{k}", f"{5000 + k:032x}", "pfizer", "FF8871", 1, A, one.given_at)
        for k, one in enumerate(given_doses[:12])
    ]
    record_doses(centre, "platform", late)
    record_totals(centre, "office", [a_total(3, 175)])
    found = reconcile(centre, DOSE, DAY, DAY)
    assert (found.total.platform, found.total.paper, found.total.gap) == (262, 267, 5)
    assert round(100 * found.total.share, 2) == 98.13
    assert (found.total.amended, found.total.amended_at) == (12, clock.at)
    [a, b] = found.lines
    assert (a.facility, a.platform, a.paper, a.gap, a.amended) == (A, 172, 175, 3, 12)
    assert (b.facility, b.platform, b.paper, b.gap, b.amended) == (B, 90, 92, 2, 0)
    shown = figures(centre).values
    assert (shown["doses_total"], shown["doses_reported_total"]) == (262, 267)
    versions = paper_versions(centre, A, DAY, DOSE)
    assert [(one.version, one.n, one.superseded_at is None) for one in versions] == [
        (1, 150, False),
        (2, 175, True),
    ]
    fold_tallies(centre)
    to_date = reconcile(centre, DOSE).total
    assert (to_date.platform, to_date.paper, to_date.gap) == (262, 267, 5)
    assert recount(centre) == []


def test_the_line_of_the_seed() -> None:
    line = Line(None, 262_167, 267_490)
    assert (line.gap, round(100 * line.share, 2)) == (5_323, 98.01)


def test_a_total_sent_again_changes_nothing_and_another_under_its_id_is_refused(
    centre: Centre,
) -> None:
    sent = [a_total(1, 10), a_total(1, 10), a_total(2, 12), a_total(3, 12, facility=B)]
    statuses = [one.status.value for one in record_totals(centre, "office", sent)]
    assert statuses == ["recorded", "repeated", "recorded", "recorded"]
    again = record_totals(centre, "office", [a_total(1, 10), a_total(2, 99)])
    assert [one.status.value for one in again] == ["repeated", "refused"]
    assert reconcile(centre, DOSE).total.paper == 24
    assert record_totals(centre, "office", []) == []
    assert drop_totals(centre, DAY + timedelta(days=1)) == 3
    assert recount_totals(centre) == []
    assert purge(centre)["paper totals"] == 0


def test_without_paper_there_is_no_share(centre: Centre) -> None:
    record_doses(centre, "platform", doses(centre, 2, A))
    found = reconcile(centre, DOSE, DAY, DAY)
    assert (found.total.paper, found.total.gap, found.total.share) == (None, None, None)
    assert found.lines[0].platform == 2


def days(*ago: int) -> list[date]:
    return [DAY - timedelta(days=n) for n in sorted(ago, reverse=True)]


@pytest.mark.parametrize(
    ("heard", "rhythm", "usual"),
    [
        (days(), Rhythm.NEVER, None),
        (days(0, 1), Rhythm.NEW, None),
        (days(20, 21), Rhythm.NEW, None),
        (days(0, 1, 2, 3, 4), Rhythm.REPORTING, 1.0),
        (days(3, 4, 5, 6, 7), Rhythm.REPORTING, 1.0),
        (days(4, 5, 6, 7, 8), Rhythm.SILENT, 1.0),
        (days(7, 14, 21, 28, 35), Rhythm.REPORTING, 7.0),
        (days(22, 29, 36, 43, 50), Rhythm.SILENT, 7.0),
        # A long pause that happened before is no alarm.
        (days(6, 7, 8, 9, 10, 17, 18, 19, 20, 21, 22), Rhythm.REPORTING, 1.0),
    ],
)
def test_a_facility_is_measured_by_its_own_rhythm(
    heard: list[date], rhythm: Rhythm, usual: float | None
) -> None:
    found = rhythm_of(A, heard, DAY)
    assert (found.rhythm, found.usual_days) == (rhythm, usual)


def test_every_facility_is_told_the_silent_first(centre: Centre) -> None:
    at = datetime(2021, 9, 20, 9, tzinfo=centre.city.zone)
    steady = [
        Dose(f"s-{k}", f"{k:032x}", "pfizer", "FF8871", 1, A, at + timedelta(days=k))
        for k in range(6)
    ]
    record_doses(centre, "platform", steady)
    found = silences(centre, DOSE)
    assert (found[0].facility, found[0].rhythm, found[0].silent_days) == (A, Rhythm.SILENT, 9)
    assert {one.rhythm for one in found[1:]} == {Rhythm.NEVER}


@given(st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, 30), max_size=6))
def test_no_small_number_is_shown_nor_can_be_told_from_the_sum(cells: dict[str, int]) -> None:
    shown = suppressed(cells)
    hidden = [name for name, n in shown.items() if n is None]
    assert all(n is None or n == 0 or n >= SMALL for n in shown.values())
    assert all(n in (None, cells[name]) for name, n in shown.items())
    others = [name for name, n in cells.items() if n]
    assert len(hidden) != 1 or len(others) == 1
