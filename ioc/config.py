"""Files of config/ read so that every fault is named: which file, which line, what.

One pass finds all faults: a getter of an `Entry` never raises, it notes what is wrong and
returns a stand-in.
"""

import csv
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from ioc.errors import ConfigFault

logger = logging.getLogger(__name__)

LARGEST_BYTES = 4_000_000
Choice = TypeVar("Choice", bound=StrEnum)
Read = TypeVar("Read")


@dataclass(frozen=True)
class Entry:
    """One row of a CSV file or one table of a TOML file.

    `line` is where the entry starts, `lines` where each of its keys stands, if that is known.
    """

    file: Path
    line: int
    values: Mapping[str, object]
    faults: list[ConfigFault] = field(repr=False)
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)

    def fault(self, name: str, why: str) -> None:
        """Note that the value `name` is wrong."""
        line = self.lines.get(name, self.line)
        self.faults.append(ConfigFault(self.file, line, f"{name}: {why}"))

    def only(self, names: Iterable[str]) -> None:
        """Note every key that is not among `names`: a misspelt one would be silently ignored."""
        known = list(names)
        for name in self.values:
            if name not in known:
                self.fault(name, f"is not known here{likely(name, known)}")

    def optional(self, name: str) -> str | None:
        """Return the text `name`, or None where it is missing or empty."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.fault(name, f"{value!r} is no text")
            return None
        return value.strip()

    def text(self, name: str) -> str:
        """Return the text `name`, which must not be empty."""
        value = self.values.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.fault(name, "is missing" if value in (None, "") else f"{value!r} is no text")
        return ""

    def number(self, name: str, low: float, high: float) -> float:
        """Return the number `name`, low <= number <= high."""
        return self._number(name, float, low, high)

    def count(self, name: str, low: int = 0, high: int = 100_000_000) -> int:
        """Return the whole number `name`, low <= number <= high."""
        return int(self._number(name, int, low, high))

    def _number(self, name: str, kind: Callable[[str], float], low: float, high: float) -> float:
        value = self.values.get(name)
        if value in (None, ""):
            self.fault(name, "is missing")
            return low
        try:
            number = kind(str(value))
        except ValueError:
            self.fault(name, f"{value!r} is no {'whole ' if kind is int else ''}number")
            return low
        if not low <= number <= high:
            self.fault(name, f"{value} does not lie between {low:g} and {high:g}")
            return low
        return number

    def day(self, name: str) -> date | None:
        """Return the day `name`, or None where it is missing or empty."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fault(name, f"{str(value)!r} is no day like 2021-10-03")
            return None

    def days(self) -> tuple[date | None, date | None]:
        """Return valid_from and valid_until, the first before the second."""
        start, end = self.day("valid_from"), self.day("valid_until")
        if start and end and end <= start:
            self.fault("valid_until", f"{end} is not later than valid_from {start}")
        return start, end

    def choice(self, name: str, among: type[Choice]) -> Choice:
        """Return the member of `among` that the word `name` stands for."""
        value = self.text(name)
        try:
            return among(value)
        except ValueError:
            members = list(among)
        if value:
            words = [member.value for member in members]
            self.fault(name, f"{value!r} is none of {', '.join(words)}{likely(value, words)}")
        return members[0]

    def polyline(self, name: str) -> tuple[tuple[float, float], ...]:
        """Return two or more (lat, lon) points: `16.47 107.58; 16.48 107.59`, or lists of two."""
        value = self.values.get(name)
        if isinstance(value, str):
            pairs = [point.split() for point in value.split(";")]
        elif isinstance(value, list):
            pairs = [point if isinstance(point, list) else [] for point in value]
        else:
            pairs = []
        try:
            points = tuple((float(lat), float(lon)) for lat, lon in pairs)
        except ValueError:
            points = ()
        if len(points) < 2 or not all(abs(a) <= 90 and abs(b) <= 180 for a, b in points):
            self.fault(name, "needs two or more points, each a latitude and a longitude")
            return ()
        return points

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the list of texts `name`, each not empty."""
        value = self.values.get(name)
        if isinstance(value, list) and value and all(isinstance(v, str) and v for v in value):
            return tuple(value)
        self.fault(name, "needs a list of texts")
        return ()

    def counts(self, name: str, low: int, high: int) -> tuple[int, ...]:
        """Return the list of whole numbers `name`, each greater than the one before it."""
        value = self.values.get(name)
        numbers = [v for v in value if type(v) is int] if isinstance(value, list) else []
        is_rising = numbers == sorted(set(numbers)) and numbers == value and bool(numbers)
        if not is_rising or not low <= numbers[0] <= numbers[-1] <= high:
            self.fault(name, f"needs a rising list of whole numbers from {low} to {high}")
            return ()
        return tuple(numbers)


def noted(found: tuple[Read, list[ConfigFault]]) -> Read:
    """Return what was read, what is wrong in it logged: a service goes on with the rest."""
    read, faults = found
    for fault in faults:
        logger.error("%s", fault)
    return read


def read_text(file: Path, faults: list[ConfigFault]) -> str | None:
    """Return the text of `file`; on a fault note it and return None."""
    try:
        content = file.read_bytes() if file.stat().st_size <= LARGEST_BYTES else None
    except OSError as fault:
        faults.append(ConfigFault(file, 0, f"cannot be read: {fault.strerror}"))
        return None
    if content is None:
        faults.append(ConfigFault(file, 0, f"is larger than {LARGEST_BYTES // 1_000_000} MB"))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        faults.append(ConfigFault(file, line, "is not UTF-8"))
        return None
    if not text.strip():
        faults.append(ConfigFault(file, 0, "is empty"))
        return None
    return text


def read_rows(
    file: Path, needed: Sequence[str], allowed: Sequence[str], faults: list[ConfigFault]
) -> list[Entry]:
    """Return the rows of the CSV `file`: columns in any order, `needed` there, `allowed` maybe."""
    text = read_text(file, faults)
    if text is None:
        return []
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(reader)
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as fault:
        faults.append(ConfigFault(file, reader.line_num, f"is no CSV: {fault}"))
        return []
    wrong = list(_header_faults(header, needed, [*needed, *allowed]))
    faults.extend(ConfigFault(file, 1, fault) for fault in wrong)
    if not rows:
        faults.append(ConfigFault(file, 0, "has no rows"))
    if wrong:
        return []
    return [entry for line, row in rows for entry in _row(file, line, header, row, faults)]


def _header_faults(
    header: Sequence[str], needed: Sequence[str], known: Sequence[str]
) -> Iterator[str]:
    for name in needed:
        if name not in header:
            yield f"column {name} is missing"
    for name in dict.fromkeys(header):
        if name not in known:
            yield f"column {name!r} is not known here{likely(name, known)}"
        if header.count(name) > 1:
            yield f"column {name!r} stands there twice"


def _row(
    file: Path, line: int, header: Sequence[str], row: Sequence[str], faults: list[ConfigFault]
) -> Iterator[Entry]:
    if len(row) != len(header):
        fault = f"has {len(row)} fields where the header has {len(header)}"
        faults.append(ConfigFault(file, line, fault))
        return
    yield Entry(file, line, dict(zip_longest(header, row)), faults)


def likely(word: str, known: Sequence[str]) -> str:
    """Return which of the `known` words may be meant, said so; nothing where none is near."""
    near = get_close_matches(word, known, 1)
    return f"; is {near[0]!r} meant?" if near else ""
