"""Which plates a read may be of, and how likely each is by what the reader saw. Pure.

A read tells the likeliest character of each place and how sure it is; what it leaves open is
spread over the other characters by how often the reader takes one for the other. Counts of that
stand in config/confusions.toml. One character too many or too few is possible, and rare.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from ioc.errors import InvalidInput
from ioc.vehicles.changes import ALPHABET, DIGITS, fitting, is_amid_digits, shape_of, slips
from ioc.vehicles.model import PlateRead
from ioc.vehicles.plate import look_alikes

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

    def instead(self, told: str, wanted: str) -> Sequence[tuple[str, float]]:
        """Return what a character may truly be where only those `wanted` can stand.

        The shares add up to 1. Where no other is wanted, each may be.
        """
        key = (told, wanted)
        if key not in self._instead:
            others = self.others[told]
            fit = {o: others[o] for o in wanted if o != told} or others
            total = sum(fit.values())
            self._instead[key] = tuple((other, share / total) for other, share in fit.items())
        return self._instead[key]

    @cached_property
    def _instead(self) -> dict[tuple[str, str], Sequence[tuple[str, float]]]:
        return {}

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
    one = (1 - trust.double) * wrong
    found = {text: one * share for share, text, _, _ in single}
    found.update(slipped)
    both = trust.double * wrong
    for text, share in _pairs(single[: width.paired]):
        if both * share > found.get(text, 0.0):
            found[text] = both * share
    found.pop(read.plate, None)
    return {read.plate: kept, **_likeliest(found, width.texts)}


def _likeliest(found: Mapping[str, float], most: int) -> dict[str, float]:
    """Return the texts with the greatest shares; of equal ones those that come first as texts."""
    if len(found) <= most:
        return dict(found)
    least = sorted(found.values(), reverse=True)[most - 1]
    likeliest = {text: share for text, share in found.items() if share > least}
    equal = sorted(text for text, share in found.items() if share == least)
    likeliest.update(dict.fromkeys(equal[: most - len(likeliest)], least))
    return likeliest


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


# The share of a text, the text, and which character it has instead at which place.
Change = tuple[float, str, int, str]
_share = itemgetter(0)


def _single(plate: str, sure: Sequence[float], confusions: Confusions) -> list[Change]:
    """Return each single change; the shares add up to 1.

    A place takes part in a wrong text as much as it is unsure.
    """
    changes: list[Change] = []
    fits = fitting(shape_of(plate))
    number = len(plate) - NUMBER if plate[-NUMBER:].isdigit() else len(plate)
    doubts = [(1 - share) / share for share in sure]
    whole = sum(doubts)
    for place, (char, doubt) in enumerate(zip(plate, doubts, strict=True)):
        wanted = ALPHABET
        if fits is not None:
            # Where the grammar wants a digit, a letter is no explanation.
            wanted = DIGITS if place >= number else fits[place]
        part, before, behind = doubt / whole, plate[:place], plate[place + 1 :]
        changes += [
            (part * share, before + other + behind, place, other)
            for other, share in confusions.instead(char, wanted)
        ]
    return changes


def _pairs(single: Sequence[Change]) -> list[tuple[str, float]]:
    """Return texts with two of these changes, and their shares of all that have two."""
    pairs: list[tuple[str, float]] = []
    for number, (share, begun, first, _) in enumerate(single, 1):
        pairs += [
            (begun[:second] + another + begun[second + 1 :], 2 * share * more)
            for more, _, second, another in single[number:]
            if first != second
        ]
    return pairs


def _slipped(plate: str, trust: Trust) -> dict[str, float]:
    """Return plates with one character less or more than was read, each kind adding up to a slip.

    What has no plate's shape is no explanation, so the others share its part.
    """
    left_out, put_in = slips(shape_of(plate))
    shorter = dict.fromkeys((plate[:place] + plate[place + 1 :] for place in left_out), 1.0)
    lost, lost_digits = trust.confusions.lost, trust.confusions.lost_digits
    longer: dict[str, float] = {}
    for place, chars in put_in:
        before, behind = plate[:place], plate[place:]
        # Between two digits only another digit can have stood.
        share_of = lost_digits if is_amid_digits(plate, place) else lost
        for char in chars:
            text = before + char + behind
            longer[text] = longer.get(text, 0.0) + share_of[char]
    return {
        text: trust.slip * share / total
        for kind in (shorter, longer)
        if (total := sum(kind.values()))
        for text, share in kind.items()
    }


def _counts(row: Mapping[str, Any]) -> dict[str, int]:
    counts = {str(char): int(n) for char, n in row.items()}
    if any(n < 0 for n in counts.values()):
        raise ValueError("a count is below 0")
    return counts
