"""What the shipped reader says of vehicles that pass, on drawn plates it was not trained on.

Each vehicle's plate is pressed and worn once and looked at several times through a lens, as a
camera does, and the looks are fused as the product fuses them. Of an answer is kept what went
wrong and how sure it was: that can then happen to any other plate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ioc.vehicles.model import PlateCharacter
from vision.box import Box
from vision.fusion import Region, Witness, fuse
from vision.reader import Reader
from vision.scene.numbers import random_plate
from vision.scene.plates import random_look, render_plate
from vision.scene.wear import distort
from vision.straighten import StraightReader
from vision.track import PLATE_LIKE
from vision.training.confusions import aligned

SEED = 20211010
LOOKS = (2, 8)
WEIGHT = 0.5

Rng = np.random.Generator
Progress = Callable[[float], object]


@dataclass(frozen=True)
class Answer:
    """One answer of the reader: its confidences, and pairs of true and told characters that differ.

    A pair with None on one side is a character put in, or left out.
    """

    confidence: float
    characters: tuple[float, ...]
    wrong: tuple[tuple[str | None, str | None], ...] = ()


def make_answers(count: int, progress: Progress = lambda _share: None) -> list[Answer]:
    """Return the answers to `count` vehicles; those nobody could read are left out."""
    cv2.setNumThreads(1)
    rng, reader = np.random.default_rng(SEED), StraightReader(Reader())
    answers = []
    for number in range(count):
        face = random_plate(rng)
        metal = render_plate(face, 96, random_look(rng))
        severity = float(rng.beta(1.6, 2.4))
        heard = []
        for _ in range(int(rng.integers(*LOOKS))):
            picture = distort(metal, rng, float(np.clip(severity + rng.normal(0, 0.1), 0, 1)))
            whole = Box(0.0, 0.0, float(picture.shape[1]), float(picture.shape[0]))
            heard.append(Witness(reader.read(picture, whole), WEIGHT))
        plate = fuse(heard, Region.VN)
        like = sum(one.reading.is_plate for one in heard) / len(heard)
        if plate is not None and like >= PLATE_LIKE:
            sure = tuple(c.confidence for c in plate.characters)
            wrong = tuple((a, b) for a, b in aligned(face.text, plate.text) if a != b)
            answers.append(Answer(min(plate.confidence, round(like, 4)), sure, wrong))
        progress((number + 1) / count)
    return answers


def said_of(
    plate: str, answers: list[Answer], rng: Rng
) -> tuple[str, float, tuple[PlateCharacter, ...]]:
    """Return text, confidence and characters of a plate, as one of the answers would have it.

    What went wrong goes wrong with the same characters of this plate, wherever they stand; an
    answer whose characters this plate lacks is passed over.
    """
    while True:
        answer = answers[int(rng.integers(len(answers)))]
        text = _misread(plate, answer, rng)
        if text:
            break
    sure = [answer.characters[i % len(answer.characters)] for i in range(len(text))]
    characters = tuple(PlateCharacter(c, s) for c, s in zip(text, sure, strict=True))
    return text, answer.confidence, characters


def _misread(plate: str, answer: Answer, rng: Rng) -> str | None:
    text: list[str] = list(plate)
    touched: set[int] = set()
    for true, told in answer.wrong:
        if true is None:
            text.insert(int(rng.integers(len(text) + 1)), str(told))
            continue
        places = [i for i, char in enumerate(text) if char == true and i not in touched]
        if not places:
            return None
        at = places[int(rng.integers(len(places)))]
        if told is None:
            del text[at]
        else:
            text[at] = told
            touched.add(at)
    return "".join(text)
