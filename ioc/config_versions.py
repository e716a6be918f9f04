"""Which content of each of the city's files is in force, and since when.

Every process reads the files once, when it starts. The timekeeper notes their digests then and
each hour, so that what was decided on a day can be held against the rules of that day.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from ioc import audit
from ioc.centre import Centre
from ioc.db import transact

SUFFIXES = frozenset({".toml", ".csv", ".geojson"})
VERSION = re.compile(rb"^version\s*=\s*(\d+)\s*$", re.MULTILINE)
NOTE_LOCK = 0x10C0011


@dataclass(frozen=True)
class FileVersion:
    """One content of a file of the city, and from when to when it was in force.

    Attributes:
        file: its path below the folder of the configuration.
        digest: SHA-256 of its content.
        version: the highest version that one of its entries names, None where none does.
        until: when another followed, or the file went; None while it stands.
    """

    file: str
    digest: str
    version: int | None
    since: datetime
    until: datetime | None = None


def note_versions(centre: Centre) -> int:
    """Note every file whose content is not the one in force; return how many changed."""
    now = centre.now()
    found = {name: (digest, version) for name, digest, version in _files(centre)}

    def work(conn: Connection) -> int:
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": NOTE_LOCK})
        known = {row.file: row.digest for row in conn.execute(IN_FORCE)}
        gone = sorted(name for name in known if found.get(name, ("",))[0] != known[name])
        new = sorted(name for name in found if known.get(name) != found[name][0])
        for name in gone:
            conn.execute(END, {"file": name, "at": now})
        for name in new:
            digest, version = found[name]
            conn.execute(BEGIN, {"file": name, "digest": digest, "version": version, "since": now})
        changed = sorted({*gone, *new})
        if changed:
            detail = {"files": {name: found.get(name, ("",))[0] for name in changed}}
            audit.record(conn, "timekeeper", "config_noted", "config", None, detail)
        return len(changed)

    return transact(centre.engine, work)


def versions(centre: Centre) -> list[FileVersion]:
    """Return every content noted, by file, the newest first."""
    rows = transact(centre.engine, lambda conn: conn.execute(ALL).all())
    return [FileVersion(**row._mapping) for row in rows]


def digest_now(centre: Centre, file: str) -> str | None:
    """Return the digest of a file as it lies there now; None where it is none of the city's."""
    return {name: digest for name, digest, _ in _files(centre)}.get(file)


def _files(centre: Centre) -> Iterator[tuple[str, str, int | None]]:
    root = centre.settings.config_dir
    for file in sorted({*centre.settings.city_dir.glob("*"), *_shared(root)}):
        if file.suffix in SUFFIXES and file.is_file():
            content = file.read_bytes()
            numbers = [int(number) for number in VERSION.findall(content)]
            name = file.relative_to(root).as_posix()
            yield name, hashlib.sha256(content).hexdigest(), max(numbers, default=None)


def _shared(root: Path) -> Iterator[Path]:
    yield from root.glob("*.toml")
    yield from root.glob("labels/*.toml")


IN_FORCE = text("SELECT file, digest FROM config_versions WHERE until IS NULL")
END = text("UPDATE config_versions SET until = :at WHERE file = :file AND until IS NULL")
BEGIN = text("""
    INSERT INTO config_versions (file, digest, version, since)
    VALUES (:file, :digest, :version, :since)
""")
ALL = text("""
    SELECT file, digest, version, since, until FROM config_versions
    ORDER BY file, since DESC, no DESC
""")
