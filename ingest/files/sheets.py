"""Rows of a workbook (XLSX) as people fill it in: its first sheet, its first row the header."""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import IO
from zoneinfo import ZoneInfo

from python_calamine import CalamineError, CalamineWorkbook

from ingest.files.rows import Row, check_header
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
    """The rows of a workbook's first sheet, read once; `read_bytes` tells how far."""

    separator = ","

    def __init__(
        self, file: IO[bytes], needed: Sequence[str], possible: Sequence[str], zone: ZoneInfo
    ) -> None:
        """Read the header; a cell that is a date or a time is of the city's `zone`.

        Raises:
            InvalidInput: it cannot be read, is too large, or its header lacks a column.
        """
        self.read_bytes = 0
        self._zone = zone
        self._size = _checked_size(file)
        try:
            sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
            self._rows = sheet.to_python(skip_empty_area=False)
        except (CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError):
            raise InvalidInput("file", UNREADABLE) from None
        header = self._rows[0] if self._rows else []
        names = [self._text(cell).strip().lower() for cell in header]
        while names and not names[-1]:
            names.pop()
        self.columns = names
        check_header(names, needed, possible)

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows that are not empty."""
        count, width = len(self._rows), len(self.columns)
        for number, cells in enumerate(self._rows[1:], 2):
            self.read_bytes = self._size * number // count
            texts = [self._text(cell).strip() for cell in cells]
            if not any(texts):
                continue
            named = dict(zip_longest(self.columns, texts[:width], fillvalue=""))
            beyond = [text for text in texts[width:] if text]
            fault = f"row: has {len(beyond)} values beyond its columns" if beyond else None
            yield Row(number, named, fault)
        self.read_bytes = self._size

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
