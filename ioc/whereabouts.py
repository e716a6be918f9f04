"""In which unit of the city something lies that is counted by place."""

from collections.abc import Callable
from datetime import date

from ioc.places import City


def unit_finder(day: date, city: City) -> Callable[[str], str | None]:
    """Return what tells the unit in force on `day` that a tally's place lies in: its id, or None.

    A place is a camera, a point, a facility… of the city, or a unit itself, by id or by code.
    """
    by_code = {unit.code: unit.id for unit in city.units_on(day)}
    units: dict[str, str] = {}

    def unit_of(place: str) -> str | None:
        known = city.places.get(place)
        if known is None:
            return by_code.get(place)
        if known.unit not in city.units:
            return None
        # Most places share a unit with others; which one followed it is asked once.
        unit = units.get(known.unit)
        if unit is None:
            unit = units[known.unit] = city.unit_of(known, day).id
        return unit

    return unit_of
