"""Plate numbers drawn at random, as the law lets them be issued."""

import numpy as np

from ioc.vehicles.model import Ground
from vision.scene.face import Blank, PlateFace

HOME_CODES = ("75", "75", "75", "43", "43", "73", "74", "51", "29", "30", "59")
_NEVER_ISSUED = {13, 42, 44, 45, 46, 87, 91, 96}
CODES = tuple(str(code) for code in range(11, 100) if code not in _NEVER_ISSUED)
SERIES = "ABCDEFGHKLMNPSTUVXYZ"
SECOND = "ABCDEFGHKLMNPRSTUVXYZ"
SPECIAL_SERIES = ("LD", "DA", "KT", "HC", "TD", "CD", "CT", "R", "RM", "T")
ARMY_PAIRS = (  # noqa: SIM905
    "AA AB AC AD AN AP AT AV BA BB BC BH BK BL BP BS BT BV HA HB HC HD HE HH HL HN HQ HT "
    "KA KB KC KD KK KP KV PA PG PK PM PP PX QA QB QH TC TH TK TL TM TN TT TX VC VT"
).split()
DIPLOMATIC = ("NG", "NG", "NN", "NN", "QT", "CV")


def random_plate(
    rng: np.random.Generator, blank: Blank | None = None, ground: Ground | None = None
) -> PlateFace:
    """Draw one plate: any kind on the road, or of a given blank or ground colour.

    Args:
        rng: the only source of chance.
        blank: the metal; None draws it (motorbikes half of the time).
        ground: the colour; None draws it (mostly white).
    """
    chosen = blank or Blank(_pick(rng, (Blank.MOTORBIKE, Blank.LONG, Blank.SHORT), (5, 3, 2)))
    colour = ground or _random_ground(rng, chosen)
    if colour is Ground.RED:
        return PlateFace(_pick(rng, ARMY_PAIRS) + _digits(rng, 4), chosen, colour)
    if chosen is Blank.MOTORBIKE:
        return PlateFace(_motorbike(rng), chosen, colour)
    if colour is Ground.WHITE and rng.random() < 0.03:
        text = f"{_code(rng)}{_digits(rng, 3)}{_pick(rng, DIPLOMATIC)}{_digits(rng, 2)}"
        return PlateFace(text, chosen, colour)
    return PlateFace(_car(rng), chosen, colour)


def _pick(
    rng: np.random.Generator, choices: "tuple[str, ...] | list[str]", weights: tuple[int, ...] = ()
) -> str:
    shares = np.array(weights) / sum(weights) if weights else None
    return choices[int(rng.choice(len(choices), p=shares))]


def _digits(rng: np.random.Generator, n: int) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, n))


def _code(rng: np.random.Generator) -> str:
    return _pick(rng, HOME_CODES) if rng.random() < 0.2 else _pick(rng, CODES)


def _random_ground(rng: np.random.Generator, blank: Blank) -> Ground:
    grounds = (Ground.WHITE, Ground.YELLOW, Ground.BLUE, Ground.RED)
    weights = (92, 3, 3, 2) if blank is Blank.MOTORBIKE else (66, 22, 7, 5)
    return Ground(_pick(rng, grounds, weights))


def _car(rng: np.random.Generator) -> str:
    series = _pick(rng, SPECIAL_SERIES) if rng.random() < 0.15 else _pick(rng, list(SERIES))
    return f"{_code(rng)}{series}{_digits(rng, 4 if rng.random() < 0.12 else 5)}"


def _motorbike(rng: np.random.Generator) -> str:
    """Draw one of the issued shapes: letter and digit, two letters, or electric (MD and digit)."""
    kind = rng.random()
    if kind < 0.6:
        series = _pick(rng, list(SERIES)) + str(rng.integers(1, 10))
        return f"{_code(rng)}{series}{_digits(rng, 4 if rng.random() < 0.25 else 5)}"
    if kind < 0.85:
        return f"{_code(rng)}{_pick(rng, list(SERIES))}{_pick(rng, list(SECOND))}{_digits(rng, 5)}"
    return f"{_code(rng)}MD{rng.integers(1, 10)}{_digits(rng, 5)}"
