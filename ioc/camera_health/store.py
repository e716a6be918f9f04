"""Faults of cameras in SQL: which are on, and which were."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.camera_health.model import CameraFault, FaultSpell

# One watcher at a time: two timekeepers that take turns must not both begin a spell.
WATCH = 0x10C_CA3


def hold(conn: Connection) -> None:
    """Let nobody else note faults until the transaction ends."""
    conn.execute(HOLD, {"key": WATCH})


def open_spells(conn: Connection) -> list[FaultSpell]:
    """Return the faults that are on, by camera."""
    return [_spell(row) for row in conn.execute(OPEN)]


def spells_between(conn: Connection, start: datetime, end: datetime) -> list[FaultSpell]:
    """Return the faults that were on at some time of start <= t < end, by camera and beginning."""
    return [_spell(row) for row in conn.execute(BETWEEN, {"start": start, "end": end})]


def begin(conn: Connection, spells: Iterable[FaultSpell]) -> None:
    """Note faults that have begun."""
    rows = [{"camera": s.camera, "fault": s.fault.value, "since": s.since} for s in spells]
    if rows:
        conn.execute(BEGIN, rows)


def end(conn: Connection, spells: Iterable[FaultSpell], at: datetime) -> None:
    """Note that faults are over."""
    rows = [{"camera": s.camera, "fault": s.fault.value, "at": at} for s in spells]
    if rows:
        conn.execute(END, rows)


def drop(conn: Connection, before: datetime) -> int:
    """Delete faults that were over before an instant; return how many."""
    return conn.execute(DROP, {"before": before}).rowcount


def _spell(row: Row[Any]) -> FaultSpell:
    return FaultSpell(row.camera, CameraFault(row.fault), row.since, row.until)


HOLD = text("SELECT pg_advisory_xact_lock(:key)")
OPEN = text("""
    SELECT camera, fault, since, until FROM camera_faults WHERE until IS NULL
    ORDER BY camera, since
""")
BETWEEN = text("""
    SELECT camera, fault, since, until FROM camera_faults
    WHERE since < :end AND (until IS NULL OR until > :start) ORDER BY camera, since
""")
BEGIN = text("""
    INSERT INTO camera_faults (camera, fault, since) VALUES (:camera, :fault, :since)
    ON CONFLICT DO NOTHING
""")
END = text("""
    UPDATE camera_faults SET until = greatest(:at, since)
    WHERE camera = :camera AND fault = :fault AND until IS NULL
""")
DROP = text("DELETE FROM camera_faults WHERE until < :before")
