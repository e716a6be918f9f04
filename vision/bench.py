"""How many cameras this machine carries, measured on rendered traffic.

Every stage is timed by itself on one thread, in time of a core (so that a busy machine measures
the same as an idle one), on pictures of 1280x720 in which vehicles pass; the
stream is H.264 at 25 pictures a second, of which five are looked at while traffic moves.
"""

import io
import os
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from statistics import median
from typing import Any, TypeVar

import av
import cv2

from vision.detector import Detector
from vision.frames import EPOCH, Frame, Image, to_bgr
from vision.fusion import Region
from vision.motion import MotionGate, small_grey
from vision.reader import Reader, crop_plate
from vision.recogniser import Recogniser
from vision.scene.address import parse_scene_url

SCENES = tuple(
    f"scene:seed={seed}&weather={weather}&per_minute=20&direction=in"
    for seed, weather in enumerate(("day", "dusk", "night", "rain"), 1)
)
LOOKS_PER_S = 5
STREAM_FPS = 25

T = TypeVar("T")


def measure(seconds: int = 8) -> dict[str, Any]:
    """Return the figures of this machine: medians in ms, streams, memory in MB.

    Args:
        seconds: how long each of the four scenes is watched, in its own time.

    Raises:
        Unavailable: a model file is missing.
    """
    cv2.setNumThreads(1)
    detector, reader = Detector(threads=1), Reader(threads=1)
    pictures = [picture for scene in SCENES for picture in _pictures(scene, seconds)]
    detector.find(pictures[0])
    stages = _stages(pictures, detector, reader)
    stages["decode"] = _decode_ms(pictures[: seconds * LOOKS_PER_S])
    look_ms = _looks_ms(pictures, detector, reader)
    second_ms = STREAM_FPS * stages["decode"] + LOOKS_PER_S * (stages["gate"] + look_ms)
    return {
        "pictures": len(pictures),
        "size": f"{pictures[0].shape[1]}x{pictures[0].shape[0]}",
        "ms": {name: round(value, 3) for name, value in stages.items()},
        "picture_to_plates_ms": round(look_ms, 2),
        "streams_a_core": round(1000 / second_ms, 1),
        "streams_looked_at_always": round(1000 / second_ms * (os.cpu_count() or 1), 1),
        "cores": os.cpu_count() or 1,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _pictures(address: str, seconds: int) -> list[Image]:
    scene = parse_scene_url(address).open()
    return [scene.frame(2 + number / LOOKS_PER_S) for number in range(seconds * LOOKS_PER_S)]


def _stages(pictures: Sequence[Image], detector: Detector, reader: Reader) -> dict[str, float]:
    gate = MotionGate()
    ticks = iter(range(len(pictures)))
    crops = [crop_plate(image, d.box) for image in pictures for d in detector.find(image)]
    return {
        "gate": _median_ms(
            pictures,
            lambda image: gate(small_grey(image[:, :, 1]), EPOCH + timedelta(seconds=next(ticks))),
        ),
        "find": _median_ms(pictures, detector.find),
        "read_a_plate": _median_ms(crops, lambda crop: reader.read([crop])),
    }


def _looks_ms(pictures: Sequence[Image], detector: Detector, reader: Reader) -> float:
    """Return the median core time from a decoded picture to its tracked plates."""
    recognise = Recogniser(detector, reader, Region.VN)
    step = timedelta(seconds=1 / LOOKS_PER_S)
    frames = [Frame(image, EPOCH + n * step, n) for n, image in enumerate(pictures)]
    return _median_ms(frames, recognise)


def _decode_ms(pictures: Sequence[Image]) -> float:
    """Return the mean time to decode one picture of an H.264 stream of these pictures."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream("libx264", rate=STREAM_FPS, options={"preset": "veryfast"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for image in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as film:
        film.streams.video[0].codec_context.thread_count = 1
        begin = time.process_time()
        decoded = list(film.decode(video=0))
        took_ms = (time.process_time() - begin) * 1000
    to_bgr(decoded[0])
    return took_ms / len(decoded)


def _median_ms(things: Iterable[T], work: Callable[[T], object]) -> float:
    taken = []
    for thing in things:
        begin = time.process_time()
        work(thing)
        taken.append((time.process_time() - begin) * 1000)
    return median(taken) if taken else 0.0
