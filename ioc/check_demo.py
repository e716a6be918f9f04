"""What is wrong in a city's demo.toml: its cameras, its pools of plates, its vehicles."""

import re
from collections import Counter
from collections.abc import Container, Iterator
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs

from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault
from ioc.permits.model import PermitClass
from ioc.places import City, PlaceKind
from ioc.vehicles.model import Ground, Layout

PLATE = re.compile(r"[A-Z0-9]{6,12}")
VEHICLE = ("plate", "kind", "ground", "layout")
PERMIT = ("permit", "from_hours", "until_hours", "revoked_hours", "destination", "roads")
REGISTERED = ("origins", "destinations", "routes", "goods", "holders", "drivers")
MOST_PER_HOUR = 3_600
FARTHEST_HOURS = 24 * 365


class VehicleSort(StrEnum):
    """What drives through a rendered scene."""

    CAR = "car"
    LORRY = "lorry"
    MOTORBIKE = "motorbike"


def demo_faults(file: Path, city: City | None) -> list[ConfigFault]:
    """Return the faults of a demo that is there; without a `city` its references are not judged."""
    faults: list[ConfigFault] = []
    document = read_toml(file, faults) if file.exists() else None
    if document is None:
        return faults
    document.root().only(("camera", "pool", "vehicle", "registrations", "accounts"))
    _accounts(document)
    if "registrations" in document.data:
        _registrations(document.table("registrations"))
    pools = dict(_pools(document))
    for entry in document.tables("camera"):
        _camera(entry, city, pools)
    vehicles = [(entry, _vehicle(entry, city)) for entry in document.tables("vehicle")]
    plates = Counter(plate for _, plate in vehicles)
    for entry, plate in vehicles:
        if plates[plate] > 1:
            entry.fault("plate", f"{plate} stands twice")
        if not any(plate in pool.values for pool in pools.values()):
            entry.fault("plate", f"{plate} is in no pool")
    for pool in pools.values():
        _pool(pool, plates)
    return faults


def _accounts(document: Document) -> None:
    if "accounts" in document.data:
        accounts = document.table("accounts")
        accounts.only(("agency",))
        accounts.text("agency")


def _registrations(entry: Entry) -> None:
    entry.only(("per_hour", *REGISTERED))
    entry.count("per_hour", 0, MOST_PER_HOUR)
    for name in REGISTERED:
        entry.texts(name)


def _pool(pool: Entry, plates: Container[str]) -> None:
    for plate in pool.values:
        pool.count(plate, 1, 1000)
        if plate not in plates:
            pool.fault(plate, "there is no such [[vehicle]]")


def _pools(document: Document) -> Iterator[tuple[str, Entry]]:
    pools = document.data.get("pool", {})
    for name in pools if isinstance(pools, dict) else ():
        yield name, document.table(f"pool.{name}")


def _camera(entry: Entry, city: City | None, pools: dict[str, Entry]) -> None:
    entry.only(("id", "source"))
    _names(entry, "id", entry.text("id"), city, PlaceKind.CAMERA)
    source = entry.text("source")
    if not source.startswith("scene:"):
        entry.fault("source", f"{source!r} is no scene:… address")
        return
    pool = parse_qs(source.removeprefix("scene:")).get("pool", [""])[0]
    if pool and pool not in pools:
        entry.fault("source", f"there is no [pool.{pool}]")


def _vehicle(entry: Entry, city: City | None) -> str:
    entry.only((*VEHICLE, *PERMIT))
    plate = entry.text("plate")
    if plate and not PLATE.fullmatch(plate):
        entry.fault("plate", f"{plate!r} needs 6 to 12 characters A-Z, 0-9")
    entry.choice("kind", VehicleSort)
    entry.choice("ground", Ground)
    entry.choice("layout", Layout)
    if "permit" in entry.values:
        _permit(entry, city)
    else:
        for name in PERMIT[1:]:
            if name in entry.values:
                entry.fault(name, "stands only with a permit")
    return plate


def _permit(entry: Entry, city: City | None) -> None:
    permit = entry.choice("permit", PermitClass)
    start = entry.count("from_hours", -FARTHEST_HOURS, FARTHEST_HOURS)
    if entry.count("until_hours", -FARTHEST_HOURS, FARTHEST_HOURS) <= start:
        entry.fault("until_hours", "is not later than from_hours")
    if "revoked_hours" in entry.values:
        entry.count("revoked_hours", -FARTHEST_HOURS, FARTHEST_HOURS)
    if permit is PermitClass.RED:
        _names(entry, "destination", entry.text("destination"), city, PlaceKind.SITE)
        for road in entry.texts("roads"):
            _names(entry, "roads", road, city, PlaceKind.ROAD)


def _names(entry: Entry, column: str, name: str, city: City | None, kind: PlaceKind) -> None:
    if not name or city is None:
        return
    place = city.places.get(name)
    if place is None or place.kind is not kind:
        entry.fault(column, f"no {kind} {name!r}")
