"""When a request is to be acknowledged and answered. Pure."""

from datetime import date, datetime, timedelta

from ioc.errors import require_text
from ioc.subjects.model import RequestKind

SATURDAY = 5
LONGEST = 200


def workdays_after(day: date, n: int) -> date:
    """Return the day `n` working days after a day; weekends are none, holidays are not known.

    >>> workdays_after(date(2026, 11, 27), 2).isoformat()  # a Friday
    '2026-12-01'
    """
    while n:
        day += timedelta(days=1)
        n -= day.weekday() < SATURDAY
    return day


def answer_by(
    kind: RequestKind, received_at: datetime, access: timedelta, erasure: timedelta
) -> datetime:
    """Return until when a request is to be answered."""
    return received_at + (access if kind is RequestKind.ACCESS else erasure)


def require_checked(checked: str) -> str:
    """Return how it was made sure who asks.

    Raises:
        InvalidInput: it says nothing, or does not print.
    """
    return require_text("checked", checked, LONGEST)
