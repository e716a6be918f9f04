"""Whether two readings are of one vehicle, and what they say together. Pure.

Where a camera reads plates itself and we read its picture as well, a vehicle is read twice. Both
look at the same picture: that they agree makes neither surer, that they differ makes both doubtful.
"""

from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from ioc.vehicles.model import Ground, Heading, PlateCharacter, PlateRead
from ioc.vehicles.plate import look_alikes

# What one difference between two texts costs, and from which cost on they are two plates: one
# character that is another, or one too many; two where each is easily taken for the other.
ALIKE, OTHER, MOST = 1.0, 1.5, 2.0
# A plate that nobody could read is taken for one that was only when it is this much nearer in time.
UNREAD_SHARE, UNREAD_COST = 0.5, 10.0
# Who is likelier wrong than right contradicts nobody.
WITNESS_FROM = 0.5
BELOW = 0.001
SUREST = 0.9999
T = TypeVar("T")


def cost_of(one: PlateRead, other: PlateRead, together: timedelta) -> float | None:
    """Return how little two readings of one camera fit, 0 for the same text; None: two vehicles."""
    apart = abs(one.seen_at - other.seen_at)
    if apart > together:
        return None
    if one.not_read is not None or other.not_read is not None:
        return UNREAD_COST if apart <= together * UNREAD_SHARE else None
    cost = distance(one.plate, other.plate)
    return cost if cost <= MOST else None


def distance(one: str, other: str) -> float:
    """Return the least cost of the changes that lead from one text to another.

    >>> distance("75A12345", "75A12345"), distance("75A12345", "75A12845")
    (0.0, 1.0)
    >>> distance("75A12345", "75A1234"), distance("75A12345", "43C99999") > MOST
    (1.5, True)
    """
    before = [place * OTHER for place in range(len(other) + 1)]
    for row, char in enumerate(one, 1):
        here = [row * OTHER]
        for column, told in enumerate(other, 1):
            change = 0.0 if char == told else (ALIKE if told in look_alikes(char) else OTHER)
            least = min(before[column - 1] + change, before[column] + OTHER, here[-1] + OTHER)
            here.append(least)
        before = here
    return before[-1]


def joint(first: PlateRead, second: PlateRead, sure: float) -> PlateRead:
    """Return what two readings of one vehicle say together, under the id and time of the first.

    The surer one is shown. Where they agree it is as sure as the surer one alone; where they differ
    it is never sure enough to act on, unless the other is likelier wrong than right.
    """
    better, other = (second, first) if _is_better(second, first) else (first, second)
    confidence, characters = better.confidence, better.characters
    if better.not_read is None and other.not_read is None and better.plate != other.plate:
        confidence = _contradicted(better.confidence, other.confidence, sure)
        if confidence < better.confidence:
            characters = _doubted(better, other, confidence)
    return replace(
        better,
        id=first.id,
        seen_at=first.seen_at,
        confidence=confidence,
        characters=characters,
        direction=_either(better.direction, other.direction, Heading.UNKNOWN),
        colour=_either(better.colour, other.colour, Ground.UNKNOWN),
        lane=_either(better.lane, other.lane, None),
        layout=_either(better.layout, other.layout, None),
        plate_picture=better.plate_picture or other.plate_picture,
        frame_picture=better.frame_picture or other.frame_picture,
        claim=first.claim,
    )


def _is_better(one: PlateRead, other: PlateRead) -> bool:
    """Tell whether one is to be shown: a text before none, then the surer one."""
    texts = one.not_read is None, other.not_read is None
    return texts[0] if texts[0] != texts[1] else one.confidence > other.confidence


def _contradicted(better: float, other: float, sure: float) -> float:
    if other < WITNESS_FROM:
        return better
    right, wrong = better * (1 - other), other * (1 - better)
    share = right / (right + wrong) if right + wrong else 0.5
    return min(better, share, sure - BELOW)


def _doubted(better: PlateRead, other: PlateRead, confidence: float) -> tuple[PlateCharacter, ...]:
    """Return the characters of a reading, those doubtful at which the other one differs."""
    chars = better.characters
    if len(chars) != len(better.plate):
        chars = tuple(PlateCharacter(char, SUREST) for char in better.plate)
    if len(other.plate) != len(better.plate):
        return chars
    return tuple(
        replace(char, confidence=min(char.confidence, confidence)) if char.char != told else char
        for char, told in zip(chars, other.plate, strict=True)
    )


def _either(one: T, other: T, unknown: T) -> T:
    return other if one == unknown else one
