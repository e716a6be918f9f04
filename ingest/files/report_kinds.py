"""Reports as rows of a file: field reports, tickets, requests for help, programmes, inspections."""

from collections.abc import Callable
from functools import partial

from ingest.files.shapes import Shape
from ingest.report_payloads import parse_report_item
from ingest.reporting import record_reports
from ioc.centre import Centre


def _report_parser(centre: Centre, _source: str) -> Callable[[object], object]:
    return partial(parse_report_item, centre=centre)


REPORTS = Shape(
    ("service",),
    (
        *("id", "lat", "lon", "address", "place", "description", "at", "media_url"),
        *("reporter.name", "reporter.phone", "reporter.email"),
    ),
    _report_parser,
    record_reports,
    times=frozenset({"at"}),
)
