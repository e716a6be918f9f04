"""Scans and points: untrusted JSON becomes values, or a refusal that names the field.

Scans come by the thousand a second: a whole body is checked at once by the compiled validator, and
only a body with a fault in it is gone through item by item.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    with_config,
)
from pydantic import ValidationError as Invalid
from typing_extensions import TypedDict

from ingest.body import MAX_ITEMS, parse_batch
from ingest.payloads import FIRST_YEAR, LAST_YEAR, STRICT, Id, Instant, Word, validated
from ioc.errors import MAX_ID, InvalidInput
from ioc.persons.codes import LONGEST
from ioc.venues.model import PointChange, Scan, Way

Code = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
WAYS = {way.value: way for way in Way}


class ScanItem(BaseModel):
    """A code that was read at a point: `code` is its text, all of it, as it was read."""

    model_config = STRICT
    id: Id
    point: Id
    code: Code
    direction: Annotated[Way, Word]
    scanned_at: Instant


class PointItem(BaseModel):
    """A point is opened (`active`) or shut, from `since` on; without it, from now on."""

    model_config = STRICT
    id: Id
    point: Id
    active: bool
    since: Instant | None = None


class ScanBatch(BaseModel):
    """Up to 1,000 scans."""

    items: Annotated[list[ScanItem], Field(max_length=MAX_ITEMS)]


class PointBatch(BaseModel):
    """Up to 1,000 changes of points."""

    items: Annotated[list[PointItem], Field(max_length=MAX_ITEMS)]


BODIES: tuple[type[BaseModel], ...] = (ScanBatch, PointBatch)

Short = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID)]


@with_config(ConfigDict(extra="forbid", strict=True))
class _Fields(TypedDict):
    id: Short
    point: Short
    code: Code
    direction: Literal["in", "out"]
    scanned_at: Annotated[str, StringConstraints(max_length=64)]


class _Body(TypedDict):
    items: Annotated[list[_Fields], Field(max_length=MAX_ITEMS)]


_quick_item: Callable[[object], _Fields] = TypeAdapter(_Fields).validate_python
_quick: Callable[[bytes], _Body] = TypeAdapter(_Body).validate_json


def parse_scans(body: bytes) -> tuple[list[str], Sequence[Scan | InvalidInput], list[object]]:
    """Return ids, scans or what is wrong with each, and the items where something is.

    Raises:
        InvalidInput: the body is no JSON, lacks items, or holds more than 1,000.
    """
    scans = parse_whole(body)
    if scans is None:
        return _one_by_one(parse_batch(body))
    return [scan.id for scan in scans], scans, []


def parse_whole(body: bytes) -> list[Scan] | None:
    """Return the scans of a body in which nothing is wrong, None for any other."""
    try:
        return [_scan(one) for one in _quick(body)["items"]]
    except (Invalid, ValueError):
        return None


def parse_scan(item: object) -> Scan:
    """Return one scan.

    Raises:
        InvalidInput: a field is wrong.
    """
    try:
        return _scan(_quick_item(item))
    except (Invalid, ValueError):
        given = validated(ScanItem, item)
    return Scan(given.id, given.point, given.code, given.direction, given.scanned_at)


def parse_point_change(item: object) -> PointChange:
    """Return the change of a point.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(PointItem, item)
    return PointChange(given.id, given.point, given.active, given.since)


def _scan(one: _Fields) -> Scan:
    """Return a scan of checked fields; ValueError: one of them is wrong after all."""
    at = datetime.fromisoformat(one["scanned_at"])
    if at.tzinfo is None or not FIRST_YEAR < at.year < LAST_YEAR:
        raise ValueError
    if not (one["id"].isprintable() and one["point"].isprintable()):
        raise ValueError
    way = WAYS[one["direction"]]
    return Scan(one["id"], one["point"], one["code"], way, at.astimezone(UTC))


def _one_by_one(
    items: list[object],
) -> tuple[list[str], Sequence[Scan | InvalidInput], list[object]]:
    parsed: list[Scan | InvalidInput] = []
    names = []
    for item in items:
        name = item.get("id") if isinstance(item, dict) else None
        names.append(name if isinstance(name, str) else "")
        try:
            given = validated(ScanItem, item)
        except InvalidInput as fault:
            parsed.append(fault)
            continue
        way, at = given.direction, given.scanned_at
        parsed.append(Scan(given.id, given.point, given.code, way, at))
    return names, parsed, items
