"""What a room has to bear: how much waits, how much came, how much of it was noise."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc.alerts import measures
from ioc.alerts.model import AlarmLoad, Backlog
from ioc.alerts.rules import flooded
from ioc.centre import Centre
from ioc.db import transact

STEP = timedelta(minutes=10)
LOOK = timedelta(hours=2)
# How long people sit in the room before others do.
SHIFT = timedelta(hours=8)
# What is raised this very moment counts: spans are open at their end.
MOMENT = timedelta(milliseconds=1)
LONGEST = timedelta(days=31)
NOISIEST = 10
MOST_CHATTER = 20


def backlog(centre: Centre) -> Backlog:
    """Return how many alerts wait now, and how many of them too long."""
    now = centre.now()
    stale = now - centre.city.limits.alarms.stale
    return transact(centre.engine, lambda conn: measures.backlog(conn, now, stale))


def open_by_camera(centre: Centre) -> dict[str, int]:
    """Return how many alerts are open now, by the camera that saw them first."""
    return transact(centre.engine, measures.open_by_camera)


def waiting_together(centre: Centre) -> dict[tuple[str, str], int]:
    """Return how many alerts nobody has taken, by camera and rule; P1 stands alone."""
    return transact(centre.engine, measures.waiting_together)


def raised_by(
    centre: Centre, start: datetime, end: datetime, step: timedelta
) -> dict[datetime, int]:
    """Return how many alerts were raised in each `step` from `start`; empty steps are left out."""
    return transact(centre.engine, lambda conn: measures.raised_by(conn, start, end, step))


def is_flood(centre: Centre) -> bool:
    """Tell whether alerts come faster now than a room can look at them one by one."""
    limits, until = centre.city.limits.alarms, centre.now() + MOMENT
    bins = _bins(raised_by(centre, until - LOOK, until, STEP), until - LOOK, until)
    return flooded(list(bins.values()), limits.flood, limits.flood_over)[-1]


def alarm_load(centre: Centre, start: datetime, end: datetime) -> AlarmLoad:
    """Return what the alerts of start <= t < end were to the room; 31 days at most are looked at.

    The ten minutes are counted back from `end`, so that the last of them is a whole one.
    """
    start = max(start, end - LONGEST)
    now, limits = centre.now(), centre.city.limits
    alarms = limits.alarms
    first = end - -(-(end - start) // STEP) * STEP

    def work(conn: Connection) -> AlarmLoad:
        bins = _bins(measures.raised_by(conn, first, end, STEP), first, end)
        taken = measures.taken(conn, start, end)
        by_priority = measures.by_priority(conn, start, end)
        noisy = measures.noisy(conn, start, end, NOISIEST)
        raised = sum(by_priority.values())
        floods = flooded(list(bins.values()), alarms.flood, alarms.flood_over)
        return AlarmLoad(
            start=start,
            end=end,
            bins=bins,
            per_operator=sum(bins.values()) / len(bins) / limits.operators,
            peak=max(bins.values()) / limits.operators,
            flooded=sum(floods) / len(floods),
            is_flood=floods[-1],
            by_priority=by_priority,
            ended=taken.ended,
            false=taken.false,
            taken=taken.taken,
            late=taken.late,
            median_ack_s=None if taken.median_ack_s is None else float(taken.median_ack_s),
            noisy=noisy,
            noisy_share=sum(pair.raised for pair in noisy) / raised if raised else 0.0,
            chatter=measures.chatter(
                conn, end - alarms.chatter_span, end, alarms.chatter, MOST_CHATTER
            ),
            backlog=measures.backlog(conn, now, now - alarms.stale),
        )

    return transact(centre.engine, work)


def _bins(found: dict[datetime, int], start: datetime, end: datetime) -> dict[datetime, int]:
    """Return every ten minutes of a span, at least one, with how many alerts it brought."""
    count = max(1, -(-(end - start) // STEP))
    return {start + n * STEP: found.get(start + n * STEP, 0) for n in range(count)}
