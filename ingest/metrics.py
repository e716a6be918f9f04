"""What this process counts, for Prometheus at `/metrics`; nothing in it names a person."""

import time
from collections import Counter as Counts
from collections.abc import Iterable
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.centre import Centre

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """The counters of one app, in a registry of their own."""

    def __init__(self, centre: Centre) -> None:
        """Begin at nought."""
        self._registry = CollectorRegistry()
        at = self._registry
        self.requests = Counter(
            "ioc_requests", "Requests answered", ["method", "route", "status"], registry=at
        )
        self.seconds = Histogram(
            "ioc_request_seconds",
            "From the request's head to the end of its answer",
            ["route"],
            registry=at,
            buckets=SECONDS,
        )
        self.items = Counter("ioc_items", "Items that came in", ["kind", "status"], registry=at)
        self.verdicts = Counter("ioc_reads", "Reads recorded, by verdict", ["outcome"], registry=at)
        self.messages = Counter(
            "ioc_camera_messages",
            "Messages of cameras that read plates themselves",
            ["maker", "sort"],
            registry=at,
        )
        at.register(Surroundings(centre))
        # Finding a counter by its labels costs more than counting: each is found once.
        self.items_of = cache(self.items.labels)
        self.requests_of = cache(self.requests.labels)
        self.seconds_of = cache(self.seconds.labels)

    def count(self, kind: str, statuses: Iterable[str]) -> None:
        """Count items of one kind by what became of them."""
        for status, number in Counts(statuses).items():
            self.items_of(kind, status).inc(number)

    def page(self) -> bytes:
        """Return everything in Prometheus' text form."""
        return generate_latest(self._registry)


class Surroundings(Collector):
    """What is asked of the live memory whenever somebody looks."""

    def __init__(self, centre: Centre) -> None:
        """Remember whom to ask."""
        self._centre = centre

    def collect(self) -> Iterable[Metric]:
        """Yield failures of the live memory and the cameras by what they say of themselves."""
        live = self._centre.live
        states = Counts(str(beat.get("state")) for beat in live.beats("camera").values())
        cameras = GaugeMetricFamily("ioc_cameras", "Cameras by state", labels=["state"])
        for state in ("live", "connecting", "lost"):
            cameras.add_metric([state], states[state])
        yield cameras
        yield CounterMetricFamily(
            "ioc_live_failures", "Calls to the live memory that failed", value=live.failures
        )

    def describe(self) -> Iterable[Metric]:
        """Yield nothing: registering asks no store."""
        return ()


class Counting:
    """The outermost layer of the app: counts and times every request, by its route."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Wrap `app`."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *SAFE]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._metrics.requests_of(method, route, status).inc()
            self._metrics.seconds_of(route).observe(time.perf_counter() - started)


METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS"})
SAFE = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))
