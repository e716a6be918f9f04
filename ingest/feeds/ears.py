"""What is heard of cameras that are asked or publish, in numbers; by camera, never by vehicle."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from ingest.feeds.told import Message
from ioc.vendors import SelfReader

REFUSED = "refused"


class Ears:
    """The figures of one process that asks and listens."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Begin with nothing heard; without a registry it is told to nobody."""
        at = registry or CollectorRegistry()
        self._messages = Counter(
            "ioc_camera_messages",
            "Messages of cameras that read plates themselves",
            ["maker", "sort"],
            registry=at,
        )
        self._asked = Gauge(
            "ioc_asked_camera_up", "Whether a camera that is asked tells", ["camera"], registry=at
        )
        self._failures = Counter(
            "ioc_asked_camera_failures", "Connections that failed", ["camera"], registry=at
        )
        # Told only where there is a broker: how many topics are listened to, 0 while it is away.
        self._topics = Gauge(
            "ioc_broker_topics", "Cameras the broker lets us hear", ["broker"], registry=at
        )

    def expect(self, camera: str) -> None:
        """Show a camera from the first moment, before it has told anything."""
        self._asked.labels(camera).set(0)
        self._failures.labels(camera)

    def hear(self, reader: SelfReader, message: Message) -> None:
        """Count what a camera told."""
        self._messages.labels(reader.maker.value, message.sort.value).inc()
        if reader.pull is not None:
            self._asked.labels(reader.camera).set(1)

    def refuse(self, reader: SelfReader) -> None:
        """Count what a camera told and nobody could read."""
        self._messages.labels(reader.maker.value, REFUSED).inc()

    def lose(self, camera: str, *, is_failure: bool) -> None:
        """Note that a camera tells no longer; one that hung up well did not fail."""
        self._asked.labels(camera).set(0)
        if is_failure:
            self._failures.labels(camera).inc()

    def follow(self, broker: str, topics: int) -> None:
        """Note how many cameras a broker lets us hear; none while it is away."""
        self._topics.labels(broker).set(topics)
