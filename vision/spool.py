"""Reads that wait on the disk until somebody has acknowledged them, with their pictures.

A read is in a file, synced, before it counts as read; it leaves the disk only after it was
acknowledged. What was sent and not acknowledged is sent again: the ids make a repeat harmless. The
disk is bounded. Pictures give way, the oldest first; a read never does: without room for it the
spool says so, and its caller keeps it.
"""

import base64
import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ioc.errors import Unavailable
from vision.pictures import LAST, Pictures, name_in
from vision.segments import Segments
from vision.spool_folders import adopt, claim

logger = logging.getLogger(__name__)

Item = Mapping[str, Any]

# Pictures of some 200 kB a read: ten thousand reads, a day of a busy post.
PICTURE_BYTES = 2 << 30
# Reads of some 1.5 kB: hundreds of thousands, weeks of a busy post.
READ_BYTES = 1 << 30
# So much of the disk pictures leave free for reads.
SPARE_BYTES = 256 << 20
# What one post may hold, well under the 8 MB that the API takes.
BATCH_BYTES = 5 << 20
REFUSED = "refused.jsonl"
REFUSED_BYTES = 8 << 20
IMAGES, PICTURES = "images", "pictures"


class Spool:
    """A queue on the disk, first in first out, used by one process and several of its threads."""

    def __init__(
        self,
        root: Path,
        limit_bytes: int = READ_BYTES,
        picture_bytes: int = PICTURE_BYTES,
        spare_bytes: int = SPARE_BYTES,
    ) -> None:
        """Take the first folder of `root` no other process uses, and what is left in free ones.

        Args:
            root: of all spools of this machine.
            limit_bytes: so much the reads take at most.
            picture_bytes: so much their pictures take at most.
            spare_bytes: so much of the disk pictures leave free.

        Raises:
            Unavailable: the folder cannot be written.
        """
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self.arrived = threading.Event()
        self._ahead: frozenset[str] = frozenset()
        try:
            self._folder, self._guard = claim(root)
            self._lines = Segments(self._folder)
            self._pictures = Pictures(self._folder, picture_bytes, spare_bytes)
            adopt(root, self._folder, self._lines, self._pictures)
            self._drop_orphans()
        except OSError as fault:
            raise Unavailable(f"the spool {root} cannot be used: {fault}") from fault
        if not self._lines.is_empty:
            self.arrived.set()

    @property
    def folder(self) -> Path:
        """Return the folder, of this process alone."""
        return self._folder

    @property
    def is_empty(self) -> bool:
        """Tell whether every read was acknowledged."""
        with self._lock:
            return self._lines.is_empty

    @property
    def waiting_bytes(self) -> int:
        """Return the bytes of reads on the disk that wait, without their pictures."""
        with self._lock:
            return self._lines.waiting_bytes

    @property
    def pictures_lost(self) -> int:
        """Return how many reads have lost their pictures to newer ones since the start."""
        return self._pictures.lost

    def append(self, item: Item, pictures: Mapping[str, bytes] | None = None) -> None:
        """Keep `item` with its pictures, JPEG by kind; it is on the disk when this returns.

        Raises:
            Unavailable: the disk cannot take it, or the spool is full; nothing that waits is lost.
        """
        with self._lock:
            kept = self._pictures.keep(pictures, self._ahead) if pictures else None
            line = _line({**item, PICTURES: kept} if kept else item)
            if self._lines.held_bytes + len(line) > self._limit:
                raise Unavailable(f"the spool {self._folder} is full: nobody takes the reads")
            try:
                self._with_room(lambda: self._lines.append(line))
            except OSError as fault:
                raise Unavailable(f"the spool {self._folder} cannot be written: {fault}") from fault
        self.arrived.set()

    def batch(self, most: int, most_bytes: int = BATCH_BYTES) -> tuple[list[Item], int]:
        """Return the oldest items with their pictures, and their bytes, to give to `done`.

        There are `most` of them at most, and about `most_bytes` as they are sent. What is given
        out keeps its pictures until it is done: sent twice, a read must not differ from itself.
        """
        items: list[Item] = []
        ahead: list[str] = []
        size = weight = 0
        with self._lock:
            for line in self._lines.lines():
                item, name = self._loaded(line)
                told = len(line) + sum(map(len, item.get(IMAGES, {}).values())) if item else 0
                if items and (len(items) == most or weight + told > most_bytes):
                    break
                size, weight = size + len(line), weight + told
                if item is not None:
                    items.append(item)
                    ahead += [name] if name else []
            self._ahead = frozenset(ahead)
        return items, size

    def done(self, size: int) -> None:
        """Let the first `size` bytes go: they were acknowledged."""
        with self._lock:
            self._lines.drop(size)
            if self._ahead:
                self._pictures.drop_until(max(self._ahead), inclusive=True)
            self._ahead = frozenset()

    def refuse(self, item: Item, why: str) -> None:
        """Set `item` aside for inspection: it was answered, and will never be accepted."""
        path = self._folder / REFUSED
        logger.error("a read was refused and set aside in %s: %s", path, why)
        told = {name: value for name, value in item.items() if name != IMAGES}
        with self._lock:
            try:
                if path.exists() and path.stat().st_size > REFUSED_BYTES:
                    path.replace(path.with_suffix(".older.jsonl"))
                with path.open("ab") as file:
                    file.write(_line({"why": why, "item": told}))
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as fault:  # a full disk: what is accepted must go on all the same
                logger.error("what was refused could not be set aside: %s", fault)  # noqa: TRY400

    def close(self) -> None:
        """Give the folder back; what waits stays for the next process."""
        with self._lock:
            self._lines.close()
            os.close(self._guard)

    def _loaded(self, line: bytes) -> tuple[dict[str, Any] | None, str | None]:
        """Return the read of a line as it is sent, and the name of its pictures on the disk."""
        item = _parsed(line)
        if item is None:
            return None, None
        kept = item.pop(PICTURES, None)
        if not isinstance(kept, Mapping):
            return item, None
        found = self._pictures.load(kept)
        if not found:
            return item, None
        images = {kind: base64.b64encode(data).decode("ascii") for kind, data in found.items()}
        return {**item, IMAGES: images}, name_in(kept)

    def _with_room(self, write: Callable[[], None]) -> None:
        """Write; on a disk that is full, pictures give way until it is done."""
        while True:
            try:
                write()
            except OSError:
                if not (self._pictures.give_way(self._ahead) or self._pictures.give_way()):
                    raise
            else:
                return

    def _drop_orphans(self) -> None:
        """Delete pictures whose reads are gone: a crash came between the one and the other."""
        if self._lines.is_empty:
            self._pictures.drop_until(LAST, inclusive=True)
            return
        items = (_parsed(line) for line in self._lines.lines())
        names = (name_in(item.get(PICTURES)) for item in items if item)
        first = next((name for name in names if name), None)
        if first is not None:
            self._pictures.drop_until(first, inclusive=False)


def _line(item: Item) -> bytes:
    return json.dumps(item, separators=(",", ":")).encode() + b"\n"


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        item = json.loads(line)
    except ValueError:
        logger.error("a line of the spool is no JSON, left out: %.80r", line)  # noqa: TRY400
        return None
    return item if isinstance(item, dict) else None
