"""Movement before the cameras of quarantine sites at hours when nobody is to be about."""

from datetime import date, datetime, timedelta

from ioc.camera_states import FRESH_S, movements
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.limits import SiteLimits
from ioc.notices.model import Notice
from ioc.notices.service import put_all

MOVEMENT = "site.movement"
DESK = "health"


def is_quiet(local: datetime, limits: SiteLimits) -> bool:
    """Tell whether nobody is to be about at a time of the city; the hours may span midnight."""
    if limits.quiet_from < limits.quiet_until:
        return limits.quiet_from <= local.hour < limits.quiet_until
    return local.hour >= limits.quiet_from or local.hour < limits.quiet_until


def watch_sites(centre: Centre) -> int:
    """Tell of movement at sites in their quiet hours, once a while a camera; return how often.

    A camera that nobody watches says nothing, which `/cameras` shows.
    """
    now, limits = centre.now(), centre.city.limits.sites
    if not is_quiet(now.astimezone(centre.city.zone), limits):
        return 0
    today = local_day(now, centre.city.zone)
    found = [
        _notice(centre, one, moved_at, limits)
        for one, (moved_at, lasted_s) in sorted(movements(centre).items())
        if _watches_site(centre, one, today)
        and lasted_s >= limits.least_s
        and now - moved_at <= timedelta(seconds=FRESH_S)
    ]
    return transact(centre.engine, lambda conn: put_all(conn, centre, found)) if found else 0


def _watches_site(centre: Centre, camera: str, today: date) -> bool:
    known = centre.city.cameras.get(camera)
    return known is not None and known.site is not None and known.is_in_force(today)


def _notice(centre: Centre, camera: str, at: datetime, limits: SiteLimits) -> Notice:
    known = centre.city.cameras[camera]
    site = centre.city.places.get(known.site or "")
    while_no = int(at.timestamp() // limits.again.total_seconds())
    return Notice(
        topic=MOVEMENT,
        about=f"camera:{camera}",
        subject="notice.site_movement",
        body="notice.site_movement_body",
        dedupe=f"site:{camera}:{while_no}",
        words={
            "site": site.name if site else str(known.site),
            "name": known.name,
            "time": f"{at.astimezone(centre.city.zone):%H:%M:%S %d/%m/%Y}",
        },
        facts={"desk": DESK, "reason": "movement"},
    )
