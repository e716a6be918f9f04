"""The QR of the citizen card (CCCD) of 2021: fields split by `|`, without a signature.

`CCCD12|CMND9 or empty|name|DDMMYYYY|Nam/Nữ|address|DDMMYYYY of issue`: Circular 06/2021/TT-BCA.
Six fields lack the old number; more than seven (from 2024) say more after these.
"""

import re
from collections.abc import Sequence

from ioc.persons.bearer import Bearer, CodeFormat, birth_in, name_in
from ioc.persons.model import Sex

MOST_FIELDS = 16
_OLD = re.compile(r"\d{9}|\d{12}")


def fits(parts: Sequence[str]) -> bool:
    """Tell whether fields split by `|` look like a citizen card's."""
    if not 6 <= len(parts) <= MOST_FIELDS or not _is_number(parts[0].strip()):
        return False
    return any(_is_solid_day(parts[place].strip()) for place in (2, 3))


def parse(parts: Sequence[str]) -> Bearer:
    """Return what the card says; its fields look like one.

    Raises:
        InvalidInput: a field is wrong; its name begins with `code.`.
    """
    given = [part.strip() for part in parts]
    # Without the old number everything stands one place earlier.
    if _is_solid_day(given[2]) and not _is_solid_day(given[3]):
        given.insert(1, "")
    number, old, name, born, sex = given[:5]
    born_on, year = birth_in(born)
    return Bearer(
        CodeFormat.CITIZEN_CARD,
        number=number,
        name=name_in(name),
        born_on=born_on,
        birth_year=year,
        sex=_sex(sex),
        also=(old,) if _OLD.fullmatch(old) and old.isascii() and old != number else (),
    )


def _sex(text: str) -> Sex | None:
    word = text.upper()
    if word in ("NAM", "MALE", "M"):
        return Sex.MALE
    # Nữ loses its mark in many a reader.
    return Sex.FEMALE if word[:1] in ("N", "F") else None


def _is_number(text: str) -> bool:
    return len(text) == 12 and text.isascii() and text.isdigit()


def _is_solid_day(text: str) -> bool:
    return len(text) == 8 and text.isascii() and text.isdigit()
