"""What began and what ended between two looks at all cameras; how long a day was lied. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ioc.camera_health.model import CameraFault, FaultSpell, Liar

Found = Mapping[tuple[str, CameraFault], datetime]


def changes(found: Found, on: Sequence[FaultSpell]) -> tuple[list[FaultSpell], list[FaultSpell]]:
    """Return which faults have begun, and which of those that were on are over.

    Args:
        found: what is wrong now, with since when.
        on: what was on until now.
    """
    known = {(spell.camera, spell.fault) for spell in on}
    begun = [
        FaultSpell(camera, fault, since)
        for (camera, fault), since in sorted(found.items())
        if (camera, fault) not in known
    ]
    return begun, [spell for spell in on if (spell.camera, spell.fault) not in found]


def liars(spells: Iterable[FaultSpell], start: datetime, end: datetime) -> list[Liar]:
    """Return the cameras that lied in start <= t < end, who lied longest first."""
    lasted: dict[str, dict[CameraFault, timedelta]] = {}
    open_now: set[str] = set()
    for spell in spells:
        begun, over = max(spell.since, start), min(spell.until or end, end)
        if over <= begun:
            continue
        faults = lasted.setdefault(spell.camera, {})
        faults[spell.fault] = faults.get(spell.fault, timedelta()) + (over - begun)
        if spell.until is None:
            open_now.add(spell.camera)
    found = [
        Liar(
            camera,
            dict(sorted(faults.items(), key=lambda pair: (-pair[1], pair[0]))),
            is_on=camera in open_now,
        )
        for camera, faults in lasted.items()
    ]
    return sorted(found, key=lambda liar: (-liar.longest, liar.camera))
