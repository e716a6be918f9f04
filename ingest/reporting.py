"""Reports and calls as they come, over the API or in a file: each is recorded or refused."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ingest.batch import Result, answer_batch, result_of
from ingest.report_payloads import parse_call, parse_report_item
from ioc.calls.model import Call
from ioc.calls.service import record_calls
from ioc.centre import Centre
from ioc.reports.model import Placed
from ioc.reports.service import receive, secret_of


def record_reports(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Record reports as they came and answer each in order; the refused are kept, senders apart."""

    def record(placed: Sequence[Placed]) -> list[Result]:
        receipts = receive(centre, source, placed)
        return [
            result_of(one) if one.ref is None else result_of(one, secret=secret_of(centre, one.ref))
            for one in receipts
        ]

    parse = partial(parse_report_item, centre=centre)
    return answer_batch(centre, (source, "report"), items, parse, record, kept=without_sender)


def record_call_items(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Record calls as they came and answer each in order; the refused are kept, callers apart."""

    def record(calls: Sequence[Call]) -> list[Result]:
        return [result_of(one) for one in record_calls(centre, source, calls)]

    parse = partial(parse_call, centre=centre)
    return answer_batch(centre, (source, "call"), items, parse, record, kept=without_sender)


def without_sender(item: object) -> object:
    """Return what is kept of a refused item: whatever it says but who sends."""
    if not isinstance(item, Mapping):
        return item
    kept: dict[str, Any] = {name: part for name, part in item.items() if name != "reporter"}
    if "ticket" in kept:
        kept["ticket"] = without_sender(kept["ticket"])
    return kept
