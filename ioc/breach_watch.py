"""Breaches whose hours to tell the authority run out: those who answer for it are reminded."""

from ioc.breaches import service
from ioc.breaches.model import Breach
from ioc.breaches.rules import hours_left, reminder_due
from ioc.centre import Centre
from ioc.db import transact
from ioc.notices.model import Notice
from ioc.notices.service import put_all

DUE = "breach.due"


def remind(centre: Centre) -> int:
    """Put a reminder for each breach that came so near its hour; return how many letters are new.

    Each reminder goes out once; of several that were slept through, the nearest alone.
    """
    now, reminders = centre.now(), centre.city.policy.reminders
    found = [
        _notice(centre, one, hours)
        for one in service.untold(centre)
        if (hours := reminder_due(hours_left(one, now), reminders)) is not None
    ]
    return transact(centre.engine, lambda conn: put_all(conn, centre, found)) if found else 0


def _notice(centre: Centre, breach: Breach, hours: int) -> Notice:
    due = breach.due_at.astimezone(centre.city.zone)
    key = "notice.breach_due" if hours else "notice.breach_overdue"
    return Notice(
        topic=DUE,
        about=f"breach:{breach.no}",
        subject=key,
        body=f"{key}_body",
        dedupe=f"breach:{breach.no}:{hours}",
        words={"no": str(breach.no), "hours": str(hours), "due": f"{due:%H:%M %d/%m/%Y}"},
        facts={"level": "2" if hours == 0 else "1"},
    )
