"""Counts by quarter-hour, gathered into the city's hours. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)


def hour_of(at: datetime, day_start: datetime) -> datetime:
    """Return the start of the city's hour that holds `at`, also where zones have half hours."""
    return day_start + (at - day_start) // HOUR * HOUR


def by_hour(
    counts: Mapping[tuple[str, datetime], int], day_start: datetime
) -> dict[tuple[datetime, str], int]:
    hours: dict[tuple[datetime, str], int] = {}
    for (metric, bucket), n in counts.items():
        key = (hour_of(bucket, day_start), metric.rpartition(".")[2])
        hours[key] = hours.get(key, 0) + n
    return hours


def sums_of(counts: Mapping[tuple[str, datetime], int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (metric, _), n in counts.items():
        sums[metric] = sums.get(metric, 0) + n
    return sums
