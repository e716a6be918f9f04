"""Who was there when somebody was: the people scanned at the points where he was, near the time.

A contact is a person by his reference, never a name; who looks says why first, and it is audited.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ioc import audit
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.lookups.model import Purpose
from ioc.venues.model import Visit
from ioc.venues.service import visits_at, visits_of

# A contact is traced over two weeks; what is asked beyond it is asked for something else.
LONGEST = timedelta(days=21)
AROUND = timedelta(minutes=30)
# Of one point so many scans are looked at around one visit.
MOST = 10_000


@dataclass(frozen=True)
class Contact:
    """Somebody who was at a point near the time of another: how often, and how near at least.

    `times` counts his scans beside those of the other; `gap` is the shortest time between two.
    """

    person: str
    points: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    times: int
    gap: timedelta


@dataclass(frozen=True)
class Trace:
    """Where a person was, and who else; `is_cut` where a point saw more than is looked at."""

    visits: Sequence[Visit]
    contacts: Sequence[Contact]
    is_cut: bool


def trace(
    centre: Centre,
    person: str,
    span: tuple[datetime, datetime],
    why: Purpose,
    around: timedelta = AROUND,
) -> Trace:
    """Return who was where a person was in start <= t < end, whoever was nearest to him first.

    Its cost grows with his visits and with what happened around them, not with what is stored.

    Raises:
        InvalidInput: the span is empty, or longer than three weeks.
    """
    start, end = span
    if not start < end <= start + LONGEST:
        raise InvalidInput("span", f"must be more than none, and {LONGEST.days} days at most")
    detail = {"case": why.case, "from": start, "until": end, "around_s": around.total_seconds()}
    audit.record(centre, why.actor, "person_traced", f"person:{person}", why.purpose, detail)
    visits = visits_of(centre, [person], start, end)
    contacts: dict[str, Contact] = {}
    is_cut = False
    for point, since, until in _spans(visits, around):
        near = visits_at(centre, point, since, until, MOST)
        is_cut = is_cut or len(near) == MOST
        at = [visit.scanned_at for visit in visits if visit.point == point]
        for other in near:
            if other.person != person:
                gap = min(abs(other.scanned_at - mine) for mine in at)
                contacts[other.person] = _with(contacts.get(other.person), other, gap)
    found = sorted(contacts.values(), key=lambda one: (one.gap, -one.times, one.person))
    return Trace(visits, found, is_cut)


def _spans(visits: Sequence[Visit], around: timedelta) -> Iterator[tuple[str, datetime, datetime]]:
    """Yield the times around the visits of each point, those that overlap as one."""
    by_point: dict[str, list[datetime]] = {}
    for visit in visits:
        by_point.setdefault(visit.point, []).append(visit.scanned_at)
    for point, instants in sorted(by_point.items()):
        since = until = instants[0]
        for at in instants[1:]:
            if at - around > until + around:
                yield point, since - around, until + around
                since = at
            until = at
        yield point, since - around, until + around


def _with(known: Contact | None, other: Visit, gap: timedelta) -> Contact:
    if known is None:
        at = other.scanned_at
        return Contact(other.person, (other.point,), at, at, 1, gap)
    points = known.points if other.point in known.points else (*known.points, other.point)
    return replace(
        known,
        points=points,
        first_at=min(known.first_at, other.scanned_at),
        last_at=max(known.last_at, other.scanned_at),
        times=known.times + 1,
        gap=min(known.gap, gap),
    )
