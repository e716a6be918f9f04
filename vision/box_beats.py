"""How the cameras of a box do, said to the centre over the line of its reads, when it is up."""

import logging
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ioc.clock import Now
from ioc.errors import IocError
from vision.spool import Item, Spool

logger = logging.getLogger(__name__)

EVERY_S = 15.0
LONGEST_TEXT = 200
CAMERA = "camera:"


class BoxBeats:
    """Takes the heartbeats of a watch and posts the newest of each camera every fifteen seconds.

    What could not be said is not kept: the next one says more.
    """

    def __init__(self, post: Callable[[Sequence[Item]], None], now: Now, spool: Spool) -> None:
        """Remember the way; `start` begins."""
        self._post = post
        self._now = now
        self._spool = spool
        self._states: dict[str, Mapping[str, Any]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="box-beats", daemon=True)
        self.is_heard = True

    def __call__(self, name: str, state: Mapping[str, Any]) -> None:
        """Take one heartbeat; those of the service itself are nobody's business there."""
        if name.startswith(CAMERA):
            self._states[name.removeprefix(CAMERA)] = state

    def start(self) -> None:
        """Begin to post."""
        self._thread.start()

    def stop(self) -> None:
        """Post no more."""
        self._stop.set()
        self._thread.join(1.0)

    def items(self) -> list[Item]:
        """Return what is said now: spans instead of instants, since this clock may be wrong."""
        return [self._item(camera, state) for camera, state in sorted(self._states.items())]

    def _item(self, camera: str, state: Mapping[str, Any]) -> Item:
        error, fault = state.get("error"), state.get("fault")
        return {
            "id": uuid.uuid4().hex,
            "camera": camera,
            "state": state["state"],
            "worker": state["worker"],
            "frame_age_s": self._since(state.get("frame_at")),
            "fps": state["fps"],
            "reads": state["reads"],
            "error": _line(error) if error else None,
            "fault": fault,
            "fault_for_s": self._since(state.get("fault_since")) or 0.0,
            "moved_ago_s": self._since(state.get("moved_at")),
            "moving_s": state.get("moving_s") or 0.0,
            "waiting_bytes": self._spool.waiting_bytes,
            "pictures_lost": self._spool.pictures_lost,
        }

    def _since(self, at: str | None) -> float | None:
        if at is None:
            return None
        return max(0.0, (self._now() - datetime.fromisoformat(at)).total_seconds())

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S if self._states else 1.0):
            items = self.items()
            if not items:
                continue
            try:
                self._post(items)
                self.is_heard = True
            except IocError as fault:
                if self.is_heard:
                    logger.warning("the centre does not hear how the cameras do: %s", fault)
                self.is_heard = False


def _line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:LONGEST_TEXT]
