"""How much happens at what hour of which day: rhythm.toml of a city. Pure."""

import math
import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ioc.cards.model import CardMedium
from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault
from ioc.places import PointSort
from ioc.samples.model import Finding

DAY_S = 86_400
LARGE = 50
SHARES = ("products", "kinds", "results", "media", "branches", "topics")
TABLES = ("stream", "stays", "codes", "points", "hotline", "report", *SHARES)
STREAMS = ("scans", "cards", "doses", "tests", "calls", "declarations", "reports")
MOST = 1e9
# By the name of a table: the words it may use.
Known = Mapping[str, Collection[str]]
OURS: Known = {
    "codes": ("personal_qr", "citizen_card", "insurance_card"),
    "points": [sort.value for sort in PointSort],
    "results": [finding.value for finding in Finding],
    "media": [medium.value for medium in CardMedium],
}
NOTHING: Known = {}


@dataclass(frozen=True)
class Rhythm:
    """One stream's day; `hours` and `weekdays` have a mean of 1."""

    per_day: float
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]

    def rate(self, at: datetime) -> float:
        """Return how many come in a second at local `at`, between full hours in a straight line."""
        here, there = self.hours[at.hour], self.hours[(at.hour + 1) % 24]
        share = here + (there - here) * (at.minute * 60 + at.second) / 3600
        return self.per_day / DAY_S * share * self.weekdays[at.weekday()]


@dataclass(frozen=True)
class Habits:
    """What rhythm.toml says beside the streams.

    Attributes:
        streams: by name.
        points: weight of a point by what it is.
        scanned_out, stay_s: share of people who are scanned as they leave, and how long they stay.
        codes: share of each kind of code.
        shares: what is given, tested, asked: weights by word, by the name of their table.
        line: the number of the hotline.
        reports: what citizens report: code, text and weight.
    """

    streams: Mapping[str, Rhythm]
    points: Mapping[str, float]
    scanned_out: float
    stay_s: float
    codes: Mapping[str, float]
    shares: Mapping[str, Mapping[str, float]]
    line: str
    reports: Mapping[tuple[str, str], float]


def load_habits(file: Path) -> Habits:
    """Return the habits of a city.

    Raises:
        ConfigFault: the file is wrong; of many faults the first.
    """
    habits, faults = read_habits(file)
    if habits is None:
        raise faults[0]
    return habits


def read_habits(file: Path, known: Known = NOTHING) -> tuple[Habits | None, list[ConfigFault]]:
    """Return the habits of a city, None where the file has a fault; and every fault of it.

    `known` are the words that other files of the city know, by the name of a table; those of a
    table that is not named are not judged.
    """
    faults: list[ConfigFault] = []
    document = read_toml(file, faults)
    if document is None:
        return None, faults
    document.root().only(TABLES)
    known = {**OURS, **known}
    streams = dict(_streams(document))
    stays, hotline = document.table("stays"), document.table("hotline")
    stays.only(("minutes", "scanned_out"))
    hotline.only(("line", "inbound"))
    line, inbound = hotline.text("line"), hotline.number("inbound", 0, 100)
    _among(hotline, "line", line, known.get("lines"))
    weights = {
        name: _weights(document.table(name), known.get(name))
        for name in ("points", "codes", *SHARES)
    }
    points, codes = weights.pop("points"), weights.pop("codes")
    shares = {**weights, "directions": {"in": inbound, "out": 100 - inbound}}
    stay_s = stays.number("minutes", 1, 1440) * 60
    scanned_out = stays.number("scanned_out", 0, 100) / 100
    reports = dict(_reports(document, known.get("services")))
    if faults:
        return None, faults
    return Habits(streams, points, scanned_out, stay_s, codes, shares, line, reports), faults


def _streams(document: Document) -> Iterator[tuple[str, Rhythm]]:
    told = document.data.get("stream")
    for name in told if isinstance(told, dict) else ():
        entry = document.table(f"stream.{name}")
        if name not in STREAMS:
            entry.fault("stream", f"{name!r} is none of {', '.join(STREAMS)}")
        entry.only(("per_day", "hours", "weekdays"))
        rhythm = Rhythm(
            entry.number("per_day", 0, MOST), _even(entry, "hours", 24), _even(entry, "weekdays", 7)
        )
        yield name, rhythm


def _reports(
    document: Document, services: Collection[str] | None
) -> Iterator[tuple[tuple[str, str], float]]:
    entries = list(document.tables("report"))
    if not entries:
        document.root().fault("report", "is missing: what citizens report")
    for entry in entries:
        entry.only(("code", "text", "weight"))
        _among(entry, "code", entry.text("code"), services)
        yield (entry.text("code"), entry.text("text")), entry.number("weight", 0, MOST)


def _weights(entry: Entry, known: Collection[str] | None) -> dict[str, float]:
    for name in entry.values:
        _among(entry, name, name, known)
    weights = {name: entry.number(name, 0, MOST) for name in entry.values}
    if entry.values and not sum(weights.values()):
        entry.fault(next(iter(weights)), "weighs nothing, as all of them")
    return weights


def _among(entry: Entry, name: str, word: str, known: Collection[str] | None) -> None:
    if word and known is not None and word not in known:
        entry.fault(name, f"{word!r} is none of {', '.join(sorted(known))}")


def _even(entry: Entry, name: str, count: int) -> tuple[float, ...]:
    """Return weights with a mean of 1."""
    told = entry.values.get(name)
    weights = told if isinstance(told, list) else []
    is_sound = len(weights) == count and all(
        isinstance(weight, int | float) and 0 <= weight <= MOST for weight in weights
    )
    if not is_sound or not sum(weights):
        entry.fault(name, f"needs {count} weights from 0 on, not all of them 0")
        return (1.0,) * count
    mean = sum(weights) / count
    return tuple(weight / mean for weight in weights)


def drawn(mean: float, chance: random.Random) -> int:
    """Return how many happen where `mean` do on average (Poisson).

    Knuth's way is exact for small means; large ones are near enough to a normal.
    """
    if mean > LARGE:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count
