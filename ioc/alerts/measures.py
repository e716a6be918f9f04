"""What the alerts of a room add up to, in SQL: each bounded by a span or by what is open."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from ioc.alerts.model import Backlog, Handled, Priority


def backlog(conn: Connection, now: datetime) -> Backlog:
    """Return how many alerts are open and overdue."""
    rows = conn.execute(BACKLOG, {"now": now}).all()
    counts = {**dict.fromkeys(Priority, 0), **{Priority(row.priority): row.n for row in rows}}
    return Backlog(counts, sum(row.overdue for row in rows))


def raised_by(
    conn: Connection, start: datetime, end: datetime, step: timedelta
) -> dict[datetime, int]:
    """Return how many were raised in each `step` from `start`; steps without one are left out."""
    rows = conn.execute(RAISED_BY, {"start": start, "end": end, "step": step})
    return {row.bin: row.n for row in rows}


def handled(conn: Connection, start: datetime, end: datetime) -> Handled:
    """Return what was raised and closed in start <= t < end, and the median acknowledgement."""
    row = conn.execute(HANDLED, {"start": start, "end": end}).one()
    return Handled(row.raised, row.closed, row.median_ack_s)


BACKLOG = text("""
    SELECT priority, count(*) AS n, count(*) FILTER (WHERE state = 'new' AND due_at <= :now)
        AS overdue
    FROM alerts WHERE closed_at IS NULL GROUP BY priority
""")
RAISED_BY = text("""
    SELECT date_bin(:step, raised_at, :start) AS bin, count(*) AS n FROM alerts
    WHERE raised_at >= :start AND raised_at < :end GROUP BY 1 ORDER BY 1
""")
HANDLED = text("""
    SELECT
        (SELECT count(*) FROM alerts WHERE raised_at >= :start AND raised_at < :end) AS raised,
        (SELECT count(*) FROM alerts WHERE closed_at >= :start AND closed_at < :end) AS closed,
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.at - a.raised_at))
         FROM alerts AS a JOIN alert_steps AS s ON s.alert = a.id AND s.step = 'acknowledge'
         WHERE a.raised_at >= :start AND a.raised_at < :end) AS median_ack_s
""")
