"""Every request of a server counted and timed by its route: one layer, for the API and the pages.

Plain ASGI, so that the core needs no web framework. A route is the pattern of an address, never
the address itself: what somebody asked for is nobody's business who reads the figures.
"""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram

from ioc.traces import span

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS"})


class Requests:
    """How many requests were answered, how, and in which time."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Begin at nought."""
        requests = Counter(
            "ioc_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=registry,
        )
        seconds = Histogram(
            "ioc_request_seconds",
            "From the request's head to the end of its answer",
            ["route"],
            registry=registry,
            buckets=SECONDS,
        )
        # Finding a counter by its labels costs more than counting: each is found once.
        self.requests_of = cache(requests.labels)
        self.seconds_of = cache(seconds.labels)


class Counting:
    """The outermost layer of an app; `headers` are added to every answer."""

    def __init__(
        self, app: App, requests: Requests, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        """Wrap `app`."""
        self._app = app
        self._requests = requests
        self._headers = headers

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                said = {name.lower() for name, _ in message["headers"]}
                more = [pair for pair in self._headers if pair[0] not in said]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        with span("request") as traced:
            try:
                await self._app(scope, receive, note)
            finally:
                self._count(scope, status, started, traced)

    def _count(self, scope: Message, status: int, started: float, traced: Any) -> None:
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in METHODS else "other"
        if traced is not None:
            traced.update_name(f"{method} {route}")
            traced.set_attribute("http.response.status_code", status)
        self._requests.requests_of(method, route, status).inc()
        self._requests.seconds_of(route).observe(time.perf_counter() - started)
