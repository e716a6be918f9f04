"""Which characters the shipped reader takes for which, counted on plates it was not trained on.

Kept-out real plates, worn anew, and plates drawn by chance that training never saw. A text more
than two characters away from the truth says nothing about characters and is left out.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ioc.vehicles.plate import distance, is_valid
from vision.box import Box
from vision.fusion import Region, weigh_single
from vision.reader import ALPHABET, Reader
from vision.scene.numbers import random_plate
from vision.scene.plates import random_look, render_plate
from vision.scene.wear import distort
from vision.straighten import StraightReader
from vision.track import PLATE_LIKE
from vision.training.degrade import Picture
from vision.training.samples import load_real, real

SEED = 20211004
WORN = 12
DRAWN = 12_000
FARTHEST = 2
SURE = 0.95

Progress = Callable[[float], object]


@dataclass
class Confusions:
    """Counts by the true character: what was told, how often it was left out, or one put before.

    `texts`, `sure` and `sure_wrong` say of how many answers, and how far sure ones can be trusted;
    `wrong_by` how many characters the wrong ones were off.
    """

    told: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    missed: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    texts: int = 0
    right: int = 0
    sure: int = 0
    sure_wrong: int = 0
    wrong_by: Counter[str] = field(default_factory=Counter)
    sure_wrong_by: Counter[str] = field(default_factory=Counter)

    def add(self, truth: str, text: str, confidence: float) -> None:
        """Count one answer."""
        self.texts += 1
        self.right += truth == text
        self.sure += confidence >= SURE
        self.sure_wrong += confidence >= SURE and truth != text
        changes = distance(truth, text)
        if changes:
            self.wrong_by[str(changes)] += 1
            self.sure_wrong_by[str(changes)] += confidence >= SURE
        if changes > FARTHEST:
            return
        for true, told in aligned(truth, text):
            if true is None:
                self.added[str(told)] += 1
            elif told is None:
                self.missed[true] += 1
            else:
                self.told[true][told] += 1

    def as_toml(self, about: str) -> str:
        """Return the counts as they stand in config/confusions.toml."""
        head = "".join(f"# {line}\n" for line in about.splitlines())
        sums = "".join(
            f"{name} = {getattr(self, name)}\n" for name in ("texts", "right", "sure", "sure_wrong")
        )
        sums += f"wrong_by = {_row(self.wrong_by)}\nsure_wrong_by = {_row(+self.sure_wrong_by)}\n"
        rows = "".join(
            f'"{true}" = {_row(self.told[true])}\n' for true in ALPHABET if self.told[true]
        )
        slips = f"missed = {_row(self.missed)}\nadded = {_row(self.added)}\n"
        return f"{head}\n[answers]\n{sums}\n[slips]\n{slips}\n[told]\n{rows}"


def about(model: str) -> str:
    """Return what the file of counts says of itself; `model` is the reader's SHA-256."""
    return (
        f"Which characters the reader {model[:8]} takes for which: counts, made by\n"
        "    ioc vision confusions DIR --into config/confusions.toml\n"
        f"on kept-out real plates, each worn anew {WORN} times, and {DRAWN} drawn ones that\n"
        "training never saw. [told]: by the true character; [slips]: left out, and put in."
    )


def _row(counts: Counter[str]) -> str:
    cells = ", ".join(f'"{char}" = {n}' for char, n in sorted(counts.items(), key=_most_first))
    return f"{{ {cells} }}" if cells else "{}"


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def aligned(truth: str, text: str) -> list[tuple[str | None, str | None]]:
    """Return which character was told for which, None where one has no partner.

    >>> aligned("43A12", "43412")
    [('4', '4'), ('3', '3'), ('A', '4'), ('1', '1'), ('2', '2')]
    >>> aligned("75F128", "75F28")
    [('7', '7'), ('5', '5'), ('F', 'F'), ('1', None), ('2', '2'), ('8', '8')]
    """
    pairs: list[tuple[str | None, str | None]] = []
    i = j = 0
    while i < len(truth) or j < len(text):
        rest = distance(truth[i:], text[j:])
        if i < len(truth) and j < len(text):
            step = int(truth[i] != text[j])
            if distance(truth[i + 1 :], text[j + 1 :]) + step == rest:
                pairs.append((truth[i], text[j]))
                i, j = i + 1, j + 1
                continue
        if i < len(truth) and distance(truth[i + 1 :], text[j:]) + 1 == rest:
            pairs.append((truth[i], None))
            i += 1
        else:
            pairs.append((None, text[j]))
            j += 1
    return pairs


def count(folder: Path, progress: Progress = lambda _share: None) -> Confusions:
    """Read kept-out plates of `folder` and drawn ones; return what was told for what.

    Raises:
        Unavailable: the reader's weights are missing.
    """
    cv2.setNumThreads(1)
    reader, found = StraightReader(Reader()), Confusions()
    for share, picture, truth in _pictures(folder):
        box = Box(0.0, 0.0, float(picture.shape[1]), float(picture.shape[0]))
        reading = reader.read_still(picture, box)
        plate = weigh_single(reading, Region.VN)
        if plate is not None and reading.is_plate >= PLATE_LIKE:
            found.add(truth, plate.text, plate.confidence)
        progress(share)
    return found


def _pictures(folder: Path) -> Iterator[tuple[float, Picture, str]]:
    """Yield the share done, a plate and its text."""
    rng = np.random.default_rng(SEED)
    held_out = [
        plate
        for plate in load_real(folder)
        if plate.held_out and is_valid(plate.text) and not plate.source.endswith("-unchecked")
    ]
    total = len(held_out) * WORN + DRAWN
    number = 0
    for plate in held_out:
        for _ in range(WORN):
            number += 1
            sample = real(rng, plate)
            if sample.text is not None:
                yield number / total, sample.picture, sample.text
    for _ in range(DRAWN):
        number += 1
        face = random_plate(rng)
        picture = distort(render_plate(face, 96, random_look(rng)), rng, float(rng.beta(2, 2)))
        yield number / total, picture, face.text
