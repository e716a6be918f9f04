"""Lines on a disk, first in first out, in files that are deleted as they empty.

A line is synced before `append` returns. How far the reader has come is kept too (the cursor), so
that little is read twice after a crash. Files are numbered, never named by a clock: a box without
a battery for its clock starts in the past.
"""

import logging
import os
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger(__name__)

SEGMENT_BYTES = 4 << 20
CURSOR = "cursor"
NAME = "[0-9]*.jsonl"


class Segments:
    """The lines of one folder; not safe among threads, its owner holds a lock."""

    def __init__(self, folder: Path) -> None:
        """Take up what is left in `folder`.

        Raises:
            OSError: it cannot be read or written.
        """
        self._folder = folder
        self._cursor = os.open(folder / CURSOR, os.O_RDWR | os.O_CREAT, 0o600)
        self._open: int | None = None
        number, offset = read_cursor(folder)
        for path in folder.glob(NAME):
            if number_of(path) < number:
                path.unlink()  # sent before: the power went before its name was off the disk
        self._paths = deque(sorted(folder.glob(NAME), key=number_of))
        self._sizes = {path: path.stat().st_size for path in self._paths}
        at_cursor = bool(self._paths) and number_of(self._paths[0]) == number
        self._offset = min(offset, self._sizes[self._paths[0]]) if at_cursor else 0
        self._next = max([number, *map(number_of, self._paths)]) + 1

    @property
    def is_empty(self) -> bool:
        """Tell whether no file is left."""
        return not self._paths

    @property
    def waiting_bytes(self) -> int:
        """Return the bytes that nobody has dropped yet."""
        return sum(self._sizes.values()) - self._offset

    @property
    def held_bytes(self) -> int:
        """Return the bytes of all files, what was dropped of the oldest among them."""
        return sum(self._sizes.values())

    def append(self, line: bytes) -> None:
        """Keep `line`, which ends with a newline and has no other; synced when this returns.

        Raises:
            OSError: the disk cannot take it; what stood there before is as it was.
        """
        path = self._paths[-1] if self._paths else None
        if self._open is None or path is None or self._sizes[path] >= SEGMENT_BYTES:
            path = self._begin()
        assert self._open is not None
        try:
            _write_all(self._open, line)
            os.fdatasync(self._open)
        except OSError:
            # Nobody knows what of it stands there: a torn end is passed over, but only at the end.
            self._shut()
            raise
        self._sizes[path] += len(line)

    def lines(self, most_bytes: int = SEGMENT_BYTES) -> Iterator[bytes]:
        """Yield the oldest lines, of one file only; a line that a crash has torn is none."""
        while self._paths:
            path, read = self._paths[0], 0
            with path.open("rb") as file:
                file.seek(self._offset)
                while read < most_bytes:
                    line = file.readline()
                    if not line.endswith(b"\n"):
                        break
                    read += len(line)
                    yield line
            if read:
                return
            self._drop_oldest()

    def drop(self, size: int) -> None:
        """Let the first `size` bytes of what `lines` yielded go."""
        path = self._paths[0]
        self._offset += size
        self._write_cursor(number_of(path), self._offset)
        if self._offset >= self._sizes[path]:
            self._drop_oldest()

    def close(self) -> None:
        """Give the files back; what waits stays."""
        self._shut()
        os.close(self._cursor)

    def _begin(self) -> Path:
        self._shut()
        path = self._folder / f"{self._next:020d}.jsonl"
        self._open = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._next += 1
        self._paths.append(path)
        self._sizes[path] = 0
        sync_folder(self._folder)
        return path

    def _drop_oldest(self) -> None:
        path = self._paths[0]
        if self._open is not None and path == self._paths[-1]:
            self._shut()
        path.unlink(missing_ok=True)
        self._paths.popleft()
        del self._sizes[path]
        self._offset = 0

    def _shut(self) -> None:
        if self._open is not None:
            handle, self._open = self._open, None
            os.close(handle)

    def _write_cursor(self, number: int, offset: int) -> None:
        """Overwrite the cursor, far less than a sector of the disk; a torn one reads as none."""
        told = f"{number:020d} {offset:012d}".encode()
        try:
            os.pwrite(self._cursor, told + f" {zlib.crc32(told):08x}\n".encode(), 0)
            os.fdatasync(self._cursor)
        except OSError as fault:  # what was acknowledged is: a crash sends it twice, which is none
            logger.warning("how far was sent could not be kept: %s", fault)


def read_cursor(folder: Path) -> tuple[int, int]:
    """Return the number of the file that was read last, and how far; 0 and 0 when nothing says."""
    try:
        number, offset, check = (folder / CURSOR).read_bytes().split()
        if int(check, 16) == zlib.crc32(number + b" " + offset):
            return int(number), int(offset)
    except (OSError, ValueError):
        pass
    return 0, 0


def number_of(path: Path) -> int:
    """Return the number of a file of lines, which says its place in the row."""
    return int(path.stem)


def sync_folder(folder: Path) -> None:
    """Let the names in `folder` survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
