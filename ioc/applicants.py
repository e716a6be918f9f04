"""Invented registrations for a demo: who asks leave for which vehicle. Repeatable by its seed."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ioc.registrations.model import Registration, VehicleKind
from ioc.vehicles.model import Ground

KINDS = {
    VehicleKind.LORRY: 50,
    VehicleKind.CAR: 24,
    VehicleKind.TRACTOR: 12,
    VehicleKind.BUS: 7,
    VehicleKind.MOTORBIKE: 4,
    VehicleKind.AMBULANCE: 3,
}
SEATS = {VehicleKind.BUS: 45, VehicleKind.CAR: 5, VehicleKind.MOTORBIKE: 2}
OF_SORT = {
    "car": VehicleKind.CAR,
    "lorry": VehicleKind.LORRY,
    "motorbike": VehicleKind.MOTORBIKE,
}
# Signs of provinces, and letters of series.
PROVINCES, SERIES = (29, 36, 37, 38, 43, 47, 49, 51, 61, 73, 74, 92), "ABCDH"
HOURS = (6, 12, 24, 48, 72)
LEFT_OUT = {"routes": 0.25, "goods": 0.08, "holders": 0.15}
# One in so many forgets to say until when.
FORGETFUL = 20


class Applicants:
    """People who register vehicles, as a parsed demo.toml describes them."""

    def __init__(self, demo: Mapping[str, Any], seed: int) -> None:
        """Take the texts of `[registrations]`, and the vehicles that lack a valid permit."""
        self._texts: Mapping[str, Any] = demo.get("registrations", {})
        vehicles = demo.get("vehicle", ())
        self._lacking = [entry for entry in vehicles if not _is_permitted(entry)]
        self._random = random.Random(seed)

    @property
    def per_hour(self) -> float:
        """Return how many register in an hour."""
        return float(self._texts.get("per_hour", 0))

    def next(self, name: str, now: datetime) -> Registration:
        """Return a registration of the id `name`, made at `now`."""
        choice = self._random.choice
        kind, plate, ground = self._vehicle()
        is_carrier = kind in (VehicleKind.LORRY, VehicleKind.TRACTOR)
        start = now.replace(minute=0, second=0, microsecond=0)
        start += timedelta(hours=self._random.randrange(1, 20))
        until = start + timedelta(hours=choice(HOURS))
        made = Registration(
            id=name,
            plate=plate,
            kind=kind,
            seats=SEATS.get(kind, 3),
            colour=ground,
            holder=self._text("holders") if is_carrier else None,
            driver=self._text("drivers"),
            phone=f"09{self._random.randrange(10**8):08}",
            origin=self._text("origins"),
            destination=self._text("destinations"),
            route=self._text("routes"),
            from_at=start,
            until_at=until,
            goods=self._text("goods") if is_carrier else None,
            companions=self._random.randrange(3),
            people=tuple(f"demo-{self._random.randrange(10**6):06}" for _ in range(2)),
        )
        return made if self._random.randrange(FORGETFUL) else replace(made, until_at=None)

    def _vehicle(self) -> tuple[VehicleKind, str, str]:
        if self._lacking and self._random.random() < 0.5:
            entry = self._random.choice(self._lacking)
            return OF_SORT[str(entry["kind"])], str(entry["plate"]), str(entry["ground"])
        [kind] = self._random.choices(list(KINDS), list(KINDS.values()))
        series = self._random.choice(SERIES)
        number = self._random.randrange(10_000, 100_000)
        plate = f"{self._random.choice(PROVINCES)}{series}{number}"
        is_hired = kind in (VehicleKind.LORRY, VehicleKind.TRACTOR, VehicleKind.BUS)
        return kind, plate, (Ground.YELLOW if is_hired else Ground.WHITE).value

    def _text(self, name: str) -> str | None:
        """Return one of the texts; what may be left out is, once in a while."""
        left_out = self._random.random() < LEFT_OUT.get(name, 0)
        return None if left_out else str(self._random.choice(self._texts[name]))


def _is_permitted(entry: Mapping[str, Any]) -> bool:
    is_valid = entry.get("from_hours", 1) < 0 < entry.get("until_hours", 0)
    return "permit" in entry and is_valid and "revoked_hours" not in entry
