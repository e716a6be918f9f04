"""Who is covered, against the census: by unit in force on a day, and by age group. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ioc.doses.model import AgeGroup, CoverageCell
from ioc.places import City, Unit

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Covered:
    """People with a dose, and with a full course, of some group; population None: not known."""

    id: str
    population: int | None
    first: int
    full: int
    ages: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def by_unit(cells: Sequence[CoverageCell], city: City, day: date) -> list[Covered]:
    """Return coverage of every unit in force on `day`, whose people are its census.

    A unit of another time counts in the one that followed it. Who lives where nobody said stands
    under `unknown`, last, with no population to measure by.
    """
    sums: dict[str, dict[str, tuple[int, int]]] = {unit.id: {} for unit in city.units_on(day)}
    for cell in cells:
        known = city.units.get(cell.unit)
        name = UNKNOWN if known is None else city.unit_of(known, day).id
        ages = sums.setdefault(name, {})
        first, full = ages.get(cell.age_group, (0, 0))
        ages[cell.age_group] = first + cell.first, full + cell.full
    return [
        _covered(name, _population(city.units.get(name)), ages)
        for name, ages in sorted(sums.items(), key=lambda item: (item[0] == UNKNOWN, item[0]))
    ]


def by_age(cells: Sequence[CoverageCell], groups: Sequence[AgeGroup]) -> list[Covered]:
    """Return coverage of every age group of the whole city, `unknown` last."""
    people = {group.id: group.population for group in groups}
    sums: dict[str, tuple[int, int]] = dict.fromkeys([*people, UNKNOWN], (0, 0))
    for cell in cells:
        first, full = sums.get(cell.age_group, (0, 0))
        sums[cell.age_group] = first + cell.first, full + cell.full
    return [Covered(name, people.get(name), *n) for name, n in sums.items()]


def share(n: int, population: int | None) -> float | None:
    """Return n ÷ population; None where there is none to measure by."""
    return round(n / population, 6) if population else None


def _covered(name: str, population: int | None, ages: dict[str, tuple[int, int]]) -> Covered:
    first = sum(n for n, _ in ages.values())
    return Covered(name, population, first, sum(n for _, n in ages.values()), ages)


def _population(unit: Unit | None) -> int | None:
    return None if unit is None else unit.population
