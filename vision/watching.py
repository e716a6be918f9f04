"""Cameras, sources and a centre, put together into one watch."""

import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2

from ioc.centre import Centre, open_centre
from ioc.clock import Now, utc_now
from ioc.errors import InvalidInput, NotFound
from ioc.places import Camera
from ioc.settings import load_settings
from vision.addresses import open_source
from vision.capture import Capture
from vision.detector import Detector
from vision.fusion import Region
from vision.passing import VehiclePass
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.sender import Sender
from vision.sinks import HTTP_BATCH, CentreSink, HttpSink
from vision.spool import Spool
from vision.worker import Post, Watch

logger = logging.getLogger(__name__)

SOURCE = "vision"
CameraSink = Callable[[str, VehiclePass], object]


@dataclass(frozen=True)
class Orders:
    """What one process is told to watch: `pairs` of camera id and source address."""

    pairs: tuple[tuple[str, str], ...]
    region: Region
    looks_per_s: float
    worker: str

    @classmethod
    def paired(
        cls, cameras: Sequence[str], sources: Sequence[str], region: Region, looks: float, name: str
    ) -> "Orders":
        """Return orders for the first camera on the first source, and so on.

        Raises:
            InvalidInput: not as many sources as cameras, or a camera twice.
        """
        if len(cameras) != len(sources):
            why = f"{len(cameras)} cameras need as many sources, not {len(sources)}"
            raise InvalidInput("source", why)
        twice = {camera for camera in cameras if cameras.count(camera) > 1}
        if twice:
            raise InvalidInput("camera", f"{', '.join(sorted(twice))} is given twice")
        return cls(tuple(zip(cameras, sources, strict=True)), region, looks, name)


def watch_centre(orders: Orders) -> None:
    """Watch for the centre of the environment until a signal ends it.

    Raises:
        NotFound: a camera is not in the city's folder.
        InvalidInput: a source or a setting is wrong.
    """
    settings = load_settings()
    with open_centre(settings) as centre, _spool(settings.state_dir) as spool:
        _require_cameras(centre, orders)
        sink = CentreSink(centre, SOURCE, spool)
        posts = _posts(orders, sink, centre.now, settings.city_dir)
        _run(Watch(posts, centre.now, centre.live.beat, orders.worker), Sender(spool, sink.send))


def watch_remote(orders: Orders, url: str) -> None:
    """Watch for a centre elsewhere, over its API, until a signal ends it.

    Raises:
        InvalidInput: a source, the address or the key is wrong.
    """
    key = os.environ.get("IOC_API_KEY", "")
    if not key:
        raise InvalidInput("IOC_API_KEY", "is not set; `ioc admin keys` makes one")
    state = Path(os.environ.get("IOC_STATE", "~/.local/state/ioc")).expanduser()
    with _spool(state) as spool:
        sink = HttpSink(url, key, spool)
        posts = _posts(orders, sink, utc_now, None)
        quiet = Watch(posts, utc_now, lambda _name, _state: None, orders.worker)
        _run(quiet, Sender(spool, sink.send, HTTP_BATCH))
        sink.close()


def _require_cameras(centre: Centre, orders: Orders) -> None:
    for camera, _ in orders.pairs:
        if not isinstance(centre.city.places.get(camera), Camera):
            raise NotFound("camera", camera)


def _posts(orders: Orders, sink: CameraSink, now: Now, city: Path | None) -> list[Post]:
    sources = [open_source(address, now, city) for _, address in orders.pairs]
    cv2.setNumThreads(1)  # cameras are many: each picture is worth one core at most
    detector, reader = Detector(threads=1, for_parts=True), Reader(threads=1)
    return [
        Post(
            camera,
            Capture(source, now, orders.looks_per_s),
            Recogniser(detector, reader, orders.region),
            partial(sink, camera),
        )
        for (camera, _), source in zip(orders.pairs, sources, strict=True)
    ]


def _run(watch: Watch, sender: Sender) -> None:
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: watch.stop())
    sender.start()
    count = watch.run()
    sender.stop()
    logger.info("watched to the end: %d reads, %d sent", count, sender.sent)


@contextmanager
def _spool(state: Path) -> Iterator[Spool]:
    spool = Spool(state / "spool")
    try:
        yield spool
    finally:
        spool.close()
