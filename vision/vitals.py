"""What a worker says of its cameras to Prometheus: by the id of a camera, never of a vehicle."""

from collections.abc import Iterable

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ioc.clock import Now
from vision.spool import Spool
from vision.worker import Watch


class CameraVitals(Collector):
    """The figures of the cameras of one process, asked of them whenever somebody looks."""

    def __init__(self, watch: Watch, spool: Spool, now: Now) -> None:
        """Remember whom to ask."""
        self._watch = watch
        self._spool = spool
        self._now = now

    def collect(self) -> Iterable[Metric]:
        """Yield how each camera does, and what waits on the disk to be sent."""
        live = GaugeMetricFamily("ioc_camera_live", "Whether pictures come", labels=["camera"])
        fps = GaugeMetricFamily("ioc_camera_fps", "Pictures a second", labels=["camera"])
        age = GaugeMetricFamily(
            "ioc_camera_picture_age_seconds", "Age of the newest picture", labels=["camera"]
        )
        reads = CounterMetricFamily("ioc_camera_reads", "Reads sent", labels=["camera"])
        faults = CounterMetricFamily(
            "ioc_camera_failures", "Rounds in which looking or sending failed", labels=["camera"]
        )
        for post in self._watch.posts:
            report, at = post.capture.report(), [post.camera]
            live.add_metric(at, report.state.value == "live")
            fps.add_metric(at, report.fps or 0.0)
            if report.frame_at is not None:
                age.add_metric(at, (self._now() - report.frame_at).total_seconds())
            reads.add_metric(at, post.reads)
            faults.add_metric(at, post.failures)
        yield from (live, fps, age, reads, faults)
        yield GaugeMetricFamily(
            "ioc_spool_bytes", "Reads that wait on the disk", self._spool.waiting_bytes
        )

    def describe(self) -> Iterable[Metric]:
        """Yield nothing: registering asks no camera."""
        return ()
