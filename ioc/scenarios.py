"""What can be made to happen in a demo: scenarios.toml of a city, read and checked."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ioc.config import Entry
from ioc.document import read_toml
from ioc.errors import ConfigFault, NotFound
from ioc.places import Camera, City, Direction

PLATE = re.compile(r"[A-Z0-9#]{6,12}")
KEY = re.compile(r"[a-z0-9]")
DAY_S, MOST = 86_400.0, 1_000
SCENARIO = ("id", "key", "vi", "en")
READ = ("scenario", "at_s", "every_s", "count", "camera", "plate", "direction", "confidence")


@dataclass(frozen=True)
class Appearance:
    """One vehicle before one camera, `at_s` seconds from the start; a # of `plate` is any digit."""

    at_s: float
    camera: str
    plate: str
    direction: Direction
    confidence: float


@dataclass(frozen=True)
class Scenario:
    """A short story with a known end; `appearances` stand in the order they are told."""

    id: str
    key: str
    texts: dict[str, str]
    appearances: tuple[Appearance, ...]


def load_scenarios(file: Path, city: City | None = None) -> list[Scenario]:
    """Return the scenarios of a city; none where there is no such file.

    Raises:
        ConfigFault: the file is wrong; of many faults the first.
    """
    if not file.exists():
        return []
    faults: list[ConfigFault] = []
    scenarios = list(_read(file, city, faults))
    if faults:
        raise faults[0]
    return scenarios


def scenario_faults(file: Path, city: City | None) -> list[ConfigFault]:
    """Return all faults of the file; one that is not there has none."""
    faults: list[ConfigFault] = []
    if file.exists():
        list(_read(file, city, faults))
    return faults


def find_scenario(scenarios: list[Scenario], wanted: str) -> Scenario:
    """Return the scenario of this id, whatever its case.

    Raises:
        NotFound: there is none.
    """
    for one in scenarios:
        if one.id.lower() == wanted.lower():
            return one
    raise NotFound("scenario", f"{wanted} (there are: {', '.join(s.id for s in scenarios)})")


def _read(file: Path, city: City | None, faults: list[ConfigFault]) -> Iterator[Scenario]:
    document = read_toml(file, faults)
    if document is None:
        return
    document.root().only(("scenario", "read"))
    told: dict[str, list[Appearance]] = {}
    for entry in document.tables("read"):
        told.setdefault(entry.text("scenario"), []).extend(_appearances(entry, city))
    used: Counter[str] = Counter()
    for entry in document.tables("scenario"):
        name = _named(entry, used)
        if name not in told:
            entry.fault("id", f"{name} has no [[read]]")
        order = tuple(sorted(told.pop(name, []), key=lambda one: one.at_s))
        texts = {language: entry.text(language) for language in ("vi", "en")}
        yield Scenario(name, entry.text("key"), texts, order)
    faults += [ConfigFault(file, 0, f"read: there is no [[scenario]] {name}") for name in told]


def _named(entry: Entry, used: Counter[str]) -> str:
    entry.only(SCENARIO)
    name, key = entry.text("id"), entry.text("key")
    if not KEY.fullmatch(key):
        entry.fault("key", f"{key!r} is no single letter or digit")
    for field, value in (("id", name), ("key", key)):
        used[f"{field} {value}"] += 1
        if used[f"{field} {value}"] > 1:
            entry.fault(field, f"{value} stands twice")
    return name


def _appearances(entry: Entry, city: City | None) -> Iterator[Appearance]:
    entry.only(READ)
    start = entry.number("at_s", -DAY_S, DAY_S)
    count = entry.count("count", 1, MOST) if "count" in entry.values else 1
    every = entry.number("every_s", 0.05, DAY_S) if count > 1 else 0.0
    camera, plate = entry.text("camera"), entry.text("plate")
    if city is not None and not isinstance(city.places.get(camera), Camera):
        entry.fault("camera", f"there is no camera {camera}")
    if not PLATE.fullmatch(plate):
        entry.fault("plate", f"{plate!r} needs 6 to 12 characters A-Z, 0-9 or #")
    direction = entry.choice("direction", Direction)
    confidence = entry.number("confidence", 0, 1)
    for number in range(count):
        yield Appearance(start + number * every, camera, plate, direction, confidence)
