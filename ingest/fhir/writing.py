"""Doses and tests as resources of FHIR R4, in pages of a searchset with their patients."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ingest.fhir import systems
from ioc.centre import Centre
from ioc.doses.model import DoseCorrection, HeldDose
from ioc.doses.service import vaccines
from ioc.persons.model import NumberKind, Person
from ioc.samples.model import HeldSample
from ioc.samples.service import test_kinds

Resource = dict[str, object]
TYPES: Mapping[NumberKind, str] = {
    NumberKind.CCCD: "NNVNM",
    NumberKind.CMND: "NI",
    NumberKind.PASSPORT: "PPN",
    NumberKind.INSURANCE: "HC",
}


@dataclass(frozen=True)
class Persons:
    """Who the resources are about; numbers and names only where a partner may have them."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict, repr=False)


def immunization(dose: HeldDose, centre: Centre) -> Resource:
    """Return a dose as an Immunization; a void one was entered in error."""
    product = vaccines(centre).products.get(dose.product)
    codes = [_coding(systems.PRODUCT, dose.product)]
    if product is not None and product.cvx is not None:
        codes.insert(0, _coding(systems.CVX, product.cvx, product.name))
    is_void = dose.mark is DoseCorrection.VOID
    resource: Resource = {
        "resourceType": "Immunization",
        "id": dose.ref,
        "identifier": [_identifier(systems.DOSE, dose.ref)],
        "status": "entered-in-error" if is_void else "completed",
        "vaccineCode": {"coding": codes},
        "patient": {"reference": f"Patient/{dose.person}"},
        "occurrenceDateTime": _instant(dose.given_at, centre),
        "recorded": _instant(dose.known_at, centre),
        "location": {"identifier": _identifier(systems.FACILITY, dose.facility)},
        "lotNumber": dose.lot,
        "protocolApplied": [{"doseNumberPositiveInt": dose.number}],
    }
    if dose.near_of is not None:
        # A second entry of one injection: whoever counts should not count it.
        resource["meta"] = {"tag": [_coding(systems.TAGS, "near-repeat")]}
    return resource


def observation(sample: HeldSample, centre: Centre, *, is_correction: bool = False) -> Resource:
    """Return a test with its result as an Observation of a laboratory, its Specimen inside."""
    assert sample.finding is not None
    code, display = systems.CODES[sample.finding]
    resource: Resource = {
        "resourceType": "Observation",
        "id": sample.ref,
        "contained": [_specimen(sample, centre, "specimen")],
        "identifier": [_identifier(systems.TEST, sample.ref)],
        "status": "corrected" if is_correction else "final",
        "category": [{"coding": [_coding(systems.CATEGORIES, "laboratory")]}],
        "code": _test_code(sample, centre),
        "subject": {"reference": f"Patient/{sample.person}"},
        "effectiveDateTime": _instant(sample.taken_at, centre),
        "performer": [{"identifier": _identifier(systems.FACILITY, sample.facility)}],
        "valueCodeableConcept": {"coding": [_coding(systems.SNOMED, code, display)]},
        "specimen": {"reference": "#specimen"},
    }
    if sample.resulted_at is not None:
        resource["issued"] = _instant(sample.resulted_at, centre)
    return resource


def diagnostic_report(
    sample: HeldSample, centre: Centre, *, is_correction: bool = False
) -> Resource:
    """Return the report of one test, which refers to its Observation."""
    resource: Resource = {
        "resourceType": "DiagnosticReport",
        "id": sample.ref,
        "identifier": [_identifier(systems.TEST, sample.ref)],
        "status": "corrected" if is_correction else "final",
        "category": [{"coding": [_coding(systems.SECTIONS, "LAB")]}],
        "code": _test_code(sample, centre),
        "subject": {"reference": f"Patient/{sample.person}"},
        "effectiveDateTime": _instant(sample.taken_at, centre),
        "performer": [{"identifier": _identifier(systems.FACILITY, sample.facility)}],
        "result": [{"reference": f"Observation/{sample.ref}"}],
    }
    if sample.resulted_at is not None:
        resource["issued"] = _instant(sample.resulted_at, centre)
    return resource


def patient(ref: str, known: Persons) -> Resource:
    """Return a person as a Patient: his reference, and what else the partner may have."""
    identifiers = [_identifier(systems.PERSON, ref)]
    resource: Resource = {"resourceType": "Patient", "id": ref, "identifier": identifiers}
    person, number = known.persons.get(ref), known.numbers.get(ref)
    if number is not None and person is not None:
        own = _identifier(systems.NUMBER, number)
        if person.kind in TYPES:
            coding = _coding(systems.IDENTIFIER_TYPES, TYPES[person.kind])
            own["type"] = {"coding": [coding]}
        identifiers.append(own)
        resource["name"] = [{"text": person.name}]
        if person.born_on is not None or person.birth_year is not None:
            resource["birthDate"] = str(person.born_on or person.birth_year)
        if person.sex is not None:
            resource["gender"] = person.sex.value
    return resource


def searchset(
    base: str, matches: Iterable[Resource], included: Iterable[Resource], links: Mapping[str, str]
) -> Resource:
    """Return a page: what was asked for, whom it is about, and the links to go on by."""
    entries = [
        {
            "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": mode},
        }
        for mode, resources in (("match", matches), ("include", included))
        for resource in resources
    ]
    page: Resource = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": relation, "url": url} for relation, url in links.items()],
    }
    # FHIR knows no empty list.
    return {**page, "entry": entries} if entries else page


def _specimen(sample: HeldSample, centre: Centre, name: str) -> Resource:
    return {
        "resourceType": "Specimen",
        "id": name,
        "identifier": [_identifier(systems.TUBE, sample.tube)],
        "subject": {"reference": f"Patient/{sample.person}"},
        "collection": {"collectedDateTime": _instant(sample.taken_at, centre)},
    }


def _test_code(sample: HeldSample, centre: Centre) -> Resource:
    kind = test_kinds(centre).kinds.get(sample.kind)
    codes = [_coding(systems.TEST_KIND, sample.kind)]
    if kind is not None and kind.loinc is not None:
        codes.insert(0, _coding(systems.LOINC, kind.loinc))
    return {"coding": codes}


def _identifier(system: str, value: str) -> Resource:
    return {"system": system, "value": value}


def _coding(system: str, code: str, display: str | None = None) -> Resource:
    coding: Resource = {"system": system, "code": code}
    return coding if display is None else {**coding, "display": display}


def _instant(at: datetime, centre: Centre) -> str:
    return at.astimezone(centre.city.zone).isoformat(timespec="seconds")
