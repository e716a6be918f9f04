"""What one character makes of a plate: what is kept by shape is what the grammar says of each."""

from hypothesis import example, given
from hypothesis import strategies as st

from ioc.vehicles.changes import ALPHABET, DIGITS, fitting, is_amid_digits, shape_of, slips
from ioc.vehicles.plate import is_valid

PLATES = st.one_of(
    st.from_regex(r"[1-9][0-9][A-Z][A-Z0-9]?[0-9]{4,5}", fullmatch=True),
    st.from_regex(r"[0-9]{5}(NG|NN|QT|CV)[0-9]{2}", fullmatch=True),
    st.from_regex(r"[0-9]{2}(LD|MD1|KT|R|RM)[0-9]{5}", fullmatch=True),
    st.text(ALPHABET, min_size=1, max_size=10),
)


@given(PLATES)
@example("13A12345")
@example("80011NG05")
@example("TM1234")
def test_what_fits_is_what_the_grammar_takes(plate: str) -> None:
    each = tuple(
        "".join(char for char in ALPHABET if is_valid(plate[:n] + char + plate[n + 1 :]))
        for n in range(len(plate))
    )
    assert fitting(shape_of(plate)) == (each if is_valid(plate) else None)


@given(PLATES)
@example("43A12345")
@example("13A12345")
@example("80011NG5")
@example("8011NG05")
def test_slips_are_what_the_grammar_takes(plate: str) -> None:
    left_out, put_in = slips(shape_of(plate))
    longer = {plate[:n] + char + plate[n:] for n, chars in put_in for char in chars}
    assert list(left_out) == [n for n in range(len(plate)) if is_valid(plate[:n] + plate[n + 1 :])]
    assert longer == {
        text
        for n in range(len(plate) + 1)
        for char in (DIGITS if is_amid_digits(plate, n) else ALPHABET)
        if is_valid(text := plate[:n] + char + plate[n:])
    }
