"""What a replay is to end in: replay.toml of a city, read, and its figures."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

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
        ConfigFault: the file cannot be read, or lacks something.
    """
    try:
        said: Mapping[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        doses = said["doses"]
        totals = Totals(
            said["as_of"],
            {name: int(said[name]["total"]) for name in STREAMS},
            {name: said[name]["from_on"] for name in STREAMS if "from_on" in said[name]},
            int(said["scans"]["points"]),
            int(said["tests"]["facilities"]),
            int(doses["second"]),
            int(doses["twice"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise ConfigFault(file, 0, f"{type(fault).__name__}: {fault}") from fault
    if totals.counts["paper"] < totals.counts["doses"] or 2 * totals.second > doses["total"]:
        raise ConfigFault(
            file, 0, "doses: more on the platform than given, or more second than first"
        )
    return totals


def _divided(n: int, divisor: int) -> int:
    return max(1, round(n / divisor))
