"""How names, births and numbers are made comparable, and when two persons may be one. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ioc.errors import InvalidInput
from ioc.persons.model import Identity, Likeness, NumberKind, Person, Sex
from ioc.persons.numbers import is_typo, number_of, qid_of, said_by
from ioc.privacy import pseudonym

LONGEST_NAME = 120
# What may stand between the letters of a name; typographers' apostrophes too.
MARKS = frozenset(" '.-\u2019\u02bc,()/")
KIND = "person"
# How sure it is that two persons are one, by why: what a desk looks at first.
SHARES = {
    Likeness.SAME_DOCUMENT: 0.99,
    Likeness.OTHER_DOCUMENT: 0.9,
    Likeness.NUMBER_TYPO: 0.85,
    Likeness.BIRTH_TYPO: 0.8,
    Likeness.SAME_NAME_AND_BIRTH: 0.5,
}
# A year alone is the birth of one in eighty, a day that of one in thirty thousand.
YEAR_ONLY = 0.5
# Numbers that nobody has two of: two that differ by more than a slip are of two people.
OWN = frozenset({NumberKind.CCCD, NumberKind.INSURANCE})

_ISO = re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(T00:00:00.*)?")
_LOCAL = re.compile(r"(?P<d>\d{1,2})[/.\-](?P<m>\d{1,2})[/.\-](?P<y>\d{4})")
_PLAIN = re.compile(r"(?P<d>\d{2})(?P<m>\d{2})(?P<y>\d{4})")
_YEAR = re.compile(r"\d{4}")


class Born(NamedTuple):
    """A birth: its day where it is known, and its year."""

    on: date | None
    year: int


def identify(
    number: str,
    name: str,
    born: str | None,
    *,
    sex: Sex | None = None,
    qid: bool = False,
    also: Sequence[str] = (),
) -> Identity:
    """Return who somebody is, from texts as they were given; `qid` tells what `number` is.

    Raises:
        InvalidInput: `number`, `name` or `born_on` is wrong, or the 12 digits of a citizen's
            number contradict the birth or the sex (`contradicts_number`).
    """
    kind, plain = (NumberKind.QID, qid_of(number)) if qid else number_of(number)
    birth = birth_of(born) if born else None
    if kind is NumberKind.CCCD:
        said = said_by(plain)
        if birth is not None and birth.year != said.year:
            why = f"contradicts_number: {birth.year} here, {said.year} by the number"
            raise InvalidInput("born_on", why)
        if sex is not None and sex is not said.sex:
            raise InvalidInput("sex", f"contradicts_number: {said.sex.value} by the number")
        birth, sex = birth or Born(None, said.year), said.sex
    return Identity(
        plain,
        kind,
        clean_name(name),
        birth.on if birth else None,
        birth.year if birth else None,
        sex,
        also=tuple(other for other in map(_other, also) if other not in (None, plain)),
    )


def _other(text: str) -> str | None:
    """Return another number that a document names; one of no shape says nothing of anybody."""
    try:
        return number_of(text)[1]
    except InvalidInput:
        return None


def clean_name(text: str) -> str:
    """Return a name as it is spelled, with single spaces.

    Raises:
        InvalidInput: it has no letter, is too long, or has what no name has.
    """
    name = " ".join(unicodedata.normalize("NFC", text[: 4 * LONGEST_NAME]).split())
    if len(name) > LONGEST_NAME or not any(char.isalpha() for char in name):
        raise InvalidInput("name", f"needs 1 to {LONGEST_NAME} characters, a letter among them")
    # Most names are letters and spaces: that much is told in one look.
    if name.replace(" ", "").isalpha():
        return name
    strange = [c for c in name if not (c in MARKS or unicodedata.category(c)[0] in "LM")]
    if strange:
        raise InvalidInput("name", f"holds {strange[0]!a}, which no name has")
    return name


def fold_name(name: str) -> str:
    """Return a name for comparison: capitals without marks, single spaces.

    It is also how the national personal QR spells a name (Decision 1405/QD-BTTTT).

    >>> fold_name("Đỗ  Thị Ngọc-Ánh")
    'DO THI NGOC ANH'
    """
    if not name.isascii():
        name = unicodedata.normalize("NFD", name).replace("đ", "d").replace("Đ", "D")
        name = "".join(char for char in name if unicodedata.category(char) != "Mn")
    return " ".join("".join(c if c.isalnum() else " " for c in name).upper().split())


def birth_of(text: str) -> Born:
    """Return a birth written as 1985-03-07, 07/03/1985, 07031985, or its year alone.

    Raises:
        InvalidInput: it is none of these, or no day of the calendar.
    """
    plain = text.strip()
    if _YEAR.fullmatch(plain) and plain.isascii():
        return Born(None, int(plain))
    for shape in (_ISO, _LOCAL, _PLAIN):
        found = shape.fullmatch(plain) if plain.isascii() else None
        if found:
            try:
                on = date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                raise InvalidInput("born_on", "is no day of the calendar") from None
            return Born(on, on.year)
    raise InvalidInput("born_on", "must be a day like 1985-03-07, or a year")


def require_born(identity: Identity, today: date) -> Identity:
    """Return `identity`.

    Raises:
        InvalidInput: the birth lies ahead of today.
    """
    is_ahead = identity.born_on is not None and identity.born_on > today
    if is_ahead or (identity.birth_year or 0) > today.year:
        raise InvalidInput("born_on", "lies ahead of today")
    return identity


def reference_of(secret: str, identity: Identity) -> str:
    """Return the 32 hexadecimal characters that stand for a person, without any look-up."""
    return reference_of_number(secret, identity.kind, identity.number)


def reference_of_number(secret: str, kind: NumberKind, number: str) -> str:
    """Return what stands for whoever has a number; a QID may look like one, so it is told."""
    return pseudonym(secret, KIND, f"qid:{number}" if kind is NumberKind.QID else number)


def likeness(one: Person, other: Person, numbers: tuple[str, str]) -> tuple[Likeness, float] | None:
    """Return why two persons may be one and how sure that is, None where nothing says so.

    `numbers` are theirs, opened.
    """
    same_name = one.key == other.key
    same_day = one.born_on is not None and one.born_on == other.born_on
    year_only = one.born_on is None or other.born_on is None
    same_year = one.birth_year is not None and one.birth_year == other.birth_year
    same_birth = same_day or (year_only and same_year)
    why: Likeness | None = None
    if one.kind is other.kind and is_typo(*numbers) and (same_name or same_day):
        why = Likeness.NUMBER_TYPO
    elif same_name and same_birth:
        why = Likeness.SAME_NAME_AND_BIRTH
        if one.kind is not other.kind:
            why = Likeness.OTHER_DOCUMENT
    elif same_name and same_year and one.kind is not other.kind and _slipped(one, other):
        why = Likeness.BIRTH_TYPO
    if why is None:
        return None
    if why is Likeness.SAME_NAME_AND_BIRTH and one.kind in OWN and year_only:
        return None
    share = SHARES[why]
    return why, round(share * YEAR_ONLY if not same_day and why in BY_BIRTH else share, 3)


BY_BIRTH = frozenset({Likeness.OTHER_DOCUMENT, Likeness.SAME_NAME_AND_BIRTH})


def _slipped(one: Person, other: Person) -> bool:
    """Tell whether two days of a year are one written wrong: day and month changed, or one off."""
    if one.born_on is None or other.born_on is None:
        return False
    changed = (one.born_on.day, one.born_on.month) == (other.born_on.month, other.born_on.day)
    return changed or is_typo(f"{one.born_on:%d%m}", f"{other.born_on:%d%m}")
