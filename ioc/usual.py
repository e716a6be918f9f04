"""What is usual at an hour: the spread of the same weekday and hour in past weeks. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import quantiles

WEEK = timedelta(days=7)
HOURS = 24
# Fewer weeks say nothing about what is usual; more would be of another season, and are not kept
# by the quarter-hour (upkeep.CHARTS).
LEAST_WEEKS, MOST_WEEKS = 4, 8

Hours = tuple[int, ...]


@dataclass(frozen=True)
class Band:
    """The usual range of each hour of a day: P10 to P90 of `weeks` like days.

    `low`, `high`: one value an hour, 24 of them; `low_so_far`, `high_so_far`: of the sums from
    midnight to the end of each hour, which are no sums of the hours' own ranges.
    """

    weeks: int
    low: tuple[float, ...]
    high: tuple[float, ...]
    low_so_far: tuple[float, ...]
    high_so_far: tuple[float, ...]


def like_days(day: date) -> tuple[date, ...]:
    """Return the days that `day` is compared with, the last first: same weekday, past weeks.

    >>> [like.isoformat() for like in like_days(date(2021, 10, 4))[:2]]
    ['2021-09-27', '2021-09-20']
    """
    return tuple(day - WEEK * n for n in range(1, MOST_WEEKS + 1))


def usual_band(days: Mapping[date, Sequence[int]]) -> Band | None:
    """Return the band of like days, each 24 counts by the hour; None while there are too few.

    A day on which nothing at all was counted is left out: then nobody counted.
    """
    counted = [tuple(hours) for hours in days.values() if any(hours)]
    if len(counted) < LEAST_WEEKS:
        return None
    low, high = _spread(counted)
    low_so_far, high_so_far = _spread([_running(hours) for hours in counted])
    return Band(len(counted), low, high, low_so_far, high_so_far)


def usual_by_now(band: Band, hour: float) -> tuple[float, float]:
    """Return the usual range of the sum from midnight until `hour` (14.5 is half past two)."""
    full = min(HOURS - 1, max(0, int(hour)))
    share = min(1.0, hour - full)

    def between(sums: tuple[float, ...]) -> float:
        before = sums[full - 1] if full else 0.0
        return before + (sums[full] - before) * share

    return between(band.low_so_far), between(band.high_so_far)


def is_awaited(band: Band | None, hour: int) -> bool:
    """Tell whether something is to come at this full hour (0 to 23); always where nobody knows.

    It is where on nine days of ten it came in this hour and in the one before: who opens at eight
    owes nothing at one past eight.
    """
    return band is None or (band.low[hour] > 0 and band.low[hour - 1] > 0)


def _spread(days: Sequence[Hours]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    deciles = [quantiles(values, n=10, method="inclusive") for values in zip(*days, strict=True)]
    return tuple(cut[0] for cut in deciles), tuple(cut[8] for cut in deciles)


def _running(hours: Hours) -> Hours:
    sums, so_far = [], 0
    for n in hours:
        so_far += n
        sums.append(so_far)
    return tuple(sums)
