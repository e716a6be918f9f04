"""The face of a Vietnamese plate: which characters stand in which line, and on what metal."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ioc.errors import InvalidInput
from ioc.vehicles.model import Ground, Layout

RED_LETTERS = ("NG", "QT")
_DIPLOMATIC = re.compile(r"(\d\d)(\d{3})(NG|NN|QT|CV)(\d\d)")
_ARMY = re.compile(r"([A-Z]{2})(\d\d)(\d\d)")
_MOTORBIKE = (
    re.compile(r"(\d\d)([A-Z]\d)(\d{4,5})"),
    re.compile(r"(\d\d)([A-Z]{2})(\d{4,5})"),
    re.compile(r"(\d\d)([A-Z]{2}\d)(\d{5})"),
)
_CAR = re.compile(r"(\d\d[A-Z]{1,2})(\d{5}|\d{4})")
# The special series of electric and trial vehicles are written with a crossed D.
_CROSSED = {"MD": "MĐ", "TD": "TĐ"}


class Blank(StrEnum):
    """The pressed metal a plate is made of."""

    LONG = "long"
    SHORT = "short"
    MOTORBIKE = "motorbike"

    @property
    def size_mm(self) -> tuple[int, int]:
        """Width and height in millimetres."""
        return {Blank.LONG: (520, 110), Blank.SHORT: (330, 165), Blank.MOTORBIKE: (190, 140)}[self]

    @property
    def layout(self) -> Layout:
        """One line on the long blank, two on the others."""
        return Layout.ONE_LINE if self is Blank.LONG else Layout.TWO_LINE


@dataclass(frozen=True)
class PlateFace:
    """One plate: `text` is normalised `[A-Z0-9]`, without separators, crossed D as D."""

    text: str
    blank: Blank
    ground: Ground

    def __post_init__(self) -> None:
        if not (2 <= len(self.text) <= 12 and self.text.isascii() and self.text.isalnum()):
            raise InvalidInput("plate", f"{self.text!r} needs 2 to 12 characters A-Z, 0-9")
        if self.text != self.text.upper():
            raise InvalidInput("plate", f"{self.text!r} needs capital letters")
        if self.ground is Ground.UNKNOWN:
            raise InvalidInput("ground", "a plate needs a known colour to be drawn")

    @property
    def layout(self) -> Layout:
        """How the characters stand."""
        return self.blank.layout

    @property
    def lines(self) -> tuple[str, ...]:
        """The characters with the separators of the law, one string a line.

        >>> PlateFace("51F12345", Blank.LONG, Ground.WHITE).lines
        ('51F-123.45',)
        >>> PlateFace("59P135790", Blank.MOTORBIKE, Ground.WHITE).lines
        ('59-P1', '357.90')
        """
        upper, lower = _halves(self.text, self.blank)
        if self.blank.layout is Layout.TWO_LINE:
            return upper, lower
        return (f"{upper}-{lower}",)


def _dotted(digits: str) -> str:
    return f"{digits[:3]}.{digits[3:]}" if len(digits) == 5 else digits


def _halves(text: str, blank: Blank) -> tuple[str, str]:
    if match := _DIPLOMATIC.fullmatch(text):
        return f"{match[1]}-{match[2]}", f"{match[3]}-{match[4]}"
    if match := _ARMY.fullmatch(text):
        return match[1], f"{match[2]}-{match[3]}"
    for shape in _MOTORBIKE if blank is Blank.MOTORBIKE else ():
        if match := shape.fullmatch(text):
            letters = match[2].rstrip("0123456789")
            series = _CROSSED.get(letters, letters) + match[2][len(letters) :]
            return f"{match[1]}-{series}", _dotted(match[3])
    if match := _CAR.fullmatch(text):
        series = match[1][2:]
        return match[1][:2] + _CROSSED.get(series, series), _dotted(match[2])
    # A foreign or partial text has no law of ours: it is cut in the middle.
    middle = len(text) // 2
    return text[:middle], text[middle:]
