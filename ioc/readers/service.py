"""The use cases of cameras that read themselves: their keys, their clocks, their calibration."""

import hmac
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Row

from ioc import audit
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import NotFound
from ioc.readers import store
from ioc.readers.model import Calibration, Clock, ReaderState
from ioc.readers.rules import MOST, clock_of, fitted, key_of, prior_of
from ioc.vehicles.joining import readers_of
from ioc.vendors import SelfReader

# How far back labelled reads count, and messages tell of a clock.
LEARN_FROM, CLOCK_FROM = timedelta(days=30), timedelta(hours=6)
# What a process remembers before it asks the store again, in seconds.
CLOCKS_S, ROWS_S = 5.0, 5.0
T = TypeVar("T")


def reader_of(centre: Centre, camera: str) -> SelfReader:
    """Return how a camera reads itself.

    Raises:
        NotFound: the city says of none of this id that it does.
    """
    reader = readers_of(centre).cameras.get(camera)
    if reader is None:
        raise NotFound("camera that reads itself", camera)
    return reader


class Measures:
    """What is known of cameras, remembered for seconds, so that a message costs no query."""

    def __init__(self, centre: Centre) -> None:
        """Begin with nothing known."""
        self._centre = centre
        self._held: dict[str, tuple[float, object]] = {}

    def clock(self, camera: str) -> Clock:
        """Return how the clock of a camera goes."""
        return self._remembered(f"clock:{camera}", CLOCKS_S, lambda: _clock(self._centre, camera))

    def calibration(self, camera: str) -> Calibration:
        """Return how far a camera is believed."""
        rows = self._rows()
        learned = store.calibration_from(rows.get(camera))
        return learned or prior_of(readers_of(self._centre).belief)

    def is_key(self, camera: str, key: str) -> bool:
        """Tell whether this is the key of a camera, or its former one while that still works."""
        state = store.key_from(self._rows().get(camera))
        secret, now = self._centre.settings.secret, self._centre.now()
        versions = [state.version]
        if state.former_until is not None and now < state.former_until:
            versions.append(state.version - 1)
        told = key.encode()
        matches = [
            hmac.compare_digest(key_of(secret, camera, version).encode(), told)
            for version in versions
        ]
        return any(matches)

    def _rows(self) -> dict[str, Row[Any]]:
        return self._remembered("rows", ROWS_S, lambda: transact(self._centre.engine, store.known))

    def _remembered(self, name: str, for_s: float, ask: Callable[[], T]) -> T:
        until, value = self._held.get(name, (0.0, None))
        if time.monotonic() < until:
            return cast("T", value)
        fresh = ask()
        self._held[name] = time.monotonic() + for_s, fresh
        return fresh


def key_now(centre: Centre, camera: str) -> str:
    """Return the key of a camera, to be typed into it.

    Raises:
        NotFound: it does not read itself.
    """
    reader_of(centre, camera)
    row = transact(centre.engine, store.known).get(camera)
    return key_of(centre.settings.secret, camera, store.key_from(row).version)


def turn_key(centre: Centre, camera: str, actor: str, keep_former: timedelta) -> str:
    """Give a camera a new key and return it; the former one works on for a while.

    Raises:
        NotFound: it does not read itself.
    """
    reader_of(centre, camera)
    now = centre.now()

    def work(conn: Connection) -> int:
        version = store.turn_key(conn, camera, now, now + keep_former)
        audit.record(conn, actor, "camera_key_turned", f"camera:{camera}", None, {"no": version})
        return version

    return key_of(centre.settings.secret, camera, transact(centre.engine, work))


def learn(centre: Centre) -> int:
    """Calibrate every camera by reviewed reads and by our own; return how many were."""
    book, now = readers_of(centre), centre.now()
    sure = centre.city.limits.sure_confidence

    def work(conn: Connection) -> int:
        for camera in sorted(book.cameras):
            found = store.labelled(conn, camera, now - LEARN_FROM, sure)
            if found:
                store.keep_calibration(conn, camera, fitted(found, book.belief, now))
        return len(book.cameras)

    return transact(centre.engine, work) if book.cameras else 0


def reader_states(centre: Centre, only: Collection[str] | None = None) -> list[ReaderState]:
    """Return what is known of every camera that reads itself, or of those named, by its id."""
    book = readers_of(centre)
    cameras = [one for one in sorted(book.cameras) if only is None or one in only]
    if not cameras:
        return []
    since = centre.now() - CLOCK_FROM

    def work(conn: Connection) -> list[ReaderState]:
        rows, heard = store.known(conn), store.heard_at(conn, cameras)
        arrivals = store.arrivals_of(conn, cameras, since, MOST)
        return [
            ReaderState(
                camera,
                clock_of(arrivals.get(camera, [])),
                store.calibration_from(rows.get(camera)) or prior_of(book.belief),
                store.key_from(rows.get(camera)),
                heard.get(camera),
            )
            for camera in cameras
        ]

    return transact(centre.engine, work)


def _clock(centre: Centre, camera: str) -> Clock:
    since = centre.now() - CLOCK_FROM
    found = transact(centre.engine, lambda conn: store.arrivals(conn, camera, since, MOST))
    return clock_of(found)
