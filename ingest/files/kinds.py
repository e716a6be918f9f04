"""The kinds of facts that files can hold, each with its shape."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial

from ingest.batch import Result, answer_batch, result_of
from ingest.declaring import record_declared, record_guests
from ingest.files import health_kinds
from ingest.files.gate_kinds import CALLS, CARDS, SCANS
from ingest.files.report_kinds import REPORTS
from ingest.files.shapes import Shape
from ingest.list_payloads import parse_entry
from ingest.listing import record_entries
from ingest.payloads import parse_permit
from ingest.people_payloads import parse_declaration, parse_lodging
from ingest.registering import record_items
from ingest.transport_payloads import parse_registration
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.lists.service import find_list
from ioc.permits.model import Permit
from ioc.permits.service import grant_permits

Parser = Callable[[object], object]


class Kind(StrEnum):
    """The kinds of facts that files can hold."""

    PERMITS = "permits"
    REGISTRATIONS = "registrations"
    WATCH = "watch"
    DECLARATIONS = "declarations"
    LODGINGS = "lodgings"
    DOSES = "doses"
    TESTS = "tests"
    RESULTS = "results"
    PAPER_TOTALS = "paper-totals"
    CARDS = "cards"
    SCANS = "scans"
    CALLS = "calls"
    REPORTS = "reports"


def _permit_parser(centre: Centre, _source: str) -> Parser:
    return partial(parse_permit, city=centre.city)


def _record_permits(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    def record(permits: Sequence[Permit]) -> list[Result]:
        return [result_of(receipt) for receipt in grant_permits(centre, source, permits)]

    parse = partial(parse_permit, city=centre.city)
    return answer_batch(centre, (source, "permit"), items, parse, record)


def _registration_parser(centre: Centre, _source: str) -> Parser:
    return partial(parse_registration, city=centre.city)


def _declaration_parser(centre: Centre, _source: str) -> Parser:
    today = local_day(centre.now(), centre.city.zone)
    return partial(parse_declaration, city=centre.city, today=today)


def _lodging_parser(centre: Centre, _source: str) -> Parser:
    today = local_day(centre.now(), centre.city.zone)
    return partial(parse_lodging, city=centre.city, today=today)


def _entry_parser(centre: Centre, source: str) -> Parser:
    return partial(parse_entry, plate_list=find_list(centre, source))


def _record_entries(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Enter rows for the list whose id the source is; a person approves them."""
    return record_entries(centre, source, items, f"file:{source}")


SHAPES: Mapping[Kind, Shape] = {
    Kind.PERMITS: Shape(
        ("plate", "class", "valid_from", "valid_until"),
        ("id", "holder", "destination", "roads", "deadline"),
        _permit_parser,
        _record_permits,
        lists=frozenset({"roads"}),
        times=frozenset({"valid_from", "valid_until", "deadline"}),
    ),
    Kind.REGISTRATIONS: Shape(
        ("plate",),
        (
            *("id", "kind", "seats", "colour", "holder", "driver", "phone", "mail", "origin"),
            *("destination", "route", "roads", "from", "until", "goods", "companions", "people"),
        ),
        _registration_parser,
        record_items,
        lists=frozenset({"roads", "people"}),
        numbers=frozenset({"seats", "companions"}),
        times=frozenset({"from", "until"}),
    ),
    Kind.WATCH: Shape(
        ("plate", "reason", "valid_from", "valid_until"),
        ("id", "priority", "note"),
        _entry_parser,
        _record_entries,
        times=frozenset({"valid_from", "valid_until"}),
    ),
    Kind.DECLARATIONS: Shape(
        ("destination.unit",),
        (
            *("id", "person.number", "person.name", "person.born_on", "person.code"),
            *("destination.cell", "destination.address", "manner", "phone", "origin", "route"),
            *("vehicle", "means", "wave", "expected_at", "post"),
        ),
        _declaration_parser,
        record_declared,
        times=frozenset({"expected_at"}),
        days=frozenset({"person.born_on"}),
    ),
    Kind.LODGINGS: Shape(
        ("lodging", "from", "until"),
        ("id", "unit", "person.number", "person.name", "person.born_on", "person.code"),
        _lodging_parser,
        record_guests,
        times=frozenset({"from", "until"}),
        days=frozenset({"person.born_on"}),
    ),
    Kind.DOSES: health_kinds.DOSES,
    Kind.TESTS: health_kinds.TESTS,
    Kind.RESULTS: health_kinds.RESULTS,
    Kind.PAPER_TOTALS: health_kinds.PAPER_TOTALS,
    Kind.CARDS: CARDS,
    Kind.SCANS: SCANS,
    Kind.CALLS: CALLS,
    Kind.REPORTS: REPORTS,
}
