"""RapidOCR as the peer: the best open engine we know on Vietnamese plates, in the same run.

It finds and reads all text in a picture. A plate is one of its lines, or two that stand one above
the other, and fits the grammar; what looks alike is put right where the grammar says so. Extra
`[train]`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ioc.errors import InvalidInput, Unavailable
from ioc.vehicles.plate import is_valid, look_alikes, normalise
from vision.box import Box
from vision.fusion import Region
from vision.training.degrade import Picture
from vision.training.scores import Answer, Engine

SHORTEST, LONGEST = 6, 10
# Of the narrower line's width, the two must share so much; and stand no farther apart than this
# many of their heights.
SHARED, APART = 0.5, 0.9


@dataclass(frozen=True)
class Line:
    """One line of text as the engine told it, 0 <= confidence <= 1."""

    text: str
    confidence: float
    box: Box


def rapidocr() -> Engine:
    """Return the peer, on one thread; a plate alone is a picture like any other to it.

    Raises:
        Unavailable: the extra [train] is not installed.
    """
    try:
        from rapidocr import RapidOCR  # noqa: PLC0415
    except ImportError as missing:
        raise Unavailable(f"the peer needs the extra [train]: {missing}") from missing
    engine = RapidOCR(
        params={
            "Global.log_level": "error",
            # Its guess which lines stand on their head costs it one plate in ten: none does here.
            "Global.use_cls": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )

    def look(picture: Picture, region: Region) -> list[Answer]:
        return pick(_lines(engine(picture)), region)

    return Engine(look, look)


def pick(lines: Sequence[Line], region: Region) -> list[Answer]:
    """Return the plates among lines of text, those the engine is surest of first."""
    told = [answer for line in _candidates(lines) if (answer := _plate(line, region))]
    kept: list[Answer] = []
    for answer in sorted(told, key=lambda a: (len(a.text), a.confidence), reverse=True):
        if not any(_is_inside(answer.box, other.box) for other in kept):
            kept.append(answer)
    return sorted(kept, key=lambda a: a.confidence, reverse=True)


def _lines(result: Any) -> list[Line]:
    if result.boxes is None:
        return []
    lines = []
    for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
        box = Box(float(x0), float(y0), float(x1 - x0), float(y1 - y0))
        lines.append(Line(_cleaned(text), float(score), box))
    return [line for line in lines if line.text]


def _cleaned(text: str) -> str:
    kept = "".join(c for c in text if c.isalnum() and (c.isascii() or c in "đĐ"))
    try:
        return normalise(kept)
    except InvalidInput:
        return ""


def _candidates(lines: Sequence[Line]) -> Iterator[Line]:
    yield from lines
    for upper in lines:
        for lower in lines:
            if upper is not lower and _stands_on(upper.box, lower.box):
                text = upper.text + lower.text
                yield Line(text, min(upper.confidence, lower.confidence),
                           _around(upper.box, lower.box))  # fmt: skip


def _stands_on(upper: Box, lower: Box) -> bool:
    shared = min(upper.x + upper.w, lower.x + lower.w) - max(upper.x, lower.x)
    height = max(upper.h, lower.h)
    gap = lower.y - (upper.y + upper.h)
    is_below = lower.y + lower.h / 2 > upper.y + upper.h / 2
    return is_below and shared > SHARED * min(upper.w, lower.w) and abs(gap) < APART * height


def _plate(line: Line, region: Region) -> Answer | None:
    if not SHORTEST <= len(line.text) <= LONGEST:
        return None
    if region is Region.ANY:
        return Answer(line.text, line.confidence, line.box)
    text = next(_put_right(line.text), None)
    return None if text is None else Answer(text, line.confidence, line.box)


def _put_right(text: str) -> Iterator[str]:
    """Yield the valid texts that differ from `text` in look-alikes alone, the nearest first."""
    if is_valid(text):
        yield text
    for place, char in enumerate(text):
        for other in look_alikes(char):
            changed = text[:place] + other + text[place + 1 :]
            if is_valid(changed):
                yield changed


def _around(one: Box, other: Box) -> Box:
    x, y = min(one.x, other.x), min(one.y, other.y)
    right, foot = max(one.x + one.w, other.x + other.w), max(one.y + one.h, other.y + other.h)
    return Box(x, y, right - x, foot - y)


def _is_inside(one: Box, other: Box) -> bool:
    shared_w = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    shared_h = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    return max(shared_w, 0.0) * max(shared_h, 0.0) > one.w * one.h / 2
