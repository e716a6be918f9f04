"""A new schema under load: nobody waits two seconds; one that is broken off starts again."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import text

from ioc.centre import open_centre
from ioc.db import MIGRATIONS, migrate, open_engine, take_back, transact
from ioc.embedded.binaries import connection_env, postgres_tool
from ioc.embedded.process import wait_until
from ioc.errors import InvalidInput, IocError, Unavailable
from ioc.intake import IntakeStatus
from ioc.upkeep import recount
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import record_reads
from ioc.vehicles.upkeep import ensure_days
from ioc.venues.model import Scan, Sender, Way
from ioc.venues.recording import ScanDesk
from ioc.venues.upkeep import ensure_scan_days

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

MOST_S = 2.0
READER_S = 2.5
EARLIER = "0021"
# What a migration of tomorrow may do to the tables everything is written into.
HOT = """
from alembic import op
revision, down_revision = "next", {head!r}
branch_labels = depends_on = None

def upgrade():
    op.execute("CREATE TABLE tomorrow (n integer)")
    op.execute("ALTER TABLE sightings ADD COLUMN tomorrow text")
    op.execute("ALTER TABLE scans ADD COLUMN tomorrow text")
    op.execute("ALTER TABLE intake ADD COLUMN tomorrow text")
    op.execute("SELECT pg_sleep({sleep_s})")
"""
CODE = "046085000001|191000001|Nguyễn Văn An|07031985|Nam|1 Lê Lợi, Huế|14092021"
INTERRUPTED = """
import sys
from pathlib import Path
from ioc.db import migrate, open_engine
migrate(open_engine(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture
def tomorrow(tmp_path: Path, database_url: str):
    """Return the folder of migrations with one more, which sleeps so many seconds at its end."""

    def make(sleep_s: float) -> Path:
        scripts = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        engine = open_engine(database_url)
        head = transact(engine, lambda conn: conn.execute(VERSION).scalar_one())
        engine.dispose()
        (scripts / "versions" / "9999_next.py").write_text(HOT.format(head=head, sleep_s=sleep_s))
        return scripts

    return make


class Writer:
    """Writes one after another until stopped: when each was kept, and how many."""

    def __init__(self, write) -> None:
        self.kept: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(write,))

    def _run(self, write) -> None:
        number = 0
        while not self._stop.is_set():
            with suppress(IocError):
                if write(number) is IntakeStatus.RECORDED:
                    self.kept.append(time.monotonic())
            number += 1

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()

    def longest_silence(self) -> float:
        return max(after - before for before, after in zip(self.kept, self.kept[1:], strict=False))


def test_no_write_is_refused_for_two_seconds_while_the_schema_changes(
    settings, hue_roads, tomorrow
) -> None:
    """Not even while somebody reads for longer, behind whom the migration must wait."""
    scripts = tomorrow(0.2)
    with open_centre(settings, city=hue_roads.city) as centre:
        ensure_days(centre)
        ensure_scan_days(centre)
        desk = ScanDesk(centre)

        def read(n: int) -> IntakeStatus:
            at = datetime.now(UTC)
            one = PlateRead(f"r{n}", "cam-117", f"75A{n % 99:05}", 0.99, at, Heading.IN)
            return record_reads(centre, "box", [one])[0].receipt.status

        def scan(n: int) -> IntakeStatus:
            one = Scan(f"s{n}", "dong-ba-01", CODE, Way.IN, datetime.now(UTC))
            return desk.record_parties([(Sender("gate"), [one])])[0][0].status

        writers = [Writer(read), Writer(scan)]
        with writers[0].at_work(), writers[1].at_work():
            assert wait_until(lambda: all(len(one.kept) > 20 for one in writers), 30)
            with centre.engine.connect() as reader:
                reader.execute(text("SELECT count(*) FROM sightings"))
                begun = time.monotonic()
                threading.Timer(READER_S, reader.rollback).start()
                migrate(centre.engine, scripts)
                took = time.monotonic() - begun
            more = [len(one.kept) + 20 for one in writers]
            assert wait_until(lambda: [len(one.kept) for one in writers] > more, 30)
        assert took > READER_S, "it had to wait for the reader"
        assert max(one.longest_silence() for one in writers) < MOST_S
        count = "SELECT (SELECT count(*) FROM sightings), (SELECT count(*) FROM scans)"
        found = transact(centre.engine, lambda conn: tuple(conn.execute(text(count)).one()))
        assert found == tuple(len(one.kept) for one in writers)
        assert recount(centre) == []


def test_a_migration_killed_midway_is_not_there_and_runs_again(
    database_url: str, stores, tomorrow
) -> None:
    scripts = tomorrow(60)
    command = [sys.executable, "-c", INTERRUPTED, database_url, str(scripts)]
    engine = open_engine(database_url)

    def ask(question: str):
        return transact(engine, lambda conn: conn.execute(text(question)).scalar_one())

    with subprocess.Popen(command) as process:
        assert wait_until(lambda: ask(SLEEPS) == 1, 30), "it is midway"
        os.kill(process.pid, signal.SIGKILL)
    assert wait_until(lambda: _ended(ask), 30)
    assert ask("SELECT version_num FROM alembic_version") != "next"
    assert ask("SELECT to_regclass('tomorrow')") is None
    one_more = scripts / "versions" / "9999_next.py"
    one_more.write_text(one_more.read_text().replace("pg_sleep(60)", "pg_sleep(0)"))
    migrate(engine, scripts)
    assert ask("SELECT version_num FROM alembic_version") == "next"
    assert ask("SELECT count(*) FROM tomorrow") == 0
    engine.dispose()


def _ended(ask) -> bool:
    # The server hears of the death of a client when it has something to tell him.
    ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60%' AND pid <> pg_backend_pid()")  # fmt: skip  # noqa: E501
    return ask(SLEEPS) == 0


@pytest.fixture
def two_empty(stores) -> Iterator[list[str]]:
    """The addresses of two databases that hold nothing."""
    names = ["by_steps", "at_once"]
    conn = psycopg2.connect(stores.database_url(database="postgres").replace("+psycopg2", ""))
    conn.autocommit = True
    for name in names:
        conn.cursor().execute(f"CREATE DATABASE {name}")
    yield [stores.database_url(database=name) for name in names]
    for name in names:
        conn.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    conn.close()


def test_a_schema_made_step_by_step_is_that_made_at_once(two_empty: list[str]) -> None:
    """A store that was upgraded each time is the same as one of today."""
    from alembic import command
    from alembic.config import Config

    engines = [open_engine(url) for url in two_empty]
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    def first(conn) -> None:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")

    transact(engines[0], first)
    for engine in engines:
        migrate(engine)
        engine.dispose()
    assert schema(two_empty[0]) == schema(two_empty[1])


def test_the_latest_versions_can_be_taken_back_with_all_that_was_written(
    two_empty: list[str],
) -> None:
    engines = [open_engine(url) for url in two_empty]
    for engine in engines:
        migrate(engine)
    head = transact(engines[0], lambda conn: conn.execute(VERSION).scalar_one())
    keep = "INSERT INTO intake VALUES ('box', 'read', 'kept', '', 'ref', now())"
    transact(engines[0], lambda conn: conn.execute(text(keep)))
    take_back(engines[0], EARLIER)
    assert transact(engines[0], lambda conn: conn.execute(VERSION).scalar_one()) == EARLIER
    with pytest.raises(InvalidInput, match="revision"):
        take_back(engines[0], "9999")
    migrate(engines[0])
    assert transact(engines[0], lambda conn: conn.execute(VERSION).scalar_one()) == head
    kept = text("SELECT id FROM intake")
    assert transact(engines[0], lambda conn: conn.execute(kept).scalars().all()) == ["kept"]
    for engine in engines:
        engine.dispose()
    assert schema(two_empty[0]) == schema(two_empty[1])


def test_a_table_that_is_never_free_is_told_of(
    database_url: str, tomorrow, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tomorrow(0)
    monkeypatch.setattr("ioc.db.MIGRATION_PATIENCE_S", 0.0)
    engine = open_engine(database_url)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM sightings"))
        with pytest.raises(Unavailable, match="a table is in use"):
            migrate(engine, scripts)
    engine.dispose()


def schema(url: str) -> list[str]:
    program = postgres_tool("pg_dump", 1, os.environ)
    done = subprocess.run(
        [program, "--schema-only", "--no-owner"],
        env=connection_env(url), capture_output=True, text=True, check=True,
    )  # fmt: skip
    # Days of facts are made as time goes on, and the dump has a random word of its own.
    return sorted(
        line for line in done.stdout.splitlines() if "_20" not in line and not line.startswith("\\")
    )


VERSION = text("SELECT version_num FROM alembic_version")
SLEEPS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE query LIKE '%pg_sleep(60%' AND state = 'active' AND pid <> pg_backend_pid()
"""
