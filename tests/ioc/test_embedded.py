"""The engines of our own: private, on loopback with passwords, one role a service, one holder."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ioc.embedded.binaries import plan_launch, postgres_bin, valkey_server
from ioc.embedded.postgres import SERVICE_ROLES
from ioc.embedded.process import born_at, free_port, is_free, last_words
from ioc.embedded.state import State, hold_state, holder_of, make_state
from ioc.embedded.stores import Stores, join_stores, open_stores
from ioc.errors import InvalidInput, Unavailable


def ask(url: str, question: str) -> object:
    conn = psycopg2.connect(url.replace("+psycopg2", ""))
    try:
        with conn.cursor() as cursor:
            cursor.execute(question)
            row = cursor.fetchone()
            return None if row is None else row[0]
    finally:
        conn.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("synchronous_commit", "on"),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("max_connections", "100"),
        ("shared_buffers", "128MB"),
    ],
)
def test_postgres_is_set_as_promised(stores: Stores, setting: str, value: str) -> None:
    assert ask(stores.database_url("postgres"), f'SHOW "{setting}"') == value


def test_vietnamese_is_lowered_whatever_the_system_speaks(stores: Stores) -> None:
    assert ask(stores.database_url(), "SELECT lower('NGUYỄN ĐÌNH CHIỂU ƯƠ')") == (
        "nguyễn đình chiểu ươ"
    )


@pytest.mark.parametrize("role", ["ioc", *SERVICE_ROLES])
def test_every_role_signs_in_with_its_own_password_and_rules_nothing(
    stores: Stores, role: str
) -> None:
    url = stores.database_url(role)
    assert ask(url, "SELECT current_user") == role
    assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    passwords = {stores.state.secret(name) for name in ("ioc", *SERVICE_ROLES)}
    assert len(passwords) == len(SERVICE_ROLES) + 1


def test_a_wrong_password_is_refused_by_both(stores: Stores) -> None:
    url = stores.database_url().replace("+psycopg2", "")
    wrong = url.replace(stores.state.secret("ioc"), "wrong")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(wrong)
    port = redis.connection.parse_url(stores.redis_url)["port"]
    with (
        redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_no_password_stands_in_a_list_of_processes(stores: Stores) -> None:
    shown = "".join(
        (Path("/proc") / str(pid) / "cmdline").read_text()
        for pid in (stores.postgres.process.pid, stores.valkey.process.pid)
    )
    secrets = [path.read_text() for path in (stores.state.path / "secrets").iterdir()]
    assert secrets
    assert not [secret for secret in secrets if secret in shown]


def test_the_state_folder_is_private(stores: Stores) -> None:
    path = stores.state.path
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for name in ("logs", "secrets", "postgres", "valkey"):
        assert stat.S_IMODE((path / name).stat().st_mode) == 0o700, name
    for file in [path / "runtime.json", path / "lock", *(path / "secrets").iterdir()]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_runtime_names_processes_and_ports(stores: Stores) -> None:
    known = json.loads((stores.state.path / "runtime.json").read_text())
    assert known["postgres"]["port"] == stores.postgres.port
    assert known["valkey"]["pid"] == stores.valkey.process.pid
    assert known["valkey"]["born"] == born_at(stores.valkey.process.pid) != ""


def test_a_second_start_says_who_holds_the_folder(tmp_path: Path) -> None:
    holder = (
        "import sys, time; from pathlib import Path; from ioc.embedded.state import hold_state\n"
        "with hold_state(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", holder, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            with (
                pytest.raises(Unavailable, match=rf"held by process {process.pid} \(.*since 20"),
                open_stores(tmp_path, {}),
            ):
                pass
            assert holder_of(State(tmp_path))["pid"] == process.pid
        finally:
            process.kill()
    assert holder_of(State(tmp_path)) is None
    with hold_state(tmp_path):
        pass


def test_an_open_folder_is_closed_and_a_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    assert stat.S_IMODE(make_state(folder).path.stat().st_mode) == 0o700
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InvalidInput, match=r"--state: .*cannot be used"):
        make_state(file)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 4321, 4321)
    with pytest.raises(InvalidInput, match="belongs to another user"):
        make_state(tmp_path)


def test_addresses_of_the_operator_come_first(tmp_path: Path) -> None:
    env = {
        "IOC_DATABASE_URL": "postgresql+psycopg2://own@host/db",
        "IOC_REDIS_URL": "redis://own:6379/0",
        "IOC_PG_BIN": "/nowhere",
    }
    with open_stores(tmp_path, env) as stores:
        assert stores.database_url("ioc_vision") == env["IOC_DATABASE_URL"]
        assert stores.redis_url == env["IOC_REDIS_URL"]
        assert stores.restart_dead() == []
    assert not (tmp_path / "postgres").exists()


def test_named_programs_come_before_the_wheel(tmp_path: Path) -> None:
    wheel = postgres_bin({})
    (tmp_path / "postgres").symlink_to(wheel / "postgres")
    assert postgres_bin({"IOC_PG_BIN": str(tmp_path)}) == tmp_path
    with pytest.raises(InvalidInput, match="IOC_PG_BIN: there is no program"):
        postgres_bin({"IOC_PG_BIN": str(tmp_path / "none")})
    assert valkey_server({}).name == "valkey-server"


def test_the_programs_never_run_as_root() -> None:
    launch = plan_launch(postgres_bin({}) / "postgres")
    shown = subprocess.run(
        [*launch.prefix, "id", "-u"], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() != "0"


def test_another_joins_the_running_stores_or_starts_them(stores: Stores, tmp_path: Path) -> None:
    with join_stores(stores.state.path) as joined:
        assert joined.database_url() == stores.database_url()
        assert ask(joined.database_url(), "SELECT 1") == 1
    with join_stores(tmp_path) as started:
        assert ask(started.database_url(), "SELECT 1") == 1


def test_a_store_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(Unavailable, match=r"PostgreSQL did not start: .*no_such_setting"),
        open_stores(tmp_path, {}, settings={"no_such_setting": "1"}),
    ):
        pass


def test_a_port_taken_since_the_last_start_is_changed(tmp_path: Path) -> None:
    taken = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken))
        other.listen()
        assert not is_free(taken)
        assert free_port(taken) != taken
    assert free_port(taken) == taken


def test_secrets_and_runtime_are_kept(tmp_path: Path) -> None:
    state = make_state(tmp_path)
    secret = state.secret("one")
    assert (state.secret("one"), len(secret) >= 32) == (secret, True)
    assert state.secret("two") != secret
    state.note_runtime(postgres={"port": 1})
    state.note_runtime(valkey={"port": 2})
    assert state.runtime() == {"postgres": {"port": 1}, "valkey": {"port": 2}}
    (tmp_path / "runtime.json").write_text("{half")
    assert state.runtime() == {}


def test_the_last_words_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    assert last_words(log) == "no log"
    log.write_text("one\ntwo\n\nthree\n")
    assert last_words(log, 2) == "two | three"
