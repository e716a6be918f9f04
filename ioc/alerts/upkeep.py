"""What keeps alerts bounded: they go on their day, with everything that hangs on them."""

from datetime import datetime

from sqlalchemy import Connection, text

from ioc.centre import Centre
from ioc.db import transact


def purge_alerts(centre: Centre, raised_before: datetime) -> int:
    """Delete what is over and was raised before an instant, with its log; return how many.

    Mutes and hand-overs of that time go with it.
    """

    def work(conn: Connection) -> int:
        numbers = list(conn.execute(OLD_ALERTS, {"before": raised_before}).scalars())
        conn.execute(DROP_STEPS, {"numbers": numbers})
        conn.execute(DROP_ALERTS, {"numbers": numbers})
        for statement in (DROP_INCIDENTS, DROP_MUTES, DROP_HANDOVERS):
            conn.execute(statement, {"before": raised_before})
        return len(numbers)

    return transact(centre.engine, work)


OLD_ALERTS = text("""
    SELECT id FROM alerts WHERE raised_at < :before AND closed_at IS NOT NULL
    ORDER BY id FOR UPDATE
""")
DROP_STEPS = text("DELETE FROM alert_steps WHERE alert = ANY(:numbers)")
DROP_ALERTS = text("DELETE FROM alerts WHERE id = ANY(:numbers)")
DROP_INCIDENTS = text("DELETE FROM incident WHERE held_at < :before")
DROP_MUTES = text("DELETE FROM mutes WHERE until_at < :before")
DROP_HANDOVERS = text("DELETE FROM handovers WHERE at < :before")
