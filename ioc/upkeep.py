"""What keeps the store bounded: closed days are folded, old records deleted by kind."""

from datetime import timedelta

from sqlalchemy import Connection, text

from ioc import evidence, tally
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.vehicles.upkeep import drop_days

# Charts look two weeks back for the usual band; quarter-hours are kept a little longer.
CHARTS = timedelta(days=60)


def fold_closed_days(centre: Centre) -> int:
    """Fold every day of the city before today."""
    today = local_day(centre.now(), centre.city.zone)
    return transact(centre.engine, lambda conn: tally.fold(conn, today, centre.city.zone))


def purge(centre: Centre) -> dict[str, int]:
    """Delete what is past its days; return how much of each kind went."""
    now, kept = centre.now(), centre.city.limits.retention
    oldest_day = local_day(now - kept["sightings"], centre.city.zone)

    def rows(conn: Connection) -> dict[str, int]:
        return {
            "intake": conn.execute(
                text("DELETE FROM intake WHERE received_at < :before"),
                {"before": now - kept["intake"]},
            ).rowcount,
            "refused": conn.execute(
                text("DELETE FROM refused WHERE received_at < :before"),
                {"before": now - kept["refused"]},
            ).rowcount,
            "quarter-hours": tally.drop_folded(conn, now - CHARTS),
        }

    return {
        **transact(centre.engine, rows),
        "days of sightings": len(drop_days(centre, oldest_day)),
        "pictures": evidence.sweep(centre, now - kept["pictures"]),
        "orphaned pictures": evidence.sweep_orphans(centre, now - timedelta(hours=1)),
    }
