"""A primary and its replica on one machine: read from, left behind, and put in its place."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboards.app import SCREENS
from dashboards.screen import Seat
from ioc.centre import Centre, open_centre
from ioc.db import migrate, open_engine, transact
from ioc.embedded.postgres import Postgres
from ioc.embedded.process import wait_until
from ioc.embedded.replica import followers, plan_replica, promote, wait_for
from ioc.embedded.state import hold_state
from ioc.embedded.stores import Stores, open_stores
from ioc.errors import IocError, Unavailable
from ioc.labels import Language
from ioc.overview import figures
from ioc.settings import load_settings
from ioc.upkeep import recount
from ioc.vehicles.recording import record_read
from ioc.vehicles.service import make_days
from tests.conftest import ROOT
from tests.dashboards.makers import a_read

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

NAME = "replica_1"


@dataclass
class Pair:
    primary: Stores
    replica: Postgres
    replica_path: Path


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    env = {name: os.environ[name] for name in ("PATH", "IOC_PG_BIN") if name in os.environ}
    paths = tmp_path / "primary", tmp_path / "replica"
    with open_stores(paths[0], env) as primary, hold_state(paths[1]) as state:
        engine = open_engine(primary.database_url())
        migrate(engine)
        engine.dispose()
        replica = plan_replica(paths[0], state, NAME)
        replica.start()
        state.note_runtime(postgres={"pid": 0, "born": "", "port": replica.port})
        try:
            yield Pair(primary, replica, paths[1])
        finally:
            replica.stop()


def centre_of(pair: Pair, role: str = "ioc") -> AbstractContextManager[Centre]:
    env = {
        **pair.primary.demo_environment(role),
        "IOC_REPLICA_URL": pair.replica.url(role),
        "IOC_CONFIG": str(ROOT / "config"),
    }
    return open_centre(load_settings(env))


def record(centre: Centre, number: int) -> None:
    plate = f"75A{10000 + number}"
    record_read(centre, "box", a_read(f"r{number}", plate, centre.now(), "cam-042"))


def reads(centre: Centre) -> int:
    return int(figures(centre).values["reads_today"])


def test_panels_read_the_replica_and_a_killed_primary_loses_nothing(pair: Pair) -> None:
    with centre_of(pair) as centre:
        today = centre.now().date()
        make_days(centre, [today + timedelta(days=n) for n in (-1, 0, 1)])
        assert centre.replica is not None
        # What has just been written is seen, and it is the replica that answers.
        for number in range(1, 6):
            record(centre, number)
            seen = centre.read(lambda there: (reads(there), is_copy(there)))
            assert seen == (number, True)
        every_page_is_drawn_from_the_replica(pair)
        what_writes_goes_to_the_primary(centre)
        one_that_is_behind_is_passed_over(pair, centre)
        wait_for(pair.primary.state.path, [NAME])
        assert wait_until(lambda: [f.is_waited_for for f in followers_of(pair)] == [True], 10)
        acknowledged = kill_while_writing(pair, centre)
    promote(pair.replica_path)
    with centre_of(replace(pair, primary=promoted(pair))) as centre:
        kept = transact(
            centre.engine,
            lambda conn: set(conn.execute(text("SELECT id FROM intake")).scalars()),
        )
        assert acknowledged <= kept
        assert recount(centre) == []
        # It takes writes, waits for nobody, and is no replica of itself.
        record(centre, 99_000)
        assert centre.read(lambda there: (reads(there), is_copy(there))) == (len(kept) + 1, False)


def is_copy(centre: Centre) -> bool:
    question = text("SELECT pg_is_in_recovery()")
    return bool(transact(centre.engine, lambda conn: conn.execute(question).scalar_one()))


def followers_of(pair: Pair) -> list:
    return followers(pair.primary.state.path)


def every_page_is_drawn_from_the_replica(pair: Pair) -> None:
    with centre_of(pair, "ioc_dashboards") as centre:
        for screen in SCREENS.values():
            seat = Seat(Language.VI, sees_plates=True, sees_persons=True)
            drawn = centre.read(lambda there, s=screen, at=seat: (s.draw(there, at), there))
            assert drawn[1] is not centre, f"{screen.page} writes, or lacks a right there"


def what_writes_goes_to_the_primary(centre: Centre) -> None:
    asked: list[Centre] = []

    def write(there: Centre) -> None:
        asked.append(there)
        record(there, 6)

    centre.read(write)
    assert [there is centre for there in asked] == [False, True]
    vars(centre.replica)["_rests_until"] = 0.0


def one_that_is_behind_is_passed_over(pair: Pair, centre: Centre) -> None:
    server = pair.replica
    engine = open_engine(server.url("postgres", "postgres"))
    for question in ("SELECT pg_wal_replay_pause()", "SELECT pg_wal_replay_resume()"):
        with engine.connect() as conn:
            conn.execute(text(question))
        record(centre, 7 if "pause" in question else 8)
        expected = 7 if "pause" in question else 8
        seen = centre.read(lambda there: (reads(there), is_copy(there)))
        assert seen == (expected, "resume" in question)
    engine.dispose()


def kill_while_writing(pair: Pair, centre: Centre) -> set[str]:
    """Return the ids that were acknowledged until the primary was killed amid the writing."""
    acknowledged: set[str] = set()
    numbers = count(100)
    is_over = threading.Event()

    def write() -> None:
        while not is_over.is_set():
            number = next(numbers)
            try:
                record(centre, number)
            except IocError:
                return
            acknowledged.add(f"r{number}")

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    assert wait_until(lambda: len(acknowledged) > 60, 30)
    assert isinstance(pair.primary.postgres, Postgres)
    process = pair.primary.postgres.process
    assert process is not None
    process.send_signal(signal.SIGKILL)
    for writer in writers:
        writer.join(20)
    is_over.set()
    with pytest.raises(Unavailable):
        record(centre, 98_000)
    return acknowledged


def promoted(pair: Pair) -> Stores:
    return Stores(pair.primary.state, pair.replica, pair.primary.valkey)
