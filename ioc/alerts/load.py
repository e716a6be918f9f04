"""What a room has to bear: how much waits, how much came, how fast it was taken."""

from datetime import datetime, timedelta

from ioc.alerts import measures
from ioc.alerts.model import Backlog, Handled
from ioc.centre import Centre
from ioc.db import transact


def backlog(centre: Centre) -> Backlog:
    """Return how many alerts wait now, and how many nobody has taken in time."""
    return transact(centre.engine, lambda conn: measures.backlog(conn, centre.now()))


def raised_by(
    centre: Centre, start: datetime, end: datetime, step: timedelta
) -> dict[datetime, int]:
    """Return how many alerts were raised in each `step` from `start`; empty steps are left out."""
    return transact(centre.engine, lambda conn: measures.raised_by(conn, start, end, step))


def handled(centre: Centre, start: datetime, end: datetime) -> Handled:
    """Return what was raised and closed in start <= t < end, and how fast it was acknowledged."""
    return transact(centre.engine, lambda conn: measures.handled(conn, start, end))
