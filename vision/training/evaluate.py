"""How well plates are found and read on a labelled folder, the product and its peer in one run."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import cv2
import numpy as np

from ioc.errors import Unavailable
from vision.detector import Detector
from vision.fusion import Region
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.training.data import Scene, load_scenes
from vision.training.degrade import Picture
from vision.training.scores import Answer, Look, Tables

Progress = Callable[[float], object]


def product(region: Region) -> Look:
    """Return the product's own way from a picture to its plates, on one thread."""
    recogniser = Recogniser(Detector(), Reader(), region)

    def look(picture: Picture) -> list[Answer]:
        found = recogniser.read_picture(picture)
        return [Answer(f.plate.text, f.plate.confidence, f.box) for f in found]

    return look


def score_folder(
    folder: Path,
    engines: Mapping[str, Look],
    *,
    every: bool = False,
    told: Path | None = None,
    progress: Progress = lambda _share: None,
) -> dict[str, Tables]:
    """Return the scores of each engine on the pictures in `folder`, one thread.

    Args:
        folder: has scenes.csv (image,x,y,w,h,plate,lines,source) and the pictures it names.
        engines: picture in, plates out, by name; all see each picture in turn.
        every: when true, also the pictures that training may have seen.
        told: where to write one JSON line a picture of the first engine, for the score of others.
        progress: is told the share of pictures done, 0 to 1.

    Raises:
        Unavailable: no scenes.csv, or none of its pictures is there.
    """
    if not (folder / "scenes.csv").is_file():
        raise Unavailable(f"{folder}: no scenes.csv with image,x,y,w,h,plate,lines,source")
    scenes = [s for s in load_scenes(folder) if s.path.is_file()]
    scenes = [s for s in scenes if s.held_out or every]
    if not scenes:
        raise Unavailable(f"{folder}: none of the pictures of scenes.csv is there")
    cv2.setNumThreads(1)
    tables = {name: Tables() for name in engines}
    lines = []
    for number, scene in enumerate(scenes, 1):
        picture = np.asarray(cv2.imread(str(scene.path), cv2.IMREAD_COLOR), np.uint8)
        for name, look in engines.items():
            began = time.perf_counter()
            answers = look(picture)
            ms = 1000 * (time.perf_counter() - began)
            tables[name].add(scene.source, picture, scene.plates, answers, ms)
            if name == next(iter(engines)):
                lines.append(_jsonl(scene, answers, ms))
        progress(number / len(scenes))
    if told is not None:
        told.write_text("".join(lines), encoding="utf-8")
    return tables


def _jsonl(scene: Scene, answers: Iterable[Answer], ms: float) -> str:
    plates = [
        {"text": a.text, "confidence": a.confidence, "box": [a.box.x, a.box.y, a.box.w, a.box.h]}
        for a in answers
    ]
    return json.dumps({"image": scene.path.name, "plates": plates, "ms": round(ms, 1)}) + "\n"
