"""Backups of the store and its pictures, made and aged: none is kept longer than the policy says.

<backups>/<instant>/database.dump    PostgreSQL's custom format, of one snapshot
<backups>/<instant>/manifest.json    what it is, signed; <instant>/audit-heads.log beside it
<backups>/pictures/ab/cd/NAME.jpg    every picture once, as long as the centre keeps it
<backups>/pictures-gone/DAY/NAME.jpg pictures that the centre deleted, until the backups of then go
<backups>/erasures.log               what people had erased: a restore erases it again
<backups>/engines                    copies of the engine and its log: see ioc.archiving
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ioc import audit
from ioc.archiving import PICTURES, PRIVATE, STAMP, age_archive, bases, copy_pictures, instant
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import server_of
from ioc.embedded.binaries import connection_env, postgres_tool
from ioc.errors import NotFound, Unavailable
from ioc.evidence import named
from ioc.signing import is_signed, public_text, signing_key

DUMP, MANIFEST, GONE = "database.dump", "manifest.json", "pictures-gone"
# Who is signed in, and who failed to: nothing of that is to come back.
LEFT_OUT = ("sessions", "sign_in_attempts")
CHUNK = 1 << 20


@dataclass(frozen=True)
class Backup:
    """One backup: where it lies, when it was made, how far the chain of the audit was then."""

    folder: Path
    made_at: datetime
    revision: str
    server: int
    audit_seq: int
    audit_hash: str
    sha256: str


def back_up(centre: Centre) -> Backup:
    """Make a backup of now and remove those past their days.

    Raises:
        Unavailable: the store does not answer, its programs are missing, or the disk is full.
    """
    # By its last link a restore knows whether the store it replaces goes on from here.
    audit.seal(centre)
    backup = keep_dump(centre, centre.now())
    detail = {"folder": backup.folder.name, "sha256": backup.sha256}
    audit.record(centre, "backup", "backup_made", f"backup:{backup.folder.name}", None, detail)
    age(centre)
    return backup


def keep_dump(centre: Centre, at: datetime) -> Backup:
    """Write down what the store of `centre` holds, as a backup of an instant; nothing is noted.

    Raises:
        Unavailable: the store does not answer, its programs are missing, or the disk is full.
    """
    root = centre.settings.backup_dir
    root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    for left in root.glob(".new-*"):
        shutil.rmtree(left)
    draft = root / f".new-{at.strftime(STAMP)}"
    draft.mkdir(mode=PRIVATE)
    try:
        says = _dump(centre, draft / DUMP)
        _copy_heads(centre, draft / audit.HEADS)
        copy_pictures(centre)
        made = {"city": centre.city.id, "made_at": at.isoformat(), **says}
        (draft / MANIFEST).write_text(_signed(centre, made), encoding="utf-8")
    except OSError as fault:
        raise Unavailable(f"{root}: no backup could be written: {fault.strerror}") from fault
    folder = root / at.strftime(STAMP)
    if folder.exists():
        shutil.rmtree(folder)
    draft.rename(folder)
    return read_backup(centre, folder)


def backups(centre: Centre) -> list[Backup]:
    """Return the backups there are, oldest first."""
    return [read_backup(centre, folder) for folder in _folders(centre)]


def age(centre: Centre) -> dict[str, Any]:
    """Delete what is older than the policy says; return how much went, and the oldest left.

    A picture that the centre deleted is set aside the first time, and deleted with the backups of
    that day.
    """
    now, today = centre.now(), local_day(centre.now(), centre.city.zone)
    oldest = now - centre.city.policy.backups
    gone = [folder for folder in _folders(centre) if instant(folder) < oldest]
    for folder in gone:
        shutil.rmtree(folder)
    copies = age_archive(centre, oldest)
    root = centre.settings.backup_dir
    aside = root / GONE / today.isoformat()
    for picture in _forgotten(centre):
        aside.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        picture.replace(aside / picture.name)
    first = local_day(oldest, centre.city.zone)
    pictures = 0
    for folder in sorted((root / GONE).glob("????-??-??")):
        if date.fromisoformat(folder.name) < first:
            pictures += sum(1 for _ in folder.iterdir())
            shutil.rmtree(folder)
    left = sorted(map(instant, [*_folders(centre), *bases(root)]))
    return {
        "removed": len(gone) + copies,
        "pictures": pictures,
        "oldest": left[0].isoformat() if left else None,
        "kept_days": centre.city.policy.backups.days,
    }


def read_backup(centre: Centre, folder: Path) -> Backup:
    """Return the backup in a folder, its manifest checked by this installation's key.

    Raises:
        NotFound: there is none.
        Unavailable: its manifest cannot be read, or was not signed by this installation.
    """
    try:
        whole = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        content, signature = whole["content"], base64.b64decode(whole["signature"])
    except FileNotFoundError:
        raise NotFound("backup", str(folder)) from None
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Unavailable(f"{folder}: the manifest cannot be read: {fault}") from fault
    if not is_signed(content.encode(), signature, public_text(signing_key(centre.settings))):
        raise Unavailable(
            f"{folder}: the manifest was changed, or another installation's key made it"
        )
    says = json.loads(content)
    return Backup(
        folder,
        datetime.fromisoformat(says["made_at"]),
        says["revision"],
        says["server"],
        says["audit_seq"],
        says["audit_hash"],
        says["sha256"],
    )


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    found = hashlib.sha256()
    with file.open("rb") as content:
        while part := content.read(CHUNK):
            found.update(part)
    return found.hexdigest()


def require_whole(backup: Backup) -> None:
    """Refuse a backup whose dump is not what was written.

    Raises:
        Unavailable: it was changed, or cannot be read.
    """
    file = backup.folder / DUMP
    try:
        found = digest_of(file)
    except OSError as fault:
        raise Unavailable(f"{file} cannot be read: {fault.strerror}") from fault
    if found != backup.sha256:
        raise Unavailable(f"{file} was changed")


def saved_picture(root: Path, name: str) -> Path | None:
    """Return where a backup has the picture of a name, None where none has."""
    kept = root / PICTURES / name[:2] / name[2:4] / f"{name}.jpg"
    if kept.exists():
        return kept
    return next(iter((root / GONE).glob(f"????-??-??/{name}.jpg")), None)


def _dump(centre: Centre, file: Path) -> dict[str, Any]:
    """Dump one snapshot, and return what the manifest says of it."""
    with centre.engine.connect() as conn:
        conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        # It only waits, for as long as the dump takes.
        conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        snapshot = conn.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        revision = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        link = conn.execute(LAST_LINK).one_or_none()
        server = server_of(conn)
        program = postgres_tool("pg_dump", server, os.environ)
        command = [
            str(program), "--format=custom", "--no-owner", "--no-privileges",
            f"--snapshot={snapshot}", f"--file={file}",
            *(f"--exclude-table-data={table}" for table in LEFT_OUT),
        ]  # fmt: skip
        env = connection_env(centre.settings.database_url)
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"pg_dump: {done.stderr.strip()[-500:]}")
    file.chmod(0o600)
    return {
        "revision": revision,
        "server": server,
        "audit_seq": 0 if link is None else link.seq,
        "audit_hash": "" if link is None else bytes(link.hash).hex(),
        "sha256": digest_of(file),
    }


def _signed(centre: Centre, says: Mapping[str, Any]) -> str:
    content = json.dumps(says, sort_keys=True)
    key = signing_key(centre.settings)
    signature = base64.b64encode(key.sign(content.encode())).decode()
    return json.dumps({"content": content, "signature": signature}, indent=1) + "\n"


def newest_instant(root: Path) -> datetime | None:
    """Return when the newest backup or base in a folder was made, None where there is none."""
    return max(map(instant, [*_folders_in(root), *bases(root)]), default=None)


def _folders(centre: Centre) -> list[Path]:
    return _folders_in(centre.settings.backup_dir)


def _folders_in(root: Path) -> list[Path]:
    return sorted(folder for folder in root.glob("????????T*Z") if folder.is_dir())


def _copy_heads(centre: Centre, to: Path) -> None:
    """Copy the heads of the audit's days that this store's chain has: it may be one of before."""
    heads = centre.settings.state_dir / audit.HEADS
    if not heads.exists():
        return
    with centre.engine.connect() as conn:
        held = {bytes(link).hex() for link in conn.execute(LINKS).scalars()}
    lines = heads.read_text(encoding="ascii").splitlines(keepends=True)
    to.write_text("".join(line for line in lines if line.split()[1] in held), encoding="ascii")
    to.chmod(0o600)


def _forgotten(centre: Centre) -> Iterator[Path]:
    """Yield the copies of pictures that the store knows no longer.

    The store is asked, not the folder of pictures: that may be what was lost.
    """
    for folder in sorted((centre.settings.backup_dir / PICTURES).glob("??/??")):
        copies = list(folder.glob("*.jpg"))
        known = named(centre, [copy.stem for copy in copies])
        yield from (copy for copy in copies if copy.stem not in known)


LINKS = text("SELECT hash FROM audit_link")
LAST_LINK = text("SELECT seq, hash FROM audit_link ORDER BY seq DESC LIMIT 1")
