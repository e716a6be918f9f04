"""The QR of the health-insurance card (BHYT): names as hexadecimal UTF-8, without a signature.

`number|hex(name)|dd/mm/yyyy|sex (1 male, 2 female)|hex(address)|facility|from|to|…`; the number has
15 signs, of cards since 2021 the last ten.
"""

import re
from collections.abc import Sequence

from ioc.errors import InvalidInput
from ioc.persons.bearer import Bearer, CodeFormat, birth_in, name_in
from ioc.persons.model import Sex

LEAST_FIELDS, MOST_FIELDS = 4, 24
_NUMBER = re.compile(r"[A-Z]{2}[0-9A-Z]\d{12}|\d{10}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
SEXES = {"1": Sex.MALE, "2": Sex.FEMALE}


def fits(parts: Sequence[str]) -> bool:
    """Tell whether fields split by `|` look like a health-insurance card's."""
    if not LEAST_FIELDS <= len(parts) <= MOST_FIELDS:
        return False
    number, name = parts[0].strip().upper(), parts[1].strip()
    return bool(_NUMBER.fullmatch(number)) and bool(_HEX.fullmatch(name))


def parse(parts: Sequence[str]) -> Bearer:
    """Return what the card says.

    Raises:
        InvalidInput: a field is wrong; its name begins with `code.`.
    """
    if not fits(parts):
        raise InvalidInput("code", "is no health-insurance card")
    number = parts[0].strip().upper()
    born_on, year = birth_in(parts[2])
    return Bearer(
        CodeFormat.INSURANCE_CARD,
        number=number,
        name=name_in(_text(parts[1].strip())),
        born_on=born_on,
        birth_year=year,
        sex=SEXES.get(parts[3].strip()),
    )


def _text(encoded: str) -> str:
    try:
        return bytes.fromhex(encoded).decode("utf-8")
    except ValueError:
        raise InvalidInput("code.name", "is no UTF-8 in hexadecimal") from None
