"""What the form of a service asks, and whether a report answers it. Pure."""

from collections.abc import Mapping
from datetime import datetime
from math import isfinite

from ioc.errors import InvalidInput
from ioc.reports.offered import Datatype, FormField, Service

LONGEST_STRING, LONGEST_TEXT = 200, 4_000
MOST_VALUES = 50
Answers = Mapping[str, str | tuple[str, ...]]


def require_form(service: Service, given: Answers) -> dict[str, str | tuple[str, ...]]:
    """Return the answers to the form of a service, without those that are empty.

    Raises:
        InvalidInput: one is missing, is wrong, or is not asked; the field is `attribute[code]`.
    """
    known = {field.code: field for field in service.form}
    for code in given:
        if code not in known:
            raise InvalidInput(_named(code), f"{service.code} does not ask for it")
    kept = {}
    for code, field in known.items():
        values = _values(given.get(code, ()))
        if not values:
            if field.is_required:
                raise InvalidInput(_named(code), f"is missing: {field.vi} ({field.en})")
            continue
        for value in values:
            _require_value(field, value)
        kept[code] = _kept(field, values)
    return kept


def _kept(field: FormField, values: tuple[str, ...]) -> str | tuple[str, ...]:
    if field.datatype is Datatype.MULTIVALUELIST:
        return tuple(dict.fromkeys(values))
    if len(values) > 1:
        raise InvalidInput(_named(field.code), "takes one value")
    return values[0]


def _require_value(field: FormField, value: str) -> None:
    name = _named(field.code)
    longest = LONGEST_TEXT if field.datatype is Datatype.TEXT else LONGEST_STRING
    if len(value) > longest:
        raise InvalidInput(name, f"is longer than {longest} characters")
    if field.choices and value not in {choice.key for choice in field.choices}:
        keys = ", ".join(choice.key for choice in field.choices)
        raise InvalidInput(name, f"{value!r} is none of {keys}")
    if field.datatype is Datatype.NUMBER and not _is_number(value):
        raise InvalidInput(name, f"{value!r} is no number")
    if field.datatype is Datatype.DATETIME and not _is_time(value):
        raise InvalidInput(name, f"{value!r} is no time like 2021-10-04T14:32:08+07:00")


def _values(given: str | tuple[str, ...]) -> tuple[str, ...]:
    values = (given,) if isinstance(given, str) else given[:MOST_VALUES]
    return tuple(value.strip() for value in values if value.strip())


def _is_number(value: str) -> bool:
    try:
        return isfinite(float(value))
    except ValueError:
        return False


def _is_time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _named(code: str) -> str:
    return f"attribute[{code[:80]}]"
