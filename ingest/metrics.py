"""What the API counts, for Prometheus at `/metrics`; nothing in it names a person."""

from collections import Counter as Counts
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache

from prometheus_client import Counter
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ioc.centre import Centre
from ioc.counting import Requests
from ioc.vitals import Vitals

SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    # Nothing of the API is a page; those that are say their own.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
# So many requests are counted at once.
NOTED = 64


class Metrics:
    """The counters of one app."""

    def __init__(self, centre: Centre) -> None:
        """Begin at nought."""
        self._vitals = Vitals("ingest", centre)
        at = self._vitals.registry
        self.requests = Requests(at)
        self.items = Counter("ioc_items", "Items that came in", ["kind", "status"], registry=at)
        self.verdicts = Counter("ioc_reads", "Reads recorded, by verdict", ["outcome"], registry=at)
        self.messages = Counter(
            "ioc_camera_messages",
            "Messages of cameras that read plates themselves",
            ["maker", "sort"],
            registry=at,
        )
        at.register(Cameras(centre))
        # Finding a counter by its labels costs more than counting: each is found once.
        self.items_of = cache(self.items.labels)
        # Requests that were taken past the app, until they are counted together.
        self._noted: deque[tuple[str, float, Sequence[str]]] = deque()

    def note(self, route: str, seconds: float, statuses: Sequence[str]) -> None:
        """Note a POST that was answered well, and what became of its scans; counted soon."""
        self._noted.append((route, seconds, statuses))
        if len(self._noted) >= NOTED:
            self.settle()

    def settle(self) -> None:
        """Count what was noted; any thread may."""
        statuses: Counts[str] = Counts()
        requests: Counts[str] = Counts()
        with suppress(IndexError):
            while True:
                route, seconds, told = self._noted.popleft()
                requests[route] += 1
                statuses.update(told)
                self.requests.seconds_of(route).observe(seconds)
        for route, number in requests.items():
            self.requests.requests_of("POST", route, 200).inc(number)
        for status, number in statuses.items():
            self.items_of("scan", status).inc(number)

    def count(self, kind: str, statuses: Iterable[str]) -> None:
        """Count items of one kind by what became of them."""
        for status, number in Counts(statuses).items():
            self.items_of(kind, status).inc(number)

    def page(self) -> bytes:
        """Return everything in Prometheus' text form."""
        self.settle()
        return self._vitals.page()


class Cameras(Collector):
    """What is asked of the live memory whenever somebody looks."""

    def __init__(self, centre: Centre) -> None:
        """Remember whom to ask."""
        self._centre = centre

    def collect(self) -> Iterable[Metric]:
        """Yield the cameras by what they say of themselves."""
        states = Counts(
            str(beat.get("state")) for beat in self._centre.live.beats("camera").values()
        )
        cameras = GaugeMetricFamily("ioc_cameras", "Cameras by state", labels=["state"])
        for state in ("live", "connecting", "lost"):
            cameras.add_metric([state], states[state])
        yield cameras

    def describe(self) -> Iterable[Metric]:
        """Yield nothing: registering asks no store."""
        return ()
