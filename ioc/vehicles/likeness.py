"""Which plates a read may be of, and how likely each is by what the reader saw. Pure.

A read tells the likeliest character of each place and how sure it is; what it leaves open is
spread over the other characters by how often the reader takes one for the other. Counts of that
stand in config/confusions.toml. One character too many or too few is possible, and rare.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

from ioc.errors import InvalidInput
from ioc.vehicles.model import PlateRead
from ioc.vehicles.plate import is_valid, look_alikes

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = ALPHABET[:10]
# Added to what was counted: shapes that are alike, and a little for any pair never seen.
ALIKE, ANY = 0.002, 0.0001


@dataclass(frozen=True)
class Width:
    """How many texts are worth a look, and among how many single changes pairs are tried."""

    texts: int
    paired: int


# An accusation has to be explained away; a doubtful read is asked about anyhow.
WIDE, NARROW = Width(texts=250, paired=20), Width(texts=100, paired=8)
# A civil plate ends in four digits, or five.
NUMBER = 4
SUREST = 0.9999


@dataclass(frozen=True)
class Confusions:
    """How often the reader told `told` where `true` stood: counts by true, then told."""

    told: Mapping[str, Mapping[str, int]]
    missed: Mapping[str, int]

    @cached_property
    def others(self) -> Mapping[str, Mapping[str, float]]:
        """Return by the character told what it may truly be, with shares that add up to 1."""
        return {told: self._others(told) for told in ALPHABET}

    @cached_property
    def digits(self) -> Mapping[str, Mapping[str, float]]:
        """Return the same where nothing but a digit can stand."""
        return {
            told: {true: share for true, share in others.items() if true.isdigit()}
            for told, others in self.others.items()
        }

    @cached_property
    def lost(self) -> Mapping[str, float]:
        """Return how likely each character is to be the one that was left out."""
        total = sum(self.missed.values()) + len(ALPHABET)
        return {char: (self.missed.get(char, 0) + 1) / total for char in ALPHABET}

    @cached_property
    def lost_digits(self) -> Mapping[str, float]:
        """Return the same of digits alone."""
        return {char: share for char, share in self.lost.items() if char.isdigit()}

    def _others(self, told: str) -> dict[str, float]:
        rates = {
            true: self._rate(true, told) + ANY + (ALIKE if true in look_alikes(told) else 0.0)
            for true in ALPHABET
            if true != told
        }
        total = sum(rates.values())
        return {true: rate / total for true, rate in rates.items()}

    def _rate(self, true: str, told: str) -> float:
        """Return how often `true` is told as `told`, whatever its share of all characters."""
        row = self.told.get(true, {})
        return row.get(told, 0) / max(sum(row.values()), 1)


@dataclass(frozen=True)
class Trust:
    """How far a read is believed: `misread` of the surest texts are wrong all the same.

    `slip` is the probability of one character too many, and that of one too few; `double` the share
    of wrong texts that are wrong in two places: what blurs one character blurs the next as well.
    """

    confusions: Confusions
    misread: float
    slip: float
    double: float


def parse_confusions(document: Mapping[str, Any]) -> Confusions:
    """Return the counts of a parsed confusions.toml.

    Raises:
        InvalidInput: a table is missing, or holds something else than counts of characters.
    """
    try:
        told = {str(true): _counts(row) for true, row in document["told"].items()}
        missed = _counts(document["slips"]["missed"])
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise InvalidInput("confusions", f"{fault}") from None
    if unknown := set(told) - set(ALPHABET):
        raise InvalidInput("confusions.told", f"{sorted(unknown)} are no characters of a plate")
    return Confusions(told, missed)


def likely_texts(read: PlateRead, trust: Trust, width: Width = WIDE) -> dict[str, float]:
    """Return texts the plate may truly bear, the one read first, with their probabilities.

    They add up to at most 1: the rest is spread over texts not worth a look. No base rates are in
    it, only what the reader saw, its confusions and the shapes of plates.
    """
    sure, slipped = certainties(read, trust.misread), _slipped(read.plate, trust)
    told = 1 - sum(slipped.values())
    kept = math.prod(sure) * told
    wrong = told - kept
    single = sorted(_single(read.plate, sure, trust.confusions), key=_share, reverse=True)
    found = {
        _with(read.plate, place, char): (1 - trust.double) * wrong * share
        for place, char, share in single
    }
    found.update(slipped)
    both = trust.double * wrong
    for text, share in _pairs(read.plate, single[: width.paired]):
        if both * share > found.get(text, 0.0):
            found[text] = both * share
    found.pop(read.plate, None)
    # The order of texts, then, stably, that of shares: half the time of sorting by both at once.
    ranked = sorted(sorted(found), key=found.__getitem__, reverse=True)[: width.texts]
    return {read.plate: kept, **{text: found[text] for text in ranked}}


def certainties(read: PlateRead, misread: float) -> list[float]:
    """Return for each place how likely it is right: together the confidence of the whole text.

    No text is surer than 1 - `misread`. A read without characters is as sure at each place.

    >>> from ioc.vehicles.model import PlateCharacter
    >>> from ioc.clock import utc_now
    >>> read = PlateRead("1", "cam", "43", 0.81, utc_now())
    >>> [round(share, 3) for share in certainties(read, 0.01)]
    [0.9, 0.9]
    """
    shares = [min(max(c.confidence, 0.01), SUREST) for c in read.characters]
    if len(shares) != len(read.plate):
        shares = [SUREST] * len(read.plate)
    whole = math.prod(shares)
    goal = min(max(read.confidence, 0.001), 1 - misread)
    power = math.log(goal) / math.log(whole)
    return [share**power for share in shares]


Change = tuple[int, str, float]
_share = itemgetter(2)


def _single(plate: str, sure: Sequence[float], confusions: Confusions) -> Iterator[Change]:
    """Yield place, character and share of each single change; the shares add up to 1.

    A place takes part in a wrong text as much as it is unsure.
    """
    fitting = _fitting(_shape(plate))
    number = len(plate) - NUMBER if plate[-NUMBER:].isdigit() else len(plate)
    doubts = [(1 - share) / share for share in sure]
    whole = sum(doubts)
    for place, (char, doubt) in enumerate(zip(plate, doubts, strict=True)):
        others = confusions.others[char]
        if fitting is not None and place >= number:
            others = confusions.digits[char]
        elif fitting is not None:
            # Where the grammar wants a digit, a letter is no explanation.
            others = {o: others[o] for o in fitting[place] if o != char} or others
        part = doubt / whole / sum(others.values())
        for other, weight in others.items():
            yield place, other, part * weight


def _pairs(plate: str, single: Sequence[Change]) -> Iterator[tuple[str, float]]:
    """Yield texts with two of these changes, and their shares of all that have two."""
    for number, (first, other, share) in enumerate(single, 1):
        begun = _with(plate, first, other)
        for second, another, more in single[number:]:
            if first != second:
                yield _with(begun, second, another), 2 * share * more


def _slipped(plate: str, trust: Trust) -> dict[str, float]:
    """Return plates with one character less or more than was read, each kind adding up to a slip.

    What has no plate's shape is no explanation, so the others share its part.
    """
    left_out, put_in = _slips(_shape(plate))
    shorter = dict.fromkeys((plate[:place] + plate[place + 1 :] for place in left_out), 1.0)
    lost, lost_digits = trust.confusions.lost, trust.confusions.lost_digits
    longer: dict[str, float] = {}
    for place, char in put_in:
        text = plate[:place] + char + plate[place:]
        # Between two digits only another digit can have stood.
        share = (lost_digits if _is_amid_digits(plate, place) else lost)[char]
        longer[text] = longer.get(text, 0.0) + share
    return {
        text: trust.slip * share / total
        for kind in (shorter, longer)
        if (total := sum(kind.values()))
        for text, share in kind.items()
    }


def _shape(plate: str) -> str:
    """Return a text of the same shape, for any change of one character.

    No rule tells digits behind the code apart, but for a 0 after the first letter of a series.
    """
    return plate[:3] + plate[3:5].translate(ANY_DIGIT) + plate[5:].translate(EVERY_DIGIT)


ANY_DIGIT = str.maketrans("23456789", "1" * 8)
EVERY_DIGIT = str.maketrans("023456789", "1" * 9)
# A country has some thousands of shapes; what the grammar says of each is asked once.
SHAPES = 16_384


@lru_cache(SHAPES)
def _fitting(shape: str) -> tuple[str, ...] | None:
    """Return for each place the characters that make a plate there; None where it is none."""
    if not is_valid(shape):
        return None
    return tuple(
        "".join(char for char in ALPHABET if is_valid(_with(shape, place, char)))
        for place in range(len(shape))
    )


@lru_cache(SHAPES)
def _slips(shape: str) -> tuple[tuple[int, ...], tuple[tuple[int, str], ...]]:
    """Return the places that leave a plate when left out, and what makes one when put in where."""
    left_out = [n for n in range(len(shape)) if is_valid(shape[:n] + shape[n + 1 :])]
    put_in = [
        (place, char)
        for place in range(len(shape) + 1)
        for char in (DIGITS if _is_amid_digits(shape, place) else ALPHABET)
        if is_valid(shape[:place] + char + shape[place:])
    ]
    return tuple(left_out), tuple(put_in)


def _is_amid_digits(plate: str, place: int) -> bool:
    return plate[max(0, place - 1) : place + 1].isdigit()


def _with(plate: str, place: int, char: str) -> str:
    return plate[:place] + char + plate[place + 1 :]


def _counts(row: Mapping[str, Any]) -> dict[str, int]:
    counts = {str(char): int(n) for char, n in row.items()}
    if any(n < 0 for n in counts.values()):
        raise ValueError("a count is below 0")
    return counts
