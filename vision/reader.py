"""Characters on a plate, with a probability for every character at every place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ioc.vehicles.model import Ground, Layout
from vision.box import Box
from vision.detector import require_picture
from vision.network import Network, Tensor
from vision.weights import find_weights

MODEL = "reader.onnx"
# Width, height a crop is stretched to, whatever its shape: the network learnt both layouts so.
INPUT_SIZE = (160, 64)
PLACES = 10
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BLANK = len(ALPHABET)
LAYOUTS = (Layout.ONE_LINE, Layout.TWO_LINE)
GROUNDS = (Ground.WHITE, Ground.YELLOW, Ground.BLUE, Ground.RED)
MARGIN = 0.06
LEAST_COLOUR = 0.6
LIKELY = 0.002
FLOOR = 1e-5
MOST_ALTERNATIVES = 5

Picture = NDArray[np.uint8]
Prefer = Callable[[str], bool]
# Places (PLACES, 37), layout (2,), ground (4,), is-a-plate (1,), as probabilities.
Answers = tuple[Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Character:
    """What stands at one place; `alternatives` are (char, confidence), the likeliest first."""

    char: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Reading:
    """What one crop says.

    `probabilities` is (PLACES, 37) float32, rows summing to 1; the last column is "nothing here".
    `confidence` is the probability that the whole text is right, `is_plate` that the crop shows
    one whole plate and not other lettering or a part.
    """

    text: str
    characters: tuple[Character, ...]
    probabilities: NDArray[np.float32]
    confidence: float
    layout: Layout
    ground: Ground
    is_plate: float


def crop_plate(image: Picture, box: Box, share: float = MARGIN) -> Picture:
    """Return the part of `image` the reader wants to see: `box` with a margin, clipped.

    Args:
        image: (H, W, 3), uint8, BGR.
        box: in px of `image`; may reach over its edges.
        share: the margin, in heights of the box.

    Returns:
        (h, w, 3), uint8, BGR, never empty: a box outside gives the pixel nearest to it.
    """
    height, width = image.shape[:2]
    margin = share * box.h
    left = min(max(int(box.x - margin), 0), width - 1)
    top = min(max(int(box.y - margin), 0), height - 1)
    right = min(max(int(np.ceil(box.x + box.w + margin)), left + 1), width)
    bottom = min(max(int(np.ceil(box.y + box.h + margin)), top + 1), height)
    return image[top:bottom, left:right]


class Reader:
    """Reads plate crops; one thread may use it at a time."""

    def __init__(self, threads: int = 1, prefer: Prefer | None = None) -> None:
        """Load the model.

        Args:
            threads: cores one run may take.
            prefer: says whether a text is well formed; of two nearly as likely texts the well
                formed one is told.

        Raises:
            Unavailable: the model file is missing or not the measured one.
        """
        self._network = Network(find_weights(MODEL), threads)
        self._prefer = prefer

    def read(self, crops: Sequence[Picture]) -> list[Reading]:
        """Return one reading a crop, in their order; each is (h, w, 3), uint8, BGR, any size.

        Raises:
            InvalidInput: one of them is no such array.
        """
        return [self._read_one(crop) for crop in crops]

    def read_as_one(self, crops: Sequence[Picture]) -> Reading:
        """Return what several crops of one plate in one picture say together.

        Where a crop ends decides much about a doubtful character: what all of them speak for
        stands, by the mean of log-probabilities, so that none of them alone can be sure.
        """
        answers = [self._run(crop) for crop in crops]
        logs = [np.mean([np.log(a[i] + FLOOR) for a in answers], axis=0) for i in range(4)]
        places, layout, ground = (_normal(np.exp(log)) for log in logs[:3])
        return self._reading((places, layout, ground, np.exp(logs[3])))

    def _read_one(self, crop: Picture) -> Reading:
        return self._reading(self._run(crop))

    def _run(self, crop: Picture) -> Answers:
        require_picture(crop)
        places, layout, ground, is_plate = self._network.run(prepare(crop)[None])
        return places[0], layout[0], ground[0], is_plate[0]

    def _reading(self, answers: Answers) -> Reading:
        probabilities, layout, ground, is_plate = answers
        text, confidence = likeliest(probabilities, self._prefer)
        colour = int(ground.argmax())
        return Reading(
            text=text,
            characters=_characters(probabilities, text),
            probabilities=probabilities,
            confidence=confidence * float(is_plate[0]),
            layout=LAYOUTS[int(layout.argmax())],
            ground=GROUNDS[colour] if ground[colour] >= LEAST_COLOUR else Ground.UNKNOWN,
            is_plate=float(is_plate[0]),
        )


def _normal(shares: Tensor) -> Tensor:
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True), np.float32)


def prepare(crop: Picture) -> Tensor:
    """Return a crop as the network's input: (3, 64, 160), BGR, 0-1."""
    way = cv2.INTER_AREA if crop.shape[1] > INPUT_SIZE[0] else cv2.INTER_CUBIC
    sized = cv2.resize(crop, INPUT_SIZE, interpolation=way)
    return np.asarray(sized.transpose(2, 0, 1) / 255, np.float32)


def likeliest(probabilities: Tensor, prefer: Prefer | None = None) -> tuple[str, float]:
    """Return the likeliest text and the probability that all of it is right.

    Args:
        probabilities: (PLACES, 37); the text ends where "nothing here" is likeliest.
        prefer: a well-formed text with one other character is taken when it is at least half
            as likely as the likeliest one.
    """
    best = probabilities.argmax(axis=1)
    length = int(np.argmax(best == BLANK)) if (best == BLANK).any() else len(best)
    rest = float(np.prod(probabilities[length:, BLANK]))
    chosen = [int(i) for i in best[:length]]
    text, share = _spelt(chosen), _share(probabilities, chosen)
    if prefer is not None and text and not prefer(text):
        for place in range(length):
            ranks = np.argsort(-probabilities[place, :BLANK])
            other = [*chosen[:place], int(ranks[1]), *chosen[place + 1 :]]
            if prefer(_spelt(other)) and _share(probabilities, other) * 2 >= share:
                return _spelt(other), _share(probabilities, other) * rest
    return text, share * rest


def _spelt(chosen: Sequence[int]) -> str:
    return "".join(ALPHABET[i] for i in chosen)


def _share(probabilities: Tensor, chosen: Sequence[int]) -> float:
    return float(np.prod([probabilities[place, i] for place, i in enumerate(chosen)]))


def _characters(probabilities: Tensor, text: str) -> tuple[Character, ...]:
    characters = []
    for row, char in zip(probabilities, text, strict=False):
        ranks = [int(i) for i in np.argsort(-row[:BLANK])[: MOST_ALTERNATIVES + 1]]
        others = tuple(
            (ALPHABET[i], float(row[i])) for i in ranks if ALPHABET[i] != char and row[i] >= LIKELY
        )
        characters.append(Character(char, float(row[ALPHABET.index(char)]), others))
    return tuple(characters)
