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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGTERM

from sqlalchemy import text

from ioc.centre import Centre
from ioc.db import ping, server_of, transact
from ioc.embedded.binaries import connection_env, postgres_tool
from ioc.embedded.process import end, last_words, spawn
from ioc.errors import NotFound, Unavailable
from ioc.log_receiver import PAUSE_S, STOP_S, Receiver

logger = logging.getLogger(__name__)

STAMP = "%Y%m%dT%H%M%S%fZ"
ENGINES, WAL, BASES, PICTURES = "engines", "wal", "bases", "pictures"
PRIVATE = 0o700
BASE_EVERY = timedelta(days=1)
LOOK_S = 1.0


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


def copy_base(centre: Centre, url: str, goes_on: Callable[[], bool] = lambda: True) -> Path:
    """Copy the engine's data folder; the log after it must be kept by `following`.

    Args:
        centre: whose store it is.
        url: of the engine, under a role that may replicate.
        goes_on: asked each second; where it says no the copy is broken off.

    Raises:
        Unavailable: the engine refuses, its programs are missing, the disk is full, or it was
            broken off.
    """
    root, now = _folder(centre, BASES), centre.now()
    for left in root.glob(".new-*"):
        shutil.rmtree(left)
    draft = root / f".new-{now.strftime(STAMP)}"
    command = [
        str(_tool(centre, "pg_basebackup")), "--pgdata", str(draft), "--checkpoint=fast",
        "--wal-method=none", "--no-password",
    ]  # fmt: skip
    log = root.with_name("bases.log")
    log.unlink(missing_ok=True)
    process = spawn(command, log, env=connection_env(url))
    try:
        while _runs(process):
            if not goes_on():
                raise Unavailable("the copy was broken off")
        if process.returncode:
            raise Unavailable(f"pg_basebackup: {last_words(log)}")
        draft.rename(root / now.strftime(STAMP))
    finally:
        end(process, SIGTERM, STOP_S)
        shutil.rmtree(draft, ignore_errors=True)
    return root / now.strftime(STAMP)


@contextmanager
def following(centre: Centre, url: str) -> Iterator[Receiver]:
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


def keep_archive(
    centre: Centre, url: str, stop: threading.Event, follows: threading.Event | None = None
) -> None:
    """Keep the log, a base a day, and every picture, until `stop` is set.

    A store that is away is waited for. `follows` is set while the log comes in.

    Raises:
        Unavailable: the store refuses, or PostgreSQL's programs are missing.
    """
    follows = follows or threading.Event()
    _await_store(centre, stop)
    if stop.is_set():
        return
    seen, told = 0.0, ""

    def goes_on() -> bool:
        nonlocal told
        why = receiver.tend()
        if why and why != told:
            logger.warning("the log of the store is not followed: %s", why)
        told = why
        (follows.set if receiver.follows else follows.clear)()
        return not stop.is_set()

    with following(centre, url) as receiver:
        while goes_on():
            if not told:
                try:
                    _base_of_the_day(centre, url, goes_on)
                    seen = copy_pictures(centre, seen)
                except (Unavailable, OSError) as fault:
                    logger.warning("the archive waits: %s", fault)
            stop.wait(LOOK_S)


def _await_store(centre: Centre, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            ping(centre.engine)
        except Unavailable as fault:
            logger.warning("the archive waits: %s", fault)
            stop.wait(PAUSE_S)
        else:
            return


def _base_of_the_day(centre: Centre, url: str, goes_on: Callable[[], bool]) -> None:
    made = _folder(centre, BASES).glob("????????T*Z")
    if all(centre.now() - instant(base) >= BASE_EVERY for base in made):
        logger.info("copied: %s", copy_base(centre, url, goes_on))


def _runs(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether it still runs in a second."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(LOOK_S)
    return process.poll() is None


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
