"""Cameras, sources and a centre, put together into one watch."""

import logging
import os
import platform
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2

from ioc.centre import Centre, open_centre
from ioc.clock import Now, utc_now
from ioc.errors import InvalidInput, NotFound
from ioc.fleet.model import Worker
from ioc.places import Camera
from ioc.probes import probed
from ioc.serving import on_end
from ioc.settings import Settings, load_settings
from ioc.vitals import Vitals
from vision.addresses import open_source
from vision.box_beats import BoxBeats
from vision.capture import Capture
from vision.detector import Detector
from vision.fusion import Region
from vision.health import Health, camera_folder
from vision.health_limits import health_limits
from vision.member import Member
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.sender import LONGEST_WAIT_AFAR_S, Sender
from vision.sinks import HTTP_BATCH, CentreSink, HttpSink
from vision.spool import Spool
from vision.vitals import CameraVitals
from vision.worker import Post, Watch

logger = logging.getLogger(__name__)

SOURCE = "vision"
# Less than a supervisor waits before it kills.
PATIENCE_S = 5.0


@dataclass(frozen=True)
class Orders:
    """What one process can watch: `pairs` of camera id and source address.

    `worker` is its name in the fleet, `weight` its share of the cameras against that of others.
    Asked to end it waits `patience_s` for others to take what it has.
    """

    pairs: tuple[tuple[str, str], ...]
    region: Region
    looks_per_s: float
    worker: str
    weight: float = 1.0
    patience_s: float = PATIENCE_S

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
        pairs = tuple(zip(cameras, sources, strict=True))
        return cls(pairs, region, looks, name or f"{cameras[0]}@{platform.node()}")


def watch_centre(orders: Orders) -> None:
    """Watch for the centre of the environment until a signal ends it.

    Raises:
        NotFound: a camera is not in the city's folder.
        InvalidInput: a source or a setting is wrong.
        Conflict: another process works under the same name.
    """

    def begin(member: Member) -> None:
        on_end(partial(member.leave, orders.patience_s))

    watch_in_fleet(orders, load_settings(), begin)


def watch_in_fleet(orders: Orders, settings: Settings, begin: Callable[[Member], object]) -> None:
    """Watch those of the cameras that the fleet gives to this worker, until it is told to leave.

    Args:
        orders: the cameras it can watch.
        settings: of the centre.
        begin: is given the member before it starts, to be able to tell it to leave.

    Raises:
        NotFound, InvalidInput, Conflict: as `watch_centre`.
    """
    with open_centre(settings) as centre, _spool(settings.state_dir) as spool:
        _require_cameras(centre, orders)
        make = PostMaker(orders, centre.now, settings.city_dir, settings.state_dir)
        sink = CentreSink(centre, SOURCE, spool)
        has_end = all(source.has_end for source in make.sources.values())
        watch = Watch((), centre.now, centre.live.beat, orders.worker, is_standing=not has_end)
        worker = Worker(
            name=orders.worker,
            run=uuid.uuid4().hex,
            node=platform.node(),
            offers=frozenset(camera for camera, _ in orders.pairs),
            weight=orders.weight,
        )
        member = Member(centre, worker, watch, make, sink)
        sender = Sender(spool, sink.send)
        member.drain = sender.drain
        watch.more = lambda: {"node": worker.node, "spool_bytes": spool.waiting_bytes}
        begin(member)
        vitals = Vitals("vision", centre)
        vitals.registry.register(CameraVitals(watch, spool, centre.now))
        _run(watch, sender, vitals, member.start)
        member.end()
        if member.fault is not None:
            raise member.fault


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
        make = PostMaker(orders, utc_now, None, state)
        posts = [make(camera) for camera in make.sources]
        for post in posts:
            post.sink = partial(sink, post.camera)
        beats = BoxBeats(sink.beat, utc_now, spool)
        quiet = Watch(posts, utc_now, beats, orders.worker)
        on_end(quiet.stop)
        far = Sender(spool, sink.send, HTTP_BATCH, LONGEST_WAIT_AFAR_S)
        vitals = Vitals("vision")
        vitals.registry.register(CameraVitals(quiet, spool, utc_now))
        _run(quiet, far, vitals, beats.start)
        beats.stop()
        sink.close()


def _require_cameras(centre: Centre, orders: Orders) -> None:
    for camera, _ in orders.pairs:
        if not isinstance(centre.city.places.get(camera), Camera):
            raise NotFound("camera", camera)


class PostMaker:
    """Makes what watches a camera; all of one process share the models."""

    def __init__(self, orders: Orders, now: Now, city: Path | None, state: Path) -> None:
        """Open the models, and check every address; how cameras look is kept in `state`.

        Raises:
            InvalidInput: an address is of no kind we know.
        """
        self.sources = {camera: open_source(at, now, city) for camera, at in orders.pairs}
        self._orders, self._now, self._state = orders, now, state
        cv2.setNumThreads(1)  # cameras are many: each picture is worth one core at most
        self._detector, self._reader = Detector(threads=1, for_parts=True), Reader(threads=1)

    def __call__(self, camera: str) -> Post:
        """Return what watches a camera; it tells nobody yet."""
        health = Health(health_limits(), camera_folder(self._state, camera))
        capture = Capture(self.sources[camera], self._now, self._orders.looks_per_s, health)
        recognise = Recogniser(self._detector, self._reader, self._orders.region)
        return Post(camera, capture, recognise, lambda _seen: None)


def _run(watch: Watch, sender: Sender, vitals: Vitals, begin: Callable[[], object]) -> None:
    # A camera or a store that is away is no reason to start a worker anew: it waits for both.
    with probed(os.environ, vitals.page, lambda: {"goes": watch.goes}):
        sender.start()
        begin()
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
