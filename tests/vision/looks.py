"""Made-up looks: what detector and reader would say of plates on a road."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from ioc.vehicles.model import Ground, Layout
from vision.box import Box
from vision.frames import Frame
from vision.fusion import Region
from vision.passing import VehiclePass
from vision.reader import ALPHABET, PLACES, Character, Reading
from vision.track import Look
from vision.tracker import Tracker

START = datetime(2021, 10, 4, 7, tzinfo=UTC)
PICTURE = np.zeros((720, 1280, 3), np.uint8)


def reading(text: str, sure: float = 0.99, is_plate: float = 1.0, **places: object) -> Reading:
    """A reading of `text`, every character with probability `sure`.

    `doubt={3: "8"}` makes the reader hesitate at place 3: 0.5 for what stands there, 0.45 for "8".
    """
    doubt: Mapping[int, str] = places.get("doubt", {})  # type: ignore[assignment]
    characters = tuple(
        Character(char, 0.5, ((doubt[i], 0.45),)) if i in doubt else Character(char, sure)
        for i, char in enumerate(text)
    )
    confidence = float(np.prod([c.confidence for c in characters])) * is_plate
    table = np.zeros((PLACES, len(ALPHABET) + 1), np.float32)
    return Reading(text, characters, table, confidence, Layout.ONE_LINE, Ground.WHITE, is_plate)


def look(at_s: float, text: str, x: float, y: float, w: float = 120, **details: object) -> Look:
    """A look at `text`, its box at (x, y) with width `w`, `at_s` seconds after the start."""
    weight = float(details.pop("weight", 0.8))  # type: ignore[arg-type]
    frame = Frame(PICTURE, START + timedelta(seconds=at_s), round(at_s * 25))
    return Look(frame, Box(x, y, w, w / 4.7), reading(text, **details), weight)


def drive(
    text: str,
    start_s: float,
    seconds: float = 2.0,
    x: float = 600,
    fps: float = 5,
    **details: object,
) -> list[Look]:
    """The looks at a vehicle that comes down the picture, its plate growing."""
    count = round(seconds * fps)
    return [
        look(
            start_s + i / fps,
            text,
            x + 4 * i,
            150 + 450 * i / count,
            60 + 80 * i / count,
            **details,
        )
        for i in range(count)
    ]


def told(
    looks: Iterable[Look], until_s: float = 20, fps: float = 5, region: Region = Region.VN
) -> list[tuple[float, VehiclePass]]:
    """Run a tracker over `looks` at `fps`; return what it tells and when, seconds from start."""
    by_time: dict[int, list[Look]] = {}
    for one in looks:
        by_time.setdefault(round((one.frame.at - START).total_seconds() * fps), []).append(one)
    tracker = Tracker(region)
    said = []
    for tick in range(round(until_s * fps)):
        at = START + timedelta(seconds=tick / fps)
        said += [(tick / fps, p) for p in tracker.update(at, by_time.get(tick, []))]
    return said + [(until_s, p) for p in tracker.finish()]


def texts(said: Iterable[tuple[float, VehiclePass]]) -> list[str]:
    """The texts told, in order."""
    return [seen.plate.text for _, seen in said]
