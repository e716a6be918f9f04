"""Alerts in the order in which they were raised, for systems that follow the city."""

from datetime import datetime

from sqlalchemy import Connection, text

from ioc.alerts.model import Alert
from ioc.alerts.store import alert_from
from ioc.centre import Centre
from ioc.db import transact


def alerts_after(centre: Centre, no: int, limit: int) -> list[tuple[int, datetime, Alert]]:
    """Return alerts raised after the one with this number: number, when raised, alert."""

    def work(conn: Connection) -> list[tuple[int, datetime, Alert]]:
        rows = conn.execute(AFTER, {"no": no, "limit": limit})
        return [(row.id, row.raised_at, alert_from(row)) for row in rows]

    return transact(centre.engine, work)


AFTER = text("SELECT * FROM alerts WHERE id > :no ORDER BY id LIMIT :limit")
