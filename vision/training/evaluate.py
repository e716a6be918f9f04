"""How well plates are found and read on a labelled folder: whole-plate exact, a source a line."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ioc.errors import Unavailable
from vision.detector import Box, Detector
from vision.fusion import Region, distance
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.training.data import Corners, Scene, load_scenes
from vision.training.degrade import Picture

SAME = 0.5
SURE = 0.95


@dataclass(frozen=True)
class Answer:
    """One plate as the product told it."""

    text: str
    confidence: float
    box: Box


@dataclass
class Score:
    """Counts over one source; `ms` one entry a picture."""

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
            "pictures": self.pictures,
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


Look = Callable[[Picture], Sequence[Answer]]


def product(region: Region) -> Look:
    """Return the product's own way from a picture to its plates, on one thread."""
    recogniser = Recogniser(Detector(), Reader(), region)

    def look(picture: Picture) -> list[Answer]:
        found = recogniser.read_picture(picture)
        return [Answer(f.plate.text, f.plate.confidence, f.box) for f in found]

    return look


def score_folder(
    folder: Path, look: Look, *, every: bool = False, told: Path | None = None
) -> dict[str, Score]:
    """Return the score of each source in `folder`, and of all under "all".

    Args:
        folder: has scenes.csv (image,x,y,w,h,plate,lines,source) and the pictures it names.
        look: the product: picture in, plates out.
        every: when true, also the pictures that training may have seen.
        told: where to write one JSON line a picture, for the score of others; None = nowhere.

    Raises:
        Unavailable: no scenes.csv, or none of its pictures is there.
    """
    if not (folder / "scenes.csv").is_file():
        raise Unavailable(f"{folder}: no scenes.csv with image,x,y,w,h,plate,lines,source")
    scenes = [s for s in load_scenes(folder) if s.path.is_file()]
    scenes = [s for s in scenes if s.held_out or every]
    if not scenes:
        raise Unavailable(f"{folder}: none of the pictures of scenes.csv is there")
    scores: dict[str, Score] = defaultdict(Score)
    lines = []
    for scene in scenes:
        score, answers = _one(scene, look)
        scores[scene.source].add(score)
        scores["all"].add(score)
        lines.append(_jsonl(scene, answers, score.ms[0]))
    if told is not None:
        told.write_text("".join(lines), encoding="utf-8")
    return dict(scores)


def _one(scene: Scene, look: Look) -> tuple[Score, Sequence[Answer]]:
    picture = np.asarray(cv2.imread(str(scene.path), cv2.IMREAD_COLOR), np.uint8)
    began = time.perf_counter()
    answers = look(picture)
    score = Score(pictures=1, told=len(answers), ms=[1000 * (time.perf_counter() - began)])
    for plate in scene.plates:
        score.plates += 1
        score.found += any(overlap(plate.box, a.box) >= SAME for a in answers)
        if plate.text:
            _read(score, plate.text, answers)
    return score, answers


def _read(score: Score, text: str, answers: Sequence[Answer]) -> None:
    nearest = min((distance(text, a.text) for a in answers), default=len(text))
    score.texts += 1
    score.letters += len(text)
    score.edits += min(nearest, len(text))
    score.exact += nearest == 0
    score.sure += any(a.text == text and a.confidence >= SURE for a in answers)
    if nearest:
        near = [a for a in answers if distance(text, a.text) == nearest]
        score.sure_wrong += any(a.confidence >= SURE for a in near)


def _jsonl(scene: Scene, answers: Iterable[Answer], ms: float) -> str:
    plates = [
        {"text": a.text, "confidence": a.confidence, "box": [a.box.x, a.box.y, a.box.w, a.box.h]}
        for a in answers
    ]
    return json.dumps({"image": scene.path.name, "plates": plates, "ms": round(ms, 1)}) + "\n"


def overlap(one: Corners, other: Box) -> float:
    """Return intersection over union of two boxes, 0-1."""
    x, y, w, h = one
    shared_w = min(x + w, other.x + other.w) - max(x, other.x)
    shared_h = min(y + h, other.y + other.h) - max(y, other.y)
    shared = max(shared_w, 0.0) * max(shared_h, 0.0)
    return shared / (w * h + other.w * other.h - shared)
