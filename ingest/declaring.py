"""Declarations, guests and waves as they come, over the API or in a file: recorded or refused."""

from collections.abc import Sequence
from functools import partial

from ingest.batch import Result, answer_batch, result_of
from ingest.people_payloads import parse_declaration, parse_lodging, parse_wave
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.people.lodgings import record_lodgings, record_waves
from ioc.people.model import Declaration, Lodging, Wave
from ioc.people.service import record_declarations


def record_declared(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Record declarations as they came and answer each in order; the refused are kept."""

    def record(declarations: Sequence[Declaration]) -> list[Result]:
        return [result_of(one) for one in record_declarations(centre, source, declarations)]

    today = local_day(centre.now(), centre.city.zone)
    parse = partial(parse_declaration, city=centre.city, today=today)
    return answer_batch(centre, (source, "declaration"), items, parse, record)


def record_guests(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Record guests of lodgings as they came and answer each in order; the refused are kept."""

    def record(lodgings: Sequence[Lodging]) -> list[Result]:
        return [result_of(one) for one in record_lodgings(centre, source, lodgings)]

    today = local_day(centre.now(), centre.city.zone)
    parse = partial(parse_lodging, city=centre.city, today=today)
    return answer_batch(centre, (source, "lodging"), items, parse, record)


def record_announced(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Record waves as they were announced and answer each in order; the refused are kept."""

    def record(waves: Sequence[Wave]) -> list[Result]:
        return [result_of(one) for one in record_waves(centre, source, waves)]

    parse = partial(parse_wave, city=centre.city)
    return answer_batch(centre, (source, "wave"), items, parse, record)
