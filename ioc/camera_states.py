"""How every camera does: whether pictures come, how old the newest is, how many reads it made."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from ioc import tally
from ioc.centre import Centre
from ioc.clock import BUCKET, bucket_of, local_day
from ioc.db import transact
from ioc.snapshot import CameraState

HOUR = timedelta(hours=1)
# A camera whose last picture is older than this has lost its signal.
FRESH_S = 15.0


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
        if state == "live" and (age is None or age > FRESH_S):
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


def reads_of_last_hour(conn: Connection, now: datetime) -> dict[str, int]:
    """Return the reads of the last hour by camera."""
    return tally.by_place(conn, "read", bucket_of(now - HOUR) + BUCKET, bucket_of(now) + BUCKET)
