"""Entries of lists: untrusted JSON becomes a value or a refusal that names the field."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from ingest.payloads import STRICT, Id, Instant, PlateText, Word, validated
from ioc.alerts.model import Priority
from ioc.lists.model import ListEntry, ListReason, PlateList
from ioc.lists.rules import require_reason
from ioc.vehicles.plate import normalise

Note = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]


class ListItem(BaseModel):
    """A vehicle to be put on a list, in valid_from <= t < valid_until."""

    model_config = STRICT
    id: Id
    plate: PlateText
    reason: Annotated[ListReason, Word]
    valid_from: Instant
    valid_until: Instant
    priority: Annotated[Priority, Word] | None = None
    note: Note | None = None


class ListBatch(BaseModel):
    """Up to 1,000 entries of a list."""

    items: Annotated[list[ListItem], Field(max_length=1_000)]


def parse_entry(item: object, plate_list: PlateList) -> ListEntry:
    """Return the entry for `plate_list`, which nobody has approved yet.

    Raises:
        InvalidInput: a field is wrong, or the list takes no such reason.
    """
    given = validated(ListItem, item)
    require_reason(plate_list, given.reason)
    return ListEntry(
        id=given.id,
        list=plate_list.id,
        plate=normalise(given.plate),
        reason=given.reason,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        priority=None if given.priority is None else given.priority.value,
        note=given.note,
    )
