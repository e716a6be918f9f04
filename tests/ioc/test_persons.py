"""Persons: who somebody is, met once by whatever path, and who may be one with whom."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput, Unavailable
from ioc.persons import store
from ioc.persons.model import Identity, Likeness, NumberKind, Sex
from ioc.persons.numbers import is_typo, number_of
from ioc.persons.rules import Born, birth_of, clean_name, fold_name, identify, reference_of
from ioc.persons.sealing import open_number, parts_of, seal_number
from ioc.persons.service import (
    compare_fresh,
    drop_persons,
    find_persons,
    heads_of,
    meet,
    numbers_of,
    references,
)

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
ANH = identify("046185000123", "Đỗ Thị Ngọc Ánh", "1985-03-07")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("046085000123", NumberKind.CCCD, "046085000123"),
        ("046 085 000 123", NumberKind.CCCD, "046085000123"),
        ("101185000123", NumberKind.CCCD, "101185000123"),  # born abroad
        ("191234567", NumberKind.CMND, "191234567"),
        ("b1234567", NumberKind.PASSPORT, "B1234567"),
        ("C01X00T47", NumberKind.PASSPORT, "C01X00T47"),
        ("DN 4 46 0123456789", NumberKind.INSURANCE, "0123456789"),
        ("0123456789", NumberKind.INSURANCE, "0123456789"),
    ],
)
def test_a_number_tells_its_document(text: str, kind: NumberKind, number: str) -> None:
    assert number_of(text) == (kind, number)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("04608500012", "unknown_shape"),
        ("003085000123", "unknown_province"),
        ("000085000123", "unknown_province"),
        ("ABCDEFGH", "unknown_shape"),
        ("٠٤٦٠٨٥٠٠٠١٢٣", "unknown_shape"),
        ("", "unknown_shape"),
    ],
)
def test_what_is_no_number_is_refused_by_name(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^number: {why}"):
        number_of(text)


@pytest.mark.parametrize(
    ("number", "born", "sex", "fault"),
    [
        ("046085000123", "1985-03-07", None, None),
        ("046085000123", None, None, None),
        ("046085000123", "1986-03-07", None, "born_on: contradicts_number"),
        ("046085000123", "1986", None, "born_on: contradicts_number"),
        ("046085000123", "1985", Sex.FEMALE, "sex: contradicts_number"),
        ("046304000123", "2004-01-31", Sex.FEMALE, None),
        ("046204000123", "1904", None, "born_on: contradicts_number"),
        ("191234567", "1904", Sex.FEMALE, None),
    ],
)
def test_the_twelve_digits_are_held_against_birth_and_sex(number, born, sex, fault) -> None:
    if fault is None:
        assert identify(number, "A", born, sex=sex).number == number
        return
    with pytest.raises(InvalidInput, match=f"^{fault}"):
        identify(number, "A", born, sex=sex)


def test_a_citizens_number_says_year_and_sex_where_nothing_else_does() -> None:
    one = identify("046185000123", "Anh", None)
    assert (one.born_on, one.birth_year, one.sex) == (None, 1985, Sex.FEMALE)


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("1985-03-07", Born(date(1985, 3, 7), 1985)),
        ("7/3/1985", Born(date(1985, 3, 7), 1985)),
        ("07031985", Born(date(1985, 3, 7), 1985)),
        ("1985-03-07T00:00:00+07:00", Born(date(1985, 3, 7), 1985)),  # a cell of a workbook
        ("1985", Born(None, 1985)),
    ],
)
def test_a_birth_is_read_as_people_write_it(text: str, born: Born) -> None:
    assert birth_of(text) == born


@pytest.mark.parametrize("text", ["1985-02-30", "85", "32/01/1985", "mai", "", "１９８５"])
def test_what_is_no_birth_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^born_on: "):
        birth_of(text)


@given(st.text(max_size=60))
def test_a_folded_name_folds_to_itself_and_case_and_marks_do_not_matter(text: str) -> None:
    folded = fold_name(text)
    assert fold_name(folded) == folded
    assert folded == folded.strip()
    assert "  " not in folded


@pytest.mark.parametrize("name", ["", "  ", "A1", "A\nB\0", "x" * 121, "123", "A;B"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"^name: "):
        clean_name(name)


digits = st.text("0123456789", min_size=12, max_size=12)


@given(digits, st.integers(0, 11), st.sampled_from("0123456789"))
def test_one_other_digit_is_a_slip_and_leaves_one_part_of_the_number(number, at, digit) -> None:
    typed = number[:at] + digit + number[at + 1 :]
    assert is_typo(number, typed) is (number != typed)
    assert any(a == b for a, b in zip(parts_of("s", number), parts_of("s", typed), strict=True))


@given(digits, digits)
def test_a_slip_is_one_both_ways(one, other) -> None:
    assert is_typo(one, other) == is_typo(other, one)
    if sum(a != b for a, b in zip(one, other, strict=True)) > 2:
        assert not (is_typo(one, other) and one[1:] != other[:-1] and one[:-1] != other[1:])


def test_a_sealed_number_opens_for_its_person_under_its_secret_alone() -> None:
    sealed = seal_number("one secret", "ref", "046085000123")
    assert b"046085" not in sealed
    assert open_number("one secret", "ref", sealed) == "046085000123"
    for secret, ref in (("another", "ref"), ("one secret", "other")):
        with pytest.raises(Unavailable):
            open_number(secret, ref, sealed)


def met(centre: Centre, *identities: Identity, at: datetime = NOW) -> list[str]:
    return transact(centre.engine, lambda conn: meet(conn, centre, identities, at))


def alike(centre: Centre) -> list[tuple[str, str, Likeness]]:
    def work(conn):
        return compare_fresh(conn, centre, 1_000)[1]

    return [(one.one, one.other, one.why) for one in transact(centre.engine, work)]


def test_who_is_met_again_is_kept_once_and_known_without_asking(centre: Centre) -> None:
    spelled = replace(ANH, name="DO THI NGOC ANH")
    refs = met(centre, ANH, spelled, ANH) + met(centre, ANH)
    assert refs == references(centre, [ANH]) * 4
    assert refs[0] == reference_of(centre.settings.secret, ANH)
    with centre.engine.connect() as conn:
        person = find_persons(conn, refs)[refs[0]]
        assert (person.name, person.key) == ("Đỗ Thị Ngọc Ánh", "DO THI NGOC ANH")
        assert (person.born_on, person.sex) == (date(1985, 3, 7), Sex.FEMALE)
        assert store.variants_of(conn, refs[0]) == []
        assert numbers_of(conn, centre, refs) == {refs[0]: "046185000123"}
        assert heads_of(conn, refs) == {refs[0]: refs[0]}


def test_a_day_of_birth_is_learnt_and_another_name_is_kept_beside_the_first(centre) -> None:
    [ref] = met(centre, identify("191234567", "Lê Văn Bình", None))
    met(centre, identify("191234567", "Lê Văn Bình", "1960"))
    met(centre, identify("191234567", "LE VAN BINH", "1960-05-02"))
    met(centre, identify("191234567", "Trần Thị Hoa", "1971-01-01"))
    with centre.engine.connect() as conn:
        person = find_persons(conn, [ref])[ref]
        assert (person.name, person.born_on) == ("Lê Văn Bình", date(1960, 5, 2))
        assert store.variants_of(conn, ref) == [("Trần Thị Hoa", date(1971, 1, 1), 1971)]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (identify("046185000124", "Do Thi Ngoc Anh", "1985"), Likeness.NUMBER_TYPO),
        (identify("046185000132", "Đỗ Thị Ngọc Anh", "1985-03-07"), Likeness.NUMBER_TYPO),
        (identify("046185000128", "Do Thi Ngoc Oanh", "1985-03-07"), Likeness.NUMBER_TYPO),
        (identify("B1234567", "Đỗ Thị Ngọc Ánh", "1985-03-07"), Likeness.OTHER_DOCUMENT),
        (identify("191234567", "Đỗ Thị Ngọc Ánh", "1985"), Likeness.OTHER_DOCUMENT),
        (identify("191234567", "Đỗ Thị Ngọc Ánh", "1985-07-03"), Likeness.BIRTH_TYPO),
        (identify("046185777777", "Đỗ Thị Ngọc Ánh", "1985-03-07"), Likeness.SAME_NAME_AND_BIRTH),
        (identify("046185777777", "Đỗ Thị Ngọc Ánh", "1985"), None),
        (identify("046185000124", "Lê Thị Hoa", "1985-03-08"), None),
        (identify("191234567", "Đỗ Thị Ngọc Ánh", "1984-03-07"), None),
    ],
)
def test_who_may_be_one_is_found_once(centre: Centre, other: Identity, why: Likeness) -> None:
    first = met(centre, ANH)
    assert alike(centre) == []
    pair = tuple(sorted(first + met(centre, other)))
    assert alike(centre) == ([] if why is None else [(*pair, why)])
    assert alike(centre) == []


def test_a_document_that_names_another_number_makes_a_pair_whoever_came_first(centre) -> None:
    card = identify("046185000123", "Đỗ Thị Ngọc Ánh", "1985-03-07", also=["191234567"])
    old = identify("191234567", "Đỗ Ánh", None)
    pair = tuple(sorted(met(centre, card) + met(centre, old)))
    assert alike(centre) == [(*pair, Likeness.SAME_DOCUMENT)]


def test_a_person_whom_nobody_meets_is_deleted_on_his_day(centre: Centre) -> None:
    [gone, kept] = met(centre, ANH, identify("B1234567", "John Smith", "1970"))
    met(centre, identify("B1234567", "John Smith", "1970"), at=NOW + 30 * DAY)
    assert drop_persons(centre, (NOW + DAY).date()) == 1
    with centre.engine.connect() as conn:
        assert list(store.find(conn, [gone, kept], opened=True)) == [kept]
