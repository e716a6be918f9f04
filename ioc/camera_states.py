"""How every camera does: whether pictures come, how old the newest is, how many reads it made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import Connection

from ioc import tally
from ioc.camera_health.model import CameraFault
from ioc.centre import Centre
from ioc.clock import BUCKET, bucket_of, local_day
from ioc.db import transact
from ioc.snapshot import CameraState

HOUR = timedelta(hours=1)
# A box speaks every fifteen seconds where its line lets it; what it said stands for a minute.
BOX_TTL_S = 60
# A camera whose last picture is older than this has lost its signal.
FRESH_S = 15.0


class PictureState(StrEnum):
    """Whether pictures come from a camera, as whoever watches it says."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"


@dataclass(frozen=True)
class BoxBeat:
    """What a box without a line to the stores says of one camera.

    Attributes:
        frame_age_s: how old its newest picture was as the box said so, None without any.
        fault, fault_for_s: what its pictures show, and for how long.
        waiting_bytes: of reads that wait on the disk of the box.
        pictures_lost: reads whose pictures gave way there.
        moved_ago_s, moving_s: how long ago something last moved, and for how long it did.
    """

    id: str
    camera: str
    state: PictureState
    worker: str
    frame_age_s: float | None = None
    fps: float = 0.0
    reads: int = 0
    error: str | None = None
    fault: CameraFault | None = None
    fault_for_s: float = 0.0
    waiting_bytes: int = 0
    pictures_lost: int = 0
    moved_ago_s: float | None = None
    moving_s: float = 0.0


def hear_box(centre: Centre, beats: Sequence[BoxBeat]) -> None:
    """Let what a box says of its cameras stand like a worker's own heartbeats, for a minute."""
    now = centre.now()
    for beat in beats:
        age, lasts = beat.frame_age_s, timedelta(seconds=beat.fault_for_s)
        at = None if age is None else now - timedelta(seconds=age)
        ago = beat.moved_ago_s
        moved = None if ago is None else now - timedelta(seconds=ago)
        state = {
            "state": beat.state.value,
            "frame_at": at and at.isoformat(),
            "fps": beat.fps,
            "reads": beat.reads,
            "error": beat.error,
            "fault": beat.fault,
            "fault_since": (now - lasts).isoformat() if beat.fault else None,
            "moved_at": moved and moved.isoformat(),
            "moving_s": beat.moving_s,
            "worker": beat.worker,
            "waiting_bytes": beat.waiting_bytes,
            "pictures_lost": beat.pictures_lost,
            "is_box": True,
        }
        centre.live.beat(f"camera:{beat.camera}", state, BOX_TTL_S)


def camera_states(
    centre: Centre, reads: Mapping[str, int] | None = None
) -> tuple[CameraState, ...]:
    """Return the state of every camera in force today, by its id."""
    if reads is None:
        reads = transact(centre.engine, partial(reads_of_last_hour, now=centre.now()))
    now = centre.now()
    today = local_day(now, centre.city.zone)
    beats = centre.live.beats("camera")
    states = []
    for camera in sorted(centre.city.cameras.values(), key=lambda camera: camera.id):
        if not camera.is_in_force(today):
            continue
        beat = beats.get(camera.id, {})
        at = beat.get("frame_at")
        age = (now - datetime.fromisoformat(at)).total_seconds() if at else None
        state = str(beat.get("state", "silent"))
        # A box says so seldom: its picture is as old as its word besides.
        fresh_s = FRESH_S + (BOX_TTL_S if beat.get("is_box") else 0)
        if state == "live" and (age is None or age > fresh_s):
            state = "lost"
        rate = reads.get(camera.id, 0) / 60
        since = beat.get("fault_since")
        states.append(
            CameraState(
                id=camera.id,
                state=state,
                picture_age_s=age,
                reads_per_minute=rate,
                error=beat.get("error"),
                fault=beat.get("fault"),
                fault_since=datetime.fromisoformat(since) if since else None,
            )
        )
    return tuple(states)


def movements(centre: Centre) -> dict[str, tuple[datetime, float]]:
    """Return when something last moved before each camera, and for how many seconds, by camera."""
    return {
        camera: (datetime.fromisoformat(beat["moved_at"]), float(beat.get("moving_s") or 0.0))
        for camera, beat in centre.live.beats("camera").items()
        if beat.get("moved_at")
    }


def reads_of_last_hour(conn: Connection, now: datetime) -> dict[str, int]:
    """Return the reads of the last hour by camera."""
    return tally.by_place(conn, "read", bucket_of(now - HOUR) + BUCKET, bucket_of(now) + BUCKET)
