"""What the rows of one kind are: their columns, and how a row becomes an item of the API."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo

from ingest.batch import Result
from ioc.centre import Centre

Item = dict[str, Any]
Record = Callable[[Sequence[object]], list[Result]]
HASH_LENGTH = 32
DAY_LENGTH = len("2021-10-03")


@dataclass(frozen=True)
class Shape:
    """Columns of a kind.

    A column `person.name` is the part `name` of the item's `person`.

    Attributes:
        needed: columns without which no row can be meant.
        optional: the others; of `id` one is made from the content where a row has none.
        parser: (centre, source) -> what makes a value of an item, or raises InvalidInput.
        record: (centre, source, items) -> one answer an item, in order.
        opened: the same for a whole file, where something is worth keeping between batches.
        lists, numbers, times, days: columns that hold several words, a whole number, an instant, a
            day.
    """

    needed: tuple[str, ...]
    optional: tuple[str, ...]
    parser: Callable[[Centre, str], Callable[[object], object]]
    record: Callable[[Centre, str, Sequence[object]], list[Result]]
    lists: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    opened: Callable[[Centre, str], Record] | None = None

    def recorder(self, centre: Centre, source: str) -> Record:
        """Return what records the items of a whole file."""
        if self.opened is not None:
            return self.opened(centre, source)
        return partial(self.record, centre, source)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column, the needed ones first."""
        return (*self.needed, *self.optional)

    def item(self, values: Mapping[str, str]) -> Item:
        """Return a row as the API takes it; an empty cell is none."""
        item: Item = {name: value for name, value in values.items() if value}
        for name in self._special & item.keys():
            _put(item, name, self._value(name, item.pop(name)))
        if "id" not in item:
            item["id"] = _id_from(item)
        return item

    @cached_property
    def _special(self) -> frozenset[str]:
        """Columns that do not go into the item as they stand."""
        parts = frozenset(name for name in self.columns if "." in name)
        return self.lists | self.numbers | self.days | parts

    def _value(self, name: str, value: str) -> object:
        if name in self.lists:
            return value.replace(";", " ").replace(",", " ").split()
        if name in self.numbers and value.isdecimal():
            # What is no number goes on as it stands, and is refused by its name.
            return int(value)
        if name in self.days:
            # A cell of a workbook that is a day comes with midnight.
            return value[:DAY_LENGTH] if value[DAY_LENGTH:].startswith("T00:00:00") else value
        return value


@dataclass(frozen=True)
class Local:
    """Times and days as a sender writes them, made such as the API takes."""

    zone: ZoneInfo
    times: str | None = None
    days: str | None = None

    def read(self, shape: Shape, values: dict[str, str]) -> dict[str, str]:
        """Return a row's values; what does not fit its format goes on as it stands."""
        if self.times is None and self.days is None:
            return values
        for names, how, to in (
            (shape.times, self.times, self._instant),
            (shape.days, self.days, self._day),
        ):
            if how is None:
                continue
            for name in names & values.keys():
                values[name] = to(values[name], how)
        return values

    def _instant(self, value: str, how: str) -> str:
        try:
            return datetime.strptime(value, how).replace(tzinfo=self.zone).isoformat()
        except ValueError:
            return value

    def _day(self, value: str, how: str) -> str:
        try:
            return datetime.strptime(value, how).replace(tzinfo=self.zone).date().isoformat()
        except ValueError:
            return value


def _put(item: Item, name: str, value: object) -> None:
    outer, dot, inner = name.partition(".")
    if dot:
        item.setdefault(outer, {})[inner] = value
    else:
        item[name] = value


def _id_from(item: Mapping[str, Any]) -> str:
    """Return an id that the same row has again: the hash of what stands in it."""
    canonical = json.dumps(item, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()[:HASH_LENGTH]
