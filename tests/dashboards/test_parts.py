"""The pure parts: markup, words, badges, plates, bars, the strip of certainty."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import components
from dashboards.figures.bands import ageing_bar, band_chart, reconciliation
from dashboards.figures.bars import hour_bars, load_bars, mini_bars
from dashboards.markup import Html, el, join
from dashboards.panels import actions, case
from dashboards.panels.camera_rows import age_told
from dashboards.panels.choosers import Offer
from dashboards.panels.facts import masked
from dashboards.plates import plate_chip
from dashboards.words import Words, running
from ioc.alerts.model import Alert, AlertState, Desk, Priority, Step, StepTaken
from ioc.alerts.rules import possible_steps
from ioc.labels import Language
from ioc.permits.model import PermitClass
from ioc.vehicles.model import Ground, Layout, PlateCharacter, PlateRead

HUE = ZoneInfo("Asia/Ho_Chi_Minh")
VI, EN = Words(Language.VI, HUE), Words(Language.EN, HUE)
NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)


@given(st.text())
def test_whatever_is_shown_is_text(text: str) -> None:
    shown = el("b", text, title=text)
    inner = shown.removeprefix("<b title=").removesuffix("</b>")
    assert "<" not in inner
    assert inner.count('"') == 2


def test_markup_is_not_escaped_twice() -> None:
    assert join([el("b", "a&b"), "c<d"]) == "<b>a&amp;b</b>c&lt;d"
    assert isinstance(join([]), Html)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(3.7, "3 s"), (119, "119 s"), (733, "12 phút"), (7_200, "2 giờ"), (200_000, "2 ngày")],
)
def test_an_age_is_told_in_the_largest_unit_that_fits(seconds: float, told: str) -> None:
    assert age_told(seconds, VI) == told


def test_a_source_acts_as_one() -> None:
    assert VI.doer("source:portal") == "nguồn portal"
    assert EN.doer("minh") == "minh"


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ({"cls": "x"}, '<i class="x"></i>'),
        ({"data_age": 3}, '<i data-age="3"></i>'),
        ({"hidden": True}, "<i hidden></i>"),
        ({"hidden": False, "id": None}, "<i></i>"),
        ({"for_": "x"}, '<i for="x"></i>'),
        ({"x": 1.04}, '<i x="1"></i>'),
        ({"x": 2.25}, '<i x="2.2"></i>'),
    ],
)
def test_attributes(attributes, shown) -> None:
    assert el("i", **attributes) == shown


@pytest.mark.parametrize(
    ("value", "decimals", "vi", "en"),
    [
        (1896116, 0, "1.896.116", "1,896,116"),
        (0.93, 2, "0,93", "0.93"),
        (-4, 0, "−4", "−4"),
        (0, 0, "0", "0"),
    ],
)
def test_numbers(value, decimals, vi, en) -> None:
    assert VI.number(value, decimals) == vi
    assert EN.number(value, decimals) == en


def test_shares_days_and_times_of_the_city() -> None:
    assert VI.percent(0.9801, 2) == "98,01\u00a0%"
    assert VI.time(NOW) == "14:32:08"
    assert VI.day(NOW) == "04/10/2021"
    assert VI.weekday(NOW) == "Thứ Hai"
    assert EN.weekday(NOW) == "Monday"
    assert [VI.signed(n) for n in (3, 0, -3)] == ["+3", "±0", "−3"]


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (-5, "0 s", "0 s"),
        (8, "8 s", "8 s"),
        (60, "1 phút", "1 min"),
        (3 * 3600 + 59, "3 giờ", "3 h"),
        (19 * 86400, "19 ngày", "19 d"),
    ],
)
def test_ages(seconds, vi, en) -> None:
    assert VI.age(timedelta(seconds=seconds)) == vi
    assert EN.age(timedelta(seconds=seconds)) == en


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (134, "2:14"), (7205, "2:00:05"), (-1, "0:00")]
)
def test_running_times(seconds, shown) -> None:
    assert running(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("kind", "shape", "letter", "spoken"),
    [
        (PermitClass.GREEN, "<circle", ">X<", "Thẻ xanh"),
        (PermitClass.YELLOW, "<path", ">V<", "Thẻ vàng"),
        (PermitClass.RED, "<rect", ">Đ<", "Thẻ đỏ"),
    ],
)
def test_a_pass_is_told_by_shape_and_letter(kind, shape, letter, spoken) -> None:
    shown = components.badge(kind, VI)
    assert shape in shown
    assert letter in shown
    assert f'aria-label="{spoken}"' in shown


@pytest.mark.parametrize(
    ("shown", "layout", "box", "lines"),
    [
        ("43C-168.39", Layout.ONE_LINE, "0 0 520 110", ["43C-168.39"]),
        ("43C-168.39", Layout.TWO_LINE, "0 0 330 165", ["43C", "168.39"]),
        ("75-F1 284.56", Layout.TWO_LINE, "0 0 190 140", ["75-F1", "284.56"]),
        ("43C-•••.39", None, "0 0 520 110", ["43C-•••.39"]),
        ("?", Layout.TWO_LINE, "0 0 520 110", ["?"]),
    ],
)
def test_a_plate_is_drawn_in_its_proportions(shown, layout, box, lines) -> None:
    chip = plate_chip(shown, Ground.YELLOW, layout)
    assert f'viewBox="{box}"' in chip
    assert [f">{line}</text>" in chip for line in lines] == [True] * len(lines)
    assert "ground-yellow" in chip


def test_a_plate_whose_ground_nobody_told_is_not_coloured() -> None:
    assert "ground-unknown" in plate_chip("43C-168.39")


def test_bars_stand_on_zero_and_mark_what_is_over() -> None:
    assert mini_bars([]).count("<rect") == 0
    assert mini_bars([0, 3]).count('class="bar"') == 2
    shown = load_bars([0.5, 1.0, 1.1], 1.0, (268, 150), "limit")
    assert shown.count('class="bar over"') == 1
    hours = hour_bars([4] * 24, 9, (450, 150))
    assert hours.count('class="bar now"') == 1
    # What has not happened yet is not drawn.
    assert hours.count("<rect") == 10


def an_alert(state: AlertState, **changes: object) -> Alert:
    values = {
        "id": "7",
        "desk": Desk.POLICE,
        "priority": Priority.P2,
        "state": state,
        "plate": "43C16839",
        "reason": "yellow_on_main",
        "rule": "R-V1",
        "camera": "cam-117",
        "sighting": "s",
        "first_seen_at": NOW,
        "last_seen_at": NOW,
        "raised_at": NOW,
        "due_at": NOW + timedelta(minutes=2),
        "sightings": 1,
    }
    return Alert(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("state", list(AlertState))
def test_only_steps_that_follow_can_be_taken(state) -> None:
    shown = actions.actions(an_alert(state), [Offer("Unit 3", 4)], EN, may_act=True)
    hidden = Step.SHELVE if state is AlertState.SHELVED else Step.UNSHELVE
    buttons = {
        step: next(part for part in shown.split("<button") if f">{EN.say(step)}</b>" in part)
        for step in set(Step) - {hidden}
    }
    for step, button in buttons.items():
        assert ("disabled" in button) is (step not in possible_steps(state)), step
    assert shown.count("is-next") == (state in actions.NEXT)


@pytest.mark.parametrize("state", list(AlertState))
def test_under_the_thumb_lie_at_most_three_steps_that_follow(state) -> None:
    steps = actions.AT_HAND[state]
    assert len(steps) <= 3
    assert set(steps) <= set(possible_steps(state))
    shown = actions.at_hand(an_alert(state), [], EN, may_act=True)
    assert shown.count("is-main") == bool(steps)
    assert actions.at_hand(an_alert(state), [], EN, may_act=False) == ""


def test_each_key_stands_for_one_action() -> None:
    codes = {step: code for step, (code, _) in actions.KEYS.items() if step is not Step.UNSHELVE}
    assert set(codes) | {Step.UNSHELVE} == set(Step)
    assert len(set(codes.values())) == len(codes)
    assert "KeyH" not in codes.values()
    assert "Digit3" not in actions.actions(an_alert(AlertState.NEW), [], EN, may_act=False)


def test_the_life_of_a_case_marks_what_comes_next() -> None:
    log = [
        StepTaken("7", "raise", NOW, "R-V1", AlertState.NEW),
        StepTaken("7", Step.ACKNOWLEDGE, NOW, "police", AlertState.ACKNOWLEDGED),
    ]
    shown = case.life(an_alert(AlertState.ACKNOWLEDGED), log, EN)
    assert shown.count("is-past") == 2
    assert shown.count("is-next") == 1
    assert "is-next" not in case.life(an_alert(AlertState.CLOSED), log, EN)


def test_a_doubtful_character_is_marked() -> None:
    sure = [PlateCharacter(char, 0.99) for char in "43C1683"]
    read = PlateRead(
        "r", "cam-117", "43C16839", 0.9, NOW, characters=(*sure, PlateCharacter("9", 0.54))
    )
    shown = case.strip(read, "43C-168.39", None, EN)
    assert shown.count("is-doubtful") == 1
    assert ">54<" in shown
    assert shown.count('class="gap"') == 2
    assert EN.say("case.no_permit") in shown


def test_a_name_keeps_its_first_letters_alone() -> None:
    assert masked("Vận tải Nam Sơn") == "V•• t•• N•• S••"


def test_a_curve_shows_whole_hours_before_what_is_usual() -> None:
    values, low, high = [5] * 24, [2] * 24, [8] * 24
    known = band_chart(values, (low, high), 9.4, (240, 60), "5 at nine")
    assert known.count("L") == 8 + 47
    assert 'class="band"' in known
    assert 'aria-label="5 at nine"' in known
    unknown = band_chart(values, ((), ()), 0.4, (240, 60), "none")
    assert 'class="band"' not in unknown
    assert 'class="today"' not in unknown


@pytest.mark.parametrize(
    ("held", "paper", "told"),
    [
        (262_167, 267_490, 'style="width:98.010%"'),
        (5, 4, 'style="width:100.000%"'),
        (0, 0, "is-empty"),
    ],
)
def test_a_gap_is_drawn_at_its_true_scale(held: int, paper: int, told: str) -> None:
    assert told in reconciliation(held, paper)


def test_every_step_of_age_has_room_for_its_number() -> None:
    for steps in ((0, 0, 0, 0), (1, 0, 0, 9_000)):
        widths = [
            float(w)
            for w in re.findall(r'width="([\d.]+)" height="34"', ageing_bar(steps, "abcd", 450))
        ]
        assert min(widths) >= 60
        assert sum(widths) == pytest.approx(450 - 4 * 3, abs=0.5)
