"""Which process has which folder of a spool, and who inherits from one that is no more."""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from vision.pictures import Pictures
from vision.segments import NAME, Segments, number_of, read_cursor

MOST_FOLDERS = 1000
LOCK = "lock"
PICTURES = "pictures"


def claim(root: Path) -> tuple[Path, int]:
    """Return the first folder of `root` that no other process has, and the lock on it.

    Raises:
        OSError: none can be made, or all are taken.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(MOST_FOLDERS):
        folder = root / f"{number:03d}"
        folder.mkdir(mode=0o700, exist_ok=True)
        guard = _try_lock(folder)
        if guard is not None:
            return folder, guard
    raise OSError(f"{MOST_FOLDERS} processes use it")


def adopt(root: Path, own: Path, lines: Segments, pictures: Pictures) -> None:
    """Take over what processes that are no more have left, behind what is there already.

    A crash in between leaves reads in both folders: sent twice, they count once.

    Raises:
        OSError: the disk cannot take it.
    """
    for folder in sorted(root.glob("[0-9]*")):
        guard = _try_lock(folder) if folder != own else None
        if guard is None:
            continue
        try:
            for path in sorted(folder.glob(NAME), key=number_of):
                _take_over(folder, path, lines, pictures)
        finally:
            os.close(guard)


def _take_over(folder: Path, path: Path, lines: Segments, pictures: Pictures) -> None:
    left: list[Path] = []
    for line in _unsent(folder, path):
        moved, old = _with_pictures(folder, line, pictures)
        lines.append(moved)
        left += [old] if old else []
    path.unlink()
    for old in left:
        old.unlink(missing_ok=True)


def _unsent(folder: Path, path: Path) -> Iterator[bytes]:
    number, offset = read_cursor(folder)
    if number_of(path) < number:
        return
    with path.open("rb") as file:
        file.seek(offset if number_of(path) == number else 0)
        yield from (line for line in file if line.endswith(b"\n"))


def _with_pictures(folder: Path, line: bytes, pictures: Pictures) -> tuple[bytes, Path | None]:
    try:
        item = json.loads(line)
        adopted = pictures.adopt(folder, item[PICTURES])
    except (ValueError, KeyError, TypeError):
        return line, None
    if adopted is None:
        return line, None
    kept, old = adopted
    return json.dumps({**item, PICTURES: kept}, separators=(",", ":")).encode() + b"\n", old


def _try_lock(folder: Path) -> int | None:
    guard = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(guard)
        return None
    return guard
