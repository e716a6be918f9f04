"""Doses, tests, results and paper totals in files."""

from collections.abc import Callable
from functools import partial

from ingest.files.shapes import Shape
from ingest.health_items import (
    record_dose_items,
    record_result_items,
    record_test_items,
    record_total_items,
)
from ingest.health_payloads import parse_dose, parse_result, parse_test, parse_total
from ioc.centre import Centre

Parser = Callable[[object], object]
PERSON = ("person.number", "person.name", "person.born_on", "person.code")
BORN = frozenset({"person.born_on"})


def _dose_parser(centre: Centre, _source: str) -> Parser:
    return partial(parse_dose, centre=centre)


def _test_parser(centre: Centre, _source: str) -> Parser:
    return partial(parse_test, centre=centre)


def _result_parser(_centre: Centre, _source: str) -> Parser:
    return parse_result


def _total_parser(centre: Centre, _source: str) -> Parser:
    return partial(parse_total, centre=centre)


DOSES = Shape(
    ("product", "lot", "number", "facility", "given_at"),
    ("id", *PERSON, "unit"),
    _dose_parser,
    record_dose_items,
    numbers=frozenset({"number"}),
    times=frozenset({"given_at"}),
    days=BORN,
)
TESTS = Shape(
    ("kind", "tube", "facility", "taken_at"),
    ("id", *PERSON, "result", "resulted_at", "unit"),
    _test_parser,
    record_test_items,
    times=frozenset({"taken_at", "resulted_at"}),
    days=BORN,
)
RESULTS = Shape(
    ("tube", "result"),
    ("id", "resulted_at", "why"),
    _result_parser,
    record_result_items,
    times=frozenset({"resulted_at"}),
)
PAPER_TOTALS = Shape(
    ("facility", "day", "kind", "n"),
    ("id",),
    _total_parser,
    record_total_items,
    numbers=frozenset({"n"}),
    days=frozenset({"day"}),
)
