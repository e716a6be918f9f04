"""One camera's eye: a thread that takes pictures and keeps only the newest one worth a look.

A slow reader never builds a queue: the picture it did not fetch is replaced by the next, unless
that one comes late and fast (see `vision.quiet`). A dead
or hung camera is tried again for as long as the program runs.
"""

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ioc.camera_health.model import CameraFault
from ioc.clock import Now
from ioc.errors import IocError
from vision.box import Box
from vision.frames import Frame
from vision.health import Health
from vision.motion import MotionGate
from vision.sources import TIMEOUT_S, Shot, Source, mask_address

logger = logging.getLogger(__name__)

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 2.0
# What was kept compressed and comes late comes fast: it waits for the picture before it to be
# looked at, but for a busy machine not for ever.
LATE_WAIT_S = 0.5
# What a look is worth: at a plate that is followed, where something moves, where nothing does.
FOLLOWED, MOVING, GLANCE = 2.0, 1.0, 0.2


class CaptureState(StrEnum):
    """What can be said of a camera's picture."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True)
class CaptureReport:
    """How a camera does: `frame_at` is its newest picture's time, `error` why it is lost.

    `fault` is what its pictures say is wrong with it, since `fault_since`; something last moved at
    `moved_at`, for `moving_s` seconds without a pause.
    """

    state: CaptureState
    frame_at: datetime | None
    fps: float
    error: str | None
    fault: CameraFault | None = None
    fault_since: datetime | None = None
    moved_at: datetime | None = None
    moving_s: float = 0.0


class Capture:
    """The newest picture of one source, taken by a thread of its own."""

    def __init__(
        self, source: Source, now: Now, looks_per_s: float = 5.0, health: Health | None = None
    ) -> None:
        """Remember what to look at; `start` begins.

        Args:
            source: where the pictures come from.
            now: the clock the pictures are stamped by.
            looks_per_s: so many pictures a second are offered at most while a plate is followed
                (`is_following`), and half as many while something merely moves.
            health: judges a few of the pictures a minute, whether they can be believed.
        """
        self.source = source
        self.is_following = False
        self.cpu_s = 0.0  # of the thread that decodes, so far
        self._health = health
        self._now = now
        self._spacing = timedelta(seconds=1 / looks_per_s)
        self._gate = MotionGate()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.arrived = threading.Event()
        self._slot: tuple[Shot, int, Box | None] | None = None
        self._taken = threading.Event()
        self._taken.set()
        self._due: datetime | None = None
        self._count = 0
        self._state = CaptureState.CONNECTING
        self._frame_at: datetime | None = None
        self._error: str | None = None
        self._rate = (0, now())
        self._thread = threading.Thread(target=self._run, name=f"capture {source.name}")
        self._thread.daemon = True  # a hung server may hold it three seconds past the end

    def start(self, arrived: threading.Event | None = None) -> None:
        """Begin; `arrived` is set at each picture, so that one reader can wait for many cameras."""
        self.arrived = arrived or self.arrived
        self._thread.start()

    def stop(self, patience_s: float = TIMEOUT_S / 2) -> None:
        """Take no more pictures; returns within `patience_s`, and leaves the thread to end."""
        self._stop.set()
        self._thread.join(timeout=patience_s)

    def take(self) -> Frame | None:
        """Return the newest picture nobody has looked at yet, or None."""
        with self._lock:
            slot, self._slot = self._slot, None
            self._taken.set()
        if slot is None:
            return None
        shot, index, where = slot
        image = shot.image()
        moved = where and where.scaled(image.shape[1], image.shape[0])
        return Frame(image, shot.at, index, moved)

    @property
    def urgency(self) -> float:
        """Tell how much a look at the waiting picture is worth; 0 when none waits."""
        slot = self._slot
        if slot is None:
            return 0.0
        if slot[0].is_late:  # whoever reads the compressed stream waits for this look
            return FOLLOWED
        moved = MOVING if slot[2] is not None else GLANCE
        return FOLLOWED if self.is_following else moved

    @property
    def has_ended(self) -> bool:
        """Tell whether the source has come to its end; a camera never does."""
        return self._state is CaptureState.ENDED

    def report(self) -> CaptureReport:
        """Tell how the camera does; a live one whose picture is old is lost."""
        now = self._now()
        with self._lock:
            since = self._rate[1]
            fps = (self._count - self._rate[0]) / max((now - since).total_seconds(), 0.1)
            self._rate = (self._count, now)
            state, error = self._state, self._error
            if state is CaptureState.LIVE and self._age_s(now) > TIMEOUT_S:
                state, error = CaptureState.LOST, f"no picture for {self._age_s(now):.0f} s"
            health = self._health
            fault = health.fault if health is not None and state is CaptureState.LIVE else None
            fault_since = health.since if health is not None and fault is not None else None
            moved_at, began_at = self._gate.moved_at, self._gate.began_at
            moving = (moved_at - began_at).total_seconds() if moved_at and began_at else 0.0
            return CaptureReport(
                state=state,
                frame_at=self._frame_at,
                fps=round(fps, 1),
                error=error,
                fault=fault,
                fault_since=fault_since,
                moved_at=moved_at,
                moving_s=moving,
            )

    def _age_s(self, now: datetime) -> float:
        return (now - self._frame_at).total_seconds() if self._frame_at else TIMEOUT_S

    def _run(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._stop.is_set():
            taken = self._count
            if self._follow():
                return
            wait_s = FIRST_WAIT_S if self._count > taken else min(wait_s * 2, LONGEST_WAIT_S)
            self._stop.wait(wait_s)

    def _follow(self) -> bool:
        """Take pictures until the source fails or ends; tell whether there is nothing more."""
        try:
            for shot in self.source.shots():
                self._offer(shot)
                if self._stop.is_set():
                    return True
        except IocError as fault:
            self._lose(str(fault))
        except Exception as fault:  # the outermost loop of this thread
            logger.exception("camera source %s failed", self.source.name)
            self._lose(mask_address(f"{type(fault).__name__}: {fault}"))
        else:
            self._lose("the source has ended")
        return self.source.has_end

    def _offer(self, shot: Shot) -> None:
        self.cpu_s = time.thread_time()
        with self._lock:
            if self._state is not CaptureState.LIVE:
                logger.info("camera source %s is live", self.source.name)
            self._state, self._error = CaptureState.LIVE, None
            if not shot.is_late:  # those that come late were counted when they came
                self._frame_at = shot.at
                self._count += 1
            index = max(self._count - 1, 0)
        self._judge(shot)
        if shot.grey is None or (self._due is not None and shot.at < self._due):
            return
        self._due = self._next_due(shot.at)
        if self._gate(shot.grey(), shot.at):
            if shot.is_late:
                self._taken.wait(LATE_WAIT_S)
            with self._lock:
                where = self._gate.where
                if self._slot is not None:  # nobody looked at the one before: nor where it moved
                    before = self._slot[2]
                    where = before and where and where.joined(before)
                self._slot = (shot, index, where)
                self._taken.clear()
            self.arrived.set()

    def _judge(self, shot: Shot) -> None:
        health = self._health
        if health is None or shot.whole is None or shot.is_late or not health.is_due(shot.at):
            return
        health.see(shot.whole(), shot.at)

    def _next_due(self, at: datetime) -> datetime:
        # keep the beat when the pictures come a little late, and start anew after a gap
        spacing = self._spacing if self.is_following else 2 * self._spacing
        due = (self._due or at) + spacing
        return due if due > at else at + spacing

    def _lose(self, why: str) -> None:
        ended = CaptureState.ENDED if self.source.has_end else CaptureState.LOST
        with self._lock:
            if self._error != why:
                logger.warning("camera source %s is lost: %s", self.source.name, why)
            self._state, self._error = ended, why
        self.arrived.set()
