"""What the code of a document says of its bearer, as far as it does; errors name `code.FIELD`."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache

from ioc.errors import InvalidInput
from ioc.persons.model import FIRST_YEAR, LAST_YEAR, Sex
from ioc.persons.rules import clean_name

HIDDEN = "*"
# Year first as in the national code, day first as on cards; a hidden part is stars.
_SHAPES = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2}|\*{1,2})[-/.](?P<d>\d{1,2}|\*{1,2})"),
    re.compile(r"(?P<d>\d{1,2}|\*{1,2})[-/.](?P<m>\d{1,2}|\*{1,2})[-/.](?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{2})(?P<m>\d{2})(?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})(?P<m>)(?P<d>)"),
)


class CodeFormat(StrEnum):
    """The formats of the codes that people carry."""

    PERSONAL_QR = "personal_qr"
    CITIZEN_CARD = "citizen_card"
    INSURANCE_CARD = "insurance_card"
    VACCINE_PASSPORT = "vaccine_passport"


@dataclass(frozen=True)
class Bearer:
    """What a code says, before any of it is believed; `name` is spelled as it stands there.

    Attributes:
        number: the document's number, None where the code hides or lacks it.
        born_on: None where only `birth_year` is known, or neither.
        card: the id of the card itself: a QID, the id of a certificate.
        also: other numbers of the bearer.
        is_proxy: somebody else declared it, the holder of the card `proxy` where that is said.
    """

    format: CodeFormat
    number: str | None = field(repr=False)
    name: str = field(repr=False)
    born_on: date | None = field(default=None, repr=False)
    birth_year: int | None = field(default=None, repr=False)
    sex: Sex | None = None
    card: str | None = None
    also: tuple[str, ...] = field(default=(), repr=False)
    phone: str | None = field(default=None, repr=False)
    is_proxy: bool = False
    proxy: str | None = None


def name_in(text: str) -> str:
    """Return a name as a code spells it.

    Raises:
        InvalidInput: `code.name` is no name.
    """
    try:
        return clean_name(text)
    except InvalidInput as fault:
        raise InvalidInput("code.name", fault.why) from None


@lru_cache(maxsize=50_000)
def birth_in(text: str) -> tuple[date | None, int | None]:
    """Return the day of birth and its year, as far as they are said; a hidden one is neither.

    >>> birth_in("1990-02-03"), birth_in("1990-**-**"), birth_in("00021990"), birth_in("")
    ((datetime.date(1990, 2, 3), 1990), (None, 1990), (None, 1990), (None, None))

    Raises:
        InvalidInput: `code.born_on` is no day.
    """
    text = text.strip()
    if not text.replace(HIDDEN, "").strip("-/. "):
        return None, None
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(text))), None)
    if found is None or not text.isascii():
        raise InvalidInput("code.born_on", "is no day like 1990-02-03")
    year, month, day = int(found["y"]), found["m"], found["d"]
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput("code.born_on", f"the year {year} cannot be meant")
    # 00 stands for a day or a month that nobody knows, as on old cards.
    if not month or not day or HIDDEN in month + day or not int(month) * int(day):
        return None, year
    try:
        return date(year, int(month), int(day)), year
    except ValueError:
        raise InvalidInput("code.born_on", "is no day of the calendar") from None
