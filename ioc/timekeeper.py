"""`ioc timekeeper`: the clockwork; one leader, by advisory lock, others wait."""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import typer
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ioc import audit
from ioc.alerts.service import escalate, unshelve_due
from ioc.breach_watch import remind
from ioc.briefings.upkeep import freeze_due, send_due, watch_issues
from ioc.camera_watch import watch_cameras
from ioc.centre import Centre, open_centre, reachable
from ioc.clock import ClockWatch
from ioc.clockwork import Clockwork
from ioc.condition import Conditions
from ioc.config_versions import note_versions
from ioc.crowding import watch_streets
from ioc.db import LEADER_LOCK
from ioc.duplicates.service import find_duplicates
from ioc.errors import IocError
from ioc.holds.service import keep_new
from ioc.lists.service import tell_stale
from ioc.lookups.service import gather_plates
from ioc.notices.courier import couriers, give_up
from ioc.people.tasks import mark_late
from ioc.probes import probed
from ioc.readers.service import learn
from ioc.reports.upkeep import escalate as escalate_reports
from ioc.reviews.upkeep import apply_rulings, settle_questions
from ioc.serving import told_to_end
from ioc.settings import load_settings
from ioc.site_watch import watch_sites
from ioc.upkeep import fold_tallies, purge_at_night, sweep_orphans
from ioc.vehicles.overdue import clear_arrived, raise_overdue
from ioc.vehicles.upkeep import ensure_days
from ioc.venues.upkeep import ensure_scan_days, finish_scan_days
from ioc.vitals import Vitals

logger = logging.getLogger(__name__)
app = typer.Typer(no_args_is_help=True, help="The clockwork: overdue, sealing, folding, purge.")

TICK_S = 1.0
RETRY_S = 2.0
# A time server sets a clock by seconds. One that is set by more may be wrong by years, and what a
# purge deletes then is gone.
MOST_MOVED = timedelta(minutes=5)


@dataclass
class Duty:
    """Something done again and again; `due` is a reading of the monotonic clock.

    `is_final`: it deletes, gives up or publishes by the day, and is left alone while the clock
    cannot be believed.
    """

    name: str
    every_s: float
    work: Callable[[Centre], object]
    is_final: bool = False
    due: float = 0.0


def duties() -> list[Duty]:
    """Return what the timekeeper does, and how often."""
    return [
        Duty("note the city's files", 3600, note_versions),
        Duty("seal the audit", 1, audit.seal),
        Duty("escalate overdue alerts", 2, escalate),
        Duty("return shelved alerts", 5, unshelve_due),
        Duty("let answers take effect", 1, apply_rulings),
        Duty("settle questions by a second camera", 2, settle_questions),
        Duty("raise overdue reds", 5, raise_overdue),
        Duty("clear reds that arrived", 5, clear_arrived),
        Duty("escalate overdue reports", 5, escalate_reports),
        Duty("mark late calls of stations", 5, mark_late),
        Duty("watch the cameras", 10, watch_cameras),
        Duty("watch the sites at night", 5, watch_sites),
        Duty("watch the streets", 60, watch_streets),
        Duty("compare persons", 5, find_duplicates),
        Duty("make days", 60, ensure_days),
        Duty("make days of scans", 60, ensure_scan_days),
        Duty("finish days of scans", 3600, finish_scan_days),
        Duty("gather plates", 5, gather_plates),
        Duty("fold tallies", 20, fold_tallies),
        Duty("give up on notices", 60, give_up, is_final=True),
        Duty("freeze the report", 20, freeze_due, is_final=True),
        Duty("watch the reports", 300, watch_issues),
        Duty("send the report", 30, send_due, is_final=True),
        Duty("calibrate cameras that read themselves", 3600, learn),
        Duty("tell of stale lists", 3600, tell_stale),
        Duty("remind of breaches", 60, remind),
        Duty("keep what is held", 60, keep_new),
        Duty("purge at night", 300, purge_at_night, is_final=True),
        Duty("sweep orphaned pictures", 3600, sweep_orphans, is_final=True),
    ]


def keep_time(centre: Centre, stop: threading.Event, clockwork: Clockwork | None = None) -> None:
    """Lead when nobody else does, until `stop` is set; a lost store is waited for."""
    watch, clockwork = ClockWatch(centre.now), clockwork or Clockwork()
    day = _Day(duties(), watch, clockwork)
    while not stop.is_set():
        try:
            with centre.engine.connect() as leader:
                # Out of the pool: closing it ends the session, and with it the leader's lock.
                leader.detach()
                _lead(centre, leader, day, stop)
        except (DBAPIError, IocError) as fault:
            logger.warning("the clockwork waits: %s", fault)
            _beat(centre, "waiting")
            clockwork.move()
            stop.wait(RETRY_S)


@dataclass(frozen=True)
class _Day:
    """What there is to do, and what tells whether the clock can be believed."""

    work: list[Duty]
    watch: ClockWatch
    clockwork: Clockwork

    def is_sure(self) -> bool:
        """Tell whether the clock was set by no more than a time server does."""
        return self.watch.moved() <= MOST_MOVED


def _lead(centre: Centre, leader: Connection, day: _Day, stop: threading.Event) -> None:
    """Do what is due while this connection holds the leader's lock."""
    while not stop.is_set():
        if leader.execute(TRY_LOCK, {"key": LEADER_LOCK}).scalar_one():
            break
        leader.rollback()
        _beat(centre, "standing by")
        day.clockwork.move()
        stop.wait(RETRY_S)
    while not stop.is_set():
        # The lock lives as long as the connection: a lost one raises here, and leading ends.
        leader.execute(text("SELECT 1"))
        leader.commit()
        _beat(centre, "leading" if day.is_sure() else "doubting the clock")
        day.clockwork.move()
        for duty in day.work:
            if time.monotonic() >= duty.due and not stop.is_set():
                duty.due = time.monotonic() + duty.every_s
                if not duty.is_final or day.is_sure():
                    _do(centre, duty, day.clockwork)
                else:
                    logger.error(
                        "%s waits: the clock was set by %s; once it is right, start the timekeeper"
                        " again",
                        duty.name,
                        day.watch.moved(),
                    )
        stop.wait(TICK_S)


def _do(centre: Centre, duty: Duty, clockwork: Clockwork) -> None:
    try:
        with clockwork.timed(duty.name):
            duty.work(centre)
    except (IocError, DBAPIError, OSError) as fault:
        # It comes up again by itself; one duty's trouble does not stop the others.
        logger.warning("%s: %s", duty.name, fault)


def _beat(centre: Centre, state: str) -> None:
    centre.live.beat("service:timekeeper", {"state": state})


@app.command("run")
def run() -> None:
    """Keep time until SIGTERM or Ctrl-C."""
    stop = told_to_end()
    try:
        # Couriers beside the duties: a receiver that hangs must not hold up an alert.
        with (
            open_centre(load_settings()) as centre,
            suppress(KeyboardInterrupt),
            couriers(centre),
        ):
            vitals = Vitals("timekeeper", centre)
            clockwork = Clockwork(vitals.registry)
            vitals.registry.register(Conditions(centre))

            def needs() -> dict[str, bool]:
                return {"goes": clockwork.goes, "database": reachable(centre)["database"]}

            with probed(os.environ, vitals.page, needs):
                keep_time(centre, stop, clockwork)
    except IocError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from fault


@app.callback()
def main() -> None:
    """Run the clockwork of a centre."""


TRY_LOCK = text("SELECT pg_try_advisory_lock(:key)")
