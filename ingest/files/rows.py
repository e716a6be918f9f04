"""Rows of a CSV file as people save it: UTF-8 with or without a mark, comma, semicolon or tab."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO

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


@dataclass(frozen=True)
class Row:
    """One row; `values` by column, `fault` when it has more or fewer than the header."""

    line: int
    values: dict[str, str]
    fault: str | None = None


class Rows:
    """The rows of an open file, read once; `read_bytes` tells how far."""

    def __init__(self, file: IO[bytes], needed: Sequence[str], possible: Sequence[str]) -> None:
        """Read the header.

        Raises:
            InvalidInput: the file is of another kind, or its header lacks or misspells a column.
        """
        self._file = file
        self.read_bytes = 0
        self._line = 0
        begin = file.peek(4) if hasattr(file, "peek") else b""
        for start, why in OTHER_KINDS.items():
            if begin.startswith(start):
                raise InvalidInput("file", why)
        header = next(self._lines(), "")
        self.separator = max(SEPARATORS, key=header.count)
        names = next(csv.reader([header], delimiter=self.separator), [])
        self.columns = [name.strip().lower() for name in names]
        check_header(self.columns, needed, possible)

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows that are not empty.

        Raises:
            InvalidInput: a line is not UTF-8, or endless.
        """
        reader = csv.reader(self._lines(), delimiter=self.separator)
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as fault:
                yield Row(self._line, {}, f"row: {fault}")
                continue
            if any(value.strip() for value in values):
                yield self._row(values)

    def _row(self, values: Sequence[str]) -> Row:
        named = dict(zip(self.columns, (value.strip() for value in values), strict=False))
        if len(values) == len(self.columns):
            return Row(self._line, named)
        return Row(
            self._line, named, f"row: has {len(values)} values for {len(self.columns)} columns"
        )

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(LONGEST_LINE):
            self._line += 1
            self.read_bytes += len(line)
            if len(line) == LONGEST_LINE:
                raise InvalidInput("file", f"line {self._line} is longer than {LONGEST_LINE} bytes")
            try:
                yield (line.removeprefix(MARK) if self._line == 1 else line).decode("utf-8")
            except UnicodeDecodeError:
                why = f"line {self._line} is not UTF-8: save the file as 'CSV UTF-8'"
                raise InvalidInput("file", why) from None


class RefusedFile:
    """The rows that were refused, in a file beside the one they came from; none: no file."""

    def __init__(self, imported: Path, columns: Iterable[str], separator: str) -> None:
        """Take the place of an earlier one."""
        self.path = imported.with_name(f"{imported.stem}.refused.csv")
        self.path.unlink(missing_ok=True)
        self._columns = [*columns, "line", "why"]
        self._separator = separator
        self._file: IO[str] | None = None

    def add(self, row: Row, why: str) -> None:
        """Write one row with why it was refused."""
        if self._file is None:
            # With a mark: spreadsheets take a file without one for something else.
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.DictWriter(
                self._file, self._columns, delimiter=self._separator, extrasaction="ignore"
            )
            self._writer.writeheader()
        self._writer.writerow({**row.values, "line": row.line, "why": why})

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()


def check_header(columns: Sequence[str], needed: Sequence[str], possible: Sequence[str]) -> None:
    """Refuse a header that cannot be used.

    Raises:
        InvalidInput: it lacks, misspells or repeats a column.
    """
    if not any(columns):
        raise InvalidInput("file", f"has no header; the columns are: {', '.join(possible)}")
    for name in columns:
        if name not in possible:
            near = get_close_matches(name, possible, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f" (known: {', '.join(possible)})"
            raise InvalidInput("header", f"there is no column {name[:40]!r}{hint}")
        if columns.count(name) > 1:
            raise InvalidInput("header", f"the column {name!r} stands twice")
    missing = [name for name in needed if name not in columns]
    if missing:
        raise InvalidInput("header", f"lacks {', '.join(missing)}")
