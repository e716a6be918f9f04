"""Many looks at one plate, one text: probabilities added up place by place.

The looks of one passing vehicle see the same light and dirt, so ten looks are not ten
independent witnesses: together they count for at most two. And one look alone, or looks of
which no two agree on the whole text, never make a sure read: precision before police.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from ioc.vehicles.model import PlateCharacter
from ioc.vehicles.plate import plausibility
from vision.passing import PlateText
from vision.reader import Reading

# The share of a look's probability spread over all characters: no single look has a veto.
DOUBT = 0.015
ALPHABET = 36
WITNESSES = 2.0
# However sure the reader is: so often the text is another one, which then fits the grammar.
MISREAD = 0.005
UNSURE = 0.94
OPEN_PLACES = 5

Place = Mapping[str, float]


class Region(StrEnum):
    """Whose plates are expected; `any` leaves the Vietnamese grammar aside."""

    VN = "vn"
    ANY = "any"


@dataclass(frozen=True, eq=False)
class Witness:
    """One look's reading and its weight (size and sharpness), 0 < weight <= 1."""

    reading: Reading
    weight: float


def fuse(witnesses: Sequence[Witness], region: Region) -> PlateText | None:
    """Return the text all looks together speak for; None when none of them read anything."""
    heard = [w for w in witnesses if w.reading.characters]
    if not heard:
        return None
    pivot, length_share = _pivot(heard)
    places = _places(heard, pivot)
    text, confidence = _best_text(places, region)
    agreeing = sum(w.reading.text == text for w in heard)
    confidence = min(confidence * length_share, 1.0 if agreeing > 1 else UNSURE)
    return _told(text, confidence, places, pivot.reading)


def weigh_single(reading: Reading, region: Region) -> PlateText | None:
    """Return what one picture alone says, for stills: nothing will come to confirm it."""
    if not reading.characters:
        return None
    places = _heard_places(reading)
    text, confidence = _best_text(places, region)
    return _told(text, min(confidence, reading.confidence), places, reading)


def strength(witness: Witness) -> float:
    """Return how much a witness speaks: a large sharp look that is sure of what it read."""
    return witness.weight * max(witness.reading.confidence, 0.01) ** 2


def _pivot(heard: Sequence[Witness]) -> tuple[Witness, float]:
    """Return the strongest witness of the length most speak for, and that length's share."""
    votes: dict[int, float] = defaultdict(float)
    for witness in heard:
        votes[len(witness.reading.characters)] += strength(witness)
    length = max(votes, key=votes.__getitem__)
    rivals = sum(votes.values())
    # a quarter of the votes for another length is usual at the rim of the picture
    share = min(1.0, votes[length] / rivals * 1.25) if rivals else 0.0
    of_length = [w for w in heard if len(w.reading.characters) == length]
    return max(of_length, key=strength), share


def _places(heard: Sequence[Witness], pivot: Witness) -> list[Place]:
    """Return one distribution a place of `pivot`, fused over all witnesses."""
    columns: list[list[tuple[Place, float]]] = [[] for _ in pivot.reading.characters]
    for witness in heard:
        weight = witness.weight * max(witness.reading.confidence, 0.05)
        for column, place in _aligned(witness.reading, pivot.reading):
            columns[column].append((place, weight))
    return [_pooled(column) for column in columns]


def _aligned(reading: Reading, pivot: Reading) -> Iterator[tuple[int, Place]]:
    heard = _heard_places(reading)
    if len(heard) == len(pivot.characters):
        yield from enumerate(heard)
        return
    for column, row in _matches(pivot.text, reading.text):
        yield column, heard[row]


def _matches(one: str, other: str) -> Iterator[tuple[int, int]]:
    """Yield the pairs of positions that hold the same character in the best alignment."""
    best = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) - 1, -1, -1):
        for j in range(len(other) - 1, -1, -1):
            same = best[i + 1][j + 1] + 1 if one[i] == other[j] else 0
            best[i][j] = max(same, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(one) and j < len(other):
        if one[i] == other[j] and best[i][j] == best[i + 1][j + 1] + 1:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1


def _heard_places(reading: Reading) -> list[Place]:
    return [
        {**dict(character.alternatives), character.char: character.confidence}
        for character in reading.characters
    ]


def _pooled(column: Sequence[tuple[Place, float]]) -> Place:
    """Return the distribution the looks at one place give together, summing to at most 1."""
    total = sum(weight for _, weight in column)
    witnesses = min(WITNESSES, 1 + 0.5 * (len(column) - 1))
    # what a look leaves open is spread evenly over the characters it did not name
    spread = [((1 - DOUBT) * max(0.0, 1 - sum(p.values())) + DOUBT) / ALPHABET for p, _ in column]
    chars = {char for place, _ in column for char in place}
    scores = {
        char: sum(
            weight * math.log((1 - DOUBT) * place.get(char, 0.0) + open_share)
            for (place, weight), open_share in zip(column, spread, strict=True)
        )
        for char in chars
    }
    unnamed = sum(w * math.log(s) for (_, w), s in zip(column, spread, strict=True))
    shares = {char: math.exp(witnesses * score / total) for char, score in scores.items()}
    rest = (ALPHABET - len(chars)) * math.exp(witnesses * unnamed / total)
    mass = sum(shares.values()) + rest
    return {char: share / mass for char, share in shares.items()}


def _best_text(places: Sequence[Place], region: Region) -> tuple[str, float]:
    """Return the likeliest text and its probability, the grammar being soft evidence."""
    tops = [max(place, key=place.__getitem__) for place in places]
    certain = [place[top] for place, top in zip(places, tops, strict=True)]
    unclear = sorted(range(len(places)), key=certain.__getitem__)[:OPEN_PLACES]
    options = [
        sorted(place, key=place.__getitem__, reverse=True)[:2] if i in unclear else [tops[i]]
        for i, place in enumerate(places)
    ]
    mass: dict[str, float] = {}
    shares: dict[str, float] = {}
    for chars in product(*options):
        text = "".join(chars)
        shares[text] = math.prod(place[c] for place, c in zip(places, chars, strict=True))
        mass[text] = shares[text] * (1.0 if region is Region.ANY else plausibility(text))
    best = max(mass, key=mass.__getitem__)
    rest = max(MISREAD, 1 - sum(shares.values()))
    return best, mass[best] / (sum(mass.values()) + rest)


def _told(text: str, confidence: float, places: Sequence[Place], shape: Reading) -> PlateText:
    characters = tuple(
        PlateCharacter(char, round(min(place.get(char, 0.0), 1.0), 4))
        for char, place in zip(text, places, strict=True)
    )
    return PlateText(text, round(confidence, 4), characters, shape.layout, shape.ground)
