"""So many cameras at once on this machine: do they read what one alone reads?

Rendered traffic is written to H.264 files, which are then played at their pace by as many cameras
as asked for, in one process, as `ioc vision watch` would watch streams. First a few of them alone,
then all: who was read, how many cores and how much memory it took.
"""

import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import cv2

from ioc.clock import utc_now
from vision.addresses import open_source
from vision.capture import Capture
from vision.detector import Detector
from vision.fusion import Region
from vision.passing import VehiclePass
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.scene.address import parse_scene_url
from vision.scene.scene import Scene
from vision.sources import Shot, Source
from vision.worker import Post, Watch

Progress = Callable[[float], object]

FPS = 25
GROUP = 50
BIT_RATE = 2_000_000
WEATHERS = ("day", "dusk", "night", "rain")
LOOKS_PER_S = 5.0
# One more second for a vehicle at the end of the film to be told.
TELL_S = 1.0
STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Film:
    """A file of rendered traffic, and the plates that can be read on it."""

    path: Path
    plates: tuple[str, ...]
    mbit_s: float


@dataclass(frozen=True)
class Load:
    """What is put upon the machine.

    Attributes:
        cameras: 1 or more.
        seconds: length of the films, 10 or more.
        per_minute: vehicles a minute before each camera.
        repeat: how often each film is played, 1 or more.
        films: folder to keep the films in, to be found there the next time; None: none are kept.
    """

    cameras: int
    seconds: int = 60
    per_minute: float = 6.0
    repeat: int = 1
    films: Path | None = None


def carry(load: Load, progress: Progress = lambda _share: None) -> dict[str, Any]:
    """Return how the cameras do beside one another, and as few as there are films before that.

    Args:
        load: how many, and what passes before them.
        progress: is told the share of the work done, 0 to 1.

    Raises:
        Unavailable: a model file is missing.
    """
    cv2.setNumThreads(1)
    cameras = load.cameras
    with TemporaryDirectory() as thrown_away:
        folder = load.films or Path(thrown_away)
        films = []
        for number, weather in enumerate(WEATHERS[:cameras]):
            address = (
                f"scene:seed={number + 31}&weather={weather}&per_minute={load.per_minute}&fps={FPS}"
            )
            films.append(
                render_film(
                    folder / f"{weather}-{load.per_minute:g}-{load.seconds}.mkv",
                    address,
                    load.seconds,
                )
            )
            progress(0.4 * (number + 1) / len(WEATHERS))
        few = _watched(films, 1)
        progress(0.5)
        every = _watched([films[i % len(films)] for i in range(cameras)], load.repeat)
        progress(1.0)
    return {
        "cameras": cameras,
        "size": "1280x720",
        "fps": FPS,
        "vehicles_a_minute": load.per_minute,
        "mbit_s": round(sum(film.mbit_s for film in films) / len(films), 1),
        "minutes": round(load.seconds * load.repeat / 60, 1),
        **every,
        "memory_mb_a_camera": round(every["memory_mb"] / cameras, 1),
        f"recall_of_{len(films)}": few["recall"],
        f"cores_of_{len(films)}": few["cores"],
        f"looks_a_vehicle_of_{len(films)}": few["looks_a_vehicle"],
    }


def render_film(path: Path, address: str, seconds: int) -> Film:
    """Write `seconds` of a rendered scene to `path` as a camera would: H.264, no B pictures.

    What is there already is left as it is.
    """
    scene = parse_scene_url(address).open()
    if not path.exists():
        unfinished = path.with_suffix(".part.mkv")
        _encode(unfinished, scene, seconds)
        unfinished.rename(path)
    plates = tuple(
        one.vehicle.face.text
        for one in scene.passes(0, seconds + 20)
        if 0 <= one.first_s < one.last_s <= seconds - TELL_S
    )
    return Film(path, plates, path.stat().st_size * 8 / seconds / 1e6)


def _encode(path: Path, scene: Scene, seconds: int) -> None:
    with av.open(str(path), "w", format="matroska") as out:
        options = {"preset": "veryfast", "tune": "zerolatency", "threads": "1"}
        stream = out.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height = scene.size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size, stream.bit_rate = GROUP, BIT_RATE
        for number in range(seconds * FPS):
            picture = av.VideoFrame.from_ndarray(scene.frame(number / FPS), format="bgr24")
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))


def _watched(films: Sequence[Film], repeat: int) -> dict[str, Any]:
    """Play the films, each before a camera of its own, and return what came of it."""
    detector, reader = Detector(threads=1, for_parts=True), Reader(threads=1)
    said: list[list[str]] = [[] for _ in films]
    memory: list[int] = []
    posts = []
    for number, film in enumerate(films):
        # Key frames of real cameras do not come all at the same moment.
        wait_s = GROUP / FPS * number / len(films)
        source = Source(film.path.name, partial(_played, film.path, wait_s, repeat), has_end=True)
        capture = Capture(source, utc_now, LOOKS_PER_S)
        recognise = Recogniser(detector, reader, Region.VN)
        posts.append(Post(f"cam-{number}", capture, recognise, partial(_note, said[number])))
    watch = Watch(posts, utc_now, lambda *_: memory.append(_memory_mb()), "bench")
    began, used, looked = time.monotonic(), time.process_time(), time.thread_time()
    watch.run()
    took_s = time.monotonic() - began
    looked_s = time.thread_time() - looked
    settled = memory[len(memory) // 10 :]
    passed = sum(len(film.plates) for film in films) * repeat
    return _judged(films, said, repeat) | {
        "cores": round((time.process_time() - used) / took_s, 2),
        "cores_decoding": round(sum(post.capture.cpu_s for post in posts) / took_s, 2),
        "cores_looking": round(looked_s / took_s, 2),
        "looks_a_vehicle": round(sum(post.looks for post in posts) / max(1, passed), 1),
        "memory_mb": max(settled),
        "memory_growth_mb": settled[-1] - settled[0],
    }


def _note(said: list[str], seen: VehiclePass) -> None:
    said.append(seen.plate.text)  # and not its picture: they would add up


def _played(path: Path, wait_s: float, repeat: int) -> Iterator[Shot]:
    time.sleep(wait_s)
    for _ in range(repeat):
        yield from open_source(str(path), utc_now).shots()


def _judged(films: Sequence[Film], said: Sequence[Sequence[str]], repeat: int) -> dict[str, Any]:
    passed = right = twice = others = 0
    for film, texts in zip(films, said, strict=True):
        left = Counter(film.plates * repeat)
        passed += len(film.plates) * repeat
        for text in texts:
            if left[text] > 0:
                left[text] -= 1
                right += 1
            elif text in left:
                twice += 1
            else:
                others += 1
    return {
        "vehicles": passed,
        "recall": round(right / passed, 4) if passed else None,
        "told_twice": twice,
        "told_besides": others,
    }


def _memory_mb() -> int:
    """Return the memory this process holds now, or held at most where that is not told."""
    if STATUS.is_file():
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
