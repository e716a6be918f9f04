"""Every fault of the tables of vaccines, tests and colours is named with its file and line."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.doses.rulebook import read_vaccines
from ioc.errors import ConfigFault
from ioc.health.model import ColourRule, PersonColour, Standing
from ioc.health.rules import colour_of, read_colours, rules_on
from ioc.samples.rulebook import read_tests
from tests.conftest import ROOT

HUE = ROOT / "config" / "hue"
AT = datetime(2021, 10, 4, 7, tzinfo=UTC)
DAY = timedelta(days=1)
RULES, FAULTS = read_colours(HUE)
Read = Callable[[Path], tuple[object, list[ConfigFault]]]

WRONG: list[tuple[Read, str, str, str, str]] = [
    (
        read_vaccines,
        "vaccines.toml",
        '\ncounts = "first"',
        '\ncounts = "some"',
        "counts: 'some' is",
    ),
    (read_vaccines, "vaccines.toml", "days = 3", "dais = 3", "dais: is not known here"),
    (read_vaccines, "vaccines.toml", "doses = 3", "doses = 6", "intervals: names 3 for a"),
    (read_vaccines, "vaccines.toml", "[14, 14, 90]", '"14"', "intervals: needs a list of days"),
    (
        read_vaccines,
        "vaccines.toml",
        'also = ["CIGB-66"]',
        'also = ["pfizer"]',
        "also: 'pfizer' is",
    ),
    (read_vaccines, "vaccines.toml", "from = 12", "from = 13", "from: groups follow one"),
    (read_vaccines, "vaccines.toml", 'lot = "[A-Z', 'lot = "([A-Z', "lot: is no pattern"),
    (
        read_tests,
        "tests.toml",
        'positive = "suspect"',
        'positive = "x"',
        "positive: 'x' is none of",
    ),
    (read_tests, "tests.toml", "pool = 10", "pool = 0", "pool: 0 does not lie between"),
    (read_tests, "tests.toml", 'also = ["pool"', 'also = ["pcr"', "also: 'pcr' is another kind"),
    (read_tests, "tests.toml", 'barcode = "[A-Z', 'barcode = "([A-Z', "barcode: is no pattern"),
    (read_colours, "person_colours.toml", 'colour = "red"', 'colour = "blue"', "colour: 'blue' is"),
    (read_colours, "person_colours.toml", "doses = 1", "dose = 1", "dose: is not known here"),
    (read_colours, "person_colours.toml", "full = true", 'full = "yes"', "full: 'yes' is neither"),
    (
        read_colours,
        "person_colours.toml",
        "valid_from = 2021-09-21\n",
        "",
        "valid_from: is missing",
    ),
]


@pytest.mark.parametrize(("read", "name", "right", "wrong", "said"), WRONG)
def test_a_fault_is_named_with_its_line(
    tmp_path: Path, read: Read, name: str, right: str, wrong: str, said: str
) -> None:
    text = (HUE / name).read_text(encoding="utf-8")
    assert right in text
    (tmp_path / name).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    _, faults = read(tmp_path)
    told = [fault for fault in faults if fault.fault.startswith(said)]
    assert told, faults
    assert told[0].line > 0


@pytest.mark.parametrize("read", [read_vaccines, read_tests, read_colours])
def test_a_city_may_leave_a_table_out(tmp_path: Path, read: Read) -> None:
    assert read(tmp_path)[1] == []


@pytest.mark.parametrize(
    ("held", "colour"),
    [
        ({}, None),
        ({"positive_at": AT - 13 * DAY}, PersonColour.RED),
        ({"positive_at": AT - 14 * DAY}, None),
        ({"doses": 1, "last_dose_at": AT - 13 * DAY}, None),
        ({"doses": 1, "last_dose_at": AT - 14 * DAY}, PersonColour.YELLOW),
        ({"doses": 2, "last_dose_at": AT, "full_at": AT - 13 * DAY}, None),
        ({"doses": 2, "last_dose_at": AT, "full_at": AT - 14 * DAY}, PersonColour.GREEN),
        ({"doses": 2, "last_dose_at": AT, "full_at": AT - 365 * DAY}, None),
        ({"recovered_at": AT - 179 * DAY}, PersonColour.GREEN),
        ({"recovered_at": AT - 180 * DAY}, None),
        ({"negative_until": AT + DAY}, PersonColour.YELLOW),
        ({"negative_until": AT}, None),
        # A recent positive stands above everything else.
        (
            {
                "positive_at": AT - DAY,
                "full_at": AT - 30 * DAY,
                "doses": 2,
                "negative_until": AT + DAY,
            },
            PersonColour.RED,
        ),
    ],
)
def test_the_colour_of_a_person_by_the_shipped_rules(held: dict, colour: object) -> None:
    assert not FAULTS
    assert colour_of(Standing("p", **held), rules_on(RULES, AT.date()), AT) is colour


def test_before_the_rules_hold_nobody_has_a_colour() -> None:
    assert rules_on(RULES, datetime(2021, 9, 20, tzinfo=UTC).date()) == ()


INSTANTS = st.none() | st.integers(-3000, 1500).map(lambda hours: AT + timedelta(hours=hours))


@given(INSTANTS, INSTANTS, INSTANTS, st.integers(0, 3))
def test_the_first_rule_that_fits_says_it(
    positive: datetime | None, full: datetime | None, negative: datetime | None, doses: int
) -> None:
    held = Standing("p", doses, full, full if doses > 1 else None, positive, None, negative)
    whatever = ColourRule("all", PersonColour.GREEN, AT.date())
    assert colour_of(held, [whatever, *RULES], AT) is PersonColour.GREEN
    is_red = positive is not None and positive <= AT < positive + 14 * DAY
    assert (colour_of(held, RULES, AT) is PersonColour.RED) is is_red


def test_every_product_names_its_source() -> None:
    text = (HUE / "vaccines.toml").read_text(encoding="utf-8")
    assert len(re.findall(r"^source = ", text, re.M)) == len(read_vaccines(HUE)[0].products)
