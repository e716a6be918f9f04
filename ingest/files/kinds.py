"""What files can hold: for each kind its columns, and how a row becomes an item of the API."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from ingest.batch import Result, answer_batch, result_of
from ingest.listing import record_entries
from ingest.payloads import parse_permit
from ingest.registering import record_items
from ioc.centre import Centre
from ioc.permits.model import Permit
from ioc.permits.service import grant_permits

Item = dict[str, Any]
HASH_LENGTH = 32


class Kind(StrEnum):
    """The kinds of facts that files can hold."""

    PERMITS = "permits"
    REGISTRATIONS = "registrations"
    WATCH = "watch"


@dataclass(frozen=True)
class Shape:
    """Columns of a kind; `record(centre, source, items)` answers each item in order."""

    needed: tuple[str, ...]
    optional: tuple[str, ...]
    item: Callable[[Mapping[str, str]], Item]
    record: Callable[[Centre, str, Sequence[Item]], list[Result]]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column, the needed ones first."""
        return (*self.needed, *self.optional)


def _permit_item(values: Mapping[str, str]) -> Item:
    item: Item = {name: value for name, value in values.items() if value}
    item.setdefault("id", _id_from(item))
    _split(item, "roads")
    return item


def _registration_item(values: Mapping[str, str]) -> Item:
    item: Item = {name: value for name, value in values.items() if value}
    item.setdefault("id", _id_from(item))
    for name in ("roads", "people"):
        _split(item, name)
    for name in ("seats", "companions"):
        # What is no number goes on as it stands, and is refused by its name.
        if item.get(name, "").isdecimal():
            item[name] = int(item[name])
    return item


def _entry_item(values: Mapping[str, str]) -> Item:
    item: Item = {name: value for name, value in values.items() if value}
    item.setdefault("id", _id_from(item))
    return item


def _record_entries(centre: Centre, source: str, items: Sequence[Item]) -> list[Result]:
    """Enter rows for the list whose id the source is; a person approves them."""
    return record_entries(centre, source, items, f"file:{source}")


def _split(item: Item, name: str) -> None:
    if name in item:
        item[name] = item[name].replace(";", " ").replace(",", " ").split()


def _id_from(item: Mapping[str, str]) -> str:
    """Return an id that the same row has again: the hash of what stands in it."""
    canonical = json.dumps(item, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()[:HASH_LENGTH]


def _record_permits(centre: Centre, source: str, items: Sequence[Item]) -> list[Result]:
    def record(permits: Sequence[Permit]) -> list[Result]:
        return [result_of(receipt) for receipt in grant_permits(centre, source, permits)]

    parse = partial(parse_permit, city=centre.city)
    return answer_batch(centre, (source, "permit"), items, parse, record)


SHAPES: Mapping[Kind, Shape] = {
    Kind.PERMITS: Shape(
        ("plate", "class", "valid_from", "valid_until"),
        ("id", "holder", "destination", "roads", "deadline"),
        _permit_item,
        _record_permits,
    ),
    Kind.REGISTRATIONS: Shape(
        ("plate",),
        (
            *("id", "kind", "seats", "colour", "holder", "driver", "phone", "mail", "origin"),
            *("destination", "route", "roads", "from", "until", "goods", "companions", "people"),
        ),
        _registration_item,
        record_items,
    ),
    Kind.WATCH: Shape(
        ("plate", "reason", "valid_from", "valid_until"),
        ("id", "priority", "note"),
        _entry_item,
        _record_entries,
    ),
}
