"""One day of a city as its tallies tell it: each question is asked of the store once."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection

from ioc import sums
from ioc.briefings import counted
from ioc.briefings.behind import Overdue
from ioc.briefings.book import BriefingBook, FigureRule
from ioc.briefings.model import FigureContext
from ioc.clock import day_bounds
from ioc.permits.model import PermitClass
from ioc.places import City
from ioc.reports import measures
from ioc.whereabouts import unit_finder

DAY = timedelta(days=1)
CLASSES = (*(one.value for one in PermitClass), "none")
ByPlace = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Day:
    """One day of a city, read through one connection."""

    conn: Connection
    city: City
    book: BriefingBook
    day: date

    @cached_property
    def bounds(self) -> tuple[datetime, datetime]:
        """Return the day's first instant and that of the next day."""
        return day_bounds(self.day, self.city.zone)

    @cached_property
    def today(self) -> ByPlace:
        """Return every metric of the report on the day, by place."""
        return self.on(self.day)

    @cached_property
    def day_before(self) -> ByPlace:
        """Return the same of the day before."""
        return self.on(self.day - DAY)

    def on(self, day: date) -> ByPlace:
        """Return every metric of the report on a day, by place."""
        return sums.between(self.conn, self.metrics, day, day, self.city.zone)

    @cached_property
    def held(self) -> ByPlace:
        """Return every metric of the report to date, by place."""
        return counted.to_date(self.conn, self.metrics, self.day, self.city.zone)

    @cached_property
    def days(self) -> Mapping[tuple[str, date], int]:
        """Return every metric of the report by day."""
        first = self.day - DAY * (self.book.days - 1)
        return counted.by_day(self.conn, self.metrics, first, self.day, self.city.zone)

    @cached_property
    def newest(self) -> Mapping[str, datetime]:
        """Return until when each metric was counted."""
        return counted.newest(self.conn, self.metrics, self.bounds[1])

    @cached_property
    def late(self) -> Mapping[str, int]:
        """Return how much of each metric came in after the day was closed."""
        return counted.late(self.conn, self.metrics, self.day)

    @cached_property
    def overdue(self) -> Mapping[str, Overdue]:
        """Return what was overdue at the end of the day, by agency."""
        return measures.overdue_at(self.conn, self.bounds[1])

    @cached_property
    def metrics(self) -> list[str]:
        """Return every metric that a figure or a source of the report counts."""
        figures = [m for one in self.book.figures for m in metrics_of(one)]
        return sorted({*figures, *(m for one in self.book.sources for m in one.metrics)})

    def units(self, metrics: Sequence[str], counts: ByPlace) -> dict[str, int]:
        """Return counts by unit; what lies in none is left out."""
        found: Counter[str] = Counter()
        for (metric, place), n in counts.items():
            if metric in metrics and (unit := self.unit_of(place)) is not None:
                found[unit] += n
        return dict(found)

    @cached_property
    def unit_of(self) -> Callable[[str], str | None]:
        """Return what tells the unit of the day that a place lies in."""
        return unit_finder(self.day, self.city)


def metrics_of(rule: FigureRule) -> list[str]:
    """Return every metric that a figure asks for."""
    classes = rule.context is FigureContext.CLASSES
    parts = [f"{metric}.{name}" for metric in rule.metrics for name in CLASSES] if classes else []
    return [*rule.metrics, *rule.less, *rule.against, *rule.part, *parts]
