"""Cards, scans and calls in files."""

from collections.abc import Callable, Sequence
from functools import partial

from ingest.batch import Result, answer_batch
from ingest.card_payloads import parse_card
from ingest.carding import issue_items
from ingest.files.shapes import Record, Shape
from ingest.gate_payloads import parse_scan
from ingest.report_payloads import parse_call
from ingest.reporting import record_call_items
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.venues.drafting import ScanAnswer
from ioc.venues.model import Scan
from ioc.venues.recording import ScanDesk

Parser = Callable[[object], object]
PERSON = ("person.number", "person.name", "person.born_on", "person.code", "person.sex")


def _card_parser(centre: Centre, _source: str) -> Parser:
    today = local_day(centre.now(), centre.city.zone)
    return partial(parse_card, city=centre.city, today=today)


def _scan_parser(_centre: Centre, _source: str) -> Parser:
    return parse_scan


def _call_parser(centre: Centre, _source: str) -> Parser:
    return partial(parse_call, centre=centre)


def _open_scans(centre: Centre, source: str) -> Record:
    desk = ScanDesk(centre)

    def told(scan: Scan, answer: ScanAnswer) -> Result:
        said: Result = {"id": scan.id, "status": answer.status.value}
        return said if answer.why is None else {**said, "why": answer.why}

    def record(scans: Sequence[Scan]) -> list[Result]:
        return list(map(told, scans, desk.record(source, scans)))

    def record_items(items: Sequence[object]) -> list[Result]:
        sender = (source, "scan")
        return answer_batch(centre, sender, items, parse_scan, record, kept=_without_code)

    return record_items


def _record_scans(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    return _open_scans(centre, source)(items)


def _without_code(item: object) -> object:
    """Return what is kept of a refused scan: the code is personal, and stands for nobody."""
    return {**item, "code": "\u2026"} if isinstance(item, dict) else item


CARDS = Shape(
    ("kind",),
    ("id", *PERSON, "replaces", "unit", "issued_at"),
    _card_parser,
    issue_items,
    times=frozenset({"issued_at"}),
    days=frozenset({"person.born_on"}),
)
SCANS = Shape(
    ("point", "code", "direction", "scanned_at"),
    ("id",),
    _scan_parser,
    _record_scans,
    times=frozenset({"scanned_at"}),
    opened=_open_scans,
)
CALLS = Shape(
    ("line", "direction", "at", "topic"),
    ("id", "branch"),
    _call_parser,
    record_call_items,
    times=frozenset({"at"}),
)
