"""The grammar of Vietnamese plates: every written form has one normal form, and is shown again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import InvalidInput
from ioc.privacy import HIDDEN, mask_plate, pseudonym
from ioc.vehicles.plate import (
    NEVER_GIVEN,
    SERIES,
    display,
    is_valid,
    look_alikes,
    normalise,
    province_of,
)

codes = st.sampled_from([n for n in range(11, 100) if n not in NEVER_GIVEN])
numbers = st.from_regex(r"[0-9]{4,5}", fullmatch=True)
letters = st.sampled_from(SERIES)
cars = st.builds("{}{}{}".format, codes, letters, numbers)
motorbikes = st.builds(
    "{}{}{}{}".format, codes, letters, st.sampled_from("123456789"), st.integers(10000, 99999)
)
army = st.builds("{}{}{}".format, letters, letters, st.integers(1000, 9999))
diplomats = st.builds(
    "80{}{}{:02}".format,
    st.integers(100, 999),
    st.sampled_from(["NG", "NN", "QT"]),
    st.integers(0, 99),
)
plates = st.one_of(cars, motorbikes, army, diplomats)


@given(plates)
def test_what_is_shown_reads_back_to_the_same_plate(plate: str) -> None:
    assert is_valid(plate)
    assert normalise(display(plate)) == plate


@given(plates, st.sampled_from(["-", ".", " ", " - ", "·"]), st.data())
def test_separators_and_case_say_nothing(plate: str, between: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(plate)))
    assert normalise(f" {plate[:at].lower()}{between}{plate[at:]} ") == plate


@given(st.text(max_size=80))
def test_any_text_is_normalised_or_refused(text: str) -> None:
    try:
        plate = normalise(text)
    except InvalidInput:
        return
    assert re.fullmatch(r"[A-Z0-9]{1,32}", plate)
    assert normalise(plate) == plate


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("43C-168.39", "43C16839"),
        ("29-MĐ1 234.56", "29MD123456"),
        ("29-mđ1 234.56", "29MD123456"),
        ("75 - F1\n284.56", "75F128456"),
        ("TM-12-34", "TM1234"),
        ("80-011-NG-05", "80011NG05"),
    ],
)
def test_written_forms(text: str, plate: str) -> None:
    assert normalise(text) == plate
    assert is_valid(plate)


@pytest.mark.parametrize(
    "text", ["", " - ", "4" * 200, "4" * 33, "43C_168é39", "43C\x0016839", "٤٣C16839"]
)
def test_what_no_plate_has_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="plate"):
        normalise(text)


@pytest.mark.parametrize(
    ("plate", "shown"),
    [
        ("13A12345", "13A-123.45"),
        ("10A12345", "10A-123.45"),
        ("43I12345", "43I12345"),
        ("43W12345", "43W12345"),
        ("43A123", "43A123"),
        ("C43A12345", "C43A12345"),
        ("STOP", "STOP"),
        ("0", "0"),
    ],
)
def test_what_fits_no_grammar_is_still_shown(plate: str, shown: str) -> None:
    assert not is_valid(plate)
    assert province_of(plate) is None
    assert display(plate) == shown


def test_the_province_is_that_of_civil_plates() -> None:
    assert [province_of(plate) for plate in ("75F128456", "43C16839", "TM1234")] == [75, 43, None]


@given(st.sampled_from("ABCDEFGHKLMNPSTUVXYZ0123456789OQI"))
def test_likeness_is_mutual(char: str) -> None:
    assert char not in look_alikes(char)
    assert all(char in look_alikes(other) for other in look_alikes(char))


@given(plates)
def test_a_mask_hides_the_middle_of_every_plate(plate: str) -> None:
    shown = mask_plate(display(plate))
    number = re.findall(r"\d+", display(plate).replace(".", ""))[-1]
    assert HIDDEN in shown
    assert sum(char.isdigit() for char in shown) <= sum(char.isdigit() for char in plate) - 2
    assert number not in shown.replace(".", "")


def test_a_pseudonym_depends_on_secret_kind_and_text() -> None:
    made = {
        pseudonym(secret, kind, text)
        for secret in ("one", "two")
        for kind in ("person", "plate")
        for text in ("a", "b")
    }
    assert len(made) == 8
    assert pseudonym("one", "person", "a") in made
