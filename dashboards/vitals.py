"""What the pages count, for Prometheus at `/metrics`; nothing in it names a person."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from dashboards.hub import Hub
from dashboards.screen import Picture, Screen, Seat
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.counting import SECONDS, Requests
from ioc.traces import span
from ioc.vitals import Vitals

PATH = "/metrics"


class PageVitals:
    """The counters of one app."""

    def __init__(self, centre: Centre) -> None:
        """Begin at nought."""
        self._vitals = Vitals("dashboards", centre)
        at = self._vitals.registry
        self.requests = Requests(at)
        self._drawn = Histogram(
            "ioc_page_drawn_seconds",
            "Reading the store and drawing a page",
            ["page"],
            registry=at,
            buckets=SECONDS,
        )
        self._failed = Counter(
            "ioc_page_failures", "Pages that could not be drawn", ["page"], registry=at
        )

    def timed(self, screens: Mapping[Page, Screen]) -> dict[Page, Screen]:
        """Return `screens`, each of whose drawings is counted and timed."""
        return {
            page: replace(screen, draw=self._timing(page, screen.draw))
            for page, screen in screens.items()
        }

    def add_to(self, server: FastAPI, hub: Hub) -> None:
        """Show the figures at `/metrics`, the open screens of `hub` among them."""
        self._vitals.registry.register(_OpenScreens(hub))

        @server.get(PATH, include_in_schema=False)
        def figures() -> Response:
            return Response(self.page(), media_type=CONTENT_TYPE_LATEST)

    def page(self) -> bytes:
        """Return everything in Prometheus' text form."""
        return self._vitals.page()

    def _timing(
        self, page: Page, draw: Callable[[Centre, Seat], Picture]
    ) -> Callable[[Centre, Seat], Picture]:
        seconds, failed = self._drawn.labels(page.value), self._failed.labels(page.value)

        def timed(centre: Centre, seat: Seat) -> Picture:
            began = time.perf_counter()
            try:
                with span(f"push {page.value}", centre.live.hinted_by):
                    return draw(centre, seat)
            except Exception:
                failed.inc()
                raise
            finally:
                seconds.observe(time.perf_counter() - began)

        return timed


class _OpenScreens(Collector):
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterable[Metric]:
        """Yield how many screens are open now."""
        yield GaugeMetricFamily("ioc_screens", "Open screens", self._hub.watchers)

    def describe(self) -> Iterable[Metric]:
        """Yield nothing: registering asks nobody."""
        return ()
