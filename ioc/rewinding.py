"""The store of an instant, made from a copy of the engine and its log, and kept as a backup.

It is put back by `ioc.restoring` like any other backup, so that what was purged or erased since is
forgotten again and the audit never goes back in time.
"""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from signal import SIGINT

import psycopg2
from sqlalchemy import URL, make_url, text

from ioc.archiving import PRIVATE, base_before, instant, log_of
from ioc.backups import Backup, keep_dump
from ioc.centre import Centre
from ioc.db import open_engine, transact
from ioc.embedded.binaries import plan_launch, postgres_bin
from ioc.embedded.postgres import give
from ioc.embedded.process import end, last_words, spawn, wait_until
from ioc.errors import Unavailable

PORT = 5432
REPLAY_S = 6 * 3600
STOP_S = 30
SIGNALS = ("standby.signal", "postmaster.pid", "postmaster.opts")
# Thrown away at the end: nothing of it need survive a fault of the machine.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "hot_standby": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "archive_mode": "off",
    "synchronous_standby_names": "",
    "recovery_target_action": "promote",
    "timezone": "UTC",
}


def rewind(centre: Centre, until: datetime | None) -> Backup:
    """Make a backup of the store as it was at an instant; None: as the log has it last.

    Raises:
        NotFound: no copy is so old.
        Unavailable: the copy, its log or PostgreSQL's programs do not do.
    """
    base = base_before(centre.settings.backup_dir, until)
    with _replayed(centre, base, until) as url:
        engine = open_engine(url)
        settings = replace(centre.settings, database_url=url)
        try:
            last = transact(engine, lambda conn: conn.execute(LAST).scalar_one())
            then = replace(centre, engine=engine, settings=settings)
            return keep_dump(then, until or last or instant(base))
        finally:
            engine.dispose()


@contextmanager
def _replayed(centre: Centre, base: Path, until: datetime | None) -> Iterator[str]:
    """Run an engine on a copy of a base with the log replayed; give its address.

    It listens on a socket in a folder that is closed to others, and nowhere else.
    """
    programs, root = postgres_bin(os.environ), centre.settings.backup_dir
    _require_version(programs, base)
    launch = plan_launch(programs / "postgres")
    for left in root.glob(".replay-*"):
        shutil.rmtree(left)
    with (
        tempfile.TemporaryDirectory(prefix=".replay-", dir=root) as folder,
        # Short: the path of a socket has at most a hundred characters.
        tempfile.TemporaryDirectory(prefix="ioc-replay-") as sockets,
    ):
        data, log = Path(folder) / "data", Path(folder) / "log"
        _lay_out(base, data)
        given = {**SETTINGS, **_files(Path(folder)), "unix_socket_directories": sockets}
        given["restore_command"] = _fetching(log_of(base))
        if until is not None:
            given["recovery_target_time"] = until.isoformat()
        for one in (Path(folder), Path(sockets)):
            give(one, launch.owner)
        options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        command = [*launch.prefix, str(programs / "postgres"), "-D", str(data), *options]
        process = spawn(command, log, death_signal=SIGINT)
        address = _address(centre.settings.database_url, sockets)
        try:
            if not wait_until(lambda: process.poll() is not None or _answers(address), REPLAY_S):
                raise Unavailable(f"{base.name}: the log is not replayed after {REPLAY_S} s")
            if process.poll() is not None:
                raise Unavailable(f"{base.name}: the log was not replayed: {last_words(log)}")
            yield address
        finally:
            end(process, SIGINT, STOP_S)


def _address(url: str, sockets: str) -> str:
    """Return the address of the same database, user and password behind a socket."""
    parts = make_url(url)
    where = {"host": sockets, "port": str(PORT)}
    there = URL.create(
        parts.drivername, parts.username, parts.password, database=parts.database, query=where
    )
    return there.render_as_string(hide_password=False)


def _lay_out(base: Path, data: Path) -> None:
    shutil.copytree(base, data, symlinks=True)
    data.chmod(PRIVATE)
    for name in SIGNALS:
        (data / name).unlink(missing_ok=True)
    (data / "postgresql.auto.conf").write_text("", encoding="utf-8")
    (data / "recovery.signal").touch()


def _files(folder: Path) -> dict[str, str]:
    """Return files of ours for those of the engine, which may lie outside its data folder."""
    texts = {"config_file": "", "ident_file": "", "hba_file": "local all all trust\n"}
    for name, content in texts.items():
        (folder / name).write_text(content, encoding="utf-8")
    return {name: str(folder / name) for name in texts}


def _fetching(wal: Path) -> str:
    """Return the shell command by which the engine gets a segment: the last one is unfinished."""
    at = shlex.quote(str(wal)).replace("%", "%%")
    return f'cp {at}/"%f" "%p" 2>/dev/null || cp {at}/"%f".partial "%p" 2>/dev/null'


def _require_version(programs: Path, base: Path) -> None:
    made_by = (base / "PG_VERSION").read_text(encoding="ascii").strip()
    told = subprocess.run(
        [programs / "postgres", "--version"], capture_output=True, text=True, check=False
    )
    if f" {made_by}." not in told.stdout:
        raise Unavailable(
            f"{base.name} is of PostgreSQL {made_by}, and {programs} is not: name the folder of its"
            " programs by IOC_PG_BIN"
        )


def _answers(address: str) -> bool:
    try:
        psycopg2.connect(address.replace("+psycopg2", "")).close()
    except psycopg2.OperationalError:
        return False
    return True


LAST = text("SELECT pg_last_xact_replay_timestamp()")
