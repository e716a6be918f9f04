"""The clockwork: one leader, taken over when it goes, back by itself when its store was away."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from ioc import audit, certificates
from ioc.alerts.model import Cause, Desk, Priority
from ioc.alerts.service import find_alert, raise_alert
from ioc.briefings.upkeep import freeze_due, send_due
from ioc.centre import Centre
from ioc.clock import ClockWatch, local_day
from ioc.db import open_engine, transact
from ioc.errors import Conflict
from ioc.notices.courier import give_up
from ioc.timekeeper import MOST_MOVED, duties, keep_time
from ioc.upkeep import purge_and_certify, purge_at_night, sweep_orphans
from tests.conftest import NOW

PATIENCE_S = 60


class Keeper:
    """A timekeeper of this process, in a thread of its own."""

    def __init__(self, centre: Centre) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=keep_time, args=(centre, self.stop))
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()


@pytest.fixture
def keepers(centre: Centre) -> Iterator[Callable[[], Keeper]]:
    started: list[Keeper] = []
    engines = []

    def start() -> Keeper:
        engine = open_engine(centre.settings.database_url)
        engines.append(engine)
        started.append(Keeper(replace(centre, engine=engine)))
        return started[-1]

    yield start
    for keeper in started:
        keeper.end()
    for engine in engines:
        engine.dispose()


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def leaders(centre: Centre) -> int:
    """How many hold the leader's lock, or wait for it."""
    held = text("""
        SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
        WHERE locktype = 'advisory' AND objid = 285999120 AND granted
          AND d.datname = current_database()
    """)
    held = text(held.text.replace("285999120", str(0x10C0010)))
    return int(transact(centre.engine, lambda conn: conn.execute(held).scalar_one()))


def is_sealed(centre: Centre) -> bool:
    """Write a row and tell whether all are chained by now."""
    open_rows = text("SELECT count(*) FROM audit_open")
    return transact(centre.engine, lambda conn: conn.execute(open_rows).scalar_one()) == 0


def look_up(centre: Centre) -> None:
    audit.record(centre, "an officer", "look_up_plate", "plate:1", None, {})


def test_it_seals_escalates_and_says_so(centre: Centre, keepers, clock) -> None:
    cause = Cause(
        Desk.POLICE, Priority.P1, "43C16839", "no_permit", "R-K1", "cam-001", "s", centre.now()
    )
    alert = transact(centre.engine, lambda conn: raise_alert(conn, centre, cause))
    look_up(centre)
    clock.advance(seconds=61)
    keepers()
    until(lambda: is_sealed(centre) and find_alert(centre, alert).level == 1)
    until(lambda: centre.live.beats("service")["timekeeper"]["state"] == "leading")
    # Other duties note what they do as well.
    assert audit.verify(centre) >= 1


def test_one_leads_and_another_takes_over(centre: Centre, keepers) -> None:
    first = keepers()
    until(lambda: leaders(centre) == 1)
    keepers()
    time.sleep(0.2)
    assert leaders(centre) == 1
    first.end()
    look_up(centre)
    until(lambda: is_sealed(centre))
    assert leaders(centre) == 1


def test_it_comes_back_when_its_connections_were_cut(centre: Centre, keepers) -> None:
    keepers()
    until(lambda: leaders(centre) == 1)
    cut = text("""
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
    """)
    for _ in range(2):
        assert transact(centre.engine, lambda conn: conn.execute(cut).scalar_one()) >= 1
        look_up(centre)
        until(lambda: is_sealed(centre) and leaders(centre) == 1)


def test_a_duty_that_fails_does_not_stop_the_others(centre: Centre, keepers) -> None:
    centre.settings.evidence_dir.write_bytes(b"a file where the folder should be")
    transact(centre.engine, lambda conn: conn.execute(text("DROP TABLE tally_quarter")))
    keepers()
    until(lambda: leaders(centre) == 1)
    for _ in range(2):
        look_up(centre)
        until(lambda: is_sealed(centre))


def test_every_duty_can_be_done_on_an_empty_city(centre: Centre, clock) -> None:
    for duty in duties():
        duty.work(centre)
    clock.advance(days=400)
    # After so long somebody has to say that the clock is right.
    purge_and_certify(centre)
    for duty in duties():
        duty.work(centre)


def test_every_duty_is_allowed_to_the_services_role(centre: Centre, stores, database) -> None:
    engine = open_engine(stores.database_url("ioc_timekeeper", database))
    as_role = replace(centre, engine=engine)
    look_up(centre)
    # The first again at the end: the purge's certificate is in the audit as well.
    for duty in (*duties(), duties()[0]):
        duty.work(as_role)
    # Some duties note in the audit what they did, after it was sealed.
    audit.seal(as_role)
    engine.dispose()
    assert is_sealed(centre)


def test_it_ends_on_sigterm(service_env: dict[str, str], centre: Centre) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ioc.cli", "timekeeper", "run"],
        env=service_env,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: leaders(centre) == 1)
    assert timedelta(0) < ended_within(process)
    assert process.returncode == 0


def ended_within(process: "subprocess.Popen[str]") -> timedelta:
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in errors
    return timedelta(seconds=time.monotonic() - started)


def test_what_cannot_be_undone_waits_while_the_clock_cannot_be_believed(
    centre: Centre, clock, keepers
) -> None:
    """A clock that is set by years would let a purge delete everything."""
    watch = ClockWatch(lambda: clock.at)
    assert watch.moved() < MOST_MOVED
    clock.advance(days=-3)
    assert watch.moved() > MOST_MOVED
    clock.advance(days=3)
    assert watch.moved() < MOST_MOVED
    final = {duty.work for duty in duties() if duty.is_final}
    assert {purge_at_night, sweep_orphans, give_up, freeze_due, send_due} == final
    keepers()
    until(lambda: certificates.last_day(centre) is not None)
    clock.advance(days=800)
    until(lambda: beat(centre) == "doubting the clock")
    assert certificates.last_day(centre) == local_day(NOW, centre.city.zone)


def test_one_that_starts_under_a_wrong_clock_purges_nothing(centre: Centre, clock) -> None:
    assert purge_at_night(centre) is not None
    clock.advance(days=800)
    with pytest.raises(Conflict, match="if that is right, run `ioc admin purge`"):
        purge_at_night(centre)
    purge_and_certify(centre)
    clock.advance(days=1)
    assert purge_at_night(centre) is not None


def beat(centre: Centre) -> object:
    return centre.live.beats("service").get("timekeeper", {}).get("state")
