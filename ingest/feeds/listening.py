"""Cameras that publish over MQTT (ONVIF): one client with a session that the broker keeps.

A message is acknowledged once it is recorded. What is not, because a store is away, is told again
by the broker when we come back; what was recorded meanwhile is known by its id.
"""

import logging
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from ingest.feeds.ears import Ears
from ingest.feeds.onvif import parse_event
from ingest.feeds.taking import Taking, source_of
from ingest.feeds.told import Message
from ioc.centre import Centre
from ioc.errors import InvalidInput, Unavailable
from ioc.feeds.rules import pause_after
from ioc.intake import Refusal, refuse
from ioc.vendors import Broker, SelfReader

logger = logging.getLogger(__name__)

EVENTS = "onvif-ej"
KEEP_ALIVE_S, ROUND_S = 30, 0.5
MOST_PAYLOAD = 8_000_000
QOS = 1


@dataclass
class Listener:
    """Listens to the cameras of one broker; `password` and `ca_file` are of the environment.

    `ca_file` is the certificate that the broker's is signed by, None for those of the system.
    """

    centre: Centre
    taking: Taking
    broker: Broker
    readers: Mapping[str, SelfReader]
    password: str = field(default="", repr=False)
    ca_file: str | None = None
    ears: Ears = field(default_factory=Ears)
    ready: threading.Event = field(default_factory=threading.Event)

    def listen(self, stop: threading.Event) -> None:
        """Listen until `stop`; a broker that is away is asked again, ever less often."""
        failures = 0
        self.ears.follow(self.broker.host, 0)
        while not stop.is_set():
            client = self._client()
            try:
                client.connect(self.broker.host, self.broker.port, KEEP_ALIVE_S)
                self._serve(client, stop)
                if self.ready.is_set():
                    failures = 0
            except (OSError, Unavailable, ValueError) as fault:
                logger.warning("MQTT: %s", fault)
            finally:
                client.disconnect()
            self.ready.clear()
            self.ears.follow(self.broker.host, 0)
            failures += 1
            stop.wait(pause_after(failures).total_seconds())

    def _serve(self, client: mqtt.Client, stop: threading.Event) -> None:
        while not stop.is_set():
            code = client.loop(ROUND_S)
            if code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                logger.warning("MQTT: the broker is gone: %s", mqtt.error_string(code))
                return

    def _client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.broker.client,
            # The broker keeps what comes while we are away.
            clean_session=False,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        if self.broker.user:
            client.username_pw_set(self.broker.user, self.password)
        if self.broker.has_tls:
            client.tls_set_context(ssl.create_default_context(cafile=self.ca_file))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, reason: object, *_: object
    ) -> None:
        if getattr(reason, "is_failure", False):
            raise Unavailable(f"the broker refuses us: {reason}")
        client.subscribe([(f"{topic}/{EVENTS}/#", QOS) for topic in sorted(self.readers)])

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, _mid: int, reasons: Sequence[object], *_: object
    ) -> None:
        if any(getattr(reason, "is_failure", False) for reason in reasons):
            raise Unavailable("the broker does not let us listen to a topic")
        self.ears.follow(self.broker.host, len(self.readers))
        self.ready.set()

    def _on_message(self, client: mqtt.Client, _data: object, said: mqtt.MQTTMessage) -> None:
        """Record a message, then acknowledge it.

        Raises:
            Unavailable: a store is away; nothing is acknowledged, and the broker tells it again.
        """
        prefix, _, rest = said.topic.partition(f"/{EVENTS}/")
        reader = self.readers.get(prefix)
        if reader is not None:
            self._take(reader, f"{EVENTS}/{rest}", bytes(said.payload))
        client.ack(said.mid, said.qos)

    def _take(self, reader: SelfReader, topic: str, payload: bytes) -> None:
        try:
            message = _parsed(topic, payload)
        except InvalidInput as fault:
            refusal = Refusal(None, fault.field, fault.why, None)
            refuse(self.centre, source_of(reader), "message", [refusal])
            self.ears.refuse(reader)
            return
        self.taking.take(reader, message)
        self.ears.hear(reader, message)


def _parsed(topic: str, payload: bytes) -> Message:
    if len(payload) > MOST_PAYLOAD:
        raise InvalidInput("body", f"is larger than {MOST_PAYLOAD} bytes")
    return parse_event(topic, payload)


def by_topic(readers: Mapping[str, SelfReader]) -> dict[str, SelfReader]:
    """Return the cameras that publish, by their topic."""
    return {reader.topic: reader for reader in readers.values() if reader.topic is not None}
