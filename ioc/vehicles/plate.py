"""The grammar of Vietnamese plates: normal form, shapes, how a plate is shown.

Source: Circulars 58/2020/TT-BCA, 24/2023/TT-BCA and 79/2024/TT-BCA; province codes 11-99 without
those never given out, 80 for the central police department.
"""

import re
import unicodedata

from ioc.errors import InvalidInput

MAX_RAW = 64
MAX_PLATE = 32
# Stands before the camera where a vehicle has no plate that anybody read.
UNREAD = "?"
NEVER_GIVEN = frozenset({13, 42, 44, 45, 46, 87, 91, 96})
SERIES = "ABCDEFGHKLMNPSTUVXYZ"
SECOND = SERIES + "R"
SPECIAL_SERIES = ("LD", "DA", "KT", "HC", "MD", "TD", "CD", "RM", "R", "MK")

_SEPARATORS = re.compile(r"[\s.\-_/·•]+")
_CODE = r"(?P<code>[1-9]\d)"
_CAR = re.compile(
    rf"{_CODE}(?P<series>{'|'.join(SPECIAL_SERIES)}|[{SERIES}]{{1,2}})(?P<number>\d{{5}}|\d{{4}})"
)
_MOTORBIKE = re.compile(
    rf"{_CODE}(?P<series>MD[1-9]|[{SERIES}][1-9]|[{SERIES}][{SECOND}])(?P<number>\d{{5}}|\d{{4}})"
)
_DIPLOMATIC = re.compile(rf"{_CODE}(?P<country>\d{{3}})(?P<series>NG|NN|QT|CV)(?P<number>\d{{2}})")
_ARMY = re.compile(r"(?P<series>[A-Z]{2})(?P<number>\d{4})")
# All shapes at once, without the codes never given out: asked often for each doubtful read.
_GIVEN = rf"(?!10|{'|'.join(str(code) for code in sorted(NEVER_GIVEN))})"
_NAMES = re.compile(r"\?P<\w+>")
_VALID = re.compile(
    f"{_GIVEN}(?:{'|'.join(_NAMES.sub('', s.pattern) for s in (_CAR, _MOTORBIKE, _DIPLOMATIC))})"
    f"|{_NAMES.sub('', _ARMY.pattern)}"
)

# How likely a text is, against one of the usual shape that a reader finds as likely. Two letters in
# a series that stands for nothing special were on 1 % of 1,398 motorbikes in 2016, and are on more
# each year since 2023; a text of no shape is twenty times rarer than it looks.
RARE, OUTSIDE = 0.3, 0.05

# Characters that cameras take for one another, from the shapes of the lettering.
LOOK_ALIKES = ("0DOQ", "1IT7", "2Z", "3B8", "5S", "6G", "8B", "UV", "AR4", "EF", "HM", "CG", "PF")


def normalise(text: str) -> str:
    """Return `text` as `[A-Z0-9]`: upper case, Đ as D, without separators.

    >>> normalise("43c-168.39")
    '43C16839'
    >>> normalise("29-MĐ1 234.56")
    '29MD123456'

    Raises:
        InvalidInput: nothing is left, something else than letters and digits is in it, or it is
            longer than a plate can be.
    """
    if len(text) > MAX_RAW:
        raise InvalidInput("plate", f"has {len(text)} characters, at most {MAX_PLATE} are possible")
    plain = unicodedata.normalize("NFC", text).upper().replace("Đ", "D")
    plate = _SEPARATORS.sub("", plain)
    if not plate:
        raise InvalidInput("plate", "is empty")
    if not re.fullmatch(r"[A-Z0-9]+", plate):
        raise InvalidInput("plate", f"{text[:40]!r} has characters that no plate has")
    if len(plate) > MAX_PLATE:
        raise InvalidInput(
            "plate", f"has {len(plate)} characters, at most {MAX_PLATE} are possible"
        )
    return plate


def is_valid(plate: str) -> bool:
    """Tell whether a normalised text is a plate of the Vietnamese grammar.

    >>> [is_valid(plate) for plate in ("43C16839", "75F128456", "80011NG05", "TM1234", "13A12345")]
    [True, True, True, True, False]
    """
    return _VALID.fullmatch(plate) is not None


def plausibility(plate: str) -> float:
    """Return how likely a normalised text is on the road, 1 for the usual shapes, never 0.

    >>> [plausibility(plate) for plate in ("54S85452", "54SB5452", "51LD12345", "5S4B5452")]
    [1.0, 0.3, 1.0, 0.05]
    """
    if not is_valid(plate):
        return OUTSIDE
    series = plate[2:4]
    is_rare = plate[0].isdigit() and series.isalpha() and series not in SPECIAL_SERIES
    return RARE if is_rare else 1.0


def province_of(plate: str) -> int | None:
    """Return the registration code of a valid civil plate, or None.

    >>> province_of("75F128456")
    75
    """
    if not is_valid(plate) or not plate[0].isdigit():
        return None
    return int(plate[:2])


def display(plate: str) -> str:
    """Return the plate as it is written on the metal; what has no plate's shape is shown as it is.

    In place of a plate that nobody read stands the camera that saw the vehicle: a mark is shown.

    >>> [display(plate) for plate in ("43C16839", "29Y1234", "75F128456", "80011NG05", "TM1234")]
    ['43C-168.39', '29Y-1234', '75-F1 284.56', '80-011-NG-05', 'TM-12-34']
    >>> display(UNREAD + "cam-001")
    '?'
    """
    if plate.startswith(UNREAD):
        return UNREAD
    if match := _DIPLOMATIC.fullmatch(plate):
        return f"{match['code']}-{match['country']}-{match['series']}-{match['number']}"
    if match := _ARMY.fullmatch(plate):
        return f"{match['series']}-{match['number'][:2]}-{match['number'][2:]}"
    if match := _CAR.fullmatch(plate):
        return f"{match['code']}{match['series']}-{_grouped(match['number'])}"
    if match := _MOTORBIKE.fullmatch(plate):
        return f"{match['code']}-{match['series']} {_grouped(match['number'])}"
    return plate


def look_alikes(char: str) -> str:
    """Return the characters that a camera may take for `char`, without itself.

    >>> look_alikes("8")
    'B3'
    """
    others = {other: None for group in reversed(LOOK_ALIKES) if char in group for other in group}
    return "".join(other for other in others if other != char)


def _grouped(number: str) -> str:
    return f"{number[:3]}.{number[3:]}" if len(number) == 5 else number


def distance(one: str, other: str) -> int:
    """Return how many characters must be changed, added or left out to turn one into the other.

    >>> distance("43A12345", "43A12346"), distance("43A1234", "43A12345")
    (1, 1)
    """
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]
