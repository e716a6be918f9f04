"""Entries of lists come in the same way from the API and from files."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ingest.batch import Result, answer_batch, result_of
from ingest.list_payloads import parse_entry
from ioc.centre import Centre
from ioc.lists.model import ListEntry
from ioc.lists.service import enter, find_list

Item = Mapping[str, Any]


def record_entries(
    centre: Centre, list_id: str, items: Sequence[object], actor: str
) -> list[Result]:
    """Enter items for a list; return one result each, in their order, after the commit.

    Raises:
        NotFound: there is no such list.
    """
    plate_list = find_list(centre, list_id)

    def record(entries: Sequence[ListEntry]) -> list[Result]:
        return [result_of(receipt) for receipt in enter(centre, list_id, entries, actor)]

    parse = partial(parse_entry, plate_list=plate_list)
    return answer_batch(centre, (f"list:{list_id}", "list_entry"), items, parse, record)
