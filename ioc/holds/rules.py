"""What a hold may be, and which tables are kept apart for it. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

from ioc.errors import InvalidInput
from ioc.holds.model import HeldKind, Kept
from ioc.subjects.holdings import IDENTITY, OF_PERSON, OF_PLATE, UNTOLD

LONGEST = 300
# Nothing is held for years unseen: whoever needs it longer says so again.
LONGEST_REVIEW = timedelta(days=366)
# What was refused has no index by whom it speaks of, and is gone after some weeks.
LEFT_OUT = frozenset({"refused"})
# By its plate, of which there is an index.
OF_ALERT = "plate = (SELECT a.plate FROM alerts AS a WHERE a.id = :alert) AND alert = :alert"


def kept_for(kind: HeldKind) -> Sequence[Kept]:
    """Return the tables that are kept for a kind of hold."""
    if kind is HeldKind.ALERT:
        return (
            Kept("alerts", "id = :alert"),
            Kept("alert_steps", "alert = :alert"),
            Kept("sightings", OF_ALERT),
        )
    known = (*IDENTITY, *OF_PERSON) if kind is HeldKind.PERSON else (*OF_PLATE, *UNTOLD)
    return [Kept(one.table, one.where) for one in known if one.table not in LEFT_OUT]


def require_review(review_on: date, today: date) -> date:
    """Return the day of a review.

    Raises:
        InvalidInput: it is not ahead, or further than a year.
    """
    if not today < review_on <= today + LONGEST_REVIEW:
        raise InvalidInput("review_on", "must lie ahead, within a year")
    return review_on
