"""Plates of files: one record a picture, one a vehicle that passes in a video."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ioc.errors import InvalidInput
from ioc.vehicles.plate import is_valid
from vision.box import Box
from vision.detector import Detector
from vision.frames import EPOCH, Frame, Video, is_picture, load_picture
from vision.fusion import Region
from vision.passing import PlateText, VehiclePass
from vision.reader import Reader
from vision.recogniser import Recogniser

Record = dict[str, Any]
Progress = Callable[[float], object]

VIDEO_LOOKS_PER_S = 8.0


class FileReader:
    """Reads the plates in files; the models are loaded once."""

    def __init__(self, region: Region, threads: int = 1) -> None:
        """Load the models; `threads` is how many cores one look may use.

        Raises:
            Unavailable: a model file is missing or not the one we made.
        """
        self._detector = Detector(threads=threads)
        self._reader = Reader(threads=threads)
        self._region = region

    def records(self, path: Path, progress: Progress = lambda _share: None) -> Iterator[Record]:
        """Yield what is in `path`; `progress` is told the share of the file done, 0 to 1.

        A file that cannot be read gives one record with an `error`, which may come last.
        """
        try:
            if is_picture(path) or not path.is_file():
                yield self._picture(path)
            else:
                yield from self._video(path, progress)
        except InvalidInput as fault:
            yield {"image": str(path), "error": fault.why}
        progress(1.0)

    def _picture(self, path: Path) -> Record:
        image = load_picture(path)
        begin = time.perf_counter()
        found = Recogniser(self._detector, self._reader, self._region).read_picture(image)
        took_ms = (time.perf_counter() - begin) * 1000
        plates = [_plate(f.plate) | {"box": _box(f.box)} for f in found]
        return {"image": str(path), "plates": plates, "ms": round(took_ms, 1)}

    def _video(self, path: Path, progress: Progress) -> Iterator[Record]:
        recognise = Recogniser(self._detector, self._reader, self._region)
        with Video(path) as video:
            length_s = max(video.duration_s, 0.001)
            for frame in video.frames(rate=VIDEO_LOOKS_PER_S):
                for seen in recognise(frame):
                    yield _pass(path, seen)
                progress(min(_seconds(frame) / length_s, 1.0))
            for seen in recognise.finish():
                yield _pass(path, seen)


def _pass(path: Path, seen: VehiclePass) -> Record:
    return {
        "video": str(path),
        **_plate(seen.plate),
        "first_s": round((seen.first_at - EPOCH).total_seconds(), 2),
        "last_s": round((seen.last_at - EPOCH).total_seconds(), 2),
        "frames": seen.looks,
        "box": _box(seen.box),
        "box_s": round(_seconds(seen.frame), 2),
    }


def _plate(plate: PlateText) -> Record:
    return {
        "text": plate.text,
        "confidence": plate.confidence,
        "characters": [{"char": c.char, "confidence": c.confidence} for c in plate.characters],
        "layout": plate.layout.value,
        "colour": plate.colour.value,
        "valid": is_valid(plate.text),
    }


def _box(box: Box) -> list[int]:
    return [round(box.x), round(box.y), round(box.w), round(box.h)]


def _seconds(frame: Frame) -> float:
    return (frame.at - EPOCH).total_seconds()
