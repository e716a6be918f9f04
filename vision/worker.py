"""The loop that watches cameras: pictures in, reads out, one broken camera no harm to the others.

Each camera's pictures are taken by a thread of their own; one thread looks at them all in turn,
since the models use a whole core as it is.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ioc.clock import Now
from vision.capture import Capture, CaptureState
from vision.frames import Frame
from vision.passing import VehiclePass

logger = logging.getLogger(__name__)


Recognise = Callable[[Frame], Iterable[VehiclePass]]
Sink = Callable[[VehiclePass], object]
Beat = Callable[[str, Mapping[str, Any]], object]

ROUND_S = 0.2
BEAT_S = 2.0


class Recognises(Protocol):
    """What looks at the frames of one camera: `vision.recogniser.Recogniser`."""

    @property
    def is_following(self) -> bool: ...

    def __call__(self, frame: Frame) -> list[VehiclePass]: ...

    def unchanged(self, at: datetime) -> list[VehiclePass]: ...

    def finish(self) -> list[VehiclePass]: ...


def watch(frames: Iterable[Frame], recognise: Recognise, sink: Sink) -> int:
    """Send every vehicle that passes in `frames` to `sink`; return how many there were."""
    count = 0
    for frame in frames:
        for seen in recognise(frame):
            sink(seen)
            count += 1
    return count


@dataclass(eq=False)
class Post:
    """One watched camera.

    Attributes:
        reads: reads sent since the start.
        pending: reads its sink has not taken yet; while there are any, nothing new is looked at.
        failures: rounds in which looking or sending failed.
        fault: what failed last, until a round succeeds.
    """

    camera: str
    capture: Capture
    recognise: Recognises
    sink: Sink
    reads: int = 0
    failures: int = 0
    fault: str | None = None
    pending: deque[VehiclePass] = field(default_factory=deque)

    def state(self, worker: str) -> dict[str, Any]:
        """Return the heartbeat of the camera."""
        report = self.capture.report()
        ended = report.state is CaptureState.ENDED
        return {
            "state": CaptureState.LOST.value if ended else report.state.value,
            "frame_at": report.frame_at.isoformat() if report.frame_at else None,
            "fps": report.fps,
            "reads": self.reads,
            "error": report.error or self.fault,
            "worker": worker,
        }


class Watch:
    """All cameras of one process."""

    def __init__(self, posts: Sequence[Post], now: Now, beat: Beat, worker: str) -> None:
        """Remember the cameras; `beat(name, state)` is called every two seconds for each."""
        self._posts = posts
        self._now = now
        self._beat = beat
        self._worker = worker
        self._stop = threading.Event()
        self._arrived = threading.Event()

    def stop(self) -> None:
        """Let `run` come to its end; may be called from a signal handler."""
        self._stop.set()
        self._arrived.set()

    def run(self) -> int:
        """Watch until `stop`, or until every source has ended; return how many reads were sent."""
        heart = threading.Thread(target=self._beat_on, name="heart", daemon=True)
        for post in self._posts:
            post.capture.start(self._arrived)
        heart.start()
        while not self._stop.is_set() and not self._have_all_ended():
            self._arrived.wait(ROUND_S)
            self._arrived.clear()
            for post in self._posts:
                self._look(post)
        self._stop.set()
        for post in self._posts:
            post.capture.stop()
            self._end(post)
        heart.join(BEAT_S)
        return sum(post.reads for post in self._posts)

    def _look(self, post: Post) -> None:
        try:
            self._deliver(post)
            if not watch(_newest(post.capture), post.recognise, post.pending.append):
                post.pending.extend(post.recognise.unchanged(self._now()))
            post.capture.is_following = post.recognise.is_following
            self._deliver(post)
            post.fault = None
        except Exception as fault:  # noqa: BLE001  the outermost loop: the others go on
            self._note(post, fault)

    def _end(self, post: Post) -> None:
        try:
            post.pending.extend(post.recognise.finish())
            self._deliver(post)
        except Exception as fault:  # noqa: BLE001  the outermost loop: the others must end too
            self._note(post, fault)

    def _deliver(self, post: Post) -> None:
        """Send what waits; a read leaves the memory only after its sink has taken it."""
        while post.pending:
            post.sink(post.pending[0])
            post.pending.popleft()
            post.reads += 1

    def _note(self, post: Post, fault: Exception) -> None:
        post.failures += 1
        if str(post.failures).strip("0") == "1":  # the 1st, 10th, 100th…: a log is not endless
            logger.error(
                "camera %s: a round failed (%d)", post.camera, post.failures, exc_info=fault
            )
        post.fault = f"{type(fault).__name__}: {fault}"

    def _have_all_ended(self) -> bool:
        return all(post.capture.has_ended for post in self._posts)

    def _beat_on(self) -> None:
        while True:
            states = {f"camera:{post.camera}": post.state(self._worker) for post in self._posts}
            live = sum(s["state"] == CaptureState.LIVE.value for s in states.values())
            reads = sum(post.reads for post in self._posts)
            service = {"cameras": len(states), "live": live, "reads": reads}
            for name, state in (states | {f"service:{self._worker}": service}).items():
                self._beat(name, state)
            if self._stop.wait(BEAT_S):
                return


def _newest(capture: Capture) -> Iterator[Frame]:
    frame = capture.take()
    if frame is not None:
        yield frame
