"""Rows of a workbook (XLSX) as people fill it in: its first sheet, its first row the header."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import IO
from zoneinfo import ZoneInfo

from python_calamine import CalamineError, CalamineWorkbook

from ingest.files.rows import Row, Spot
from ioc.errors import InvalidInput

MARK = b"PK\x03\x04"
# A packed file may claim to be a thousand times as large; what is unpacked lies in memory.
MOST_BYTES = 300_000_000
UNREADABLE = "is no workbook (XLSX) that can be read"


def is_workbook(file: IO[bytes]) -> bool:
    """Tell whether an open file begins as a workbook does; it stands at its beginning then."""
    begin = file.read(len(MARK))
    file.seek(0)
    return begin == MARK


class SheetRows:
    """The rows of a workbook's first sheet, read once, a row at a time."""

    separator = ","

    def __init__(self, file: IO[bytes], zone: ZoneInfo) -> None:
        """Read the header; a cell that is a date or a time is of the city's `zone`.

        Raises:
            InvalidInput: it cannot be read, or is too large.
        """
        self._zone = zone
        self._size = _checked_size(file)
        try:
            sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
            # What is packed in the file lies in memory; as Python's values only a row at a time.
            self._rows = iter(sheet.iter_rows())
            self._count = sheet.start[0] + sheet.height if sheet.start else 0
        except (CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError):
            raise InvalidInput("file", UNREADABLE) from None
        self._line = 1
        names = [self._text(cell).strip() for cell in next(self._rows, [])]
        while names and not names[-1]:
            names.pop()
        self.header = names
        self._skipped = 0

    @property
    def spot(self) -> Spot:
        """Return how far it was read, as a share of the file's bytes, and the last line."""
        return Spot(self._size * self._line // max(1, self._count), self._line)

    def go_to(self, spot: Spot) -> None:
        """Go on after an earlier row."""
        self._skipped = spot.line

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows that are not empty."""
        width = len(self.header)
        for cells in self._rows:
            self._line += 1
            if self._line <= self._skipped:
                continue
            texts = [self._text(cell).strip() for cell in cells]
            if not any(texts):
                continue
            texts += [""] * (width - len(texts))
            beyond = sum(map(bool, texts[width:]))
            fault = f"row: has {beyond} values beyond its columns" if beyond else None
            yield Row(self._line, texts[:width], fault)

    def _text(self, cell: object) -> str:
        """Return a cell as it would stand in a CSV file."""
        match cell:
            case bool():
                return str(cell).lower()
            case float():
                return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
            case datetime():
                return cell.replace(tzinfo=self._zone).isoformat()
            case date():
                return datetime.combine(cell, time.min, self._zone).isoformat()
            case time() | timedelta():
                return str(cell)
        return str(cell)


def _checked_size(file: IO[bytes]) -> int:
    try:
        with zipfile.ZipFile(file) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise InvalidInput("file", UNREADABLE) from None
    if unpacked > MOST_BYTES:
        raise InvalidInput("file", f"holds more than {MOST_BYTES} bytes: split it")
    size = file.seek(0, 2)
    file.seek(0)
    return size
