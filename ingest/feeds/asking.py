"""Every camera that is asked or listened to, in one process: `ioc ingest listen`."""

import threading
from collections.abc import Mapping

from ingest.feeds.listening import Listener, by_topic
from ingest.feeds.pulling import pull
from ingest.feeds.taking import Taking
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.vehicles.joining import readers_of

CAMERA_PASSWORD, MQTT_PASSWORD, MQTT_CA = "IOC_CAMERA_PASSWORD_", "IOC_MQTT_PASSWORD", "IOC_MQTT_CA"


def ask_and_listen(centre: Centre, env: Mapping[str, str], stop: threading.Event) -> None:
    """Take what those cameras tell that do not send by themselves, until `stop`.

    Raises:
        InvalidInput: there are none, or the password of one is not set.
    """
    book = readers_of(centre)
    asked = [reader for reader in book.cameras.values() if reader.pull is not None]
    topics = by_topic(book.cameras)
    if not asked and not topics:
        raise InvalidInput("readers.toml", "no camera has pull or topic: the others send")
    passwords = {}
    for reader in asked:
        name = CAMERA_PASSWORD + reader.camera.upper().replace("-", "_")
        if reader.user and not env.get(name):
            raise InvalidInput(name, "is not set")
        passwords[reader.camera] = env.get(name, "")
    if book.broker is not None and book.broker.user and not env.get(MQTT_PASSWORD):
        raise InvalidInput(MQTT_PASSWORD, "is not set")
    taking = Taking(centre)
    threads = [
        threading.Thread(target=pull, args=(taking, reader, passwords[reader.camera], stop))
        for reader in asked
    ]
    if topics and book.broker is not None:
        listener = Listener(
            centre,
            taking,
            book.broker,
            topics,
            env.get(MQTT_PASSWORD, ""),
            env.get(MQTT_CA) or None,
        )
        threads.append(threading.Thread(target=listener.listen, args=(stop,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
