"""The rules of the report by themselves: what is unusual, what is silent, how the page fills."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.briefings.behind import Whole
from ioc.briefings.book import UnusualRule
from ioc.briefings.model import AlertLine, Figure, RuleKind
from ioc.briefings.reading import read_briefing
from ioc.briefings.rules import suppressed
from ioc.briefings.unusual import Behind, Found, sentences
from ioc.labels import CONFIG_DIR

FIGURE = Figure(
    id="scans", kind="total", source="points", value=1_000, day=130, before=100,
    series=(*[100] * 19, 130), band=(90, 110), as_of="2021-10-03T17:00:00+00:00", is_late=False,
    reported=90, expected=100, late=0, against=None, parts={}, units={},
)  # fmt: skip
Kind = RuleKind
RULE = UnusualRule("B-01", RuleKind.CHANGE, "scans", share=0.1)
OVERDUE = {"overdue": 44, "overdue_before": 41}


def a_rule(kind: RuleKind, **changes: object) -> UnusualRule:
    return replace(RULE, kind=kind, **changes)


def a_figure(**changes: object) -> Figure:
    return replace(FIGURE, **changes)


def keys(found: Found, rule: UnusualRule) -> list[str]:
    [one] = [s for s in sentences([rule], found) if s.rule == rule.id] or [None]
    return [] if one is None else [part.key.split(".")[1] for part in one.says]


@pytest.mark.parametrize(
    ("rule", "figure", "behind", "said"),
    [
        (RULE, FIGURE, Behind(), ["change_up", "mean_up"]),
        (RULE, a_figure(day=70), Behind(), ["change_down", "mean_down"]),
        (RULE, a_figure(day=109), Behind(), []),
        # A source that began four days ago has no mean of seven.
        (RULE, a_figure(series=(*[0] * 16, 100, 100, 100, 130)), Behind(), []),
        (
            RULE, FIGURE, Behind(top=("Chợ Đông Ba", 16), silent=(("A Lưới", 8), ("Nam Đông", 2))),
            ["change_up", "mean_up", "top", "silent_in"],
        ),
        (a_rule(Kind.BAND), FIGURE, Behind(), ["band_over", "steady_band"]),
        (a_rule(Kind.BAND), a_figure(series=(100, 80)), Behind(), ["band_under", "steady_band"]),
        (a_rule(Kind.BAND), a_figure(series=(100, 110)), Behind(), []),
        (a_rule(Kind.GAP, least=10), FIGURE, Behind(), []),
        (
            a_rule(Kind.GAP, least=10), a_figure(against=1_020),
            Behind(short=(("A", 12), ("B", 8))), ["gap", "gap_share", "gap_places"],
        ),
        (a_rule(Kind.GAP, least=30), a_figure(against=1_020), Behind(), []),
        (
            a_rule(Kind.OVERDUE, least=10), a_figure(parts=OVERDUE),
            Behind(agencies=(("a", 14), ("b", 11)), oldest_days=19),
            ["overdue", "overdue_more", "overdue_agencies", "overdue_oldest"],
        ),
        (a_rule(Kind.OVERDUE, least=50), a_figure(parts=OVERDUE), Behind(), []),
        (
            a_rule(Kind.SILENT), FIGURE, Behind(silent=(("A", 10),)),
            ["silent", "silent_in_one"],
        ),
        (a_rule(Kind.SILENT, share=0.2), FIGURE, Behind(), []),
        (a_rule(Kind.LATE), FIGURE, Behind(), []),
        (a_rule(Kind.LATE), a_figure(is_late=True), Behind(), ["late", "late_more"]),
        (a_rule(Kind.FALSE, least=20), FIGURE, Behind(), ["false", "false_of"]),
        (a_rule(Kind.FALSE, least=60), FIGURE, Behind(), []),
    ],
)  # fmt: skip
def test_a_rule_fits_what_it_is_for(rule, figure, behind, said) -> None:
    alerts = [AlertLine(0, 60, 40, 50, 8)]
    assert keys(Found({"scans": figure}, {"scans": behind}, alerts), rule) == said


def test_the_three_that_fit_best_are_told_one_a_figure() -> None:
    figures = {
        name: a_figure(id=name, day=day, against=1_500)
        for name, day in (("scans", 120), ("tests", 150), ("doses", 101), ("calls", 100))
    }
    rules = [
        UnusualRule("C-1", RuleKind.CHANGE, "scans", share=0.1),
        UnusualRule("C-2", RuleKind.CHANGE, "tests", share=0.1),
        UnusualRule("C-3", RuleKind.GAP, "scans", least=400),
        UnusualRule("C-4", RuleKind.GAP, "nothing", least=1),
    ]
    told = sentences(rules, Found(figures))
    assert [(one.rule, one.figure) for one in told] == [
        ("C-2", "tests"),
        ("C-1", "scans"),
        ("", "doses"),
    ]
    assert [one.score for one in told] == [5000, 2000, 0]
    weighed = [replace(rules[0], weight=3.0), *rules[1:]]
    assert sentences(weighed, Found(figures))[0].rule == "C-1"


@given(
    st.dictionaries(st.integers(0, 30).map(str), st.integers(0, 12), max_size=20),
    st.lists(st.sampled_from("xyz"), min_size=31, max_size=31),
)
def test_no_count_of_few_people_can_be_told_from_its_district(counts, letters) -> None:
    districts = {str(n): letter for n, letter in enumerate(letters)}
    shown = suppressed(counts, districts, 5)
    assert shown.keys() == counts.keys()
    hidden = defaultdict(list)
    for unit, n in counts.items():
        assert shown[unit] in (n, None)
        assert not (0 < n < 5 and shown[unit] is not None)
        if shown[unit] is None:
            hidden[districts[unit]].append(unit)
    for district, units in hidden.items():
        rest = [u for u in counts if districts[u] == district and u not in units and counts[u]]
        assert len(units) > 1 or not rest


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('cut_off = "06:00"', 'cut_off = "six"', "cut_off: 'six' is no time of day"),
        ('source = "hotline"', 'source = "phone"', "source: there is no [[source]] 'phone'"),
        ('figure = "doses"', 'figure = "dose"', "figure: there is no [[figure]] 'dose'"),
        ('kind = "silent"', 'kind = "quiet"', "kind: 'quiet' is none of change, band"),
        ("steps = [40, 80, 160]", "steps = [80, 40]", "steps: needs a rising list"),
        ('address = "IOC_BRIEFING_OFFICE"', 'address = "a@b.vn"', "address: names an environment"),
        ("least = 1000", "lest = 1000", "lest: is not known here; is 'least' meant?"),
        ('stage = "approved"', 'stage = "liked"', "stage: 'liked' is none of"),
        ('id = "tests"', 'id = "doses"', "id: 'doses' stands twice"),
        ("since = 2021-05-01", "since = 5", "since: '5' is no day"),
    ],
)
def test_a_fault_of_its_file_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    whole = (CONFIG_DIR / "hue" / "briefing.toml").read_text(encoding="utf-8")
    assert old in whole
    (tmp_path / "briefing.toml").write_text(whole.replace(old, new, 1), encoding="utf-8")
    book, faults = read_briefing(tmp_path)
    assert book is None
    assert any(fault in str(one) for one in faults), faults


def test_a_city_without_the_file_has_no_report(tmp_path: Path) -> None:
    assert read_briefing(tmp_path) == (None, [])
    assert Whole.NOTHING in set(Whole)
