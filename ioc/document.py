"""TOML files of config/, with the line of every table and key, so that a fault names it."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ioc.config import Entry, read_text
from ioc.errors import ConfigFault, InvalidInput

HEADER = re.compile(r"\s*\[(\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
T = TypeVar("T")
KEY = re.compile(r"\s*\"?([\w.-]+)\"?\s*=")


@dataclass(frozen=True)
class Document:
    """One TOML file with the lines of its tables and keys."""

    file: Path
    data: Mapping[str, object]
    faults: list[ConfigFault]
    lines: Mapping[tuple[str, int], Mapping[str, int]]

    def root(self) -> Entry:
        """Return the keys above the first table."""
        return Entry(self.file, 1, self.data, self.faults, self.lines.get(("", 0), {}))

    def table(self, name: str) -> Entry:
        """Return the table [name]; where it is missing, a fault and an empty one."""
        value: object = self.data
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if not isinstance(value, dict):
            self.faults.append(ConfigFault(self.file, 0, f"[{name}] is missing"))
            value = {}
        return self._entry(name, 0, value)

    def tables(self, name: str) -> Iterator[Entry]:
        """Return the tables [[name]] in their order; none where there are none."""
        value = self.data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.faults.append(ConfigFault(self.file, 0, f"{name}: is written [[{name}]]"))
            return
        for index, values in enumerate(value):
            yield self._entry(name, index, values)

    def _entry(self, name: str, index: int, values: Mapping[str, object]) -> Entry:
        lines = self.lines.get((name, index), {})
        return Entry(self.file, lines.get("", 0), values, self.faults, lines)


def read_toml(file: Path, faults: list[ConfigFault]) -> Document | None:
    """Return the tables of the TOML `file`; on a fault note it and return None."""
    text = read_text(file, faults)
    if text is None:
        return None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        found = re.search(r"at line (\d+)", str(fault))
        line = int(found[1]) if found else text.count("\n") + 1
        faults.append(ConfigFault(file, line, f"is no TOML: {fault}"))
        return None
    return Document(file, data, faults, _key_lines(text))


def parsed(file: Path, parse: Callable[[Mapping[str, Any]], T]) -> T:
    """Return what `parse` makes of the TOML `file`.

    Raises:
        ConfigFault: it cannot be read, or `parse` refuses it; of many faults the first.
    """
    try:
        return parse(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, InvalidInput) as fault:
        raise ConfigFault(file, 0, str(fault)) from fault


def _key_lines(text: str) -> Mapping[tuple[str, int], Mapping[str, int]]:
    table: tuple[str, int] = ("", 0)
    lines: dict[tuple[str, int], dict[str, int]] = {table: {"": 1}}
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            name = header[2].replace('"', "").replace(" ", "")
            index = sum(known == name for known, _ in lines) if header[1] else 0
            table = (name, index)
            lines[table] = {"": number}
        elif key := KEY.match(line):
            lines[table].setdefault(key[1], number)
    return lines
