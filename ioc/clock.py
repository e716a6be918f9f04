"""Instants, the city's days, and the quarter-hour buckets that tallies count in."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from ioc.errors import InvalidInput

Now = Callable[[], datetime]
BUCKET = timedelta(minutes=15)
# It goes on while the machine sleeps, where there is such a clock.
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def utc_now() -> datetime:
    """Return the machine's time, aware, in UTC."""
    return datetime.now(UTC)


def shifted_now(as_of: date, zone: ZoneInfo) -> Now:
    """Return a clock that runs on `as_of` at the city's present time of day.

    The shift is whole days of the city, fixed when the clock is made: the clock goes on running.
    """
    start = utc_now()
    shift = (start.astimezone(zone).date() - as_of).days
    return lambda: utc_now() - timedelta(days=shift)


class ClockWatch:
    """Tells how far a clock was set since this was made: by an error, by hand, by a time server."""

    def __init__(self, now: Now) -> None:
        """Begin to compare `now` with a clock that nobody can set."""
        self._now = now
        self._began = self._ahead_s()

    def moved(self) -> timedelta:
        """Return by how much it was set, forward or back."""
        return timedelta(seconds=abs(self._ahead_s() - self._began))

    def _ahead_s(self) -> float:
        return self._now().timestamp() - time.clock_gettime(STEADY)


def require_aware(field: str, at: datetime) -> datetime:
    """Return `at` in UTC; a naive time would be seven hours wrong in Huế.

    Raises:
        InvalidInput: `at` has no offset.
    """
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None or at.utcoffset() is None:
        raise InvalidInput(field, "the time has no offset from UTC")
    return at.astimezone(UTC)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the day of the city on which `at` lies."""
    return at.astimezone(zone).date()


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first instant of `day` in the city and the first of the next day, in UTC."""
    start = datetime.combine(day, time_of_day.min, zone)
    end = datetime.combine(day + timedelta(days=1), time_of_day.min, zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def bucket_of(at: datetime) -> datetime:
    """Return the start of the UTC quarter-hour that holds `at`.

    >>> bucket_of(datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)).isoformat()
    '2021-10-04T07:30:00+00:00'
    """
    if at.tzinfo is UTC and not (at.minute % 15 or at.second or at.microsecond):
        return at
    at = require_aware("at", at)
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
