"""Doses, tests, results, paper totals come in the same way from the API, from files, from FHIR."""

from collections.abc import Sequence
from functools import partial

from ingest.batch import Result, answer_batch, result_of
from ingest.health_payloads import Of, parse_dose, parse_result, parse_test, parse_total
from ioc.centre import Centre
from ioc.doses.model import HeldDose
from ioc.doses.recording import record_doses
from ioc.paper.model import PaperTotal
from ioc.paper.service import record_totals
from ioc.persons.model import Identity
from ioc.samples.model import HeldSample, TubeResult
from ioc.samples.recording import record_samples
from ioc.samples.resulting import record_results


def record_dose_items(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Record doses as they came and answer each in order; the refused are kept."""

    def record(parsed: Sequence[Of]) -> list[Result]:
        doses, who = [one.fact for one in parsed], _persons(parsed)
        results = record_doses(centre, source, doses, who)
        return [result_of(one.receipt, **_dose_told(one.dose)) for one in results]

    parse = partial(parse_dose, centre=centre)
    return answer_batch(centre, (source, "dose"), items, parse, record)


def record_test_items(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Record tests as they came and answer each in order; the refused are kept."""

    def record(parsed: Sequence[Of]) -> list[Result]:
        samples, who = [one.fact for one in parsed], _persons(parsed)
        results = record_samples(centre, source, samples, who)
        return [result_of(one.receipt, **_test_told(one.sample)) for one in results]

    parse = partial(parse_test, centre=centre)
    return answer_batch(centre, (source, "test"), items, parse, record)


def record_result_items(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Record results as they came and answer each in order; the refused are kept."""

    def record(parsed: Sequence[TubeResult]) -> list[Result]:
        return [result_of(one) for one in record_results(centre, source, parsed)]

    return answer_batch(centre, (source, "result"), items, parse_result, record)


def record_total_items(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Record paper totals as they came and answer each in order; the refused are kept."""

    def record(parsed: Sequence[PaperTotal]) -> list[Result]:
        return [result_of(one) for one in record_totals(centre, source, parsed)]

    parse = partial(parse_total, centre=centre)
    return answer_batch(centre, (source, "paper_total"), items, parse, record)


def _persons(parsed: Sequence[Of]) -> dict[str, Identity]:
    return {one.fact.person: one.identity for one in parsed}


def _dose_told(dose: HeldDose | None) -> dict[str, object]:
    if dose is None:
        return {}
    told: dict[str, object] = {"counted": dose.is_counted}
    if dose.near_of is not None and dose.why is not None:
        told["near_repeat"] = {"of": dose.near_of, "why": dose.why.value}
    return told


def _test_told(sample: HeldSample | None) -> dict[str, object]:
    return {} if sample is None or sample.finding is None else {"result": sample.finding.value}
