"""Alerts of vehicles that have long gone: the line was down, and nobody can be stopped any more.

They are kept and looked through, and say by how much they are late; they sound nowhere. A vehicle
that is seen again in time within its incident calls for somebody after all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from ioc.alerts import clocks
from ioc.alerts.model import Cause, Desk, Incident, Priority
from ioc.alerts.rules import late_s
from ioc.alerts.store import Dues


def note_late(fresh: Sequence[Incident], too_late: timedelta) -> None:
    """Note on each new incident by how much it is late, by the last of its sightings."""
    for incident in fresh:
        if incident.cause is not None:
            incident.late_s = late_s(incident.cause, incident.last_seen_at, too_late)


def freshened(
    conn: Connection,
    too_late: timedelta,
    joined: Iterable[tuple[Cause, Incident]],
    dues: Mapping[tuple[Desk, Priority], Dues],
) -> list[Incident]:
    """Let late alerts that nobody has taken be in time where a cause in time joins; return them."""
    again: dict[int, Incident] = {}
    for cause, incident in joined:
        was_late = incident.cause is None and incident.late_s is not None
        if was_late and late_s(cause, cause.seen_at, too_late) is None:
            again[int(incident.alert or 0)] = replace(incident, cause=cause, late_s=None)
    limits = {
        alert: dues[one.cause.desk, one.cause.priority]
        for alert, one in sorted(again.items())
        if one.cause is not None
    }
    return [again[alert] for alert in sorted(clocks.freshen(conn, limits))]
