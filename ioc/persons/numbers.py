"""Numbers of documents: their shapes, what the 12 digits of a citizen's number say. Pure.

Shapes: citizen's card (CCCD) 12 digits, the identity card before it (CMND) 9; social insurance 10
digits, which the 15 characters of a health-insurance card end with; a passport up to 12 letters and
digits. The 12 digits (Circular 07/2016/TT-BCA, article 3): three for the place where the birth was
registered, a province or another country; one for the century and the sex, two for the year, six at
random.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ioc.errors import InvalidInput
from ioc.persons.model import NumberKind, Sex

SEPARATORS = re.compile(r"[\s.\-_/]+")
CCCD = re.compile(r"\d{12}")
CMND = re.compile(r"\d{9}")
INSURED = re.compile(r"(?:[A-Z]{2}\d{3})?(?P<own>\d{10})")
PASSPORT = re.compile(r"(?=.*\d)(?:(?=.*[A-Z])[A-Z0-9]{6,12}|\d{7,8})")
QID = re.compile(r"[!-~]{1,64}")
LONGEST = 64

# Codes of the provinces (Decision 124/2004/QD-TTg); from 100 on they are of other countries.
PROVINCES = frozenset(
    {
        *(1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35),
        *(36, 37, 38, 40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70),
        *(72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96),
    }
)
ABROAD = 100
CENTURIES = (1900, 2000, 2100, 2200, 2300)
SHAPES = "12 digits (CCCD), 9 (CMND), 10 or 15 characters (insurance), or a passport's"


@dataclass(frozen=True)
class Said:
    """What a citizen's number says of its holder."""

    province: int
    year: int
    sex: Sex


def number_of(text: str) -> tuple[NumberKind, str]:
    """Return of which document a number is, and the number without separators, in capitals.

    >>> number_of("046 085 000123")[1], number_of("DN4460123456789")
    ('046085000123', (<NumberKind.INSURANCE: 'insurance'>, '0123456789'))

    Raises:
        InvalidInput: it is the number of no document, or its digits cannot be.
    """
    plain = SEPARATORS.sub("", text[: 2 * LONGEST]).upper()
    if CCCD.fullmatch(plain) and plain.isascii():
        said_by(plain)
        return NumberKind.CCCD, plain
    if CMND.fullmatch(plain) and plain.isascii():
        return NumberKind.CMND, plain
    insured = INSURED.fullmatch(plain)
    if insured and plain.isascii():
        return NumberKind.INSURANCE, insured["own"]
    if PASSPORT.fullmatch(plain) and plain.isascii():
        return NumberKind.PASSPORT, plain
    raise InvalidInput("number", f"unknown_shape: needs {SHAPES}")


def qid_of(text: str) -> str:
    """Return an id that the national QR platform gave, as it stands.

    Raises:
        InvalidInput: it is empty, too long, or has other characters than a code can.
    """
    plain = text.strip()
    if not QID.fullmatch(plain):
        raise InvalidInput("number", "unknown_shape: a QID has 1 to 64 letters, digits and signs")
    return plain


def said_by(number: str) -> Said:
    """Return what the 12 digits of a citizen's number say.

    >>> said_by("046085000123")
    Said(province=46, year=1985, sex=<Sex.MALE: 'male'>)

    Raises:
        InvalidInput: no province has its code.
    """
    place, century = int(number[:3]), int(number[3])
    if place < ABROAD and place not in PROVINCES:
        raise InvalidInput("number", f"unknown_province: no province has the code {number[:3]}")
    year = CENTURIES[century // 2] + int(number[4:6])
    return Said(place, year, Sex.FEMALE if century % 2 else Sex.MALE)


def is_typo(one: str, other: str) -> bool:
    """Tell whether two numbers differ by one character: another, one more, or two changed round.

    >>> [is_typo("0123", other) for other in ("0133", "0213", "012", "0123", "1032")]
    [True, True, True, False, False]
    """
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = _common(one, other, lambda text, at: text[at])
    end = _common(one[start:], other[start:], lambda text, at: text[-1 - at])
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    return max(len(left), len(right)) == 1 or (len(left) == 2 and left == right[::-1])


def _common(one: str, other: str, char: Callable[[str, int], str]) -> int:
    most = min(len(one), len(other))
    return next((at for at in range(most) if char(one, at) != char(other, at)), most)
