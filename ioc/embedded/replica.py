"""A streaming replica of an engine of our own, in a state folder of its own.

It is copied from the running primary, follows its log, and answers questions that only read. Its
folder is an ordinary state folder: once promoted it is run as any other.
"""

import re
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.sql import SQL, Identifier, Literal

from ioc.embedded.binaries import plan_launch, postgres_bin
from ioc.embedded.postgres import SUPERUSER, Postgres
from ioc.embedded.process import last_words
from ioc.embedded.state import PRIVATE_FILE, State, make_state
from ioc.errors import Conflict, InvalidInput, Unavailable

ROLE = "ioc_replica"
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
PROMOTED_S = 60
# What the primary says of one that follows it.
FOLLOWERS = """
    SELECT application_name, state, sync_state,
        pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn),
        coalesce(extract(epoch FROM replay_lag), 0)
    FROM pg_stat_replication ORDER BY application_name
"""


@dataclass(frozen=True)
class Follower:
    """A replica as its primary sees it: how far behind, and whether commits wait for it."""

    name: str
    state: str
    is_waited_for: bool
    behind_bytes: int
    behind_s: float


def running_postgres(path: Path) -> Postgres:
    """Return the running engine of the state folder at `path`, to ask and to tell, not to stop.

    Raises:
        Unavailable: none runs there.
    """
    state = make_state(path)
    known = state.runtime().get("postgres")
    if not isinstance(known, dict):
        raise Unavailable(f"no PostgreSQL of its own runs in {state.path}")
    server = Postgres(state.path / "postgres", state.log("postgres"), Path(), state.secret)
    server.port = int(known["port"])
    return server


def plan_replica(of: Path, state: State, name: str) -> Postgres:
    """Return the engine of `state`, copied from the one that runs in `of` where it holds nothing.

    Passwords are those of the primary: it may have to take its place.

    Raises:
        InvalidInput: `name` is none of [a-z][a-z0-9_]*.
        Unavailable: no primary runs in `of`, or it could not be copied.
        Conflict: `state` holds another installation.
    """
    if not NAME.fullmatch(name):
        raise InvalidInput("--name", f"{name!r} must be of a-z, 0-9 and _, at most 31")
    primary = running_postgres(of)
    folder = state.folder("postgres")
    server = Postgres(folder, state.log("postgres"), postgres_bin({}), state.secret, FOLLOWING)
    if (folder / "data").exists():
        if not (folder / "data" / "standby.signal").exists():
            raise Conflict(f"{folder} holds an installation that follows nobody")
        return server
    for secret in sorted((make_state(of).path / "secrets").iterdir()):
        shutil.copy2(secret, state.folder("secrets") / secret.name)
    let_follow(primary, name)
    _copy(primary, server, name)
    return server


# Long readings are not broken off for rows that the primary clears away meanwhile.
FOLLOWING = {"hot_standby": "on", "hot_standby_feedback": "on", "wal_receiver_status_interval": "1"}


def let_follow(primary: Postgres, name: str) -> None:
    """Let somebody follow the primary's log under a name: what he lacks is kept for him.

    Raises:
        Unavailable: the primary does not answer, or refuses.
    """
    password = Literal(primary.secret(ROLE))
    role = Identifier(ROLE)
    is_there = _asked(primary, f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'")
    verb = SQL("ALTER ROLE" if is_there else "CREATE ROLE")
    _tell(primary, [SQL("{} {} LOGIN REPLICATION PASSWORD {}").format(verb, role, password)])
    # The log that it has not got yet is kept for it, up to `max_slot_wal_keep_size`.
    held = _asked(primary, f"SELECT 1 FROM pg_replication_slots WHERE slot_name = '{name}'")
    if not held:
        _asked(primary, f"SELECT pg_create_physical_replication_slot('{name}', true)")


def promote(path: Path) -> None:
    """Make the replica that runs in `path` take writes; its primary must be gone for good.

    Raises:
        Unavailable: none runs there, or it does not become one.
        Conflict: it follows nobody.
    """
    server = running_postgres(path)
    if not _asked(server, "SELECT pg_is_in_recovery()")[0][0]:
        raise Conflict("what runs there is no replica")
    if not _asked(server, f"SELECT pg_promote(true, {PROMOTED_S})")[0][0]:
        raise Unavailable(f"it takes no writes after {PROMOTED_S} s")
    _tell(server, [SQL("ALTER SYSTEM RESET primary_conninfo")])
    _tell(server, [SQL("ALTER SYSTEM RESET primary_slot_name")])


def wait_for(path: Path, names: Sequence[str]) -> None:
    """Let every commit of the engine in `path` wait until one of `names` has it; none: for nobody.

    What is acknowledged then survives the loss of the primary's disk. While none of them answers,
    nothing is acknowledged.

    Raises:
        Unavailable: no engine runs there.
    """
    ones = ", ".join(f'"{name}"' for name in names)
    value = Literal(f"ANY 1 ({ones})" if names else "")
    server = running_postgres(path)
    _tell(server, [SQL("ALTER SYSTEM SET synchronous_standby_names = {}").format(value)])
    _tell(server, [SQL("SELECT pg_reload_conf()")])


def followers(path: Path) -> list[Follower]:
    """Return who follows the engine that runs in `path`.

    Raises:
        Unavailable: none runs there.
    """
    rows = _asked(running_postgres(path), FOLLOWERS)
    return [
        Follower(str(name), str(state), sync in ("sync", "quorum"), int(behind or 0), float(late))
        for name, state, sync, behind, late in rows
    ]


def leave(path: Path, name: str) -> None:
    """Let the engine in `path` keep no log for the replica `name` any more.

    Raises:
        Unavailable: no engine runs there, or the replica still follows.
    """
    server = running_postgres(path)
    drop = SQL(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = {}"
    )
    _tell(server, [drop.format(Literal(name))])


def _copy(primary: Postgres, server: Postgres, name: str) -> None:
    launch = plan_launch(server.programs / "postgres")
    draft = server.folder / f"new-{secrets.token_hex(4)}"
    where = f"host=127.0.0.1 port={primary.port} user={ROLE} application_name={name}"
    command = [
        *launch.prefix, str(server.programs / "pg_basebackup"), "--pgdata", str(draft),
        "--dbname", where, "--checkpoint=fast", "--wal-method=stream", "--slot", name,
        "--no-password",
    ]  # fmt: skip
    with server.log.open("ab") as log:
        env = {"PGPASSWORD": primary.secret(ROLE), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, stdout=log, stderr=log, env=env, check=False)
    if done.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise Unavailable(f"the primary could not be copied: {last_words(server.log)}")
    # Whole, not added to: whom the primary waits for, the replica must not wait for.
    told = f"{where} password={primary.secret(ROLE)}"
    settings = f"primary_conninfo = '{told}'\nprimary_slot_name = '{name}'\n"
    auto = draft / "postgresql.auto.conf"
    auto.write_text(settings, encoding="utf-8")
    auto.chmod(PRIVATE_FILE)
    (draft / "standby.signal").touch()
    draft.rename(server.folder / "data")


def _asked(server: Postgres, question: str) -> list[tuple[Any, ...]]:
    return _done(server, question, is_asked=True)


def _tell(server: Postgres, statements: Sequence[Any]) -> None:
    for statement in statements:
        _done(server, statement, is_asked=False)


def _done(server: Postgres, statement: Any, *, is_asked: bool) -> list[tuple[Any, ...]]:
    try:
        conn = psycopg2.connect(server.url(SUPERUSER, "postgres", driver="postgresql"))
    except psycopg2.OperationalError as fault:
        raise Unavailable(f"PostgreSQL does not answer: {fault}") from fault
    conn.autocommit = True
    try:
        with conn.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if is_asked else []
    except psycopg2.Error as fault:
        raise Unavailable(f"PostgreSQL refuses: {fault}") from fault
    finally:
        conn.close()
