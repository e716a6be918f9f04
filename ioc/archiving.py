"""The store's log as it is written, and copies to begin from: what a restore loses is nothing.

<backups>/engines/ID/wal/            PostgreSQL's log by segments; the last one grows (`.partial`)
<backups>/engines/ID/bases/INSTANT/  the data folder of the engine, as `pg_basebackup` copies it

A base and the log after it make the store of any moment since. Both age with the backups. ID is the
engine's own: a store made anew is another engine, and its log goes on from nobody's.
"""

import logging
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGTERM

from sqlalchemy import text

from ioc.centre import Centre
from ioc.db import server_of, transact
from ioc.embedded.binaries import connection_env, postgres_tool
from ioc.embedded.process import end, last_words, spawn
from ioc.errors import NotFound, Unavailable

logger = logging.getLogger(__name__)

# What the engine calls whoever keeps its log: commits may be told to wait for him.
NAME = "archive"
STAMP = "%Y%m%dT%H%M%S%fZ"
ENGINES, WAL, BASES, PICTURES = "engines", "wal", "bases", "pictures"
PRIVATE = 0o700
BASE_EVERY = timedelta(days=1)
LOOK_S, PAUSE_S, STOP_S = 1.0, 2.0, 5.0


def bases(root: Path) -> list[Path]:
    """Return the copies there are in a folder of backups, oldest first."""
    found = (root / ENGINES).glob(f"*/{BASES}/????????T*Z")
    return sorted((folder for folder in found if folder.is_dir()), key=instant)


def log_of(base: Path) -> Path:
    """Return the folder of the log that goes on from a base."""
    return base.parent.parent / WAL


def instant(folder: Path) -> datetime:
    """Return when a base, or a backup, was begun: its name says it."""
    return datetime.strptime(folder.name, STAMP).replace(tzinfo=UTC)


def copy_base(centre: Centre, url: str) -> Path:
    """Copy the engine's data folder; the log after it must be kept by `following`.

    Args:
        centre: whose store it is.
        url: of the engine, under a role that may replicate.

    Raises:
        Unavailable: the engine refuses, its programs are missing, or the disk is full.
    """
    root, now = _folder(centre, BASES), centre.now()
    for left in root.glob(".new-*"):
        shutil.rmtree(left)
    draft = root / f".new-{now.strftime(STAMP)}"
    command = [
        str(_tool(centre, "pg_basebackup")), "--pgdata", str(draft), "--checkpoint=fast",
        "--wal-method=none", "--no-password",
    ]  # fmt: skip
    done = subprocess.run(
        command, env=connection_env(url), capture_output=True, text=True, check=False
    )
    if done.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        raise Unavailable(f"pg_basebackup: {done.stderr.strip()[-500:]}")
    draft.rename(root / now.strftime(STAMP))
    return root / now.strftime(STAMP)


@contextmanager
def following(centre: Centre, url: str) -> Iterator["Receiver"]:
    """Keep the engine's log, flushed as it comes, until the block ends.

    Raises:
        Unavailable: its programs are missing.
    """
    folder = _folder(centre, WAL)
    receiver = Receiver(_tool(centre, "pg_receivewal"), folder, url)
    receiver.make_slot()
    try:
        yield receiver
    finally:
        receiver.stop()


class Receiver:
    """The program that keeps the log, started again when it ends."""

    def __init__(self, program: Path, folder: Path, url: str) -> None:
        """Remember what to run; `tend` starts it."""
        self._command = [
            str(program), "--directory", str(folder), "--slot", NAME, "--synchronous",
            "--no-loop", "--no-password", "--status-interval=1",
        ]  # fmt: skip
        self._slot = [
            str(program), "--slot", NAME, "--create-slot", "--if-not-exists", "--no-password",
        ]  # fmt: skip
        self._env = {**connection_env(url), "PGAPPNAME": NAME}
        self._log = folder.with_name("archive.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._tried_at = -PAUSE_S

    def make_slot(self) -> None:
        """Let the engine keep what we have not got yet, from now on.

        Raises:
            Unavailable: it does not answer, or refuses.
        """
        done = subprocess.run(
            self._slot, env=self._env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Unavailable(f"pg_receivewal: {done.stderr.strip()[-300:]}")

    def tend(self) -> str:
        """Start it where it does not run; return why it ended, empty where it runs."""
        if self._process is not None and self._process.poll() is None:
            return ""
        why = "" if self._process is None else last_words(self._log, 1)
        if time.monotonic() - self._tried_at >= PAUSE_S:
            self._tried_at = time.monotonic()
            self._process = spawn(self._command, self._log, env=self._env)
        return why

    def stop(self) -> None:
        """End it; what it has is on the disk."""
        if self._process is not None:
            end(self._process, SIGTERM, STOP_S)


def keep_archive(centre: Centre, url: str, stop: threading.Event) -> None:
    """Keep the log, a base a day, and every picture, until `stop` is set.

    Raises:
        Unavailable: PostgreSQL's programs are missing.
    """
    seen, told = 0.0, ""
    with following(centre, url) as receiver:
        while not stop.is_set():
            why = receiver.tend()
            if why and why != told:
                logger.warning("the log of the store is not followed: %s", why)
            told = why
            if not why:
                try:
                    _base_of_the_day(centre, url)
                    seen = copy_pictures(centre, seen)
                except (Unavailable, OSError) as fault:
                    logger.warning("the archive waits: %s", fault)
            stop.wait(LOOK_S)


def _base_of_the_day(centre: Centre, url: str) -> None:
    made = _folder(centre, BASES).glob("????????T*Z")
    if all(centre.now() - instant(base) >= BASE_EVERY for base in made):
        logger.info("copied: %s", copy_base(centre, url))


def copy_pictures(centre: Centre, changed_since: float = 0.0) -> float:
    """Copy the pictures that no backup has, of folders changed since; return what to ask next.

    `changed_since` is a time of the file system, in seconds since 1970.
    """
    root, source = centre.settings.backup_dir / PICTURES, centre.settings.evidence_dir
    newest = changed_since
    for folder in sorted(source.glob("??/??")):
        changed = folder.stat().st_mtime
        # Once more where it was changed in that same second: not every file system tells finer.
        if changed < changed_since - 1:
            continue
        newest = max(newest, changed)
        for picture in folder.glob("*.jpg"):
            target = root / picture.relative_to(source)
            if not target.exists():
                target.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
                draft = target.with_suffix(".new")
                shutil.copy2(picture, draft)
                draft.replace(target)
    return newest


def age_archive(centre: Centre, oldest: datetime) -> int:
    """Delete copies older than an instant, and the log that no copy needs; return how many went.

    The log after a copy that is kept reaches back to that copy and no further.
    """
    root = centre.settings.backup_dir
    gone = [base for base in bases(root) if instant(base) < oldest]
    for base in gone:
        shutil.rmtree(base)
    for log in (root / ENGINES).glob(f"*/{WAL}"):
        left = sorted((log.parent / BASES).glob("????????T*Z"), key=instant)
        first = first_segment(left[0])[8:] if left else ""
        for segment in log.iterdir():
            written = datetime.fromtimestamp(segment.stat().st_mtime, UTC)
            is_past = segment.name[8:24] < first if left else written < oldest
            if is_past and not segment.suffix:
                segment.unlink()
    return len(gone)


def first_segment(base: Path) -> str:
    """Return the name of the first segment of the log that a base needs.

    Raises:
        Unavailable: the base is not whole.
    """
    with suppress(OSError):
        for line in (base / "backup_label").read_text(encoding="utf-8").splitlines():
            if line.startswith("START WAL LOCATION"):
                return line.rpartition("file ")[2].rstrip(")")
    raise Unavailable(f"{base} is no copy of an engine")


def base_before(root: Path, until: datetime | None) -> Path:
    """Return the newest base from which the store of an instant can be made.

    Raises:
        NotFound: there is none so old.
    """
    fit = [base for base in bases(root) if until is None or instant(base) < until]
    if not fit:
        raise NotFound("base", "latest" if until is None else until.isoformat())
    return fit[-1]


def _folder(centre: Centre, name: str) -> Path:
    """Return a folder of the engine that holds the store now, made where it is missing."""
    system = transact(centre.engine, lambda conn: conn.execute(SYSTEM).scalar_one())
    folder = centre.settings.backup_dir
    for part in ("", ENGINES, str(system), name):
        folder = folder / part
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    return folder


def _tool(centre: Centre, name: str) -> Path:
    return postgres_tool(name, transact(centre.engine, server_of), os.environ)


SYSTEM = text("SELECT system_identifier FROM pg_control_system()")
