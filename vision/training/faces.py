"""Plate texts for training: flatter than the street, so that no place learns a favourite letter."""

from dataclasses import replace

import numpy as np

from ioc.vehicles.model import Ground
from vision.scene.dies import DieSet
from vision.scene.face import Blank, PlateFace
from vision.scene.plates import Look, random_look

SERIES = "ABCDEFGHKLMNPSTUVXYZ"
SECOND = SERIES + "R"
# Letters that a reader took for one another more than others, on pictures of narrow dies.
TAKEN_FOR_EACH_OTHER = "MNH"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
SPECIAL = ("LD", "DA", "KT", "HC", "MD", "TD", "CD", "NG", "NN", "QT", "CV", "R", "RM", "T", "CT")


def _pick(rng: np.random.Generator, letters: str, n: int) -> str:
    return "".join(letters[i] for i in rng.integers(0, len(letters), n))


def random_text(rng: np.random.Generator, blank: Blank) -> str:
    """Return a plate text for this blank, in a shape of the law or (one in eight) in none."""
    kind = rng.random()
    code = _pick(rng, DIGITS, 2)
    if kind < 0.125:
        return _pick(rng, LETTERS + DIGITS * 2, int(rng.integers(6, 10)))
    if kind < 0.16:
        return _pick(rng, SERIES, 2) + _pick(rng, DIGITS, 4)
    if kind < 0.19:
        return code + _pick(rng, DIGITS, 3) + str(rng.choice(SPECIAL[7:11])) + _pick(rng, DIGITS, 2)
    number = _pick(rng, DIGITS, 5 if rng.random() < 0.77 else 4)
    if blank is Blank.MOTORBIKE:
        second = _pick(rng, DIGITS, 1) if rng.random() < 0.55 else _pick(rng, SECOND, 1)
        return code + _series(rng) + second + number
    if kind < 0.27:
        return code + str(rng.choice(SPECIAL)) + number
    return code + _series(rng) + number


def _series(rng: np.random.Generator) -> str:
    return _pick(rng, TAKEN_FOR_EACH_OTHER if rng.random() < 0.2 else SERIES, 1)


def random_face(rng: np.random.Generator) -> PlateFace:
    """Return a face: long, short and motorbike blanks, all ground colours."""
    blank = Blank(str(rng.choice(list(Blank), p=[0.45, 0.2, 0.35])))
    ground = Ground(
        str(
            rng.choice(
                [Ground.WHITE, Ground.YELLOW, Ground.BLUE, Ground.RED], p=[0.58, 0.2, 0.11, 0.11]
            )
        )
    )
    return PlateFace(random_text(rng, blank), blank, ground)


def training_look(rng: np.random.Generator) -> Look:
    """Return a pressing as on the street, or by other dies, or on sheeting that has yellowed.

    Old plates and those of small workshops keep to no standard: only what all hands share is
    worth learning.
    """
    look = random_look(rng)
    dies = DieSet(str(rng.choice(list(DieSet), p=[0.62, 0.24, 0.14])))
    if dies is DieSet.PLAIN:
        look = replace(look, stroke=float(rng.uniform(0.95, 1.35)))
    elif dies is DieSet.ROUND:
        look = replace(look, stroke=float(rng.uniform(0.65, 1.2)), tall=look.tall * 0.96)
    if rng.random() < 0.1:
        grey, faded = int(rng.integers(-50, 0)), int(rng.integers(20, 90))
        look = replace(look, ground_shift=(grey - faded, grey - faded // 4, grey))
    return replace(look, dies=dies, even=float(rng.random()))
