"""Resources of FHIR R4 become items of this API, a dose or a test, or a named refusal."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ingest.fhir import systems
from ingest.fhir.bundle import Bundle, Entry
from ingest.fhir.tree import Json, at, code_of, each, text_at
from ioc.centre import Centre
from ioc.doses.service import vaccines
from ioc.errors import MAX_ID, InvalidInput
from ioc.samples.service import test_kinds

Item = dict[str, object]
DAY_LENGTH = 10
# A day without an hour is its noon: it lies on that day in whatever zone near by.
NOON = time(12)
DONE = ("final", "amended", "corrected")
EARLY = ("registered", "preliminary", "partial")
# Which element of FHIR a field of an item is read from.
ELEMENTS: Mapping[str, Mapping[str, str]] = {
    "Immunization": {
        "product": "vaccineCode",
        "lot": "lotNumber",
        "number": "protocolApplied[0].doseNumberPositiveInt",
        "given_at": "occurrenceDateTime",
        "facility": "location",
        "person": "patient",
    },
    "Observation": {
        "kind": "code",
        "tube": "specimen",
        "taken_at": "effectiveDateTime",
        "resulted_at": "issued",
        "result": "valueCodeableConcept",
        "facility": "performer",
        "person": "subject",
    },
}


def dose_item(bundle: Bundle, entry: Entry, centre: Centre) -> Item:
    """Return the item of `POST /v1/doses` that an Immunization is.

    Raises:
        InvalidInput: something is missing or cannot be read; it names the field of the item.
    """
    resource = entry.resource
    status = text_at(resource, "status")
    if status != "completed":
        raise InvalidInput("status", f"{status!r}: only what is completed is taken in")
    concept = at(resource, "vaccineCode")
    return {
        "id": id_of(entry),
        "person": person_item(bundle, entry, at(resource, "patient")),
        "product": _product(concept, centre),
        "lot": _needed("lot", text_at(resource, "lotNumber")),
        "number": _dose_number(at(resource, "protocolApplied", 0)),
        "facility": _facility(bundle, entry, at(resource, "location"), "performer"),
        "given_at": instant("given_at", text_at(resource, "occurrenceDateTime"), centre.city.zone),
    }


def test_item(bundle: Bundle, entry: Entry, centre: Centre) -> Item:
    """Return the item of `POST /v1/tests` that an Observation of a laboratory is.

    Raises:
        InvalidInput: something is missing or cannot be read; it names the field of the item.
    """
    resource, zone = entry.resource, centre.city.zone
    status = text_at(resource, "status")
    if status not in (*DONE, *EARLY):
        raise InvalidInput("status", f"{status!r} is not taken in")
    specimen = bundle.referred(entry, at(resource, "specimen"))
    taken = text_at(specimen, "collection", "collectedDateTime")
    item: Item = {
        "id": id_of(entry),
        "person": person_item(bundle, entry, at(resource, "subject")),
        "kind": _kind(at(resource, "code"), centre),
        "tube": _needed("tube", _tube(specimen, at(resource, "specimen"))),
        "facility": _facility(bundle, entry, at(resource, "performer", 0), "performer"),
        "taken_at": instant("taken_at", taken or text_at(resource, "effectiveDateTime"), zone),
    }
    if status in DONE:
        item["result"] = _finding(at(resource, "valueCodeableConcept"))
        if text_at(resource, "issued") is not None:
            item["resulted_at"] = instant("resulted_at", text_at(resource, "issued"), zone)
    return item


def id_of(entry: Entry) -> str:
    """Return the sender's id of an entry: what makes it the same when it comes again.

    Raises:
        InvalidInput: it has no identifier, ifNoneExist or fullUrl.
    """
    name = entry.identity
    if name is None:
        raise InvalidInput("identifier", "is missing, and there is no ifNoneExist and no fullUrl")
    if len(name) > MAX_ID or not name.isprintable():
        return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return name


def person_item(bundle: Bundle, entry: Entry, reference: object) -> Item:
    """Return who a resource is about, by the Patient it refers to.

    Raises:
        InvalidInput: there is no such Patient here, or he has no number or name.
    """
    patient = bundle.referred(entry, reference)
    if patient is None or patient.get("resourceType") != "Patient":
        raise InvalidInput("person", "refers to no Patient of this bundle")
    item: Item = {
        "number": _needed("person.number", _number(patient)),
        "name": _needed("person.name", _name(patient)),
    }
    born, sex = text_at(patient, "birthDate"), text_at(patient, "gender")
    if born is not None:
        # A month alone is no birth that we can hold; its year is.
        item["born_on"] = born if len(born) != len("2021-10") else born[:4]
    if sex is not None and sex in systems.SEXES:
        item["sex"] = systems.SEXES[sex]
    return item


def instant(field: str, text: str | None, zone: ZoneInfo) -> str:
    """Return a FHIR dateTime as the API takes it; a day alone is its noon in the city.

    Raises:
        InvalidInput: it is missing, or less than a day.
    """
    said = _needed(field, text)
    if len(said) != DAY_LENGTH:
        return said
    try:
        return datetime.combine(date.fromisoformat(said), NOON, zone).isoformat()
    except (ValueError, OverflowError):
        raise InvalidInput(field, f"{said!r} is no day") from None


def _number(patient: Json) -> str | None:
    found = list(each(patient, "identifier"))
    for kind in systems.NUMBER_TYPES:
        for identifier in found:
            if code_of(at(identifier, "type"), systems.IDENTIFIER_TYPES) == kind:
                return text_at(identifier, "value")
    named = [one for one in found if one.get("system") == systems.NUMBER]
    return text_at((named or found or [{}])[0], "value")


def _name(patient: Json) -> str | None:
    for name in each(patient, "name"):
        whole = text_at(name, "text")
        if whole is not None:
            return whole
        given = at(name, "given")
        first = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
        # In Viet Nam the family name stands first.
        parts = [text_at(name, "family") or "", *first]
        if any(parts):
            return " ".join(part for part in parts if part)
    return None


def _product(concept: object, centre: Centre) -> str:
    book = vaccines(centre)
    own = code_of(concept, systems.PRODUCT)
    if own is not None:
        return own
    cvx = code_of(concept, systems.CVX)
    by_cvx = {product.cvx: product.id for product in book.products.values() if product.cvx}
    if cvx is not None and cvx in by_cvx:
        return by_cvx[cvx]
    named = text_at(concept, "text") or text_at(concept, "coding", 0, "display") or cvx
    return _needed("product", named)


def _kind(concept: object, centre: Centre) -> str:
    own = code_of(concept, systems.TEST_KIND)
    if own is not None:
        return own
    loinc = code_of(concept, systems.LOINC)
    for kind in test_kinds(centre).kinds.values():
        if loinc is not None and kind.loinc == loinc:
            return kind.id
    return _needed("kind", text_at(concept, "text") or loinc)


def _finding(concept: object) -> str:
    code = code_of(concept, systems.SNOMED)
    if code is None:
        raise InvalidInput("result", "has no code of SNOMED CT")
    if code not in systems.FINDINGS:
        raise InvalidInput("result", f"{code!r} is none of {', '.join(systems.FINDINGS)}")
    return systems.FINDINGS[code].value


def _tube(specimen: Json | None, reference: object) -> str | None:
    own = text_at(specimen, "identifier", 0, "value")
    accession = text_at(specimen, "accessionIdentifier", "value")
    return own or accession or text_at(reference, "identifier", "value")


def _facility(bundle: Bundle, entry: Entry, reference: object, field: str) -> str:
    """Return the id of a facility: said in a reference, or by what it refers to."""
    references = [reference, *(at(one, "actor") for one in each(entry.resource, field))]
    for one in references:
        named = text_at(one, "identifier", "value")
        if named is not None:
            return named
        place = bundle.referred(entry, one)
        named = text_at(place, "identifier", 0, "value")
        if named is not None:
            return named
        path = text_at(one, "reference")
        if path is not None and place is None and "/" in path:
            return path.rsplit("/", 1)[1]
    raise InvalidInput("facility", "is named by no location and no performer")


def _dose_number(protocol: object) -> object:
    number = at(protocol, "doseNumberPositiveInt")
    if number is None:
        text = text_at(protocol, "doseNumberString")
        number = int(text) if text is not None and text.isdecimal() and len(text) < 3 else None
    if number is None:
        raise InvalidInput("number", "is missing")
    return number


def _needed(field: str, text: str | None) -> str:
    if text is None:
        raise InvalidInput(field, "is missing")
    return text
