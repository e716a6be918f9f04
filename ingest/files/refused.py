"""The rows that were refused, in a file beside the one they came from; none: no file."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ingest.files.rows import Row


class RefusedFile:
    """Rows as they stood, each with its line and why it was refused, in English and Vietnamese."""

    def __init__(self, imported: Path, header: Sequence[str], separator: str, keep: int) -> None:
        """Take the place of an earlier one, of which the first `keep` bytes are kept."""
        self.path = imported.with_name(f"{imported.stem}.refused.csv")
        self._columns = [*header, "line", "why", "why_vi"]
        self._separator = separator
        self._file: IO[str] | None = None
        if keep and self.path.exists() and self.path.stat().st_size >= keep:
            os.truncate(self.path, keep)
            self._open("a")
        else:
            self.path.unlink(missing_ok=True)

    def add(self, row: Row, why: str, why_vi: str) -> None:
        """Write one row with why it was refused."""
        if self._file is None:
            # With a mark: spreadsheets take a file without one for something else.
            self._open("w")
            self._writer.writerow(self._columns)
        width = len(self._columns) - 3
        cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
        self._writer.writerow([*cells, row.line, why, why_vi])

    def size(self) -> int:
        """Return how many bytes stand in it, all of them handed to the machine."""
        if self._file is None:
            return 0
        self._file.flush()
        return os.fstat(self._file.fileno()).st_size

    def __enter__(self) -> "RefusedFile":
        return self

    def __exit__(self, *_fault: object) -> None:
        if self._file is not None:
            self._file.close()

    def _open(self, mode: str) -> None:
        encoding = "utf-8-sig" if mode == "w" else "utf-8"
        self._file = self.path.open(mode, encoding=encoding, newline="")
        self._writer = csv.writer(self._file, delimiter=self._separator)
