"""The national personal QR: `SoGiayTo|HoTen|NgaySinh|LoaiDinhDanh|QID|EXT`, read and written.

Decision 1405/QD-BTTTT of 11/9/2021, version 1.1. EXT holds, split by `<`: the QID of who declared
for another, sex (0 unknown, 1 male, 2 female), health-insurance number, phone, signature. The order
in print differs from source to source: what does not fit its position is looked for by its shape.
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ioc.errors import InvalidInput
from ioc.persons.bearer import HIDDEN, Bearer, CodeFormat, birth_in, name_in
from ioc.persons.model import Sex
from ioc.persons.rules import fold_name

FIELDS = (5, 6)
SELF, BY_ANOTHER = "0", "1"
KINDS = frozenset({"", SELF, BY_ANOTHER})
SEXES = {"1": Sex.MALE, "2": Sex.FEMALE}
SEX_DIGITS = {None: "0", Sex.MALE: "1", Sex.FEMALE: "2"}
PROXY, SEX, INSURANCE, PHONE, SIGNATURE = range(5)
# No longer than the marks between the sub-fields and a sex.
SHORT = 5

_NUMBER = re.compile(r"[A-Z0-9]{5,20}")
_MASKED = re.compile(r"(?=.*\*)[A-Z0-9*]{3,20}")
_QID = re.compile(r"[A-Za-z0-9._:+/=-]{1,64}")
SHAPES: Sequence[re.Pattern[str]] = (
    re.compile(r"[A-Za-z0-9._:+/=-]{4,64}"),
    re.compile(r"[012]"),
    re.compile(r"[A-Z]{2}[0-9A-Z]\d{12}|\d{10}"),
    re.compile(r"\+?\d{8,15}"),
    re.compile(r"[A-Za-z0-9_-]{86}(?:==)?"),
)
# What tells itself from the others wherever it stands, the surest first.
TELLING = (
    (SIGNATURE, SHAPES[SIGNATURE]),
    (INSURANCE, re.compile(r"[A-Z]{2}[0-9A-Z]\d{12}")),
    (SEX, SHAPES[SEX]),
    (PHONE, re.compile(r"(?:\+84|0)[35789]\d{8}")),
    (INSURANCE, SHAPES[INSURANCE]),
    (PROXY, SHAPES[PROXY]),
)


@dataclass(frozen=True)
class Signed:
    """What a personal QR signs: the text before the signature, and the 64 bytes themselves."""

    content: bytes
    signature: bytes


def fits(parts: Sequence[str]) -> bool:
    """Tell whether fields split by `|` look like a personal QR."""
    return len(parts) in FIELDS and parts[3].strip() in KINDS and bool(parts[4].strip())


def parse(text: str) -> tuple[Bearer, Signed | None]:
    """Return what a personal QR says, and what it signs if it is signed.

    Raises:
        InvalidInput: a field is wrong; its name begins with `code.`.
    """
    parts = [part.strip() for part in text.split("|")]
    if not fits(parts):
        raise InvalidInput("code", "is no personal QR")
    number = parts[0].upper().replace(" ", "")
    if number and not _NUMBER.fullmatch(number) and not _MASKED.fullmatch(number):
        raise InvalidInput("code.number", "is no number of a document")
    if not _QID.fullmatch(parts[4]):
        raise InvalidInput("code.qid", "holds other signs than a QID does")
    born_on, year = birth_in(parts[2])
    ext = parts[5] if len(parts) == FIELDS[1] else ""
    found = _short_extras(ext) if len(ext) <= SHORT else _extras(ext)
    bearer = Bearer(
        CodeFormat.PERSONAL_QR,
        number=number if _NUMBER.fullmatch(number) else None,
        name=name_in(parts[1]),
        born_on=born_on,
        birth_year=year,
        sex=SEXES.get(found[SEX]),
        card=parts[4],
        also=(found[INSURANCE],) if found[INSURANCE] else (),
        phone=found[PHONE] or None,
        is_proxy=parts[3] == BY_ANOTHER,
        proxy=found[PROXY] or None,
    )
    return bearer, _signed(text.strip(), found[SIGNATURE])


def mint(bearer: Bearer, sign: Callable[[bytes], bytes], *, is_masked: bool = False) -> str:
    """Return the text of the personal QR of a bearer who has a card, signed by `sign`: 64 bytes.

    `is_masked` hides what the decision hides on a display: the first six signs of the number, day
    and month of birth.
    """
    number, born = bearer.number or "", _day(bearer.born_on, bearer.birth_year)
    if is_masked:
        number = HIDDEN * min(6, len(number)) + number[6:]
        born = f"{born[:4]}-**-**" if born else ""
    kind = BY_ANOTHER if bearer.is_proxy else SELF
    insurance = next(iter(bearer.also), "")
    ext = "<".join((bearer.proxy or "", SEX_DIGITS[bearer.sex], insurance, bearer.phone or "", ""))
    content = "|".join((number, fold_name(bearer.name), born, kind, bearer.card or "", ext))
    signature = base64.urlsafe_b64encode(sign(content.encode())).decode().rstrip("=")
    return content + signature


def _day(born_on: date | None, year: int | None) -> str:
    if born_on is not None:
        return born_on.isoformat()
    return "" if year is None else f"{year}-**-**"


@lru_cache(256)
def _short_extras(ext: str) -> Sequence[str]:
    """Return the same of a text too short for a number of anybody: it may be remembered."""
    return tuple(_extras(ext))


def _extras(ext: str) -> Sequence[str]:
    """Return the five sub-fields: by position where all fit theirs, else each where it fits."""
    given = [part.strip() for part in ext.split("<")]
    if len(given) <= len(SHAPES) and all(
        not part or (shape.fullmatch(part) and (place == SIGNATURE or not _is_signature(part)))
        for place, (part, shape) in enumerate(zip(given, SHAPES, strict=False))
    ):
        return [*given, *[""] * (len(SHAPES) - len(given))]
    found = [""] * len(SHAPES)
    for part in given:
        places = (place for place, shape in TELLING if not found[place] and shape.fullmatch(part))
        place = next(places, None)
        if place is not None:
            found[place] = part
    return found


def _is_signature(part: str) -> bool:
    return SHAPES[SIGNATURE].fullmatch(part) is not None


def _signed(text: str, signature: str) -> Signed | None:
    if not signature or not text.endswith(signature):
        return None
    bare = signature.rstrip("=")
    try:
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_", validate=True)
    except ValueError:
        return None
    content = text.removesuffix(signature).encode("utf-8", "replace")
    return Signed(content, raw) if len(raw) == 64 else None
