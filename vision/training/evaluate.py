"""How well plates are found and read on a labelled folder, the product and its peer in one run."""

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ioc.errors import Unavailable
from vision.box import Box
from vision.detector import Detector
from vision.fusion import Region
from vision.passing import PlateFound
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.training.data import Plate, load_crops, load_scenes, region_of
from vision.training.degrade import Picture
from vision.training.scores import Answer, Engine, Tables

Progress = Callable[[float], object]


@dataclass(frozen=True)
class Choice:
    """Which pictures count.

    Attributes:
        every: also those that training may have seen.
        sources: by name; empty = all.
        region: whose grammar counts; None = that of the source's country.
    """

    every: bool = False
    sources: Collection[str] = ()
    region: Region | None = None

    def takes(self, source: str, *, held_out: bool) -> bool:
        """Tell whether a picture of this source counts."""
        return (held_out or self.every) and (not self.sources or source in self.sources)


@dataclass(frozen=True)
class _Task:
    path: Path
    source: str
    plates: tuple[Plate, ...]
    is_crop: bool = False


def product() -> Engine:
    """Return the product's own way from a picture to its plates, on one thread."""
    detector, reader = Detector(), Reader()
    recognisers = {region: Recogniser(detector, reader, region) for region in Region}

    def find(picture: Picture, region: Region) -> list[Answer]:
        return [_answer(found) for found in recognisers[region].read_picture(picture)]

    def read(picture: Picture, region: Region) -> list[Answer]:
        found = recognisers[region].read_plate(picture, _whole(picture))
        return [] if found is None else [_answer(found)]

    return Engine(find, read)


def score_folder(
    folder: Path,
    engines: Mapping[str, Engine],
    choice: Choice,
    *,
    told: Path | None = None,
    progress: Progress = lambda _share: None,
) -> dict[str, Tables]:
    """Return the scores of each engine on the pictures in `folder`, one thread.

    Args:
        folder: has scenes.csv (image,x,y,w,h,plate,lines,source) and the pictures it names; where
            it has crops.csv (image,plate,truth), pictures of plates alone are read too.
        engines: by name; all see each picture in turn.
        choice: which pictures.
        told: where to write one JSON line a picture of the first engine, for the score of others.
        progress: is told the share of pictures done, 0 to 1.

    Raises:
        Unavailable: no scenes.csv, or none of its pictures is there.
    """
    if not (folder / "scenes.csv").is_file():
        raise Unavailable(f"{folder}: no scenes.csv with image,x,y,w,h,plate,lines,source")
    tasks = [task for task in _tasks(folder, choice) if task.path.is_file()]
    if not tasks:
        raise Unavailable(f"{folder}: none of the pictures asked for is there")
    cv2.setNumThreads(1)
    tables = {name: Tables() for name in engines}
    lines = []
    for number, task in enumerate(tasks, 1):
        picture = np.asarray(cv2.imread(str(task.path), cv2.IMREAD_COLOR), np.uint8)
        region = choice.region or region_of(task.source)
        plates = [Plate(_corners(picture), p.text) for p in task.plates] if task.is_crop else (
            task.plates
        )  # fmt: skip
        for name, engine in engines.items():
            began = time.perf_counter()
            answers = (engine.read if task.is_crop else engine.find)(picture, region)
            ms = 1000 * (time.perf_counter() - began)
            source = f"plates alone: {task.source}" if task.is_crop else task.source
            tables[name].add(source, picture, plates, answers, ms)
            if name == next(iter(engines)):
                lines.append(_jsonl(task.path, answers, ms))
        progress(number / len(tasks))
    if told is not None:
        told.write_text("".join(lines), encoding="utf-8")
    return tables


def _tasks(folder: Path, choice: Choice) -> Iterator[_Task]:
    for scene in load_scenes(folder):
        if choice.takes(scene.source, held_out=scene.held_out):
            yield _Task(scene.path, scene.source, scene.plates)
    for crop in load_crops(folder) if (folder / "crops.csv").is_file() else ():
        if choice.takes(crop.source, held_out=crop.held_out):
            source = crop.source if crop.checked else f"{crop.source} (unchecked)"
            yield _Task(crop.path, source, (Plate((0, 0, 0, 0), crop.text),), is_crop=True)


def _whole(picture: Picture) -> Box:
    return Box(*_corners(picture))


def _corners(picture: Picture) -> tuple[float, float, float, float]:
    return 0.0, 0.0, float(picture.shape[1]), float(picture.shape[0])


def _answer(found: PlateFound) -> Answer:
    return Answer(found.plate.text, found.plate.confidence, found.box)


def _jsonl(path: Path, answers: Iterable[Answer], ms: float) -> str:
    plates = [
        {"text": a.text, "confidence": a.confidence, "box": [a.box.x, a.box.y, a.box.w, a.box.h]}
        for a in answers
    ]
    return json.dumps({"image": path.name, "plates": plates, "ms": round(ms, 1)}) + "\n"
