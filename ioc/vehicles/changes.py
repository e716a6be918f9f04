"""What one character more, less or other makes of a plate, by the grammar. Pure.

Asked hundreds of times for each doubtful read, so answers are kept by the shape of a plate.
"""

from collections.abc import Iterable
from functools import lru_cache

from ioc.vehicles.plate import is_valid

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = ALPHABET[:10]


def shape_of(plate: str) -> str:
    """Return a text of the same shape, for any change of one character.

    No rule tells digits behind the code apart, but for a 0 after the first letter of a series.
    """
    return plate[:3] + plate[3:5].translate(ANY_DIGIT) + plate[5:].translate(EVERY_DIGIT)


ANY_DIGIT = str.maketrans("23456789", "1" * 8)
EVERY_DIGIT = str.maketrans("023456789", "1" * 9)
# A country has some thousands of shapes; what the grammar says of each is asked once.
SHAPES = 16_384
# What may stand behind one province's code may stand behind any: shapes that differ in it share
# most of their answers, so that the first plate of a province waits for few of them.
CODE, BEHIND = "11", "A11111"


@lru_cache(SHAPES)
def fitting(shape: str) -> tuple[str, ...] | None:
    """Return for each place the characters that make a plate there; None where it is none."""
    if not is_valid(shape):
        return None
    if not shape[:2].isdigit():
        return tuple(_fitting_at(shape, place) for place in range(len(shape)))
    return _fitting_at(shape, 0), _fitting_at(shape, 1), *_fitting_behind(shape[2:])


@lru_cache(SHAPES)
def _fitting_behind(rest: str) -> tuple[str, ...]:
    """Return for each place behind a province's code the characters that make a plate there."""
    return tuple(_fitting_at(CODE + rest, place) for place in range(2, 2 + len(rest)))


def _fitting_at(shape: str, place: int) -> str:
    return "".join(char for char in ALPHABET if is_valid(_with(shape, place, char)))


# Places that may be left out, and places with the characters that may be put in there.
Slips = tuple[tuple[int, ...], tuple[tuple[int, str], ...]]


@lru_cache(SHAPES)
def slips(shape: str) -> Slips:
    """Return the places that leave a plate when left out, and what makes one when put in where."""
    if not is_valid(shape[:2] + BEHIND):
        return _slips_from(shape, 0)
    left_out, put_in = _slips_behind(shape[2:])
    first = tuple(place for place in (0, 1) if is_valid(_without(shape, place)))
    # A digit put into the code pushes its second one behind it.
    if is_valid(CODE + shape[1:]):
        put_in = (*_put_in(shape, range(2)), *put_in)
    return (*first, *left_out), put_in


@lru_cache(SHAPES)
def _slips_behind(rest: str) -> Slips:
    """Return the same of what stands behind a province's code."""
    return _slips_from(CODE + rest, 2)


def _slips_from(shape: str, start: int) -> Slips:
    places = range(start, len(shape))
    left_out = tuple(place for place in places if is_valid(_without(shape, place)))
    return left_out, _put_in(shape, range(start, len(shape) + 1))


def _put_in(shape: str, places: Iterable[int]) -> tuple[tuple[int, str], ...]:
    found = []
    for place in places:
        before, behind = shape[:place], shape[place:]
        wanted = DIGITS if is_amid_digits(shape, place) else ALPHABET
        if chars := "".join(char for char in wanted if is_valid(before + char + behind)):
            found.append((place, chars))
    return tuple(found)


def _without(plate: str, place: int) -> str:
    return plate[:place] + plate[place + 1 :]


def is_amid_digits(plate: str, place: int) -> bool:
    return plate[max(0, place - 1) : place + 1].isdigit()


def _with(plate: str, place: int, char: str) -> str:
    return plate[:place] + char + plate[place + 1 :]
