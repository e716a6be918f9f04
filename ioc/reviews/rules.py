"""What an answer says of the plate, when a second camera gives it, what outcomes show. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

from ioc.errors import InvalidInput
from ioc.reviews.model import Answer, Finding, Question, Share
from ioc.vehicles.doubt import DoubtBook
from ioc.vehicles.likeness import likely_texts
from ioc.vehicles.model import PlateRead
from ioc.vehicles.plate import normalise

# Fewer outcomes than this say nothing, however they fell.
LEAST_DECIDED = 30
# Two-sided 95 %.
Z = 1.96
# The same dirt is read alike by every camera: a second one is half a witness.
WITNESS = 0.5


@dataclass(frozen=True)
class ReviewLimits:
    """How long a second camera may settle a question and an answer be taken back.

    `may_leave` tells whether answers may leave the centre as labelled data.
    """

    settle: timedelta
    undo: timedelta
    may_leave: bool


Feasible = Callable[[str, str, timedelta], bool]


def truth_of(answer: Answer, plate: str, typed: str) -> str | None:
    """Return the plate that an answer to a read of `plate` speaks of.

    Raises:
        InvalidInput: a correction is no plate, or is what was read; or nothing was read.
    """
    if answer is Answer.AS_READ:
        if not plate:
            raise InvalidInput("answer", "nothing was read")
        return plate
    if answer is Answer.NONE:
        return None
    truth = normalise(typed)
    if truth == plate:
        raise InvalidInput("truth", "is what was read")
    return truth


def second_look(
    question: Question,
    reads: Sequence[PlateRead],
    book: DoubtBook,
    limits: ReviewLimits,
    feasible: Feasible,
) -> str | None:
    """Return the plate that another camera settles a question on, None when none does.

    `reads` are sure reads of the question's candidates. One plate alone may have been read near
    it, by a camera the vehicle can have come from or gone to in that time, and together with what
    was read first it must be as sure as an accusation.
    """
    first = question.read
    near = {
        read.plate: read
        for read in reads
        if read.camera != first.camera
        and any(read.plate == candidate.plate for candidate in question.candidates)
        and abs(read.seen_at - first.seen_at) <= limits.settle
        and feasible(read.camera, first.camera, abs(read.seen_at - first.seen_at))
    }
    if len(near) != 1:
        return None
    [(plate, read)] = near.items()
    texts = likely_texts(read, book.trust)
    least = min(texts.values())
    masses = {
        candidate.plate: candidate.probability * texts.get(candidate.plate, least) ** WITNESS
        for candidate in question.candidates
    }
    rest = max(0.0, 1 - sum(candidate.probability for candidate in question.candidates))
    total = sum(masses.values()) + rest * least**WITNESS
    return plate if total > 0 and masses[plate] / total >= book.act_from else None


def interval(false: int, decided: int) -> tuple[float, float]:
    """Return between what the true share lies with 95 %: Wilson's score interval.

    >>> [round(edge, 3) for edge in interval(0, 100)], interval(0, 0)
    ([0.0, 0.037], (0.0, 1.0))
    """
    if decided == 0:
        return 0.0, 1.0
    share, z2 = false / decided, Z * Z
    middle = (share + z2 / (2 * decided)) / (1 + z2 / decided)
    half = Z * sqrt(share * (1 - share) / decided + z2 / (4 * decided**2)) / (1 + z2 / decided)
    return max(0.0, middle - half), min(1.0, middle + half)


def finding_of(share: Share) -> Finding:
    """Return whether the outcomes hold the promise; too few say neither.

    A promise is broken where even the low end of the interval lies above it; it holds where the
    high end lies below it, or enough outcomes lie around it.
    """
    low, high = interval(share.false, share.decided)
    if low > share.promised:
        return Finding.EXCEEDS
    if high <= share.promised or share.decided >= LEAST_DECIDED:
        return Finding.HOLDS
    return Finding.TOO_FEW


def differing(read: str, other: str) -> list[bool]:
    """Return for each character of `other` whether it is not what was read there.

    >>> differing("43C16839", "43C16889")
    [False, False, False, False, False, False, True, False]
    >>> differing("75F28456", "75F128456")
    [False, False, False, True, False, False, False, False, False]
    """
    # Characters alike from the front, and from the back: what lies between differs.
    front = _alike(read, other)
    back = _alike(read[front:][::-1], other[front:][::-1])
    if len(read) == len(other):
        return [a != b for a, b in zip(read, other, strict=True)]
    return [front <= place < len(other) - back for place in range(len(other))]


def told(share: Share) -> Mapping[str, object]:
    """Return a share as the weekly report tells it."""
    low, high = interval(share.false, share.decided)
    return {
        "group": share.group,
        "name": share.name,
        "band": share.band,
        "raised": share.raised,
        "decided": share.decided,
        "false": share.false,
        "observed": round(share.false / share.decided, 4) if share.decided else None,
        "interval": [round(low, 4), round(high, 4)],
        "expected": round(share.expected / share.raised, 4) if share.raised else None,
        "promised": share.promised,
        "finding": finding_of(share).value,
    }


def _alike(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
