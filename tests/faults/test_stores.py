"""The stores die by force: what was committed is kept, they come back, nothing is left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from ioc.embedded.process import wait_until, working_in
from ioc.embedded.stores import Stores, open_stores

pytestmark = pytest.mark.faults

KEEP_OPEN = """
import sys, time
from pathlib import Path
from ioc.embedded.stores import open_stores
with open_stores(Path(sys.argv[1]), {}) as stores:
    print(stores.database_url(), flush=True)
    time.sleep(120)
"""


@pytest.fixture
def own_stores(tmp_path: Path) -> Iterator[Stores]:
    """Stores that are this test's to kill, with every promise about the disk kept."""
    with open_stores(tmp_path / "state", {}) as opened:
        yield opened


def connect(url: str) -> psycopg2.extensions.connection:
    return psycopg2.connect(url.replace("+psycopg2", ""))


def count(url: str) -> int:
    conn = connect(url)
    with conn.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM fact")
        (found,) = cursor.fetchone()
    conn.close()
    return int(found)


def commit_rows(url: str, rows: int) -> None:
    conn = connect(url)
    conn.autocommit = True
    with conn.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS fact (n bigint)")
        for n in range(rows):
            cursor.execute("INSERT INTO fact VALUES (%s)", (n,))
    conn.close()


def test_killed_postgres_comes_back_with_every_committed_row(own_stores: Stores) -> None:
    url = own_stores.database_url()
    commit_rows(url, 200)
    unfinished = connect(url)
    unfinished.cursor().execute("INSERT INTO fact VALUES (-1)")
    own_stores.postgres.process.kill()
    own_stores.postgres.process.wait()
    assert own_stores.restart_dead() == ["postgres"]
    assert own_stores.database_url() == url
    assert count(url) == 200
    assert own_stores.restart_dead() == []


def test_postgres_comes_back_though_a_backend_of_it_is_busy(own_stores: Stores) -> None:
    url = own_stores.database_url()
    commit_rows(url, 10)
    busy = connect(url)
    pid = busy.info.backend_pid
    os.kill(pid, signal.SIGSTOP)
    own_stores.postgres.process.kill()
    own_stores.postgres.process.wait()
    assert own_stores.restart_dead() == ["postgres"]
    assert count(url) == 10


def test_killed_valkey_comes_back_empty_at_the_same_address(own_stores: Stores) -> None:
    with redis.Redis.from_url(own_stores.redis_url) as client:
        client.set("hint", "1")
    own_stores.valkey.process.kill()
    own_stores.valkey.process.wait()
    assert own_stores.restart_dead() == ["valkey"]
    with redis.Redis.from_url(own_stores.redis_url) as client:
        assert client.get("hint") is None


def test_a_killed_supervisor_takes_the_stores_along(tmp_path: Path) -> None:
    state = tmp_path / "state"
    command = [sys.executable, "-c", KEEP_OPEN, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        url = supervisor.stdout.readline().strip()
        commit_rows(url, 20)
        folders = [state / "postgres" / "data", state / "valkey"]
        assert all(working_in(folder) for folder in folders)
        supervisor.kill()
    assert wait_until(lambda: not any(working_in(folder) for folder in folders), patience_s=10)
    with open_stores(state, {}) as again:
        assert count(again.database_url()) == 20


def test_a_start_right_after_the_kill_waits_for_what_is_left(tmp_path: Path) -> None:
    state = tmp_path / "state"
    command = [sys.executable, "-c", KEEP_OPEN, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        commit_rows(supervisor.stdout.readline().strip(), 20)
        supervisor.kill()
    with open_stores(state, {}) as again:
        assert count(again.database_url()) == 20


def test_an_ended_supervisor_leaves_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with open_stores(state, {}) as stores:
        pids = [stores.postgres.process.pid, stores.valkey.process.pid]
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert not working_in(state / "postgres" / "data")
