"""What measuring counts: plates found and read, by source and by how they look; and calibration."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from ioc.vehicles.plate import distance
from vision.box import Box
from vision.fusion import Region
from vision.recogniser import sharpness
from vision.track import overlap as shared_share
from vision.training.data import Corners, Plate
from vision.training.degrade import Picture

SAME = 0.5
SURE = 0.95
CERTAIN = 0.99
# Upper ends of the groups; what is beyond the last is in the group named last.
WIDTHS_PX = ((60, "under 60 px"), (90, "60-89 px"), (130, "90-129 px"))
BLURS = ((0.33, "blurred"), (0.45, "a little blurred"))
LIGHTS = ((70, "dark"), (150, "medium light"))
TILTS = ((2.5, "level"), (6.0, "a little tilted"))
STEEPEST = 15
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True)
class Answer:
    """One plate as it was told."""

    text: str
    confidence: float
    box: Box


Look = Callable[[Picture, Region], Sequence[Answer]]


@dataclass(frozen=True)
class Engine:
    """What is measured: `find` takes a whole picture, `read` one that shows a plate alone."""

    find: Look
    read: Look


@dataclass
class Score:
    """Counts over one group of plates; `ms` one entry a picture."""

    pictures: int = 0
    plates: int = 0
    found: int = 0
    texts: int = 0
    exact: int = 0
    sure: int = 0
    sure_wrong: int = 0
    edits: int = 0
    letters: int = 0
    told: int = 0
    ms: list[float] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Add the counts of another score to this one."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def line(self) -> dict[str, float | int | None]:
        """Return the figures people compare; shares are None where nothing was counted."""
        return {
            "pictures": self.pictures or None,
            "plates": self.plates,
            "recall": _share(self.found, self.plates),
            "texts": self.texts,
            "exact": _share(self.exact, self.texts),
            "cer": _share(self.edits, self.letters),
            "sure": _share(self.sure, self.texts),
            "sure_wrong": self.sure_wrong,
            "told_per_picture": _share(self.told, self.pictures),
            "ms_median": round(float(np.median(self.ms)), 1) if self.ms else None,
        }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def score_plate(plate: Plate, answers: Sequence[Answer]) -> Score:
    """Return the counts of one true plate: is it among the answers, and read right?"""
    score = Score(plates=1, found=int(any(overlap(plate.box, a.box) >= SAME for a in answers)))
    text = plate.text
    if not text:
        return score
    nearest = min((distance(text, a.text) for a in answers), default=len(text))
    score.texts, score.letters = 1, len(text)
    score.edits, score.exact = min(nearest, len(text)), int(nearest == 0)
    score.sure = int(any(a.text == text and a.confidence >= SURE for a in answers))
    if nearest:
        near = [a for a in answers if distance(text, a.text) == nearest]
        score.sure_wrong = int(any(a.confidence >= SURE for a in near))
    return score


def groups_of(plate: Plate, picture: Picture) -> Iterable[str]:
    """Yield the groups a plate belongs to by its look: lines, width, blur, light, tilt."""
    x, y, w, h = plate.box
    yield "one line" if w > 2.5 * h else "two lines"
    yield _named(w, WIDTHS_PX, "130 px and more")
    cut = picture[max(0, int(y)) : int(y + h) + 1, max(0, int(x)) : int(x + w) + 1]
    if cut.size:
        yield _named(sharpness(cut), BLURS, "sharp")
        yield _named(float(cut.mean()), LIGHTS, "bright")
        yield _named(tilt(cut), TILTS, "tilted")


def tilt(crop: Picture) -> float:
    """Return by how many degrees the lines of a plate slope, 0 to STEEPEST, either way.

    The slope along which the rows of the picture differ most from one another: lines of text,
    their gaps and the plate's edges then lie in rows of their own.
    """
    grey = cv2.resize(crop, (160, max(16, 160 * crop.shape[0] // crop.shape[1])))
    grey = cv2.cvtColor(grey, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    differ = {}
    for degrees in sorted(range(-STEEPEST, STEEPEST + 1), key=abs):
        slope = np.tan(np.deg2rad(degrees))
        move = np.array([[1, 0, 0], [-slope, 1, slope * width / 2]], np.float32)
        rows = cv2.warpAffine(grey, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
        differ[degrees] = float(np.var(rows[height // 8 : -height // 8].mean(axis=1)))
    steepest = max(differ, key=differ.__getitem__)
    return float(abs(steepest))


def _named(value: float, ends: Sequence[tuple[float, str]], beyond: str) -> str:
    return next((name for end, name in ends if value < end), beyond)


def judged(plates: Sequence[Plate], answers: Sequence[Answer]) -> Iterable[tuple[float, bool]]:
    """Yield (confidence, is right) of each answer that lies on a plate whose text is known."""
    for answer in answers:
        lying_on = [p for p in plates if p.text and overlap(p.box, answer.box) >= SAME]
        if lying_on:
            yield answer.confidence, any(p.text == answer.text for p in lying_on)


def calibration(pairs: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """Return how far confidence can be believed.

    Returns:
        `bins`: (from, to, answers, mean confidence, share right); `ece`: the expected calibration
        error (Naeini et al. 2015), the mean distance of the two weighted by answers; `certain`:
        (answers with confidence 0.99 and more, share of them right). Shares are None for none.
    """
    bins: list[tuple[object, ...]] = []
    error = 0.0
    for low, high in pairwise(BINS):
        inside = [(c, ok) for c, ok in pairs if low <= c < high or (c == high == BINS[-1])]
        if not inside:
            bins.append((low, high, 0, None, None))
            continue
        mean = sum(c for c, _ in inside) / len(inside)
        right = sum(ok for _, ok in inside) / len(inside)
        error += abs(mean - right) * len(inside) / len(pairs)
        bins.append((low, high, len(inside), round(mean, 4), round(right, 4)))
    certain = [ok for c, ok in pairs if c >= CERTAIN]
    return {
        "bins": bins,
        "ece": round(error, 4) if pairs else None,
        "certain": (len(certain), _share(sum(certain), len(certain))),
    }


def overlap(one: Corners, other: Box) -> float:
    """Return intersection over union of two boxes, 0-1."""
    return shared_share(Box(*one), other)


class Tables:
    """Scores of one engine: by source, by look, and what its confidence is worth."""

    def __init__(self) -> None:
        self.sources: dict[str, Score] = defaultdict(Score)
        self.looks: dict[str, Score] = defaultdict(Score)
        self.pairs: list[tuple[float, bool]] = []

    def add(
        self,
        source: str,
        picture: Picture,
        plates: Sequence[Plate],
        answers: Sequence[Answer],
        ms: float,
    ) -> None:
        """Count one picture."""
        whole = Score(pictures=1, told=len(answers), ms=[ms])
        for plate in plates:
            one = score_plate(plate, answers)
            whole.add(one)
            for name in groups_of(plate, picture):
                self.looks[name].add(one)
        self.sources[source].add(whole)
        self.sources["all"].add(whole)
        self.pairs.extend(judged(plates, answers))

    def told(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "sources": {name: score.line() for name, score in self.sources.items()},
            "looks": {name: score.line() for name, score in sorted(self.looks.items())},
            "calibration": calibration(self.pairs),
        }
