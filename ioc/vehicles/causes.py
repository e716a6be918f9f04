"""What a sighting raises: the cause of an alert, by the verdict on it."""

from ioc.alerts.model import Cause, Desk, Priority
from ioc.vehicles.model import Sighting
from ioc.vehicles.plate import UNREAD


def cause_of(sighting: Sighting) -> Cause:
    """Return what is raised for a sighting whose verdict names a desk."""
    read, verdict = sighting.read, sighting.verdict
    return Cause(
        desk=Desk(str(verdict.desk)),
        priority=Priority(str(verdict.priority)),
        # Nobody knows which vehicle it was: one incident a camera, or a dirty lens floods the desk.
        plate=read.plate or f"{UNREAD}{read.camera}",
        reason=verdict.reason.value,
        rule=verdict.rule,
        camera=read.camera,
        sighting=sighting.ref,
        seen_at=read.seen_at,
        permit=verdict.permit,
        plate_picture=read.plate_picture,
        frame_picture=read.frame_picture,
        known_at=sighting.known_at,
    )
