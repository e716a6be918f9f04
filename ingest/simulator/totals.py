"""What a replay is to end in: replay.toml of a city, read, and its figures."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ioc.config import Entry
from ioc.document import read_toml
from ioc.errors import ConfigFault

STREAMS = ("vehicles", "cards", "scans", "doses", "paper", "tests", "calls")
# By stream: the figure that its facts are counted in.
FIGURES = {
    "vehicles": "vehicles_approved_total",
    "cards": "cards_total",
    "scans": "scans_total",
    "doses": "doses_total",
    "paper": "doses_reported_total",
    "tests": "tests_total",
    "calls": "calls_total",
}
# What each stream says besides its total, where that is not its first day alone.
MORE = {
    "vehicles": (),
    "paper": (),
    "scans": ("from_on", "points"),
    "doses": ("from_on", "second", "twice"),
    "tests": ("from_on", "facilities"),
}
UNDATED = ("vehicles", "paper")
MOST = 1_000_000_000
POINTS, FACILITIES = "points_active", "facilities_reporting"


@dataclass(frozen=True)
class Totals:
    """How many of each stream happened until a day.

    Attributes:
        counts: by stream; of `paper` how many doses were reported, not how many reports.
        from_on: by stream, the first day of what it counts.
        points, facilities: how many scanned and tested on the last day.
        second: how many of the doses are second ones.
        twice: how many of the doses are sent twice.
    """

    as_of: date
    counts: Mapping[str, int]
    from_on: Mapping[str, date]
    points: int
    facilities: int
    second: int
    twice: int

    def scaled(self, divisor: int) -> "Totals":
        """Return totals so many times smaller, rounded."""
        counts = {name: _divided(n, divisor) for name, n in self.counts.items()}
        second, twice = _divided(self.second, divisor), _divided(self.twice, divisor)
        return Totals(
            self.as_of,
            counts,
            self.from_on,
            min(self.points, self.on_last_day("scans", counts)),
            min(self.facilities, self.on_last_day("tests", counts)),
            min(second, counts["doses"] // 2),
            twice,
        )

    def days(self, stream: str) -> int:
        """Return over how many days a stream goes."""
        return (self.as_of - self.from_on[stream]).days + 1

    def on_last_day(self, stream: str, counts: Mapping[str, int] | None = None) -> int:
        """Return how many of a stream are of its last day: the rest goes there too."""
        count, days = (counts or self.counts)[stream], self.days(stream)
        return count - count // days * (days - 1)

    def figures(self, only: Collection[str] = ()) -> dict[str, int]:
        """Return the figures that a centre shows after all of it, or after some streams of it."""
        streams = [name for name in STREAMS if not only or name in only]
        made = {FIGURES[name]: self.counts[name] for name in streams}
        distinct = {"scans": (POINTS, self.points), "tests": (FACILITIES, self.facilities)}
        return made | dict(distinct[name] for name in streams if name in distinct)


def load_totals(file: Path) -> Totals:
    """Return what a city counted.

    Raises:
        ConfigFault: the file is wrong; of many faults the first.
    """
    totals, faults = read_totals(file)
    if totals is None:
        raise faults[0]
    return totals


def read_totals(file: Path) -> tuple[Totals | None, list[ConfigFault]]:
    """Return what a city counted, None where the file has a fault; and every fault of it."""
    faults: list[ConfigFault] = []
    document = read_toml(file, faults)
    if document is None:
        return None, faults
    root = document.root()
    root.only(("as_of", *STREAMS))
    as_of = root.day("as_of")
    if as_of is None and not faults:
        root.fault("as_of", "is missing")
    tables = {name: document.table(name) for name in STREAMS}
    for name, table in tables.items():
        table.only(("total", *MORE.get(name, ("from_on",))))
    from_on = {name: _first_day(tables[name], as_of) for name in STREAMS if name not in UNDATED}
    counts = {name: tables[name].count("total", 1, MOST) for name in STREAMS}
    points, facilities = tables["scans"].count("points", 1), tables["tests"].count("facilities", 1)
    second, twice = tables["doses"].count("second"), tables["doses"].count("twice")
    if counts["paper"] < counts["doses"]:
        tables["paper"].fault("total", "is less than the doses on the platform")
    if 2 * second > counts["doses"]:
        tables["doses"].fault("second", "is more than half of the doses")
    if faults or as_of is None:
        return None, faults
    return Totals(as_of, counts, from_on, points, facilities, second, twice), faults


def _first_day(table: Entry, as_of: date | None) -> date:
    day = table.day("from_on")
    if day is None or (as_of is not None and day > as_of):
        table.fault("from_on", "is a day until as_of")
    return day or date.min


def _divided(n: int, divisor: int) -> int:
    return max(1, round(n / divisor))
