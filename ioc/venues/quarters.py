"""Quarter-hours of UTC with the days they lie in, remembered: a scan's day costs one look.

Every zone is a whole number of quarters from UTC, and the counting day begins on one: all instants
of a quarter lie on the same days.
"""

from datetime import UTC, date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ioc.clock import local_day
from ioc.venues.rules import counting_day

QUARTER_S = 900
MOST = 10_000


class Quarter(NamedTuple):
    """A quarter-hour: its start, the city's day, and the day that who is inside is counted in."""

    start: datetime
    day: date
    counted_on: date


class Quarters:
    """Finds quarters for one city by their number since 1970."""

    def __init__(self, zone: ZoneInfo, day_begins: time) -> None:
        """Begin with none."""
        self._zone, self._begins = zone, day_begins
        self._known: dict[int, Quarter] = {}

    def at(self, number: int) -> Quarter:
        """Return the quarter of a number: the seconds since 1970 divided by 900."""
        quarter = self._known.get(number)
        if quarter is None:
            start = datetime.fromtimestamp(number * QUARTER_S, UTC)
            on = counting_day(start, self._zone, self._begins)
            quarter = Quarter(start, local_day(start, self._zone), on)
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[number] = quarter
        return quarter
