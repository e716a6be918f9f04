"""Every camera that is asked or listened to, in one process: `ioc ingest listen`."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

from ingest.feeds.ears import Ears
from ingest.feeds.listening import Listener, by_topic
from ingest.feeds.pulling import pull
from ingest.feeds.taking import Taking
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.vehicles.joining import readers_of
from ioc.vendors import Readers, SelfReader, read_readers

logger = logging.getLogger(__name__)

CAMERA_PASSWORD, MQTT_PASSWORD, MQTT_CA = "IOC_CAMERA_PASSWORD_", "IOC_MQTT_PASSWORD", "IOC_MQTT_CA"
LOOK_S, BEAT_S, ROUND_S = 5.0, 5.0, 0.5


def wait_for_cameras(folder: Path, stop: threading.Event, look_s: float = LOOK_S) -> None:
    """Wait until readers.toml of a city names a camera that is asked or publishes, or `stop`.

    A city without one has nothing to be listened to, which is no fault: whoever runs this need not
    start it anew. A file that is wrong is told, once, and looked at again.
    """
    told = ""
    while not stop.is_set():
        book, faults = read_readers(folder)
        if book.is_listened_to and not faults:
            return
        why = str(faults[0]) if faults else f"{folder}: no camera is asked or publishes; waiting"
        if why != told:
            logger.log(logging.WARNING if faults else logging.INFO, "%s", why)
            told = why
        stop.wait(look_s)


def ask_and_listen(
    centre: Centre, env: Mapping[str, str], stop: threading.Event, ears: Ears | None = None
) -> None:
    """Take what those cameras tell that do not send by themselves, until `stop`.

    What fails in one of them as nobody foresaw ends all, so that it is seen and started anew.

    Raises:
        InvalidInput: there are none, or the password of one is not set.
    """
    book = readers_of(centre)
    works = _works(centre, book, env, stop, ears or Ears())
    if not works:
        raise InvalidInput("readers.toml", "no camera has pull or topic: the others send")
    beat_at = 0.0
    with ThreadPoolExecutor(len(works), "ears") as pool:
        running = [pool.submit(work) for work in works]
        try:
            while not stop.is_set():
                if time.monotonic() >= beat_at:
                    beat_at = time.monotonic() + BEAT_S
                    said = {"at": centre.now().isoformat(), "cameras": len(book.cameras)}
                    centre.live.beat("service:listening", said)
                for done in wait(running, ROUND_S, FIRST_EXCEPTION).done:
                    done.result()
        finally:
            stop.set()


def _works(
    centre: Centre, book: Readers, env: Mapping[str, str], stop: threading.Event, ears: Ears
) -> Sequence[Callable[[], None]]:
    """Return what is to be done side by side: a camera each, and the broker."""
    asked = [reader for reader in book.cameras.values() if reader.pull is not None]
    topics = by_topic(book.cameras)
    passwords = {reader.camera: _password(reader, env) for reader in asked}
    taking = Taking(centre)
    works: list[Callable[[], None]] = [
        partial(pull, taking, reader, passwords[reader.camera], stop, ears) for reader in asked
    ]
    if topics and book.broker is not None:
        password = env.get(MQTT_PASSWORD, "")
        if book.broker.user and not password:
            raise InvalidInput(MQTT_PASSWORD, "is not set")
        ca_file = env.get(MQTT_CA) or None
        listener = Listener(centre, taking, book.broker, topics, password, ca_file, ears)
        works.append(partial(listener.listen, stop))
    return works


def _password(reader: SelfReader, env: Mapping[str, str]) -> str:
    name = CAMERA_PASSWORD + reader.camera.upper().replace("-", "_")
    if reader.user and not env.get(name):
        raise InvalidInput(name, "is not set")
    return env.get(name, "")
