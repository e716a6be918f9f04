"""How much happens at what hour of which day: rhythm.toml of a city. Pure."""

import math
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ioc.errors import ConfigFault

DAY_S = 86_400
LARGE = 50
SHARES = ("products", "kinds", "results", "media", "branches", "topics")


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
        ConfigFault: the file cannot be read, or lacks something.
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        streams = {name: _rhythm(told) for name, told in said["stream"].items()}
        stays = said["stays"]
        codes, points = _weights(said["codes"]), _weights(said["points"])
        shares = {name: _weights(said[name]) for name in SHARES}
        line, inbound = str(said["hotline"]["line"]), float(said["hotline"]["inbound"])
        shares["directions"] = {"in": inbound, "out": 100 - inbound}
        reports = {(one["code"], one["text"]): float(one["weight"]) for one in said["report"]}
        stay_s = float(stays["minutes"]) * 60
        scanned_out = float(stays["scanned_out"]) / 100
        return Habits(streams, points, scanned_out, stay_s, codes, shares, line, reports)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise ConfigFault(file, 0, f"{type(fault).__name__}: {fault}") from fault


def _rhythm(told: Mapping[str, object]) -> Rhythm:
    hours, weekdays = told["hours"], told["weekdays"]
    if not isinstance(hours, list) or not isinstance(weekdays, list):
        raise TypeError("hours and weekdays are lists")
    if len(hours) != 24 or len(weekdays) != 7:
        raise ValueError(f"{len(hours)} hours and {len(weekdays)} weekdays, not 24 and 7")
    return Rhythm(float(str(told["per_day"])), _even(hours), _even(weekdays))


def _weights(told: Mapping[str, object]) -> dict[str, float]:
    return {name: float(str(weight)) for name, weight in told.items()}


def _even(weights: list[float]) -> tuple[float, ...]:
    mean = sum(weights) / len(weights)
    if mean <= 0 or min(weights) < 0:
        raise ValueError("weights are not below 0, and not all 0")
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
