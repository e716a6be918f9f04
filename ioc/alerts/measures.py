"""What the alerts of a room add up to, in SQL: each bounded by a span or by what is open."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.alerts.model import Backlog, Chatter, Noise, Priority


def backlog(conn: Connection, now: datetime, stale_before: datetime) -> Backlog:
    """Return how much is open, and how much of it waits too long."""
    rows = conn.execute(BACKLOG, {"now": now, "stale_before": stale_before}).all()
    return Backlog(
        by_priority={
            **dict.fromkeys(Priority, 0),
            **{Priority(row.priority): row.n for row in rows},
        },
        overdue=sum(row.overdue for row in rows),
        unitless=sum(row.unitless for row in rows),
        escalated=sum(row.escalated for row in rows),
        shelved=sum(row.shelved for row in rows),
        stale=sum(row.stale for row in rows),
        oldest_at=min((row.oldest_at for row in rows), default=None),
    )


def open_by_camera(conn: Connection) -> dict[str, int]:
    """Return how many are open, by the camera that saw them first."""
    return {row.camera: row.n for row in conn.execute(OPEN_BY_CAMERA)}


def waiting_together(conn: Connection) -> dict[tuple[str, str], int]:
    """Return how many nobody has taken, by camera and rule; what came too late is not among them.

    The first priority stands alone.
    """
    return {(row.camera, row.rule): row.n for row in conn.execute(WAITING_TOGETHER)}


def raised_by(
    conn: Connection, start: datetime, end: datetime, step: timedelta
) -> dict[datetime, int]:
    """Return how many called for somebody in each `step` from `start`; steps without are left out.

    What became known too late calls nobody: a line that comes back is no flood.
    """
    rows = conn.execute(RAISED_BY, {"start": start, "end": end, "step": step})
    return {row.bin: row.n for row in rows}


def by_priority(conn: Connection, start: datetime, end: datetime) -> dict[Priority, int]:
    """Return how many of each priority were raised in start <= t < end."""
    rows = conn.execute(BY_PRIORITY, {"start": start, "end": end})
    return {**dict.fromkeys(Priority, 0), **{Priority(row.priority): row.n for row in rows}}


def by_reason(
    conn: Connection, start: datetime, end: datetime, until: datetime
) -> list[tuple[str, int, int, int]]:
    """Return reason, raised, ended and false of the police desk's in start <= t < end.

    What ended, and as what, is told as of `until`.
    """
    rows = conn.execute(BY_REASON, {"start": start, "end": end, "until": until})
    return [(row.reason, row.raised, row.ended, row.false) for row in rows]


def median_ack_s(conn: Connection, start: datetime, end: datetime, until: datetime) -> float | None:
    """Return how long those waited for a person, the middle one; None where nobody took any."""
    row = conn.execute(MEDIAN_ACK, {"start": start, "end": end, "until": until}).one()
    return None if row.median_ack_s is None else float(row.median_ack_s)


def taken(conn: Connection, start: datetime, end: datetime) -> Row[Any]:
    """Return taken, late, median_ack_s of what was raised, ended, false of what ended."""
    return conn.execute(TAKEN, {"start": start, "end": end}).one()


def noisy(conn: Connection, start: datetime, end: datetime, limit: int) -> tuple[Noise, ...]:
    """Return the cameras and rules that cried most in start <= t < end, the worst first."""
    rows = conn.execute(NOISY, {"start": start, "end": end, "limit": limit})
    return tuple(Noise(row.camera, row.rule, row.raised, row.ended, row.false) for row in rows)


def chatter(
    conn: Connection, start: datetime, end: datetime, least: int, limit: int
) -> tuple[Chatter, ...]:
    """Return what was raised at least `least` times, each time but the first after it was over."""
    arguments = {"start": start, "end": end, "least": least, "limit": limit}
    return tuple(
        Chatter(row.plate, row.reason, row.n, row.last_raised_at)
        for row in conn.execute(CHATTER, arguments)
    )


BACKLOG = text("""
    SELECT priority, count(*) AS n, min(raised_at) AS oldest_at,
        count(*) FILTER (WHERE state = 'new' AND due_at <= :now) AS overdue,
        count(*) FILTER (WHERE state = 'acknowledged' AND unit_due_at <= :now) AS unitless,
        count(*) FILTER (WHERE level > 0) AS escalated,
        count(*) FILTER (WHERE state = 'shelved') AS shelved,
        count(*) FILTER (WHERE raised_at < :stale_before) AS stale
    FROM alerts WHERE closed_at IS NULL GROUP BY priority
""")
OPEN_BY_CAMERA = text("""
    SELECT camera, count(*) AS n FROM alerts WHERE closed_at IS NULL GROUP BY camera
""")
WAITING_TOGETHER = text("""
    SELECT camera, rule, count(*) AS n FROM alerts
    WHERE closed_at IS NULL AND state = 'new' AND priority <> 'P1' AND late_s IS NULL
    GROUP BY camera, rule
""")
RAISED_BY = text("""
    SELECT date_bin(:step, raised_at, :start) AS bin, count(*) AS n FROM alerts
    WHERE raised_at >= :start AND raised_at < :end AND late_s IS NULL GROUP BY 1 ORDER BY 1
""")
BY_PRIORITY = text("""
    SELECT priority, count(*) AS n FROM alerts
    WHERE raised_at >= :start AND raised_at < :end GROUP BY 1
""")
BY_REASON = text("""
    SELECT reason, count(*) AS raised, count(*) FILTER (WHERE closed_at < :until) AS ended,
        count(*) FILTER (WHERE closed_at < :until AND outcome = 'false_read') AS false
    FROM alerts WHERE raised_at >= :start AND raised_at < :end AND desk = 'police'
    GROUP BY 1 ORDER BY 1
""")
MEDIAN_ACK = text("""
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.at - a.raised_at))
        AS median_ack_s
    FROM alerts AS a JOIN alert_steps AS s ON s.alert = a.id AND s.step = 'acknowledge'
    WHERE a.raised_at >= :start AND a.raised_at < :end AND a.desk = 'police' AND s.at < :until
""")
# An alert back from the shelf waits anew, so its limit is the one that stands.
TAKEN = text("""
    SELECT t.*, e.* FROM (
        SELECT count(*) AS taken, count(*) FILTER (WHERE s.at > a.due_at) AS late,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.at - a.raised_at))
                AS median_ack_s
        FROM alerts AS a JOIN alert_steps AS s ON s.alert = a.id AND s.step = 'acknowledge'
        WHERE a.raised_at >= :start AND a.raised_at < :end
    ) AS t, (
        SELECT count(*) AS ended, count(*) FILTER (WHERE outcome = 'false_read') AS false
        FROM alerts WHERE closed_at >= :start AND closed_at < :end
    ) AS e
""")
NOISY = text("""
    SELECT camera, rule, count(*) AS raised, count(closed_at) AS ended,
        count(*) FILTER (WHERE outcome = 'false_read') AS false
    FROM alerts WHERE raised_at >= :start AND raised_at < :end
    GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT :limit
""")
CHATTER = text("""
    SELECT plate, reason, n, last_raised_at FROM (
        SELECT plate, reason, count(*) FILTER (WHERE prior IS NULL OR ended_at <= raised_at) AS n,
            max(raised_at) AS last_raised_at
        FROM (
            SELECT plate, reason, desk, raised_at,
                lag(id) OVER same AS prior, lag(closed_at) OVER same AS ended_at
            FROM alerts WHERE raised_at >= :start AND raised_at < :end
            WINDOW same AS (PARTITION BY plate, reason, desk ORDER BY raised_at, id)
        ) AS a GROUP BY plate, reason, desk
    ) AS c WHERE n >= :least ORDER BY n DESC, last_raised_at DESC, plate LIMIT :limit
""")
