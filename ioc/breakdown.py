"""One figure taken apart: by unit, by hour or by day, with where it comes from and what it lacks.

Asked of tallies over a bounded span, so that it costs the same on day 1 and on day 1,000.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import Connection

from ioc import series, sums
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.errors import InvalidInput, NotFound
from ioc.overview import Definition, load_definitions, places_in_state
from ioc.places import City
from ioc.upkeep import CHARTS
from ioc.whereabouts import unit_finder

DAY = timedelta(days=1)
EARLIEST = date(2000, 1, 1)
Key = str | None
Metrics = Sequence[str]


class By(StrEnum):
    """What a figure is taken apart by."""

    UNIT = "unit"
    HOUR = "hour"
    DAY = "day"


# The longest spans: beyond them an answer would no longer come at a fixed cost.
MOST_DAYS: Mapping[By, int] = {By.UNIT: 7, By.HOUR: 14, By.DAY: 59}
# Of days whose quarter-hours are gone, which are summed over their places; of places counted once.
MOST_OLD_DAYS, MOST_DISTINCT_DAYS = 14, 31


@dataclass(frozen=True)
class Span:
    """Days of the city, first <= day < until."""

    first: date
    until: date

    @property
    def last(self) -> date:
        """Return the last day counted."""
        return self.until - DAY

    def days(self) -> list[date]:
        """Return every day of it."""
        return [self.first + DAY * n for n in range((self.until - self.first).days)]


@dataclass(frozen=True)
class Part:
    """One part of a figure: `key` is a unit's id (None: of no unit), an hour's start or a day.

    `against` is the same part of the figure it is reconciled with, None where there is none.
    """

    key: str | None
    n: int
    against: int | None = None


@dataclass(frozen=True)
class Breakdown:
    """A figure taken apart, as of one instant.

    Attributes:
        metrics: what was counted; the first word of each names its source.
        against: the figure it is reconciled with; its gap is what the source itself lacks.
    """

    as_of: datetime
    figure: Definition
    by: By
    span: Span
    parts: tuple[Part, ...]
    against: Definition | None

    @property
    def n(self) -> int:
        """Return the sum of the parts; of a distinct figure it is no count of places."""
        return sum(part.n for part in self.parts)

    @property
    def gap(self) -> int | None:
        """Return by how much the figure falls short of the one it is reconciled with."""
        if self.against is None:
            return None
        return sum(part.against or 0 for part in self.parts) - self.n


def break_down(centre: Centre, name: str, by: By, span: Span | None) -> Breakdown:
    """Return a figure by unit, hour or day; without a span, that of today.

    Raises:
        NotFound: no figure has this name.
        InvalidInput: the span is too long or too old, or the figure has no such parts.
    """
    now, city = centre.now(), centre.city
    defined = {f.name: f for f in load_definitions(centre.settings.city_dir / "figures.toml")}
    if name not in defined:
        raise NotFound("figure", name)
    figure = defined[name]
    today = local_day(now, city.zone)
    asked = span or Span(today, today + DAY)
    _require_span(asked, by, today)
    if figure.origin == "distinct" and len(asked.days()) > MOST_DISTINCT_DAYS:
        raise InvalidInput("from", f"of places, at most {MOST_DISTINCT_DAYS} days can be asked for")
    against = defined[figure.against] if figure.against else None
    counted = partial(_counted, centre, by=by, span=asked)
    own = counted(figure)
    other = counted(against) if against is not None else None
    keys = sorted(own.keys() | (other or {}).keys(), key=lambda key: (key is None, key or ""))
    parts = tuple(Part(key, own[key], other[key] if other is not None else None) for key in keys)
    return Breakdown(now, figure, by, asked, parts, against)


def _require_span(span: Span, by: By, today: date) -> None:
    length = (span.until - span.first).days
    if length < 1:
        raise InvalidInput("until", "is not after from")
    if span.first < EARLIEST:
        raise InvalidInput("from", f"nothing was counted before {EARLIEST.isoformat()}")
    if span.last > today:
        raise InvalidInput("until", "lies in the future")
    if length > MOST_DAYS[by]:
        raise InvalidInput("from", f"by {by.value}, at most {MOST_DAYS[by]} days can be asked for")
    is_old = _is_old(span, today)
    if by is By.HOUR and is_old:
        raise InvalidInput("from", f"hours are kept for {CHARTS.days} days")
    if is_old and length > MOST_OLD_DAYS:
        why = f"of days more than {CHARTS.days} days ago, at most {MOST_OLD_DAYS} can be asked for"
        raise InvalidInput("from", why)


def _is_old(span: Span, today: date) -> bool:
    """Tell whether quarter-hours of the span may be gone."""
    return span.first <= today - CHARTS


def _counted(centre: Centre, figure: Definition, by: By, span: Span) -> Counter[Key]:
    if figure.origin == "state":
        return _of_state(centre, figure, by)

    def work(conn: Connection) -> Counter[Key]:
        if figure.origin == "distinct":
            return _of_places(conn, figure.metrics, centre.city, by, span)
        if by is By.UNIT:
            return _by_unit(conn, figure.metrics, centre.city, span)
        if by is By.HOUR:
            return _by_hour(conn, figure.metrics, centre.city, span)
        return _by_day(conn, figure.metrics, span, centre)

    found = transact(centre.engine, work)
    if by is not By.HOUR:
        return found
    # Hours that have not begun are no noughts.
    now = centre.now()
    return Counter({key: n for key, n in found.items() if datetime.fromisoformat(key or "") <= now})


def _by_unit(conn: Connection, metrics: Metrics, city: City, span: Span) -> Counter[Key]:
    found: Counter[Key] = Counter()
    unit_of = unit_finder(span.last, city)
    counted = sums.of_places(conn, metrics, span.first, span.last, city.zone)
    for place, n in counted.items():
        found[unit_of(place)] += n
    return found


def _by_hour(conn: Connection, metrics: Metrics, city: City, span: Span) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for (_, day), hours in series.by_hour(conn, metrics, span.days(), city.zone).items():
        start, _ = day_bounds(day, city.zone)
        for n, count in enumerate(hours):
            found[(start + timedelta(hours=n)).astimezone(city.zone).isoformat()] += count
    return found


def _by_day(conn: Connection, metrics: Metrics, span: Span, centre: Centre) -> Counter[Key]:
    zone = centre.city.zone
    today = local_day(centre.now(), zone)
    counted = series.of_old_days if _is_old(span, today) else series.by_day
    found = _noughts(span)
    for day, n in counted(conn, metrics, span.first, span.last, zone).items():
        found[day.isoformat()] += n
    return found


def _of_places(conn: Connection, metrics: Metrics, city: City, by: By, span: Span) -> Counter[Key]:
    if by is By.HOUR:
        raise InvalidInput("by", "places are counted once a day: ask by unit or by day")
    if by is By.UNIT:
        active = series.places(conn, metrics, span.first, span.last)
        return Counter(map(unit_finder(span.last, city), active))
    found = _noughts(span)
    for day, n in series.places_by_day(conn, metrics, span.first, span.last).items():
        found[day.isoformat()] += n
    return found


def _noughts(span: Span) -> Counter[Key]:
    return Counter({day.isoformat(): 0 for day in span.days()})


def _of_state(centre: Centre, figure: Definition, by: By) -> Counter[Key]:
    if by is not By.UNIT:
        raise InvalidInput("by", f"{figure.name} is a state of this moment: ask by unit")
    unit_of = unit_finder(local_day(centre.now(), centre.city.zone), centre.city)
    found: Counter[Key] = Counter()
    for metric in figure.metrics:
        for place, n in places_in_state(centre, metric).items():
            found[unit_of(place)] += n
    return found
