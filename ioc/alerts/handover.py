"""One shift hands over to the next: what lay open is frozen, and who gave it to whom."""

from collections import Counter
from typing import Any

from sqlalchemy import Connection

from ioc import audit
from ioc.access.model import Action
from ioc.access.rules import may
from ioc.access.service import list_users
from ioc.alerts import shifts
from ioc.alerts.load import backlog
from ioc.alerts.model import Alert, HandOver
from ioc.alerts.muting import mutes, shelf
from ioc.alerts.rules import ACTIVE
from ioc.alerts.service import LONGEST_NOTE, find_alerts
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput
from ioc.live import Topic
from ioc.patrols.service import find_patrols

# What a person can read before he takes over; how many more there are is told as a number.
MOST_LISTED = 100
MOST_BACK = 50


def takers(centre: Centre, giver: str) -> list[str]:
    """Return who may take the shift over from `giver`, by name."""
    return [
        user.name
        for user in list_users(centre)
        if not user.is_disabled and may(user.role, Action.LEAD_SHIFT) and user.name != giver
    ]


def hand_over(centre: Centre, giver: str, taker: str, note: str | None = None) -> HandOver:
    """Record that `giver` handed the room to `taker`, with what lay open at this moment.

    Raises:
        InvalidInput: the taker may not lead a shift, or the note is too long.
    """
    if taker not in takers(centre, giver):
        raise InvalidInput("taker", "needs another person who may lead a shift")
    told = (note or "").strip() or None
    if told is not None and (len(told) > LONGEST_NOTE or "\0" in told):
        raise InvalidInput("note", f"needs at most {LONGEST_NOTE} characters, none of them NUL")
    made = HandOver(centre.now(), giver, taker, told, summary(centre))

    def work(conn: Connection) -> None:
        shifts.add_handover(conn, made)
        audit.record(conn, giver, "shift_handed_over", f"user:{taker}", None, {})

    transact(centre.engine, work)
    centre.live.announce(Topic.ALERTS)
    return made


def handovers(centre: Centre, limit: int = 10) -> list[HandOver]:
    """Return the latest hand-overs, newest first."""
    return transact(centre.engine, lambda conn: shifts.handovers(conn, min(limit, MOST_BACK)))


def summary(centre: Centre) -> dict[str, Any]:
    """Return what lies open now, without a plate: numbers, and the alerts by their ids."""
    waits, now = backlog(centre), centre.now()
    shelved = shelf(centre)
    units = Counter(patrol.status.value for patrol in find_patrols(centre))
    return {
        "open": {priority.value: n for priority, n in waits.by_priority.items()},
        "total": waits.total,
        "overdue": waits.overdue,
        "unitless": waits.unitless,
        "escalated": waits.escalated,
        "shelved": waits.shelved,
        "stale": waits.stale,
        "alerts": [_line(alert) for alert in find_alerts(centre, None, ACTIVE, limit=MOST_LISTED)],
        "shelf": [
            {
                "id": one.alert.id,
                "until": str(one.alert.shelved_until),
                "by": one.actor,
                "reason": one.reason,
            }
            for one in shelved[:MOST_LISTED]
        ],
        "muted": [
            {"camera": m.camera, "rule": m.rule, "until": str(m.until_at), "reason": m.reason}
            for m in mutes(centre)
        ],
        "units": dict(units),
        "as_of": now.isoformat(),
    }


def _line(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "priority": alert.priority.value,
        "state": alert.state.value,
        "reason": alert.reason,
        "camera": alert.camera,
        "owner": alert.owner,
        "unit": alert.unit,
        "level": alert.level,
        "raised_at": alert.raised_at.isoformat(),
    }
