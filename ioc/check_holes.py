"""What is right in a city's folder and yet leaves something unseen: told as warnings.

A hole is no fault: a city may have a site without a camera. But nobody is to find out by waiting
for an alert that cannot come.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ioc.document import parsed
from ioc.errors import ConfigFault
from ioc.notices.rules import FILE as NOTICES
from ioc.notices.rules import read_book
from ioc.places import City, Place, PlaceKind, Road, RoadClass
from ioc.vehicles.overdue import UNSEEN
from ioc.vehicles.rulebook import parse_rulebook
from ioc.vehicles.rules import overdue_rule

RULES = "rules.toml"


def config_holes(folder: Path, city: City, today: date) -> list[ConfigFault]:
    """Return what nobody would see in a city whose folder has no fault, as it stands on a day."""
    return [
        *_sites(folder, city, today),
        *_roads(folder, city, today),
        *_rules(folder, city, today),
    ]


def _sites(folder: Path, city: City, today: date) -> Iterator[ConfigFault]:
    sites = city.of_kind(PlaceKind.SITE, today)
    unseen = [site for site in sites if not city.sees_arrivals(site.id, today)]
    for site in unseen:
        why = "no camera watches the way in: whether a red vehicle arrives is not seen"
        yield _at(folder / "sites.csv", site, f"{site.id}: {why}, and no alert tells of it")
    rules = read_book(folder)[0].rules
    if unseen and not any(rule.topic == UNSEEN for rule in rules):
        why = f"no [[rule]] of topic {UNSEEN!r}: nobody is asked to ring the sites without a camera"
        yield ConfigFault(folder / NOTICES, 0, why)


def _roads(folder: Path, city: City, today: date) -> Iterator[ConfigFault]:
    cameras = [one for one in city.cameras.values() if one.is_in_force(today)]
    watched = {one.road for one in cameras if one.road_class is RoadClass.MAIN}
    for road in city.of_kind(PlaceKind.ROAD, today):
        is_main = isinstance(road, Road) and road.road_class is RoadClass.MAIN
        if is_main and road.id not in watched:
            why = f"{road.id}: no camera watches this main road: a yellow vehicle on it is not seen"
            yield _at(folder / "roads.csv", road, why)


def _rules(folder: Path, city: City, today: date) -> Iterator[ConfigFault]:
    file = folder / RULES
    sure, home = city.limits.sure_confidence, city.home_plates
    try:
        book = parsed(file, lambda told: parse_rulebook(told, sure, home))
    except ConfigFault:
        return
    if overdue_rule(book, today) is None:
        why = "no [[overdue]] rule in force: a red vehicle that does not arrive is never told of"
        yield ConfigFault(file, 0, why)


def _at(file: Path, place: Place, why: str) -> ConfigFault:
    rows = file.read_text(encoding="utf-8-sig").splitlines()
    line = next((n for n, row in enumerate(rows, 1) if row.startswith(f"{place.id},")), 0)
    return ConfigFault(file, line, why)
