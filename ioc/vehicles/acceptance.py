"""Which reads are taken, and what makes two of them the same."""

from datetime import datetime, timedelta
from typing import Any

from ioc.centre import Centre
from ioc.vehicles.model import PlateRead
from ioc.vehicles.service import OLDEST

AHEAD = timedelta(minutes=5)


def fault_of(centre: Centre, read: PlateRead, now: datetime) -> str | None:
    """Return why a read is refused, None where it is taken."""
    if read.camera not in centre.city.cameras:
        return f"camera: no camera {read.camera!r}"
    if read.seen_at > now + AHEAD:
        return f"seen_at: lies ahead of now by more than {AHEAD}"
    if read.seen_at < now - OLDEST:
        return f"seen_at: is older than {OLDEST.days} days"
    return None


def content_of(read: PlateRead) -> dict[str, Any]:
    """Return what makes two reads the same; what came later counts only where it is given."""
    # By hand: copying every character's dataclass took a sixth of a batch's time.
    content = dict(vars(read))
    if read.claim is not None:
        # Sent again, it was repaired by other clocks, and may come with its pictures.
        said = ("id", "camera", "plate", "not_read")
        return {name: content[name] for name in said} | {"claim": vars(read.claim)}
    content["characters"] = [vars(character) for character in read.characters]
    for name in ("not_read", "claim"):
        if content[name] is None:
            del content[name]
    return content
