"""One way for every batch: bad items are refused and kept, the others go in, all are answered."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ingest.reasons import reasons
from ioc.centre import Centre
from ioc.errors import MAX_ID, InvalidInput
from ioc.intake import IntakeStatus, Receipt, Refusal, refuse
from ioc.privacy import mask_number, shape_of

Result = dict[str, Any]
Item = TypeVar("Item")

# What is kept of a refused item: enough to see what was wrong, not its pictures.
LONGEST_TEXT = 500
LONGEST_LIST = 50
DEEPEST = 8
# Who an item is about is kept masked: the number of a document, the text of a code.
MASKS: Mapping[str, Callable[[str], str]] = {"number": mask_number, "code": shape_of}


def answer_batch(
    centre: Centre,
    sender: tuple[str, str],
    items: Sequence[object],
    parse: Callable[[object], Item],
    record: Callable[[Sequence[Item]], Sequence[Result]],
    *,
    kept: Callable[[object], object] = lambda item: item,
) -> list[Result]:
    """Return one result an item, in order, after all of it is committed.

    `sender` is (source, kind); `parse` raises InvalidInput, `record` keeps what was parsed and
    answers it in order. What is refused is kept for inspection, as far as `kept` says.
    """
    source, kind = sender
    results: list[Result | None] = []
    parsed = []
    for item in items:
        try:
            parsed.append(parse(item))
            results.append(None)
        except InvalidInput as fault:
            results.append(_result(Receipt(id_of(item), IntakeStatus.REFUSED, why=str(fault))))
    recorded = iter(record(parsed) if parsed else ())
    answers = [result if result is not None else next(recorded) for result in results]
    refused = []
    for item, answer in zip(items, answers, strict=True):
        if answer["status"] == IntakeStatus.REFUSED:
            why = str(answer["why"])
            answer["why_vi"] = reasons(centre.settings.config_dir).in_vietnamese(why)
            refused.append(refusal_of(kept(item), why))
    refuse(centre, source, kind, refused)
    return answers


def result_of(receipt: Receipt, **more: object) -> Result:
    """Return the answer to one item."""
    result = _result(receipt)
    if receipt.ref is not None:
        result["ref"] = receipt.ref
    return result | more


def refusal_of(item: object, why: str) -> Refusal:
    """Return what is kept of a refused item, made fit for the store."""
    field, _, reason = why.partition(": ")
    content = json.dumps(_storable(item, DEEPEST), ensure_ascii=False)
    return Refusal(id_of(item) or None, field, reason or field, content)


def id_of(item: object) -> str:
    """Return the sender's id of an item of any kind, as far as it has one."""
    name = item.get("id") if isinstance(item, Mapping) else None
    return str(_storable(name, 1))[:MAX_ID] if isinstance(name, str) else ""


def _result(receipt: Receipt) -> Result:
    result: Result = {"id": receipt.id, "status": receipt.status.value}
    if receipt.why is not None:
        result["why"] = receipt.why
    return result


def _storable(value: object, depth: int) -> object:
    """Return `value` without what PostgreSQL's jsonb cannot hold, and cut to a sensible size."""
    if isinstance(value, str):
        return _storable_text(value)
    if not isinstance(value, Mapping | list):
        # What is no plain value or a number beyond a double stays here as words.
        is_number = isinstance(value, int | float) and abs(value) < 1e300
        return value if value is None or is_number else _storable_text(str(value))
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        pairs = list(value.items())[:LONGEST_LIST]
        return {str(_storable(k, 1)): _storable(_masked(k, v), depth - 1) for k, v in pairs}
    return [_storable(entry, depth - 1) for entry in value[:LONGEST_LIST]]


def _masked(name: object, value: object) -> object:
    mask = MASKS.get(name) if isinstance(name, str) else None
    return mask(value) if mask is not None and isinstance(value, str) else value


def _storable_text(value: str) -> str:
    text = value[:LONGEST_TEXT].encode("utf-8", "replace").decode().replace("\0", "?")
    return text if len(value) <= LONGEST_TEXT else f"{text}… ({len(value)} characters)"
