"""Registrations as they come, over the API or in a file: each is recorded or refused."""

from collections.abc import Sequence
from functools import partial

from ingest.batch import Result, answer_batch, result_of
from ingest.transport_payloads import parse_registration
from ioc.centre import Centre
from ioc.registrations.model import Registration
from ioc.registrations.service import record_registrations


def record_items(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Record registrations as they came and answer each in order; the refused are kept."""

    def record(registrations: Sequence[Registration]) -> list[Result]:
        return [result_of(one) for one in record_registrations(centre, source, registrations)]

    parse = partial(parse_registration, city=centre.city)
    return answer_batch(centre, (source, "registration"), items, parse, record)
