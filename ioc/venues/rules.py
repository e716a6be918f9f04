"""Who is admitted, by the rules of a city; how many are inside, and of which day. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ioc.venues.model import Admission, AdmissionFacts, Occupancy
from ioc.venues.rulebook import AdmissionBook


def admit(facts: AdmissionFacts, book: AdmissionBook) -> Admission:
    """Return the answer of the first rule that fits; the last one fits everything."""
    for rule in book.rules:
        if all(getattr(facts, word) in wanted for word, wanted in rule.when.items()):
            return Admission(rule.admit, rule.reason)
    raise AssertionError("the last rule fits everything")


def is_active(states: Sequence[tuple[datetime, bool]], at: datetime) -> bool:
    """Tell whether a point is active at an instant; `states` are its changes, oldest first.

    A point that nobody ever changed is active while it exists.
    """
    found = True
    for since, active in states:
        if since > at:
            break
        found = active
    return found


def counting_day(at: datetime, zone: ZoneInfo, begins: time) -> date:
    """Return the day that an instant is counted in: it begins at an hour when nobody is inside.

    >>> counting_day(datetime.fromisoformat("2021-10-04T02:00+07:00"), ZoneInfo("Asia/Ho_Chi_Minh"),
    ...     time(3))
    datetime.date(2021, 10, 3)
    """
    local = at.astimezone(zone)
    return local.date() if local.time() >= begins else local.date() - timedelta(days=1)


def begin_of(day: date, zone: ZoneInfo, begins: time) -> datetime:
    """Return the instant at which a counting day begins."""
    return datetime.combine(day, begins, zone)


def share_by(days: Sequence[Sequence[int]], local: datetime) -> float | None:
    """Return what share of whole days, given by their hours, is counted by the time of `local`.

    None where nothing was counted at all.

    >>> share_by([[0] * 8 + [10] * 10 + [0] * 6], datetime.fromisoformat("2021-10-04T10:30"))
    0.25
    """
    whole = sum(map(sum, days))
    if not whole:
        return None
    full, part = local.hour, local.minute / 60
    return sum(sum(hours[:full]) + hours[full] * part for hours in days) / whole


def inside(
    site: str,
    counts: tuple[int, int],
    day: tuple[datetime, datetime | None],
    capacity: int | None,
    left_over: int = 0,
) -> Occupancy:
    """Return how many are inside; `counts` are in and out, `day` its begin and its last scan."""
    ins, outs = counts
    since, last_at = day
    return Occupancy(
        site, max(0, ins - outs), capacity, ins, outs, since, last_at, max(0, left_over)
    )
