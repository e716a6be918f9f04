"""Reads that wait on the disk until somebody has acknowledged them.

A read is in a file, synced, before it counts as read; it leaves the disk only after it was
acknowledged. After a crash the oldest file is sent again from its start: the ids make a repeat
harmless. Files are some hundred reads long, so that what is sent frees its room.
"""

import fcntl
import json
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from ioc.errors import Unavailable

logger = logging.getLogger(__name__)

Item = Mapping[str, Any]

SEGMENT_BYTES = 4 << 20
LIMIT_BYTES = 2 << 30
MAX_FOLDERS = 1000
REFUSED = "refused.jsonl"


class Spool:
    """A queue on the disk, first in first out, used by one process and several of its threads."""

    def __init__(self, root: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        """Take the first folder of `root` no other process uses, and what is left in free ones.

        Raises:
            Unavailable: the folder cannot be written.
        """
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self.arrived = threading.Event()
        self._open: IO[bytes] | None = None
        self._offset = 0
        try:
            self._folder, self._guard = _claim(root)
            _adopt(root, self._folder)
            self._segments = deque(sorted(self._folder.glob("[0-9]*.jsonl")))
            self._sizes = {path: path.stat().st_size for path in self._segments}
        except OSError as fault:
            raise Unavailable(f"the spool {root} cannot be used: {fault}") from fault
        if self._segments:
            self.arrived.set()

    @property
    def is_empty(self) -> bool:
        """Tell whether every read was acknowledged."""
        with self._lock:
            return not self._segments

    @property
    def waiting_bytes(self) -> int:
        """Return the bytes on the disk that wait."""
        with self._lock:
            return sum(self._sizes.values()) - self._offset

    def append(self, item: Item) -> None:
        """Keep `item`; it is on the disk when this returns.

        Raises:
            Unavailable: the disk cannot take it, or the spool is full; nothing that waits is lost.
        """
        line = json.dumps(item, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            if sum(self._sizes.values()) + len(line) > self._limit:
                raise Unavailable(f"the spool {self._folder} is full: nobody takes the reads")
            try:
                self._write(line)
            except OSError as fault:
                self._close_open()
                raise Unavailable(f"the spool {self._folder} cannot be written: {fault}") from fault
        self.arrived.set()

    def batch(self, most: int) -> tuple[list[Item], int]:
        """Return the oldest items, `most` of them at most, and their bytes, to give to `done`."""
        with self._lock:
            while self._segments:
                path = self._segments[0]
                items, size = self._read(path, most)
                if size:
                    return items, size
                self._drop(path)
        return [], 0

    def done(self, size: int) -> None:
        """Let the first `size` bytes go: they were acknowledged."""
        with self._lock:
            self._offset += size
            path = self._segments[0]
            if self._offset >= self._sizes[path]:
                self._drop(path)

    def refuse(self, item: Item, why: str) -> None:
        """Set `item` aside for inspection: it was answered, and will never be accepted."""
        logger.error("a read was refused and set aside in %s: %s", self._folder / REFUSED, why)
        line = json.dumps({"why": why, "item": dict(item)}).encode() + b"\n"
        with self._lock, (self._folder / REFUSED).open("ab") as file:
            _synced(file, line)

    def close(self) -> None:
        """Give the folder back; what waits stays for the next process."""
        with self._lock:
            self._close_open()
            os.close(self._guard)

    def _write(self, line: bytes) -> None:
        path = self._segments[-1] if self._segments else None
        if self._open is None or path is None or self._sizes[path] >= SEGMENT_BYTES:
            self._close_open()
            path = self._folder / f"{time.time_ns():020d}.jsonl"
            self._open = path.open("xb")
            _sync_folder(self._folder)
            self._segments.append(path)
            self._sizes[path] = 0
        _synced(self._open, line)
        self._sizes[path] += len(line)

    def _read(self, path: Path, most: int) -> tuple[list[Item], int]:
        items: list[Item] = []
        size = 0
        with path.open("rb") as file:
            file.seek(self._offset)
            while len(items) < most and size < SEGMENT_BYTES:
                line = file.readline()
                if not line.endswith(b"\n"):
                    break  # torn by a crash before it counted as read
                size += len(line)
                item = _parsed(line)
                if item is not None:
                    items.append(item)
        return items, size

    def _drop(self, path: Path) -> None:
        if self._open is not None and self._open.name == str(path):
            self._close_open()
        path.unlink(missing_ok=True)
        self._segments.popleft()
        del self._sizes[path]
        self._offset = 0

    def _close_open(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _claim(root: Path) -> tuple[Path, int]:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(MAX_FOLDERS):
        folder = root / f"{number:03d}"
        folder.mkdir(mode=0o700, exist_ok=True)
        guard = _try_lock(folder)
        if guard is not None:
            return folder, guard
    raise OSError(f"{MAX_FOLDERS} processes use it")


def _adopt(root: Path, own: Path) -> None:
    """Move into `own` what processes that are no more have left."""
    for folder in sorted(root.glob("[0-9]*")):
        guard = _try_lock(folder) if folder != own else None
        if guard is None:
            continue
        for left in sorted(folder.glob("[0-9]*.jsonl")):
            left.rename(own / left.name)
        os.close(guard)
    _sync_folder(own)


def _try_lock(folder: Path) -> int | None:
    guard = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(guard)
        return None
    return guard


def _parsed(line: bytes) -> Item | None:
    try:
        item = json.loads(line)
    except ValueError:
        logger.error("a line of the spool is no JSON, left out: %.80r", line)  # noqa: TRY400
        return None
    return item if isinstance(item, dict) else None


def _synced(file: IO[bytes], line: bytes) -> None:
    file.write(line)
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
