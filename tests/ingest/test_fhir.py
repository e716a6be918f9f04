"""FHIR R4 in and out: a bundle becomes doses and tests, every refusal is named, pages validate."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.immunization import Immunization
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.patient import Patient
from sqlalchemy import text

from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.db import transact
from ioc.upkeep import recount

SITE, LAB = "tc-bvtw", "xn-bvtw"
PERSON = "urn:uuid:0c1e2f3a-0000-4000-8000-000000000001"
TUBE = "urn:uuid:0c1e2f3a-0000-4000-8000-000000000002"
TEST = "urn:uuid:0c1e2f3a-0000-4000-8000-000000000003"


STANDARD = {
    model.get_resource_type(): model
    for model in (Bundle, DiagnosticReport, Immunization, Observation, OperationOutcome, Patient)
}


def entry(full_url: str | None, resource: dict, none_exist: str | None = None) -> dict:
    made: dict = {"resource": resource}
    if full_url is not None:
        made["fullUrl"] = full_url
    made["request"] = {"method": "POST", "url": resource["resourceType"]}
    if none_exist is not None:
        made["request"]["ifNoneExist"] = none_exist
    return made


def patient(number: str = "046085000123") -> dict:
    return {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [
            {"system": "urn:other", "value": "x"},
            {
                "type": {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/v2-0203",
                            "code": "NNVNM",
                        }
                    ]
                },
                "value": number,
            },
        ],
        "name": [{"family": "Nguyễn", "given": ["Văn", "A"]}],
        "birthDate": "1985-03-07",
        "gender": "male",
    }


def immunization(**changes: object) -> dict:
    return {
        "resourceType": "Immunization",
        "identifier": [{"system": "urn:clinic", "value": "d-1"}],
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]},
        "patient": {"reference": PERSON},
        "occurrenceDateTime": "2021-10-03",
        "location": {"reference": f"Location/{SITE}"},
        "lotNumber": "FF8871",
        "protocolApplied": [{"doseNumberPositiveInt": 1}],
        **changes,
    }


def observation(code: str = "260373001", **changes: object) -> dict:
    return {
        "resourceType": "Observation",
        "identifier": [{"system": "urn:lab", "value": "o-1"}],
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "94500-6"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2021-10-03T09:00:00+07:00",
        "issued": "2021-10-03T19:00:00+07:00",
        "performer": [{"identifier": {"value": LAB}}],
        "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": code}]},
        "specimen": {"reference": TUBE},
        **changes,
    }


def specimen(tube: str = "TUBE0001") -> dict:
    return {
        "resourceType": "Specimen",
        "identifier": [{"value": tube}],
        "subject": {"reference": PERSON},
        "collection": {"collectedDateTime": "2021-10-03T09:00:00+07:00"},
    }


def bundle(*entries: dict, kind: str = "transaction") -> dict:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def whole(kind: str = "transaction") -> dict:
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "PCR"},
        "result": [{"reference": TEST}],
    }
    return bundle(
        entry(PERSON, patient()),
        entry(None, immunization()),
        entry(TUBE, specimen()),
        entry(TEST, observation()),
        entry(None, report),
        kind=kind,
    )


def send(api: httpx.Client, body: object) -> httpx.Response:
    return api.post("/v1/fhir", json=body, headers={"Content-Type": "application/fhir+json"})


def statuses(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["response"]["status"][:3] for one in answer.json()["entry"]]


def valid(resource: dict) -> None:
    """Hold a resource against the published structure of FHIR R4."""
    STANDARD[resource["resourceType"]].model_validate(resource)


def figures(api: httpx.Client) -> tuple[int, int]:
    now = api.get("/v1/figures").json()["figures"]
    return now["doses_total"], now["tests_total"]


@pytest.mark.parametrize("kind", ["transaction", "batch", "collection"])
def test_a_bundle_is_taken_in_once(api: httpx.Client, centre: Centre, kind: str) -> None:
    answer = send(api, whole(kind))
    assert answer.headers["content-type"] == "application/fhir+json"
    assert statuses(answer) == ["200", "201", "200", "201", "200"]
    told = answer.json()
    assert told["type"] == ("transaction-response" if kind == "transaction" else "batch-response")
    valid(told)
    again = send(api, whole(kind))
    assert statuses(again) == ["200"] * 5
    assert [e["response"].get("location") for e in again.json()["entry"]] == [
        e["response"].get("location") for e in told["entry"]
    ]
    assert figures(api) == (1, 1)
    [case] = api.get("/v1/cases").json()["items"]
    assert case["state"] == "confirmed"
    assert recount(centre) == []


WRONG = [
    (immunization(status="not-done"), "status"),
    (immunization(vaccineCode={"text": "aspirin"}), "vaccineCode"),
    (immunization(vaccineCode={}), "vaccineCode"),
    (immunization(lotNumber=None), "lotNumber"),
    (immunization(protocolApplied=[]), "protocolApplied[0].doseNumberPositiveInt"),
    (immunization(occurrenceDateTime=None), "occurrenceDateTime"),
    (immunization(occurrenceDateTime="2021-13-03"), "occurrenceDateTime"),
    (immunization(occurrenceDateTime="2031-10-03"), "occurrenceDateTime"),
    (immunization(location=None), "location"),
    (immunization(location={"reference": "Location/nowhere"}), "location"),
    (immunization(patient={"reference": "Patient/nobody"}), "patient"),
    (observation(status="cancelled"), "status"),
    (observation("123"), "valueCodeableConcept"),
    (observation(valueCodeableConcept={"text": "dương tính"}), "valueCodeableConcept"),
    (
        {**observation(), "code": {"coding": [{"system": "http://loinc.org", "code": "1-1"}]}},
        "code",
    ),
    (observation(specimen=None), "specimen"),
    (observation(performer=[]), "performer"),
    (observation(issued="2021-10-01T00:00:00Z"), "issued"),
    ({"resourceType": "Medication"}, "resourceType"),
    ({"resourceType": "DiagnosticReport", "result": [{"reference": "x"}]}, "result[0]"),
]


def test_every_refused_entry_is_named_and_kept(api: httpx.Client, centre: Centre) -> None:
    entries = [
        entry(None, {**one, "identifier": [{"value": f"w-{n}"}]})
        for n, (one, _) in enumerate(WRONG)
    ]
    good = [entry(PERSON, patient()), entry(TUBE, specimen()), entry(None, immunization())]
    answer = send(api, bundle(*good, *entries, kind="batch"))
    assert statuses(answer)[:3] == ["200", "200", "201"]
    issues = [one["response"]["outcome"]["issue"][0] for one in answer.json()["entry"][3:]]
    named = [issue["expression"][0] for issue in issues]
    assert named == [
        f"Bundle.entry[{n + 3}].resource.{element}" for n, (_, element) in enumerate(WRONG)
    ]
    assert {issue["severity"] for issue in issues} == {"error"}
    valid(answer.json())
    said = text("SELECT content::text FROM refused")
    kept = transact(centre.engine, lambda c: list(c.execute(said).scalars()))
    assert len(kept) == len(WRONG)
    assert not [content for content in kept if "046085000123" in content]


def test_of_a_transaction_all_is_kept_or_nothing(api: httpx.Client, centre: Centre) -> None:
    bad_number = entry(None, immunization(identifier=[{"value": "x"}], lotNumber="?"))
    late = entry(
        None,
        immunization(
            identifier=[{"value": "y"}],
            occurrenceDateTime="2021-09-25",
            protocolApplied=[{"doseNumberPositiveInt": 2}],
        ),
    )
    for wrong, element in ((bad_number, "lotNumber"), (late, "protocolApplied[0]")):
        body = whole()
        body["entry"].append(wrong)
        answer = send(api, body)
        assert answer.status_code == 422
        told = answer.json()
        assert told["resourceType"] == "OperationOutcome"
        assert element in told["issue"][0]["expression"][0], told
        valid(told)
    assert figures(api) == (0, 0)
    assert statuses(send(api, whole())) == ["200", "201", "200", "201", "200"]


def test_a_result_comes_later_by_the_same_identifier(api: httpx.Client) -> None:
    early = observation(status="preliminary")
    del early["valueCodeableConcept"]
    first = bundle(entry(PERSON, patient()), entry(TUBE, specimen()), entry(None, early))
    assert statuses(send(api, first)) == ["200", "200", "201"]
    final = bundle(entry(PERSON, patient()), entry(TUBE, specimen()), entry(TEST, observation()))
    assert statuses(send(api, final)) == ["200", "200", "201"]
    assert figures(api) == (0, 1)


def test_without_an_identifier_the_full_url_or_if_none_exist_tells_a_repeat(
    api: httpx.Client,
) -> None:
    nameless = immunization()
    del nameless["identifier"]
    one = bundle(entry(PERSON, patient()), entry("urn:uuid:1", nameless))
    two = bundle(entry(PERSON, patient()), entry(None, nameless, "identifier=urn:clinic|7"))
    for sent in (one, one):
        assert statuses(send(api, sent))[0] == "200"
    assert statuses(send(api, two)) == ["200", "201"]
    assert statuses(send(api, two)) == ["200", "200"]
    # The second is another entry of one injection: kept, not counted.
    assert figures(api) == (1, 0)
    refused = send(api, bundle(entry(PERSON, patient()), entry(None, nameless)))
    assert refused.json()["issue"][0]["expression"] == ["Bundle.entry[1].resource.identifier"]


NO_BUNDLES = [
    ({}, "resourceType"),
    ({"resourceType": "Patient"}, "resourceType"),
    ({"resourceType": "Bundle", "type": "history"}, "type"),
    ({"resourceType": "Bundle", "type": "batch", "entry": {}}, "entry"),
    ({"resourceType": "Bundle", "type": "batch", "entry": [1] * 1001}, "entry"),
]


def test_what_is_no_bundle_is_refused_as_an_outcome(api: httpx.Client, subtests) -> None:
    for body, element in NO_BUNDLES:
        with subtests.test(body=body, element=element):
            answer = send(api, body)
            assert answer.status_code == 422
            [issue] = answer.json()["issue"]
            assert (issue["severity"], issue["expression"]) == ("fatal", [f"Bundle.{element}"])
            valid(answer.json())
            empty = send(api, {"resourceType": "Bundle", "type": "batch", "entry": [None, 7, {}]})
            assert statuses(empty) == ["422", "422", "422"]


def pages(api: httpx.Client, kind: str, **params: object) -> list[dict]:
    """Follow `next` until a page is the last; every page must hold to the standard."""
    found, asked = [], {"_count": 2, **params}
    while True:
        page = api.get(f"/v1/fhir/{kind}", params=asked).json()
        valid(page)
        for one in page.get("entry", ()):
            valid(one["resource"])
        found.append(page)
        links = {link["relation"]: link["url"] for link in page["link"]}
        asked = {
            name: values[0] for name, values in parse_qs(urlsplit(links["next"]).query).items()
        }
        if page["meta"]["tag"][0]["code"] == "last":
            return found


def matches(found: list[dict]) -> list[dict]:
    return [
        one["resource"]
        for page in found
        for one in page.get("entry", ())
        if one["search"]["mode"] == "match"
    ]


def test_a_partner_reads_page_by_page_and_what_changed_comes_again(
    api: httpx.Client, centre: Centre
) -> None:
    doses = [
        entry(
            None,
            immunization(identifier=[{"value": f"d-{n}"}], patient={"reference": f"Patient/q{n}"}),
        )
        for n in range(5)
    ]
    people = [entry(None, {**patient(f"04608500020{n}"), "id": f"q{n}"}) for n in range(5)]
    assert set(statuses(send(api, bundle(*people, *doses)))) == {"200", "201"}
    send(api, whole())
    found = pages(api, "Immunization")
    read = matches(found)
    assert (len(found), len({one["id"] for one in read})) == (4, 6)
    assert {one["lotNumber"] for one in read} == {"FF8871"}
    patients = [
        one["resource"]
        for page in found
        for one in page.get("entry", ())
        if one["search"]["mode"] == "include"
    ]
    assert not [one for one in patients if "name" in one or len(one["identifier"]) > 1]
    links = {link["relation"]: link["url"] for link in found[-1]["link"]}
    assert "entry" not in api.get(links["next"]).json()
    void = {"correction": "void", "why": "nhập nhầm"}
    api.post(f"/v1/doses/{read[0]['id']}/correction", json=void)
    [again] = matches([api.get(links["next"]).json()])
    assert (again["id"], again["status"]) == (read[0]["id"], "entered-in-error")
    [result] = matches(pages(api, "Observation"))
    coded = result["valueCodeableConcept"]["coding"][0]["code"]
    assert (result["status"], coded) == ("final", "260373001")
    why = {"result": "negative", "why": "nhầm ống"}
    api.post(f"/v1/tests/{result['id']}/result", json=why)
    assert [one["status"] for one in matches(pages(api, "Observation", _count=1))] == [
        "final",
        "corrected",
    ]
    assert [one["resourceType"] for one in matches(pages(api, "DiagnosticReport"))] == [
        "DiagnosticReport"
    ]
    seen = "SELECT count(*) FROM audit WHERE action = 'fhir_page'"
    assert transact(centre.engine, lambda c: c.execute(text(seen)).scalar_one()) >= 9


def test_names_and_numbers_need_a_purpose_and_read_back(api: httpx.Client, centre: Centre) -> None:
    send(api, whole())
    refused = api.get("/v1/fhir/Immunization", params={"_identities": "true"})
    assert (refused.status_code, refused.json()["field"]) == (422, "purpose")
    asked = {"_identities": "true", "purpose": "liên thông quốc gia"}
    [page] = pages(api, "Immunization", **asked)
    [who] = [e["resource"] for e in page["entry"] if e["resource"]["resourceType"] == "Patient"]
    assert who["identifier"][1]["value"] == "046085000123"
    assert (who["name"][0]["text"], who["birthDate"]) == ("Nguyễn Văn A", "1985-03-07")
    # What a centre writes another can read: it is the same injection.
    back = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [
            {"fullUrl": e["fullUrl"], "resource": e["resource"]}
            for e in [*page["entry"], *pages(api, "Observation", **asked)[0]["entry"]]
        ],
    }
    peer = create_key(centre, "peer", [Right.FHIR])
    headers = {"Authorization": f"Bearer {peer}"}
    answer = api.post("/v1/fhir", json=back, headers=headers)
    told = [one["response"]["status"][:3] for one in answer.json()["entry"]]
    assert told == ["201", "200", "422", "200"], answer.text
    assert figures(api) == (1, 1)
