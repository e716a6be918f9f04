"""How an installation does, in numbers: what `ioc doctor` judges and Prometheus is shown.

Costs a few milliseconds of the store and no more on day 1,000: rows that wait are counted, facts
never are.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, text

from ioc import certificates
from ioc.archive_state import ArchiveState, archive_state
from ioc.backups import newest_instant
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import LEADER_LOCK, transact
from ioc.errors import Unavailable
from ioc.vehicles import store as sightings
from ioc.venues import store as scans

AHEAD = 8


@dataclass(frozen=True)
class Condition:
    """One look at an installation.

    Attributes:
        leaders: timekeepers that lead: one is right, none is a clock that stands.
        unsealed: rows of the audit that are not in the chain yet; the oldest is so old.
        waiting: notices that were due and not tried; the first is overdue by so much.
        given_up: notices given up in the last day.
        days_ahead: whole days after today for which facts have a place, of sightings and of scans.
        purged_on: the last night of which a certificate stands.
        backed_up_at: when the newest backup was made, None where there is none.
        archive: how the archive of the log does, None where nobody began one.
    """

    leaders: int
    unsealed: int
    unsealed_s: float
    waiting: int
    waiting_s: float
    given_up: int
    days_ahead: int
    purged_on: date | None
    backed_up_at: datetime | None
    archive: ArchiveState | None = None


def look(centre: Centre) -> Condition:
    """Return how the installation does now.

    Raises:
        Unavailable: the store does not answer.
    """
    now, today = centre.now(), local_day(centre.now(), centre.city.zone)
    purged_on = certificates.last_day(centre)

    def work(conn: Connection) -> Condition:
        unsealed = conn.execute(UNSEALED).one()
        waiting = conn.execute(WAITING, {"now": now, "since": now - timedelta(days=1)}).one()
        held = set(sightings.days_held(conn)) & set(scans.days_held(conn))
        days = (today + timedelta(days=n) for n in range(AHEAD))
        return Condition(
            leaders=int(conn.execute(LEADERS, {"key": LEADER_LOCK}).scalar_one()),
            unsealed=unsealed.n,
            unsealed_s=float(unsealed.age or 0),
            waiting=waiting.waiting,
            waiting_s=float(waiting.age or 0),
            given_up=waiting.given_up,
            days_ahead=_unbroken([day in held for day in days]) - 1,
            purged_on=purged_on,
            backed_up_at=newest_instant(centre.settings.backup_dir),
            archive=archive_state(conn),
        )

    return transact(centre.engine, work)


def free_shares(centre: Centre) -> dict[str, float]:
    """Return which share of the disk is free under the state, the evidence and the backups."""
    at = centre.settings
    folders = {"state": at.state_dir, "evidence": at.evidence_dir, "backups": at.backup_dir}
    return {name: free_share(folder) for name, folder in folders.items()}


def free_share(folder: Path) -> float:
    """Return which share is free of the disk on which `folder` lies, or will lie."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    room = shutil.disk_usage(there)
    return room.free / room.total


class Conditions(Collector):
    """The condition of an installation for Prometheus; away with the store, not wrong."""

    def __init__(self, centre: Centre) -> None:
        """Remember whom to ask."""
        self._centre = centre

    def collect(self) -> Iterable[Metric]:
        """Yield what is asked of store and disk whenever somebody looks."""
        free = GaugeMetricFamily("ioc_disk_free_share", "Free share of a disk", labels=["folder"])
        for folder, share in free_shares(self._centre).items():
            free.add_metric([folder], share)
        yield free
        try:
            found = look(self._centre)
        except Unavailable:
            yield GaugeMetricFamily("ioc_store_up", "Whether the store answers", value=0)
            return
        yield GaugeMetricFamily("ioc_store_up", "Whether the store answers", value=1)
        yield GaugeMetricFamily("ioc_timekeepers_leading", "One, when all is well", found.leaders)
        yield GaugeMetricFamily("ioc_audit_unsealed", "Rows not in the chain", found.unsealed)
        yield GaugeMetricFamily(
            "ioc_audit_unsealed_seconds", "Age of the oldest of them", found.unsealed_s
        )
        yield GaugeMetricFamily("ioc_notices_waiting", "Notices overdue", found.waiting)
        yield GaugeMetricFamily(
            "ioc_notices_waiting_seconds", "By how much the first is", found.waiting_s
        )
        yield GaugeMetricFamily("ioc_notices_given_up", "In the last day", found.given_up)
        yield GaugeMetricFamily("ioc_days_ahead", "Days that have a place", found.days_ahead)
        if found.backed_up_at is not None:
            age = (self._centre.now() - found.backed_up_at).total_seconds()
            yield GaugeMetricFamily("ioc_backup_age_seconds", "Age of the newest backup", age)
        if (kept := found.archive) is not None:
            yield GaugeMetricFamily("ioc_archive_followed", "Whether it reads", kept.is_followed)
            yield GaugeMetricFamily("ioc_archive_gap", "Whether it lacks log", kept.has_gap)
            yield GaugeMetricFamily("ioc_archive_behind_bytes", "Not kept yet", kept.behind_bytes)

    def describe(self) -> Iterable[Metric]:
        """Yield nothing: registering asks no store."""
        return ()


def _unbroken(days: Iterable[bool]) -> int:
    count = 0
    for is_held in days:
        if not is_held:
            break
        count += 1
    return count


LEADERS = text("""
    SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database
    WHERE locktype = 'advisory' AND classid = 0 AND objid = :key AND granted
        AND d.datname = current_database()
""")
UNSEALED = text("""
    SELECT count(*) AS n,
        extract(epoch FROM clock_timestamp() - (
            SELECT at FROM audit WHERE no = (SELECT min(no) FROM audit_open)
        )) AS age
    FROM audit_open
""")
WAITING = text("""
    SELECT count(*) FILTER (WHERE state = 'waiting' AND next_at < :now) AS waiting,
        extract(epoch FROM :now - min(next_at) FILTER (WHERE state = 'waiting')) AS age,
        count(*) FILTER (WHERE state = 'given_up' AND put_at > :since) AS given_up
    FROM notices WHERE state = 'waiting' OR put_at > :since
""")
