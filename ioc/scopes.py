"""What an account sees of the city: the one way in which pages filter by who looks.

An account's scope is None (the whole province), the code of a district ("474") or that of a
commune ("19750"). A page asks once and filters what it shows by the answer:

    reach = centre.reach(seat.scope)            # or viewer.scope
    shown = [a for a in alerts if reach.covers(a.camera)]        # by any place: camera, point, …
    rows = find_scans(centre, points=reach.ids(PlaceKind.POINT, centre.city))   # in SQL; None = all
    mine = [d for d in declarations if reach.covers_unit(d.unit)]

What lies nowhere (a place or unit that is not known) is seen by the whole province alone.
What an agency handles is asked of `ioc.reports.routing.handled`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ioc.places import City, PlaceKind, Unit


@dataclass(frozen=True)
class Reach:
    """The units and places that lie in a scope, by id; None in both: the whole province."""

    units: frozenset[str] | None = None
    places: frozenset[str] | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether everything is seen, also what lies nowhere."""
        return self.units is None

    def covers(self, place: str | None) -> bool:
        """Tell whether a place of any kind lies in the scope."""
        return self.places is None or place in self.places

    def covers_unit(self, unit: str | None) -> bool:
        """Tell whether a unit lies in the scope."""
        return self.units is None or unit in self.units

    def holds(self, other: "Reach") -> bool:
        """Tell whether everything of another scope lies in this one."""
        return self.units is None or (other.units is not None and other.units <= self.units)

    def ids(self, kind: PlaceKind, city: City) -> list[str] | None:
        """Return the places of one kind that are seen, for a query; None where no filter is."""
        if self.places is None:
            return None
        return [place.id for place in city.of_kind(kind) if place.id in self.places]

    def everything(self) -> frozenset[str] | None:
        """Return the units and the places that are seen, for counts of both; None for all."""
        if self.units is None or self.places is None:
            return None
        return self.units | self.places

    def unit_ids(self) -> list[str] | None:
        """Return the units that are seen, for a query; None where no filter is."""
        return None if self.units is None else sorted(self.units)


EVERYWHERE = Reach()


def reach_of(city: City, scope: str | None, day: date) -> Reach:
    """Return what an account of `scope` sees on `day`; an unknown scope sees nothing.

    A commune holds what became part of it; one that is gone is what it was. A district holds its
    communes, and those that came of them alone.
    """
    if scope is None:
        return EVERYWHERE
    units = _district(city, scope) or _commune(city, scope, day)
    inside = frozenset(place.id for place in city.places.values() if place.unit in units)
    return Reach(units, inside)


def is_scope(city: City, code: str) -> bool:
    """Tell whether `code` is that of a district or a commune, of whatever day."""
    return bool(code) and any(
        code in (unit.code, unit.district_code) for unit in city.units.values()
    )


def _district(city: City, code: str) -> frozenset[str]:
    inside = {unit.id for unit in city.units.values() if code and unit.district_code == code}
    if not inside:
        return frozenset()
    came_from: dict[str, set[str]] = {}
    for unit in city.units.values():
        if unit.successor:
            came_from.setdefault(unit.successor, set()).add(unit.id)
    # A unit that came of two districts belongs to neither.
    heirs = {heir for heir, parts in came_from.items() if parts <= inside}
    return frozenset(inside | heirs)


def _commune(city: City, code: str, day: date) -> frozenset[str]:
    named = [unit for unit in city.units.values() if unit.code == code]
    standing = [unit for unit in named if unit.is_in_force(day)] or named
    inside = {unit.id for unit in standing}
    while found := set(_parts(city.units.values(), inside)):
        inside |= found
    return frozenset(inside)


def _parts(units: Iterable[Unit], whole: set[str]) -> Iterable[str]:
    return (u.id for u in units if u.successor in whole and u.id not in whole)
