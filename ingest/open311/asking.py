"""Which service requests are asked for, by the parameters of the standard and common extensions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from ioc.clock import day_bounds
from ioc.errors import InvalidInput, NotFound
from ioc.places import City
from ioc.reports.model import ReportState, Wanted
from ioc.reports.offered import Catalogue
from ioc.reports.rules import CLOSED, OPEN

T = TypeVar("T")

SPAN = timedelta(days=90)
MOST, MOST_PAGES = 1_000, 100_000
FIRST_YEAR, LAST_YEAR = 1970, 2200
STATUS = {"open": OPEN, "closed": CLOSED}


@dataclass(frozen=True)
class Asked:
    """The parameters of GET requests, as they came."""

    service_request_id: str | None = None
    service_code: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    status: str | None = None
    updated_after: str | None = None
    updated_before: str | None = None
    page: str | None = None
    page_size: str | None = None


@dataclass(frozen=True)
class Page:
    """What is asked for, and which part of it."""

    wanted: Wanted
    number: int
    size: int


def page_of(asked: Asked, now: datetime, zone: ZoneInfo) -> Page:
    """Return what is asked for: the last 90 days where no days are named, 1,000 at most.

    Raises:
        InvalidInput: a parameter is wrong, or the span is longer than 90 days.
    """
    number = _count("page", asked.page, 1, MOST_PAGES)
    size = _count("page_size", asked.page_size, MOST, MOST)
    refs = _words(asked.service_request_id)
    if refs is not None:
        return Page(Wanted(refs=refs), number, size)
    start, end = span_of(asked, now, zone)
    return Page(
        Wanted(
            services=_words(asked.service_code),
            states=_states(asked.status),
            received_from=start,
            received_until=end,
            changed_from=_instant("updated_after", asked.updated_after, zone),
            changed_until=_instant("updated_before", asked.updated_before, zone),
        ),
        number,
        size,
    )


def require_jurisdiction(city: City, given: str | None) -> None:
    """Refuse a jurisdiction that is not this city; naming none is well, for there is one.

    Raises:
        NotFound: it is another.
    """
    if given is not None and given.strip() not in ("", city.id):
        raise NotFound("jurisdiction_id", given[:80])


def require_service(catalogue: Catalogue, code: str) -> None:
    """Refuse a service that there is not.

    Raises:
        NotFound: there is none of this code.
    """
    if code not in catalogue.services:
        raise NotFound("service_code", code[:80])


def span_of(asked: Asked, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the span asked for, the last 90 days where no days are named.

    Raises:
        InvalidInput: a day is wrong, or the span is longer than 90 days.
    """
    start = _instant("start_date", asked.start_date, zone)
    end = _instant("end_date", asked.end_date, zone)
    if start is None and end is None:
        # What was said a moment ago by a clock that goes ahead is asked for as well.
        return now - SPAN, now + timedelta(days=1)
    if start is None:
        assert end is not None
        return end - SPAN, end
    if end is None:
        return start, start + SPAN
    if end < start:
        raise InvalidInput("end_date", "is earlier than start_date")
    if end - start > SPAN:
        raise InvalidInput("end_date", f"lies more than {SPAN.days} days after start_date")
    # The standard counts the last instant in.
    return start, end + timedelta(seconds=1)


def _states(given: str | None) -> tuple[ReportState, ...] | None:
    words = _words(given)
    if words is None:
        return None
    found: set[ReportState] = set()
    for word in words:
        if word in STATUS:
            found |= STATUS[word]
        elif word in set(ReportState):
            found.add(ReportState(word))
        else:
            raise InvalidInput("status", f"{word[:40]!r} is none of open, closed")
    return tuple(sorted(found))


def _words(given: str | None) -> tuple[str, ...] | None:
    if given is None or not given.strip():
        return None
    return tuple(word.strip() for word in given.replace("\0", "").split(",") if word.strip())[:MOST]


def _count(name: str, given: str | None, usual: int, most: int) -> int:
    if given is None or not given.strip():
        return usual
    if not given.isascii() or not given.isdigit() or not 1 <= int(given[:9]) <= most:
        raise InvalidInput(name, f"must lie between 1 and {most}")
    return int(given[:9])


def _instant(name: str, given: str | None, zone: ZoneInfo) -> datetime | None:
    """Return a time of the W3C's note on ISO 8601; a day alone is where it begins in the city."""
    if given is None or not given.strip():
        return None
    # A plus that was not written %2B arrives as a space.
    text = given.strip().replace(" ", "+")
    day = _or_none(date.fromisoformat, text) if len(text) == len("2021-10-04") else None
    at = day_bounds(day, zone)[0] if day is not None else _or_none(datetime.fromisoformat, text)
    if at is None or at.tzinfo is None or not FIRST_YEAR < at.year < LAST_YEAR:
        raise InvalidInput(name, "must be a time like 2021-10-04T14:32:08+07:00")
    return at.astimezone(UTC)


def _or_none(read: Callable[[str], T], text: str) -> T | None:
    try:
        return read(text)
    except ValueError:
        return None
