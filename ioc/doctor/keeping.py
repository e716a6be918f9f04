"""What is wrong with how the centre is kept: clockwork, days, backups, audit, notices, people."""

from collections.abc import Iterator
from datetime import timedelta

from ioc import audit
from ioc.access.model import Right, Role
from ioc.access.service import list_keys, list_users
from ioc.audit import BrokenChain
from ioc.camera_states import camera_states
from ioc.check_config import check_config
from ioc.check_holes import config_holes
from ioc.city import load_city
from ioc.clock import local_day
from ioc.condition import look
from ioc.doctor.model import Defect, Need, fault, warning
from ioc.doctor.premises import Check, Premises, have
from ioc.vendors import read_readers

# A day and the time that a backup takes.
BACKUP_AGE = timedelta(hours=30)
UNSEALED_S = 120.0
WAITING_S = 600.0
DAYS_AHEAD = 2
NIGHTS = timedelta(days=2)
# A key is changed once a year; one that nobody used for so long is somebody's who left.
KEY_AGE, KEY_UNUSED = timedelta(days=400), timedelta(days=120)
SERVICES = ("ingest", "dashboards", "timekeeper")
MOST_NAMED = 5


def config_faults(at: Premises) -> Iterator[Defect]:
    """Name the first fault of the city's folder, or the first hole in what is right of it."""
    if at.settings is None:
        return
    folder = at.settings.city_dir
    found = check_config(folder)
    if found:
        yield fault("config_wrong", n=len(found), first=found[0])
        return
    city = load_city(folder)
    holes = config_holes(folder, city, local_day(at.now(), city.zone))
    if holes:
        yield warning("config_hole", n=len(holes), first=holes[0])


def service_faults(at: Premises) -> Iterator[Defect]:
    """Name services that say nothing of themselves."""
    if at.live is None:
        return
    heard = at.live.beats("service")
    expected = list(SERVICES)
    if at.settings is not None and read_readers(at.settings.city_dir)[0].is_listened_to:
        expected.append("listening")
    silent = [name for name in expected if name not in heard]
    if silent:
        yield warning("services_silent", services=", ".join(silent))


def clockwork_faults(at: Premises) -> Iterator[Defect]:
    """Say that nobody leads the clockwork, or that what it does is not done."""
    found = look(have(at.centre))
    if found.leaders != 1:
        yield fault("clock_stands")
    if found.days_ahead < DAYS_AHEAD:
        yield fault("days_missing", n=max(found.days_ahead, 0))
    if found.unsealed and found.unsealed_s > UNSEALED_S:
        yield fault("audit_unsealed", n=found.unsealed, minutes=round(found.unsealed_s / 60))
    if found.waiting and found.waiting_s > WAITING_S:
        yield fault("notices_stuck", n=found.waiting, minutes=round(found.waiting_s / 60))
    if found.given_up:
        yield warning("notices_given_up", n=found.given_up)


def purge_faults(at: Premises) -> Iterator[Defect]:
    """Say that what is past its day was not deleted."""
    centre = have(at.centre)
    found = look(centre).purged_on
    today = local_day(centre.now(), centre.city.zone)
    if found is not None and today - found > NIGHTS:
        yield fault("purge_late", day=found.isoformat())


def backup_faults(at: Premises) -> Iterator[Defect]:
    """Say that there is no backup, or none of the last day."""
    centre = have(at.centre)
    if centre.settings.is_demo:
        return
    made = look(centre).backed_up_at
    folder = centre.settings.backup_dir
    if made is None:
        yield fault("backup_missing", folder=folder)
    elif centre.now() - made > BACKUP_AGE:
        hours = round((centre.now() - made).total_seconds() / 3600)
        yield fault("backup_old", folder=folder, hours=hours)


def archive_faults(at: Premises) -> Iterator[Defect]:
    """Say that an archive was begun and does not follow, or lacks log that is gone."""
    found = look(have(at.centre)).archive
    if found is None:
        return
    if found.has_gap:
        yield fault("archive_gap")
    elif not found.is_followed:
        yield fault("archive_away", mb=round(found.behind_bytes / 1e6))


def audit_faults(at: Premises) -> Iterator[Defect]:
    """Say that the chain of the audit does not hold: every link and every daily head."""
    try:
        audit.verify(have(at.centre))
    except BrokenChain as found:
        yield fault("audit_broken", why=found)


def camera_faults(at: Premises) -> Iterator[Defect]:
    """Name cameras that were there and no longer are."""
    silent = [
        one.id
        for one in camera_states(have(at.centre))
        if one.state != "live" and (one.state != "silent" or one.reads_per_minute)
    ]
    if silent:
        named = ", ".join(silent[:MOST_NAMED]) + (" …" if len(silent) > MOST_NAMED else "")
        yield warning("cameras_silent", n=len(silent), first=named)


def account_faults(at: Premises) -> Iterator[Defect]:
    """Say that nobody administers, or that the second factor is left to everybody's taste."""
    centre = have(at.centre)
    if centre.settings.is_demo:
        return
    admins = [one for one in list_users(centre) if one.role is Role.ADMIN and not one.is_disabled]
    if not admins:
        yield fault("nobody_administers")
    if not centre.settings.needs_second_factor:
        yield warning("factor_offered", setting="IOC_SECOND_FACTOR")


def key_faults(at: Premises) -> Iterator[Defect]:
    """Say how many keys are to be changed, are used by nobody, or may do everything."""
    now = at.now()
    held = [one for one in list_keys(have(at.centre)) if one.revoked_at is None and one.created_at]
    old = [one for one in held if one.created_at and now - one.created_at > KEY_AGE]
    idle = [
        one
        for one in held
        if (seen := one.used_at or one.created_at) and now - seen > KEY_UNUSED and one not in old
    ]
    if old:
        yield warning("keys_old", n=len(old), days=KEY_AGE.days, first=old[0].id)
    if idle:
        yield warning("keys_unused", n=len(idle), days=KEY_UNUSED.days, first=idle[0].id)
    mighty = [one for one in held if one.rights >= set(Right)]
    if mighty and not have(at.centre).settings.is_demo:
        yield warning("keys_mighty", n=len(mighty), first=mighty[0].id)


CHECKS = (
    Check("city", Need.SETTINGS, config_faults),
    Check("services", Need.LIVE, service_faults),
    Check("clockwork", Need.CITY, clockwork_faults),
    Check("purge", Need.CITY, purge_faults),
    Check("backups", Need.CITY, backup_faults),
    Check("archive", Need.CITY, archive_faults),
    Check("audit", Need.CITY, audit_faults),
    Check("cameras", Need.CITY, camera_faults),
    Check("accounts", Need.CITY, account_faults),
    Check("keys", Need.CITY, key_faults),
)
