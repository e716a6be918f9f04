"""Pictures that stand behind a read: named by their SHA-256, synced before they are named.

The folder `settings.evidence_dir` is shared by all services. A picture is written and synced
before the commit that names it; what no row names is swept.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput, NotFound, Unavailable

NAME = re.compile(r"[0-9a-f]{64}")
JPEG = b"\xff\xd8\xff"
MAX_BYTES = 4_000_000


@dataclass(frozen=True)
class Picture:
    """What is known of a kept picture; `kind` is plate or frame."""

    sha256: str
    kind: str
    camera: str
    taken_at: datetime


def keep(centre: Centre, picture: bytes, kind: str, camera: str, taken_at: datetime) -> str:
    """Keep a JPEG and return its name, the SHA-256 in hexadecimal; again changes nothing.

    Raises:
        InvalidInput: it is no JPEG, or too large.
        Unavailable: the folder cannot be written, or the store does not answer.
    """
    if not picture.startswith(JPEG):
        raise InvalidInput(f"images.{kind}", "is no JPEG")
    if len(picture) > MAX_BYTES:
        raise InvalidInput(f"images.{kind}", f"is larger than {MAX_BYTES} bytes")
    name = hashlib.sha256(picture).hexdigest()
    file = path_of(centre, name)
    try:
        if not file.exists():
            _write(file, picture)
    except OSError as fault:
        raise Unavailable(f"evidence cannot be kept: {fault}") from fault
    row = {
        "sha256": name,
        "kind": kind,
        "camera": camera,
        "taken_at": taken_at,
        "bytes": len(picture),
    }
    transact(centre.engine, lambda conn: conn.execute(KEEP, row))
    return name


def load(centre: Centre, name: str) -> bytes:
    """Return a kept picture, the very bytes its name was made of.

    Raises:
        InvalidInput: the name is no SHA-256.
        NotFound: it is not kept, or no longer.
        Unavailable: it was changed on the disk, or cannot be read.
    """
    file = path_of(centre, name)
    try:
        picture = file.read_bytes()
    except FileNotFoundError:
        raise NotFound("picture", name) from None
    except OSError as fault:
        raise Unavailable(f"evidence cannot be read: {fault}") from fault
    if hashlib.sha256(picture).hexdigest() != name:
        raise Unavailable(f"evidence {name} was changed on the disk: it proves nothing any more")
    return picture


def picture_of(centre: Centre, name: str) -> Picture:
    """Return what is known of a picture.

    Raises:
        NotFound: nothing is.
    """
    row = transact(centre.engine, lambda conn: conn.execute(FIND, {"sha256": name}).one_or_none())
    if row is None:
        raise NotFound("picture", name)
    return Picture(row.sha256, row.kind, row.camera, row.taken_at)


def path_of(centre: Centre, name: str) -> Path:
    """Return where a picture lies.

    Raises:
        InvalidInput: the name is no SHA-256.
    """
    if not NAME.fullmatch(name):
        raise InvalidInput("sha256", "needs 64 hexadecimal characters")
    return centre.settings.evidence_dir / name[:2] / name[2:4] / f"{name}.jpg"


def sweep(centre: Centre, taken_before: datetime) -> int:
    """Delete pictures taken before an instant, rows first; return how many.

    One that a legal hold keeps stays.
    """

    def work(conn: Connection) -> list[str]:
        # Named one by one: where pictures are spread over servers, holds lie on another.
        held = list(conn.execute(HELD).scalars())
        return list(conn.execute(SWEEP, {"before": taken_before, "held": held}).scalars())

    names = transact(centre.engine, work)
    for name in names:
        path_of(centre, name).unlink(missing_ok=True)
    return len(names)


def sweep_orphans(centre: Centre, written_before: datetime, share: tuple[int, int]) -> int:
    """Delete files that no row names, written before an instant; return how many.

    `share` is (number, of how many): the part of the folder that is looked through.
    """
    part, parts = share
    limit = written_before.timestamp()
    swept = 0
    for folder in sorted(centre.settings.evidence_dir.glob("??/??")):
        if int(folder.parent.name, 16) % parts != part % parts:
            continue
        old = [file for file in folder.iterdir() if file.stat().st_mtime < limit]
        known = named(centre, [file.stem for file in old])
        for file in old:
            if file.stem not in known:
                file.unlink(missing_ok=True)
                swept += 1
    return swept


def named(centre: Centre, names: Sequence[str]) -> set[str]:
    """Return those of the names that the store knows as pictures."""
    if not names:
        return set()
    return transact(
        centre.engine, lambda conn: set(conn.execute(NAMED, {"names": list(names)}).scalars())
    )


def _write(file: Path, picture: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(picture)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


KEEP = text("""
    INSERT INTO evidence (sha256, kind, camera, taken_at, bytes)
    VALUES (:sha256, :kind, :camera, :taken_at, :bytes) ON CONFLICT DO NOTHING
""")
FIND = text("SELECT * FROM evidence WHERE sha256 = :sha256")
HELD = text("SELECT sha256 FROM hold_pictures")
SWEEP = text("""
    DELETE FROM evidence WHERE taken_at < :before AND sha256 <> ALL(CAST(:held AS text[]))
    RETURNING sha256
""")
NAMED = text("SELECT sha256 FROM evidence WHERE sha256 = ANY(:names)")
