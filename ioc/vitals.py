"""What every process says of itself to Prometheus; nothing in it names a person."""

from collections.abc import Iterable
from importlib.metadata import version

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy.pool import QueuePool

from ioc.centre import Centre


class Vitals:
    """The figures of one process, in a registry of their own.

    A process without a centre, such as a box at a far post, tells of itself alone.
    """

    def __init__(self, service: str, centre: Centre | None = None) -> None:
        """Begin with what all services have: version, memory, processor, files, connections."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_Process(service, centre))

    def page(self) -> bytes:
        """Return everything in Prometheus' text form."""
        return generate_latest(self.registry)


class _Process(Collector):
    """What is asked of the process whenever somebody looks; it costs nothing meanwhile."""

    def __init__(self, service: str, centre: Centre | None) -> None:
        self._service = service
        self._centre = centre

    def collect(self) -> Iterable[Metric]:
        """Yield the version, and how the process does with its stores."""
        told = {"service": self._service, "version": version("open-ioc")}
        yield InfoMetricFamily("ioc_build", "The service of this process", value=told)
        if self._centre is None:
            return
        yield CounterMetricFamily(
            "ioc_live_failures",
            "Calls to the live memory that failed",
            value=self._centre.live.failures,
        )
        pool = self._centre.engine.pool
        if isinstance(pool, QueuePool):
            held = GaugeMetricFamily(
                "ioc_store_connections", "Connections to the store", labels=["state"]
            )
            held.add_metric(["used"], pool.checkedout())
            held.add_metric(["idle"], pool.checkedin())
            yield held

    def describe(self) -> Iterable[Metric]:
        """Yield nothing: registering asks no store."""
        return ()
