"""What came in today by metric, against the same weekday and hour of past weeks."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from ioc import series, sums
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.places import City, Point
from ioc.snapshot import Stream
from ioc.usual import like_days, usual_band

DAY = timedelta(days=1)


def streams(
    conn: Connection, centre: Centre, metrics: Mapping[str, Sequence[str]], now: datetime
) -> dict[str, Stream]:
    """Return each stream as of `now`; `metrics` says which are counted together, by its name."""
    zone = centre.city.zone
    today = local_day(now, zone)
    past = like_days(today)
    every = [metric for group in metrics.values() for metric in group]
    counted = series.by_hour(conn, every, [today, *past], zone)
    newest = series.newest(conn, every, day_bounds(today - DAY, zone)[0])

    def hours_on(group: Sequence[str], day: date) -> tuple[int, ...]:
        return tuple(map(sum, zip(*(counted[metric, day] for metric in group), strict=True)))

    found = {}
    for name, group in metrics.items():
        hours = hours_on(group, today)
        days = {day: hours_on(group, day) for day in past}
        at = max((newest[metric] for metric in group if metric in newest), default=None)
        found[name] = Stream(
            today=sum(hours),
            hours=hours,
            band=usual_band(days),
            weeks=sum(any(counts) for counts in days.values()),
            newest_at=None if at is None else min(at, now),
        )
    return found


def by_site(
    conn: Connection, metrics: Sequence[str], day: date, city: City
) -> tuple[tuple[str, int], ...]:
    """Return counts of a day by name: the points of one site together, most first."""
    found: dict[str, int] = {}
    for (_, name), n in sums.between(conn, metrics, day, day, city.zone).items():
        point = city.places.get(name)
        site = point.site if isinstance(point, Point) else None
        found[site or name] = found.get(site or name, 0) + n
    named = [(_name(name, city), n) for name, n in found.items()]
    return tuple(sorted(named, key=lambda pair: (-pair[1], pair[0])))


def _name(name: str, city: City) -> str:
    place = city.places.get(name)
    return place.name if place else name
