"""The loop that watches cameras: pictures in, reads out, one broken camera no harm to the others.

Each camera's pictures are taken by a thread of their own; one thread looks at them all, since the
models use a whole core as it is. When there are more pictures than it can look at, the budget goes
to cameras with traffic: next is the one whose picture is worth most, by how long it has not been
looked at. Cameras come and go while it runs (`vision.member`).
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from queue import SimpleQueue
from typing import Any, Protocol

from ioc.clock import Now
from ioc.fleet.model import OVERLAP
from vision.capture import Capture, CaptureState
from vision.frames import Frame
from vision.passing import VehiclePass

logger = logging.getLogger(__name__)


Recognise = Callable[[Frame], Iterable[VehiclePass]]
Sink = Callable[[VehiclePass], object]
Beat = Callable[[str, Mapping[str, Any]], object]

ROUND_S = 0.2
BEAT_S = 2.0
# So many pictures are looked at before what is worth most is asked anew.
LOOKS = 4
# A round over all cameras takes far less than this, however many they are.
STANDSTILL_S = 60.0


class Recognises(Protocol):
    """What looks at the frames of one camera: `vision.recogniser.Recogniser`."""

    @property
    def is_following(self) -> bool: ...

    def __call__(self, frame: Frame) -> list[VehiclePass]: ...

    def unchanged(self, at: datetime) -> list[VehiclePass]: ...

    def hand_over(self) -> list[VehiclePass]: ...

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
        is_held: what it sees is kept back: another worker still tells of this camera.
        reads: reads sent since the start.
        pending: reads its sink has not taken yet; while there are any, nothing new is looked at.
        failures: rounds in which looking or sending failed.
        fault: what failed last, until a round succeeds.
        looks: pictures looked at since the start; `looked_at` is the last, `first_at` the first,
            in seconds of the monotonic clock, 0 for never; `look_s` all of them took.
        gone: set once it is dismissed and all it had to tell is taken.
    """

    camera: str
    capture: Capture
    recognise: Recognises
    sink: Sink
    is_held: bool = False
    reads: int = 0
    failures: int = 0
    fault: str | None = None
    pending: deque[VehiclePass] = field(default_factory=deque)
    looks: int = 0
    look_s: float = 0.0
    first_at: float = 0.0
    looked_at: float = 0.0
    gone: threading.Event = field(default_factory=threading.Event)

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
            "moved_at": report.moved_at.isoformat() if report.moved_at else None,
            "moving_s": report.moving_s,
            "fault": report.fault,
            "fault_since": report.fault_since.isoformat() if report.fault_since else None,
            "worker": worker,
            "looks": self.looks,
            "look_ms": round(1000 * self.look_s / max(self.looks, 1), 1),
            "backlog": len(self.pending),
        }

    def worth(self, now_s: float) -> float:
        """Return how much a look at its waiting picture is worth; 0 when none waits."""
        return self.capture.urgency * (now_s - self.looked_at)

    def look(self, now: Now) -> None:
        """Look at the newest picture, or tell what needs none; send what there is to tell."""
        self.deliver(now)
        begun_s = time.monotonic()
        frames = list(_newest(self.capture))
        if not watch(frames, self.recognise, self.pending.append):
            self.pending.extend(self.recognise.unchanged(now()))
        if frames:
            self.looked_at = time.monotonic()
            self.first_at = self.first_at or begun_s
            self.looks += 1
            self.look_s += self.looked_at - begun_s
        self.capture.is_following = self.recognise.is_following
        self.deliver(now)

    def deliver(self, now: Now) -> None:
        """Send what waits; a read leaves the memory only after its sink has taken it."""
        while self.pending:
            if not self.is_held:
                self.sink(self.pending[0])
                self.reads += 1
            elif now() - self.pending[0].last_at < OVERLAP:
                return
            self.pending.popleft()


class Watch:
    """All cameras of one process."""

    def __init__(
        self,
        posts: Sequence[Post],
        now: Now,
        beat: Beat,
        worker: str,
        *,
        is_standing: bool = False,
    ) -> None:
        """Remember the cameras; `beat(name, state)` is called every two seconds for each.

        One that `is_standing` goes on when it has no camera, or all sources have ended.
        """
        self._posts = list(posts)
        self._leaving: list[Post] = []
        self._now = now
        self._beat = beat
        self._worker = worker
        self._is_standing = is_standing
        self._requests: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._stop = threading.Event()
        self._arrived = threading.Event()
        self._idle_at = 0.0
        self._round_at = time.monotonic()
        self._reads_of_gone = 0
        self.more: Callable[[], Mapping[str, Any]] = dict

    @property
    def posts(self) -> tuple[Post, ...]:
        """The cameras that are watched now."""
        return tuple(self._posts)

    def admit(self, post: Post) -> None:
        """Watch one camera more, from the next round on; may be called from any thread."""
        self._ask(partial(self._begin, post))

    def dismiss(self, post: Post) -> threading.Event:
        """Watch a camera no more, which another watches; the event tells that all is told."""
        self._ask(partial(self._leave, post))
        return post.gone

    @property
    def goes(self) -> bool:
        """Tell whether all cameras were looked at lately."""
        return time.monotonic() - self._round_at < STANDSTILL_S

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
        while not self._stop.is_set() and not self._is_over():
            self._arrived.wait(ROUND_S)
            self._arrived.clear()
            while not self._requests.empty():
                self._requests.get()()
            self._round()
            self._round_at = time.monotonic()
        self._stop.set()
        for post in self._posts:
            post.capture.stop()
            self._try(post, partial(self._end, post))
        heart.join(BEAT_S)
        return self._reads_of_gone + sum(post.reads for post in self._posts)

    def _ask(self, work: Callable[[], None]) -> None:
        self._requests.put(work)
        self._arrived.set()

    def _begin(self, post: Post) -> None:
        self._posts.append(post)
        post.capture.start(self._arrived)

    def _leave(self, post: Post) -> None:
        if post not in self._posts:
            return
        self._posts.remove(post)
        post.capture.stop(patience_s=0)
        self._leaving.append(post)
        self._try(post, lambda: post.pending.extend(post.recognise.hand_over()))

    def _round(self) -> None:
        now_s = time.monotonic()
        worth = {post: post.worth(now_s) for post in self._posts}
        waiting = sorted((post for post in worth if worth[post]), key=worth.__getitem__)[::-1]
        if len(waiting) > LOOKS:
            self._arrived.set()  # the rest is weighed anew, with what has come meanwhile
        chosen = waiting[:LOOKS]
        if now_s - self._idle_at >= ROUND_S:
            self._idle_at = now_s
            chosen += [post for post in worth if not worth[post]]
        for post in chosen:
            self._try(post, partial(post.look, self._now))
        for post in list(self._leaving):
            self._try(post, partial(self._see_off, post))

    def _see_off(self, post: Post) -> None:
        post.deliver(self._now)
        if not post.pending or post.is_held:
            self._leaving.remove(post)
            self._reads_of_gone += post.reads
            post.gone.set()

    def _end(self, post: Post) -> None:
        post.pending.extend(post.recognise.finish())
        post.deliver(self._now)

    def _try(self, post: Post, work: Callable[[], object]) -> None:
        try:
            work()
            post.fault = None
        except Exception as fault:  # noqa: BLE001  the outermost loop: the others go on
            self._note(post, fault)

    def _note(self, post: Post, fault: Exception) -> None:
        post.failures += 1
        if str(post.failures).strip("0") == "1":  # the 1st, 10th, 100th…: a log is not endless
            logger.error(
                "camera %s: a round failed (%d)", post.camera, post.failures, exc_info=fault
            )
        post.fault = f"{type(fault).__name__}: {fault}"

    def _is_over(self) -> bool:
        ended = all(post.capture.has_ended for post in self._posts)
        return not self._is_standing and bool(self._posts) and ended

    def _beat_on(self) -> None:
        while True:
            posts = [post for post in self._posts if not post.is_held]
            states = {f"camera:{post.camera}": post.state(self._worker) for post in posts}
            live = sum(s["state"] == CaptureState.LIVE.value for s in states.values())
            reads = self._reads_of_gone + sum(post.reads for post in posts)
            service = {"cameras": len(states), "live": live, "reads": reads, **self.more()}
            for name, state in (states | {f"service:{self._worker}": service}).items():
                self._beat(name, state)
            if self._stop.wait(BEAT_S):
                return


def _newest(capture: Capture) -> Iterator[Frame]:
    frame = capture.take()
    if frame is not None:
        yield frame
