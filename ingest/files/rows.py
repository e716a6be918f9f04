"""Rows of a CSV file as people save it: UTF-8 with or without a mark, comma, semicolon or tab."""

import csv
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple

from ioc.errors import InvalidInput

MARK = b"\xef\xbb\xbf"
SEPARATORS = (",", ";", "\t")
LONGEST_LINE = 1_000_000
# What other files begin with, and what to do about it.
OTHER_KINDS = {
    b"\xd0\xcf\x11\xe0": "is an old workbook (XLS): save it as XLSX or 'CSV UTF-8'",
    b"\xff\xfe": "is UTF-16: save it as 'CSV UTF-8'",
    b"\xfe\xff": "is UTF-16: save it as 'CSV UTF-8'",
}


class Row(NamedTuple):
    """One row as it stands; `fault` when it cannot be taken apart."""

    line: int
    cells: Sequence[str]
    fault: str | None = None


class Spot(NamedTuple):
    """How far a file was read: bytes (of a workbook a share of them), and the last line."""

    offset: int
    line: int


class Rows:
    """The rows of an open CSV file, read once, a line at a time."""

    def __init__(self, file: IO[bytes]) -> None:
        """Read the header.

        Raises:
            InvalidInput: the file is of another kind.
        """
        self._file = file
        self._offset = self._line = 0
        begin = file.peek(4) if hasattr(file, "peek") else b""
        for start, why in OTHER_KINDS.items():
            if begin.startswith(start):
                raise InvalidInput("file", why)
        header = next(self._lines(), "")
        self.separator = max(SEPARATORS, key=header.count)
        names = next(csv.reader([header], delimiter=self.separator), [])
        self.header = [name.strip() for name in names]

    @property
    def spot(self) -> Spot:
        """Return how far it was read: the end of the last row that was yielded."""
        return Spot(self._offset, self._line)

    def go_to(self, spot: Spot) -> None:
        """Go on after an earlier row."""
        self._file.seek(spot.offset)
        self._offset, self._line = spot

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows that are not empty.

        Raises:
            InvalidInput: a line is not UTF-8, or endless.
        """
        reader = csv.reader(self._lines(), delimiter=self.separator)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as fault:
                yield Row(self._line, (), f"row: {fault}")
                continue
            if any(cells) and any(cell.strip() for cell in cells):
                yield Row(self._line, cells)

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(LONGEST_LINE):
            self._line += 1
            self._offset += len(line)
            if len(line) == LONGEST_LINE:
                raise InvalidInput("file", f"line {self._line} is longer than {LONGEST_LINE} bytes")
            try:
                yield (line.removeprefix(MARK) if self._line == 1 else line).decode("utf-8")
            except UnicodeDecodeError:
                why = f"line {self._line} is not UTF-8: save the file as 'CSV UTF-8'"
                raise InvalidInput("file", why) from None
