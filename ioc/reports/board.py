"""How all open reports stand: by who holds them, by field, by place, against what is usual."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import quantiles
from typing import Any

from sqlalchemy import Connection, Row

from ioc import series, tally
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.reports import measures, store
from ioc.reports.model import Ageing, Case, Wanted
from ioc.reports.service import catalogue
from ioc.usual import LEAST_WEEKS, like_days

MONTH = timedelta(days=30)
DAY = timedelta(days=1)
# What makes the number of open reports grow, and what makes it smaller.
IN, OUT = ("report.received", "report.reopened"), ("report.closed",)
# The agencies whose reports somebody sees, None for all: `ioc.reports.routing.handled`.
Seen = frozenset[str] | None


@dataclass(frozen=True)
class Standings:
    """How open reports of one agency, field or unit stand; `ageing` holds their waiting."""

    key: str
    open: int
    overdue: int
    ageing: Ageing


@dataclass(frozen=True)
class Board:
    """The reports of a city, or those that some agencies hold, as they stand.

    Attributes:
        whole: all that are open; `usual` is the range it has at the end of like days, if known.
        received, closed: of today.
        reopened: within the last MONTH days.
        median: how long those took that were answered in that time, None when none was.
        unassigned: with the centre itself and not looked at; the oldest came at `unassigned_at`.
        agencies, groups, units: the same open reports by who holds them, by field, by place.
    """

    as_of: datetime
    whole: Standings
    usual: tuple[float, float] | None
    received: int
    closed: int
    reopened: int
    median: timedelta | None
    unassigned: int
    unassigned_at: datetime | None
    agencies: tuple[Standings, ...]
    groups: tuple[Standings, ...]
    units: tuple[Standings, ...]


def board(centre: Centre, seen: Seen) -> Board:
    """Return how the reports of the agencies `seen` stand now."""
    now, known = centre.now(), catalogue(centre)

    def work(conn: Connection) -> Board:
        rows = measures.standings(conn, seen, now, known.centre)
        groups = {code: service.group for code, service in known.services.items()}
        whole = _gathered("", rows)
        received, closed, reopened = _flow(conn, centre, seen, now)
        waiting = [row for row in rows if row.unassigned]
        return Board(
            as_of=now,
            whole=whole,
            usual=_usual(conn, centre, whole.open, now) if seen is None else None,
            received=received,
            closed=closed,
            reopened=reopened,
            median=measures.median(conn, seen, now - MONTH),
            unassigned=sum(row.unassigned for row in rows),
            unassigned_at=min((row.unassigned_at for row in waiting), default=None),
            agencies=_by(rows, lambda row: str(row.agency)),
            groups=_by(rows, lambda row: groups.get(row.service, "")),
            units=_by(rows, lambda row: str(row.unit)),
        )

    return transact(centre.engine, work)


def revision(centre: Centre) -> int:
    """Return what changes with every step that is taken with any report."""
    return transact(centre.engine, measures.last_step)


def find_by_number(centre: Centre, number: str) -> Case | None:
    """Return a report by the number people speak of, or by its id; None when there is none."""

    def work(conn: Connection) -> Case | None:
        ref = measures.ref_of_number(conn, int(number)) if number.isdigit() else None
        found = store.find(conn, [ref or number])
        return next(iter(found.values()), None)

    return transact(centre.engine, work)


def count(centre: Centre, wanted: Wanted) -> int:
    """Return how many reports are asked for; of those without a state that are open."""
    now = centre.now()
    return transact(centre.engine, lambda conn: store.count(conn, wanted, now))


def usual_open(
    open_now: int, flows: Mapping[date, int], like: Sequence[date], today: date
) -> tuple[float, float] | None:
    """Return P10 and P90 of how many reports were open at the end of each of the days `like`.

    `flows` is by how many their number grew on each day; what was open on an earlier day follows
    from what is open now. Days before the first that is known say nothing; None: too few are left.

    >>> from datetime import date
    >>> days = [date(2021, 10, 4) - timedelta(days=7 * n) for n in range(1, 5)]
    >>> usual_open(10, {date(2021, 9, 1): 8, date(2021, 10, 1): 2}, days, date(2021, 10, 4))
    (8.0, 8.0)
    """
    first = min(flows, default=today)
    ends = [
        open_now - sum(n for day, n in flows.items() if day > past)
        for past in like
        if past >= first
    ]
    if len(ends) < LEAST_WEEKS:
        return None
    deciles = quantiles(ends, n=10, method="inclusive")
    return deciles[0], deciles[8]


def _usual(
    conn: Connection, centre: Centre, open_now: int, now: datetime
) -> tuple[float, float] | None:
    zone = centre.city.zone
    today = local_day(now, zone)
    like = like_days(today)
    flows: dict[date, int] = {}
    for metrics, sign in ((IN, 1), (OUT, -1)):
        for day, n in series.by_day(conn, metrics, like[-1], today, zone).items():
            flows[day] = flows.get(day, 0) + sign * n
    return usual_open(open_now, flows, like, today)


def _flow(conn: Connection, centre: Centre, seen: Seen, now: datetime) -> tuple[int, int, int]:
    """Return how many came and ended today, and how many were reopened within a month.

    Tallies know places, no agencies: of those it is told by the log of a bounded time.
    """
    zone = centre.city.zone
    today = local_day(now, zone)
    if seen is not None:
        start = day_bounds(today, zone)[0]
        row = measures.flow(conn, seen, start, start + DAY - MONTH)
        return row.received, row.closed, row.reopened
    daily = tally.on_day(conn, [IN[0], *OUT], today, zone)
    reopened = tally.since(conn, [IN[1]], today + DAY - MONTH, zone)
    return daily[IN[0]], daily[OUT[0]], reopened


def _by(rows: Iterable[Row[Any]], key: Callable[[Row[Any]], str]) -> tuple[Standings, ...]:
    """Return the rows gathered by a key, the most open first."""
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    lines = [_gathered(name, some) for name, some in found.items()]
    return tuple(sorted(lines, key=lambda line: (-line.open, line.key)))


def _gathered(key: str, rows: Sequence[Row[Any]]) -> Standings:
    ageing = Ageing(
        (
            sum(row.day for row in rows),
            sum(row.three for row in rows),
            sum(row.week for row in rows),
            sum(row.longer for row in rows),
        ),
        min((row.oldest_at for row in rows), default=None),
    )
    overdue = sum(row.overdue for row in rows)
    return Standings(key, sum(ageing.steps), overdue, ageing)
