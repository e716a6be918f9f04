"""Pictures that wait on the disk beside their reads: within a room of their own, oldest go first.

One file a read, numbered in the order of reads. A read that has lost its pictures goes without.
"""

import logging
import os
from collections import OrderedDict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from vision.segments import sync_folder

logger = logging.getLogger(__name__)

FOLDER = "pictures"
SUFFIX = ".jpegs"
# A name that stands in a line of the spool; nothing else is ever opened.
DIGITS = 20
LAST = "9" * DIGITS

# What a line says of its pictures: the file, and the bytes of each by kind, in their order.
Kept = Mapping[str, Any]


class Pictures:
    """The pictures of one folder; not safe among threads, its owner holds a lock.

    Attributes:
        lost: pictures' files that gave way to newer ones, or to reads, since the start.
    """

    def __init__(self, folder: Path, limit_bytes: int, spare_bytes: int) -> None:
        """Take up what is left in `folder`.

        Args:
            folder: of the spool; the pictures lie in a folder of their own in it.
            limit_bytes: so much they take at most.
            spare_bytes: so much of the disk they leave free, for reads to come.

        Raises:
            OSError: it cannot be read or written.
        """
        self._folder = folder / FOLDER
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._limit, self._spare = limit_bytes, spare_bytes
        found = sorted(path for path in self._folder.iterdir() if path.suffix == SUFFIX)
        self._sizes = OrderedDict((path.stem, path.stat().st_size) for path in found)
        self._total = sum(self._sizes.values())
        self._next = int(found[-1].stem) + 1 if found else 1
        self.lost = 0

    @property
    def held_bytes(self) -> int:
        """Return the bytes that the pictures take."""
        return self._total

    def keep(self, pictures: Mapping[str, bytes], spared: Collection[str]) -> Kept | None:
        """Keep the pictures of one read; those of older reads give way.

        Args:
            pictures: JPEG files by kind.
            spared: names of files that are on their way just now, and stay.

        Returns:
            What the line of the read is to say of them, None where there is no room.
        """
        size = sum(map(len, pictures.values()))
        if not size or not self._make_room(size, spared):
            return None
        name = f"{self._next:0{DIGITS}d}"
        self._next += 1
        path = self._path(name)
        try:
            with path.open("xb") as file:
                file.writelines(pictures.values())
                file.flush()
                os.fsync(file.fileno())
            sync_folder(self._folder)
        except OSError as fault:
            logger.warning("the pictures of a read could not be kept: %s", fault)
            path.unlink(missing_ok=True)
            return None
        self._sizes[name] = size
        self._total += size
        return {"file": name, "bytes": {kind: len(data) for kind, data in pictures.items()}}

    def load(self, kept: Kept) -> dict[str, bytes]:
        """Return the pictures that a line speaks of; none when they gave way, or are torn."""
        name = name_in(kept)
        if name is None:
            return {}
        try:
            sizes = {str(kind): int(size) for kind, size in kept["bytes"].items()}
            data = self._path(name).read_bytes()
        except (OSError, KeyError, TypeError, ValueError, AttributeError):
            return {}
        if len(data) != sum(sizes.values()):
            return {}
        found, start = {}, 0
        for kind, size in sizes.items():
            found[kind] = data[start : start + size]
            start += size
        # A file can have its size after a loss of power, and nothing in it.
        return found if all(one.startswith(b"\xff\xd8") for one in found.values()) else {}

    def drop_until(self, name: str, *, inclusive: bool) -> None:
        """Delete all files up to one: their reads are gone, or a crash came before their lines."""
        while self._sizes:
            first = next(iter(self._sizes))
            if first > name or (first == name and not inclusive):
                return
            self._drop(first)

    def give_way(self, spared: Collection[str] = ()) -> bool:
        """Delete the oldest file that is not spared; tell whether there was one."""
        name = next((name for name in self._sizes if name not in spared), None)
        if name is None:
            return False
        self._drop(name)
        self.lost += 1
        if str(self.lost).strip("0") == "1":  # the 1st, 10th, 100th: a log is not endless
            logger.warning("pictures give way on the disk, the oldest first (%d)", self.lost)
        return True

    def adopt(self, folder: Path, kept: Kept) -> tuple[Kept, Path] | None:
        """Take over the pictures of a line of another folder; tell what its line is to say now.

        Its old file is still there, for the caller to delete once the line is safe.
        """
        old = folder / FOLDER / f"{name_in(kept)}{SUFFIX}"
        name = f"{self._next:0{DIGITS}d}"
        try:
            os.link(old, self._path(name))
        except OSError:
            return None
        self._next += 1
        self._sizes[name] = old.stat().st_size
        self._total += self._sizes[name]
        return {**kept, "file": name}, old

    def _make_room(self, size: int, spared: Collection[str]) -> bool:
        while self._total + size > self._limit or self._free() < self._spare + size:
            if not self.give_way(spared):
                return False
        return True

    def _drop(self, name: str) -> None:
        self._total -= self._sizes.pop(name)
        self._path(name).unlink(missing_ok=True)

    def _free(self) -> int:
        disk = os.statvfs(self._folder)
        return disk.f_bavail * disk.f_frsize

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{SUFFIX}"


def name_in(kept: object) -> str | None:
    """Return the name of the file that a line speaks of; None where it is none of ours."""
    name = kept.get("file") if isinstance(kept, Mapping) else None
    is_ours = isinstance(name, str) and len(name) == DIGITS and name.isascii() and name.isdigit()
    return name if is_ours else None
