"""What can be made to happen in a demo: scenarios.toml of a city, read and checked."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ioc.config import Entry
from ioc.document import read_toml
from ioc.errors import ConfigFault, NotFound
from ioc.places import Camera, City, Direction

PLATE = re.compile(r"[A-Z0-9#]{6,12}")
KEY = re.compile(r"[a-z0-9]")
DAY_S, MOST = 86_400.0, 1_000
OLDEST_S = 40 * DAY_S
SCENARIO = ("id", "key", "vi", "en", "refuses")
READ = ("scenario", "at_s", "every_s", "count", "camera", "plate", "direction", "confidence")
SEND = ("scenario", "at_s", "told_s", "every_s", "count", "stream", "id", "person", "item")
LIFE = ("scenario", "from_s", "share")
MOST_SENT = 5_000
# What can be sent besides reads, and what is made up of a person for it.
STREAMS = (
    *("reads", "permits", "points", "scans", "cards", "declarations", "doses", "paper-totals"),
    *("tests", "calls", "reports", "lodgings", "registrations", "waves"),
)


@dataclass(frozen=True)
class Appearance:
    """One vehicle before one camera, `at_s` seconds from the start; a # of `plate` is any digit."""

    at_s: float
    camera: str
    plate: str
    direction: Direction
    confidence: float


@dataclass(frozen=True)
class Sending:
    """One item of a stream that happens `at_s` seconds from the start, and is told at `told_s`.

    `item` is as the API takes it; in its texts {n} is `n`, the number of the item in its row, and
    {run} is drawn anew at every start. `person` is the number of whom it is about, who is made up.
    """

    at_s: float
    told_s: float
    stream: str
    id: str | None
    person: int | None
    item: Mapping[str, object]
    n: int


@dataclass(frozen=True)
class Scenario:
    """A short story with a known end; `appearances` and `sendings` stand in the order of telling.

    `life` is a share of all that the city does in the seconds before the start; `life_s` is how
    many. `is_refused`: it belongs to the story that some of it is refused.
    """

    id: str
    key: str
    texts: dict[str, str]
    appearances: tuple[Appearance, ...] = ()
    sendings: tuple[Sending, ...] = ()
    life: float = 0.0
    life_s: float = 0.0
    is_refused: bool = False

    @property
    def count(self) -> int:
        """Return how many items it tells, those of the city's life apart."""
        return len(self.appearances) + len(self.sendings)


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
    document.root().only(("scenario", "read", "send", "life"))
    told: dict[str, list[Appearance]] = {}
    sent: dict[str, list[Sending]] = {}
    lives: dict[str, tuple[float, float]] = {}
    for entry in document.tables("read"):
        told.setdefault(entry.text("scenario"), []).extend(_appearances(entry, city))
    for entry in document.tables("send"):
        sent.setdefault(entry.text("scenario"), []).extend(_sendings(entry))
    for entry in document.tables("life"):
        entry.only(LIFE)
        length_s, share = -entry.number("from_s", -DAY_S, -1), entry.number("share", 0, 1)
        lives[entry.text("scenario")] = (length_s, share)
    used: Counter[str] = Counter()
    for entry in document.tables("scenario"):
        name = _named(entry, used)
        if not any(name in rows for rows in (told, sent, lives)):
            entry.fault("id", f"{name} has no [[read]], [[send]] or [[life]]")
        seen = tuple(sorted(told.pop(name, []), key=lambda one: one.at_s))
        others = tuple(sorted(sent.pop(name, []), key=lambda one: one.told_s))
        length_s, share = lives.pop(name, (0.0, 0.0))
        texts = {language: entry.text(language) for language in ("vi", "en")}
        is_refused = entry.values.get("refuses") is True
        yield Scenario(name, entry.text("key"), texts, seen, others, share, length_s, is_refused)
    for table, rows in (("read", told), ("send", sent), ("life", lives)):
        faults += [ConfigFault(file, 0, f"{table}: there is no [[scenario]] {n}") for n in rows]


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


def _sendings(entry: Entry) -> Iterator[Sending]:
    entry.only(SEND)
    start, stream = entry.number("at_s", -OLDEST_S, DAY_S), entry.text("stream")
    if stream not in STREAMS:
        entry.fault("stream", f"{stream!r} is none of {', '.join(STREAMS)}")
    count = entry.count("count", 1, MOST_SENT) if "count" in entry.values else 1
    every = entry.number("every_s", 0, DAY_S) if "every_s" in entry.values else 0.0
    told = entry.number("told_s", -OLDEST_S, DAY_S) if "told_s" in entry.values else None
    person = entry.count("person", 0, 2_000_000) if "person" in entry.values else None
    item = entry.values.get("item", {})
    if not isinstance(item, dict):
        entry.fault("item", "is a table of what the API takes")
        item = {}
    name = entry.text("id") if "id" in entry.values else None
    for n in range(count):
        at_s = start + n * every
        who = None if person is None else person + n
        yield Sending(at_s, at_s if told is None else told, stream, name, who, item, n)
