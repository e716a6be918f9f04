"""What the desk of scans looks at: each point against its usual, who is inside, who was refused."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from ioc import series, sums
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import NotFound
from ioc.listing import Ask, Listed, Source, read
from ioc.places import PlaceKind, Point, PointSort
from ioc.usual import LEAST_WEEKS, like_days
from ioc.venues import store
from ioc.venues.model import PointState
from ioc.venues.rules import is_active, share_by
from ioc.venues.service import require_point
from ioc.venues.tallies import IN, OUT, TURNED_AWAY

METRICS = (IN, OUT, TURNED_AWAY)
# Fewer than so many usual scans by now: that none came says nothing yet.
TELLING = 5


@dataclass(frozen=True)
class PointDay:
    """One point today, so far, against the same weekday of past weeks.

    Attributes:
        usual: the median of whole like days; None while fewer than usual.LEAST_WEEKS were counted.
        usual_now: what of it is usual by now, by the hours of the whole city.
        days: the whole like days that were counted, the last first.
    """

    point: str
    unit: str
    site: str | None
    sort: PointSort
    state: PointState
    ins: int
    outs: int
    turned_away: int
    usual: float | None
    usual_now: float | None
    days: tuple[tuple[date, int], ...] = ()

    @property
    def scans(self) -> int:
        """Return the scans of today so far."""
        return self.ins + self.outs


@dataclass(frozen=True)
class Past:
    """The like days of past weeks: of each point its whole days, of the city their hours."""

    today: date
    learnt_at: datetime
    days: Mapping[str, tuple[tuple[date, int], ...]]
    usual: Mapping[str, float]
    hours: Sequence[Sequence[int]]


# Days that are over change only by what comes late: they are learnt anew every ten minutes.
FRESH = timedelta(minutes=10)
_known: WeakKeyDictionary[Engine, Past] = WeakKeyDictionary()


def points_today(centre: Centre, places: Container[str] | None = None) -> list[PointDay]:
    """Return every point of today that lies in `places`, of the whole city for None."""
    now, zone = centre.now(), centre.city.zone
    today = local_day(now, zone)

    def work(
        conn: Connection,
    ) -> tuple[dict[tuple[str, str], int], Mapping[str, Sequence[tuple[datetime, bool]]]]:
        return sums.between(conn, METRICS, today, today, zone), store.point_states(conn)

    counts, states = transact(centre.engine, work)
    past = _past(centre, today, now)
    share = share_by(past.hours, now.astimezone(zone))
    found = []
    for place in centre.city.of_kind(PlaceKind.POINT, today):
        if not isinstance(place, Point) or (places is not None and place.id not in places):
            continue
        ins, outs, away = (counts.get((metric, place.id), 0) for metric in METRICS)
        usual = past.usual.get(place.id)
        by_now = None if usual is None or share is None else usual * share
        is_open = is_active(states.get(place.id, ()), now)
        state = _state(ins + outs, by_now, is_open=is_open)
        found.append(
            PointDay(
                *(place.id, place.unit, place.site, place.sort, state, ins, outs, away),
                *(usual, by_now, past.days.get(place.id, ())),
            )
        )
    return found


def _past(centre: Centre, today: date, now: datetime) -> Past:
    held = _known.get(centre.engine)
    if held is not None and held.today == today and abs(now - held.learnt_at) < FRESH:
        return held
    like, zone = like_days(today), centre.city.zone

    def work(conn: Connection) -> tuple[Mapping[str, Mapping[date, int]], list[tuple[int, ...]]]:
        days = sums.by_day_and_place(conn, (IN, OUT), like, zone)
        return days, list(series.by_hour(conn, (IN, OUT), like, zone).values())

    counted, hours = transact(centre.engine, work)
    days = {point: tuple(sorted(of.items(), reverse=True)) for point, of in counted.items()}
    usual = {
        point: float(median(n for _, n in whole))
        for point, whole in days.items()
        if len(whole) >= LEAST_WEEKS
    }
    past = Past(today, now, days, usual, hours)
    _known[centre.engine] = past
    return past


def point_today(centre: Centre, name: str) -> PointDay:
    """Return one point today.

    Raises:
        NotFound: the city has none of this id today.
    """
    require_point(centre, name)
    found = points_today(centre, {name})
    if not found:
        raise NotFound("point", name)
    return found[0]


def changes_of(centre: Centre, name: str) -> list[tuple[datetime, bool]]:
    """Return since when a point was opened or shut, oldest first."""
    return transact(centre.engine, store.point_states).get(name, [])


def list_of(
    centre: Centre, source: Source, ask: Ask, places: Sequence[str] | None = None
) -> Listed:
    """Return a page of a list of scans, at some points, at all for None."""
    now = centre.now()
    return transact(centre.engine, lambda conn: read(conn, source, ask, places, now=now))


def _state(scans: int, usual_now: float | None, *, is_open: bool) -> PointState:
    if not is_open:
        return PointState.SHUT
    if scans:
        return PointState.SCANNING
    is_expected = usual_now is not None and usual_now >= TELLING
    return PointState.SILENT if is_expected else PointState.QUIET
