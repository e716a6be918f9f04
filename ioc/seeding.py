"""What a demo is filled with: permits, registrations, one user a role, one API key."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from ioc.access.model import Right, Role
from ioc.access.service import create_key, create_user, key_of, list_users
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.demo_desk import seed_registrations
from ioc.demo_traffic import fleet
from ioc.errors import Unauthorised
from ioc.labels import label
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.permits.upkeep import withdraw_others
from ioc.vehicles.upkeep import ensure_days
from ioc.venues.upkeep import ensure_scan_days

# The demo's permits have a source of their own: each start withdraws what its newest set lacks,
# and what came in over the API with the demo's key is not part of it.
SOURCE = "demo"
SEEDS = "demo-seeds"
BATCH = 1_000
KEY_FILE = "demo-api-key"


def seed_demo(centre: Centre, secret: Callable[[str], str]) -> dict[str, Any]:
    """Fill a demo and return its API key and users; a second start returns the same.

    `secret` returns a random secret of the state folder by name, the same each time.
    """
    ensure_days(centre)
    ensure_scan_days(centre)
    document = tomllib.loads((centre.settings.city_dir / "demo.toml").read_text(encoding="utf-8"))
    vehicles = [entry for entry in document.get("vehicle", ()) if "permit" in entry]
    # One set a day: the same day again finds its ids used, which leaves the first set as it is.
    permits = [*(_permit(entry, centre) for entry in vehicles), *_fleet_permits(centre)]
    for start in range(0, len(permits), BATCH):
        grant_permits(centre, SEEDS, permits[start : start + BATCH])
    # Yesterday's "not yet valid" would be valid by now.
    withdraw_others(centre, SEEDS, [permit.id for permit in permits])
    seed_registrations(centre, document)
    return {"api_key": _api_key(centre), "users": _users(centre, secret, document)}


def _fleet_permits(centre: Centre) -> Iterator[Permit]:
    day = local_day(centre.now(), centre.city.zone)
    start, end = day_bounds(day, centre.city.zone)
    for plate, permit_class in fleet().items():
        yield Permit(f"{plate}-{day}", plate, permit_class, start, end + timedelta(days=1))


def _permit(entry: Mapping[str, Any], centre: Centre) -> Permit:
    now = centre.now().replace(minute=0, second=0, microsecond=0)

    def instant(name: str) -> datetime | None:
        return now + timedelta(hours=entry[name]) if name in entry else None

    day = local_day(centre.now(), centre.city.zone)
    return Permit(
        id=f"{entry['plate']}-{day}",
        plate=entry["plate"],
        permit_class=PermitClass(entry["permit"]),
        valid_from=now + timedelta(hours=entry["from_hours"]),
        valid_until=now + timedelta(hours=entry["until_hours"]),
        destination=entry.get("destination"),
        roads=tuple(entry.get("roads", ())),
        revoked_at=instant("revoked_hours"),
    )


def _users(
    centre: Centre, secret: Callable[[str], str], document: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    known = {user.name for user in list_users(centre)}
    users = {}
    for role in Role:
        password = secret(f"password-{role}")
        if role.value not in known:
            agency = document["accounts"]["agency"] if role is Role.AGENCY else None
            create_user(centre, role.value, password, role, label(role), agency=agency)
        users[role.value] = {"name": role.value, "password": password}
    return users


def _api_key(centre: Centre) -> str:
    file = centre.settings.state_dir / "secrets" / KEY_FILE
    if file.exists():
        key = str(json.loads(file.read_text(encoding="utf-8")))
        # A key of an earlier version lacks the rights that came since.
        with suppress(Unauthorised):
            if key_of(centre, key).rights >= set(Right):
                return key
        file.unlink()
    key = create_key(centre, SOURCE, frozenset(Right))
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)
    file.write_text(json.dumps(key), encoding="utf-8")
    return key
