"""What the timekeeper does with its time: how long each duty takes, which fail, whether it goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.005, 0.02, 0.1, 0.5, 1, 5, 30, 120, 600)
# The longest duty, a purge after months without one, is done within this.
STANDSTILL_S = 1800.0


class Clockwork:
    """The figures of one timekeeper."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Begin at nought; without a registry they are told to nobody."""
        at = registry or CollectorRegistry()
        self._seconds = Histogram(
            "ioc_duty_seconds", "How long a duty took", ["duty"], registry=at, buckets=SECONDS
        )
        self._failures = Counter("ioc_duty_failures", "Duties that failed", ["duty"], registry=at)
        self._done = Gauge(
            "ioc_duty_done_timestamp_seconds", "When a duty last succeeded", ["duty"], registry=at
        )
        self._moved_at = time.monotonic()

    @property
    def goes(self) -> bool:
        """Tell whether it moved lately: leading, standing by, or waiting for its store."""
        return time.monotonic() - self._moved_at < STANDSTILL_S

    def move(self) -> None:
        """Note that the clockwork goes."""
        self._moved_at = time.monotonic()

    @contextmanager
    def timed(self, duty: str) -> Iterator[None]:
        """Time a duty; one that raises is counted as failed, and raises on."""
        began = time.monotonic()
        try:
            yield
        except Exception:
            self._failures.labels(duty).inc()
            raise
        finally:
            self._seconds.labels(duty).observe(time.monotonic() - began)
            self.move()
        self._done.labels(duty).set_to_current_time()
