"""Days to report of: what was counted on each, put into the tallies as facts put it there."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import sin

from ioc import tally
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.places import FacilitySort, PlaceKind

DAY = timedelta(days=1)
CLASSES = {"green": 0.68, "yellow": 0.27, "red": 0.05}
# Of the points of the city, so many: enough to be silent, to lead and to lie in every district.
EVERY = 9
Counts = dict[tuple[str, str, datetime], int]


def a_day(centre: Centre, day: date, size: float = 1.0) -> Counts:
    """Return what is counted on a day of the city, by metric, place and instant."""
    start, _ = day_bounds(day, centre.city.zone)
    evening = start + timedelta(hours=23, minutes=50)
    size *= 1 + 0.12 * sin(day.toordinal() * 1.7)
    counts = _health(centre, day, start + timedelta(hours=12), size)
    for n, point in enumerate(centre.city.of_kind(PlaceKind.POINT, day)[::EVERY]):
        if n % 19 != 7:
            counts["scan.in", point.id, evening] = round((200 + 9 * (n % 90)) * size)
    gates = [c for c in centre.city.cameras.values() if c.road_class == "gate"]
    for n, gate in enumerate(gates):
        seen = {name: round(250 * size * share / (n + 1)) for name, share in CLASSES.items()}
        at = start + timedelta(hours=8)
        counts |= {(f"entry.vehicle.{name}", gate.id, at): k for name, k in seen.items()}
        counts["entry.vehicle", gate.id, at] = sum(seen.values())
    counts |= {("read", name, evening): 90 for name in list(centre.city.cameras)[:203]}
    people = round(4_800 * size)
    counts["entry.person", "my-chanh", evening] = people // 2
    counts["entry.person", "hai-van-tunnel", evening] = people - people // 2
    for n, unit in enumerate(centre.city.units_on(day)):
        counts["card.issued", unit.code, evening] = round((n % 60 + 3) * size)
        counts["report.received", unit.code, evening] = n % 3 // 2 * 2
        counts["report.closed", unit.code, evening] = n % 7 // 5 * 2
    counts["call", "19001075", evening] = round(1_480 * size)
    counts["call.in", "19001075", evening] = round(1_270 * size)
    return {key: n for key, n in counts.items() if n}


def _health(centre: Centre, day: date, at: datetime, size: float) -> Counts:
    """Return what facilities gave and tested; on paper stands a little more."""
    counts: Counts = {}
    for n, one in enumerate(centre.city.of_kind(PlaceKind.FACILITY, day)):
        if one.sort is FacilitySort.TESTING:
            counts["test", one.id, at] = round((2 + n % 5) * size) if n % 31 else 0
        else:
            given = round((60 + n % 30) * size)
            counts["dose", one.id, at + timedelta(hours=11, minutes=50)] = given
            counts["paper.dose", one.id, at + timedelta(hours=11, minutes=50)] = given + n % 4
    return counts


def days_before(centre: Centre, count: int) -> list[date]:
    """Return whole days of the city before now, the oldest first."""
    today = local_day(centre.now(), centre.city.zone)
    return [today - DAY * n for n in range(count, 0, -1)]


def count_days(centre: Centre, days: Iterable[date], size: float = 1.0) -> None:
    """Put days into the tallies."""
    for day in days:
        counted = a_day(centre, day, size)
        transact(centre.engine, lambda conn, counts=counted: tally.add(conn, counts))
