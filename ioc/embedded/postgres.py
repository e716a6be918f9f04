"""One PostgreSQL server of our own: made, started, asked whether it lives, restarted, stopped."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2.sql import SQL, Identifier, Literal

from ioc.embedded.binaries import Launch, plan_launch
from ioc.embedded.process import clear_leftovers, end, free_port, last_words, spawn, wait_until
from ioc.errors import Unavailable

SUPERUSER = "postgres"
OWNER = "ioc"
SERVICE_ROLES = ("ioc_vision", "ioc_ingest", "ioc_dashboards", "ioc_timekeeper")
DATABASE = "ioc"
BUILTIN_LOCALE_SINCE = 17
LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
START_S = 60.0
STOP_S = 20.0

# After a crash one call for the file system instead of one a file: a second instead of five on a
# busy disk (measured, 1,300 files).
SYNC_AFTER_CRASH = {"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    # Log kept for a replica that is away: one that stays away must not fill the disk.
    "max_slot_wal_keep_size": "2GB",
    **SYNC_AFTER_CRASH,
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}


@dataclass
class Postgres:
    """A server whose data lie in `folder`/data; `secret` gives the password of a role."""

    folder: Path
    log: Path
    programs: Path
    secret: Callable[[str], str]
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, made first where there is none; return when it answers.

        Raises:
            Unavailable: it does not start; the message ends with its last words.
        """
        try:
            launch = self._lay_out()
        except OSError as fault:
            raise Unavailable(f"PostgreSQL's folder cannot be used: {fault}") from fault
        data = self.folder / "data"
        self.port = free_port(self.port)
        settings = {**SETTINGS, **self.settings, "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = spawn(
            [*launch.prefix, self.programs / "postgres", "-D", data, *options],
            self.log,
            death_signal=signal.SIGINT,
        )
        if not wait_until(self._answers, START_S) or not self.is_alive():
            self.stop()
            raise Unavailable(f"PostgreSQL did not start: {last_words(self.log)}")

    def prepare(self) -> None:
        """Make the roles and the database that are missing."""
        conn = psycopg2.connect(self.url(SUPERUSER, "postgres", driver="postgresql"))
        conn.autocommit = True
        try:
            with conn.cursor() as cursor:
                cursor.execute("SELECT rolname FROM pg_roles")
                roles = {row[0] for row in cursor.fetchall()}
                for role in (OWNER, *SERVICE_ROLES):
                    if role not in roles:
                        rights = SQL("LOGIN CREATEDB" if role == OWNER else "LOGIN")
                        cursor.execute(
                            SQL("CREATE ROLE {} {} PASSWORD {}").format(
                                Identifier(role), rights, Literal(self.secret(role))
                            )
                        )
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
                if cursor.fetchone() is None:
                    make = SQL("CREATE DATABASE {} OWNER {}")
                    cursor.execute(make.format(Identifier(DATABASE), Identifier(OWNER)))
        finally:
            conn.close()

    def is_alive(self) -> bool:
        """Tell whether the server's process lives."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, committed ones are on the disk."""
        if self.process is not None:
            end(self.process, signal.SIGINT, STOP_S)
            clear_leftovers(self.folder / "data", patience_s=2)
            self.process = None

    def url(
        self, role: str = OWNER, database: str = DATABASE, driver: str = "postgresql+psycopg2"
    ) -> str:
        """Return the address of `database` for `role`, with its password."""
        password = quote(self.secret(role), safe="")
        return f"{driver}://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def _lay_out(self) -> Launch:
        """Make the data where there are none, and clear away what a dead server left."""
        data = self.folder / "data"
        launch = plan_launch(self.programs / "postgres")
        clear_leftovers(data, patience_s=3)
        for draft in self.folder.glob("new-*"):
            shutil.rmtree(draft)
        if not data.exists():
            self._make(data, launch.prefix, launch.owner)
        give(data, launch.owner)
        # We hold the state folder and nobody works in `data`: what the file says is of the past,
        # and its process id may by now be somebody else's.
        (data / "postmaster.pid").unlink(missing_ok=True)
        return launch

    def _answers(self) -> bool:
        if not self.is_alive():
            return True
        try:
            psycopg2.connect(self.url(SUPERUSER, "postgres", driver="postgresql")).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _make(self, data: Path, prefix: tuple[str, ...], owner: int) -> None:
        draft = self.folder / f"new-{secrets.token_hex(4)}"
        draft.mkdir(mode=0o700)
        give(draft, owner)
        secret = self.secret(SUPERUSER)
        read_end, write_end = os.pipe()
        os.write(write_end, f"{secret}\n".encode())
        os.close(write_end)
        command = [
            *prefix, str(self.programs / "initdb"), "-D", str(draft), "-U", SUPERUSER, "-E", "UTF8",
            *self._options(), "--auth-host=scram-sha-256", "--auth-local=reject",
            f"--pwfile=/dev/fd/{read_end}",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, pass_fds=[read_end], check=False)
        os.close(read_end)
        if done.returncode != 0:
            shutil.rmtree(draft)
            raise Unavailable(f"PostgreSQL's data could not be made: {last_words(self.log)}")
        draft.rename(data)

    def _options(self) -> list[str]:
        # The same order on every system; ICU and the system's locales differ from host to host.
        told = subprocess.run(
            [self.programs / "postgres", "--version"], capture_output=True, text=True, check=False
        )
        version = re.search(r"\d+", told.stdout)
        if version is not None and int(version.group()) >= BUILTIN_LOCALE_SINCE:
            return [*LOCALE, *(f"--sync-method={how}" for how in SYNC_AFTER_CRASH.values())]
        return ["--locale=C.UTF-8"]


def give(folder: Path, owner: int) -> None:
    """Let `folder` and all in it belong to `owner`, where we may say so."""
    if os.geteuid() == 0 and folder.stat().st_uid != owner:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, owner, -1, follow_symlinks=False)
