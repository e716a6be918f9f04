"""`/v1/fhir`: FHIR R4 in and out, for a partner of the interchange."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ingest.auth import Door, purpose_of
from ingest.body import parse_object, read_bytes
from ingest.fhir.bundle import parse_bundle
from ingest.fhir.outcomes import Issue, Resource, outcome
from ingest.fhir.receiving import receive, response
from ingest.fhir.systems import MEDIA_TYPE
from ingest.fhir.writing import (
    Persons,
    diagnostic_report,
    immunization,
    observation,
    patient,
    searchset,
)
from ingest.openapi import REFERENCE, answers, body_of
from ingest.schema_parts import Schema
from ioc import audit
from ioc.access.model import ApiKey, Right
from ioc.centre import Centre
from ioc.doses.service import doses_after
from ioc.errors import InvalidInput
from ioc.interchange import persons_known
from ioc.samples.facts import results_after

CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})")
Page = tuple[list[Resource], list[str], str, bool]


class Wanted(StrEnum):
    """Which resources a partner can ask for."""

    IMMUNIZATION = "Immunization"
    OBSERVATION = "Observation"
    DIAGNOSTIC_REPORT = "DiagnosticReport"


class Asked(BaseModel):
    """Which page: of how many, from where (a page's `next`); names and numbers need a purpose."""

    count: Annotated[int, Field(alias="_count", ge=1, le=1_000)] = 200
    cursor: Annotated[str, Field(pattern=r"^\d{1,18}-\d{1,18}$")] = "0-0"
    identities: Annotated[bool, Field(alias="_identities")] = False
    purpose: Annotated[str | None, Field(max_length=200, pattern=r"^[^\x00-\x1f]*$")] = None


def create_router(door: Door) -> APIRouter:
    """Return the routes of FHIR."""
    router = APIRouter(tags=["fhir"])
    partner = door.needs(Right.FHIR)

    @router.post("/v1/fhir", responses=described(), openapi_extra=body_of("FhirBundle"))
    def post_bundle(
        key: Annotated[ApiKey, Depends(partner)], body: Annotated[bytes, Depends(read_bytes)]
    ) -> JSONResponse:
        """Take in a Bundle (transaction, batch, collection) of Immunizations and Observations.

        Of a transaction all is recorded or nothing (422, an OperationOutcome that names every
        refused entry); of the others each entry is answered.
        """
        try:
            bundle = parse_bundle(parse_object(body))
        except InvalidInput as fault:
            issue = Issue("fatal", "structure", str(fault), f"Bundle.{fault.field}")
            return JSONResponse(outcome([issue]), 422, media_type=MEDIA_TYPE)
        taken = receive(door.centre, key.source, bundle)
        door.metrics.count("fhir", (one.status.value for one in taken.receipts.values()))
        status, resource = response(bundle, taken)
        return JSONResponse(resource, status, media_type=MEDIA_TYPE)

    @router.get("/v1/fhir/{kind}", responses=described())
    def get_page(
        key: Annotated[ApiKey, Depends(partner)],
        request: Request,
        kind: Wanted,
        asked: Annotated[Asked, Query()],
    ) -> JSONResponse:
        """Return the next page of a feed, with the patients; what was corrected comes again.

        Go on by the link `next`, also after the last page: what came since stands behind it. It is
        audited.
        """
        centre = door.centre
        if asked.identities and not (asked.purpose or "").strip():
            raise InvalidInput("purpose", "is needed for names and numbers")
        matches, persons, after, is_last = PAGES[kind](centre, asked.cursor, asked.count)
        why = purpose_of(asked.purpose, Right.FHIR)
        actor, detail = f"api:{key.source}", {"n": len(matches), "identities": asked.identities}
        audit.record(centre, actor, "fhir_page", f"fhir:{kind.value}", why, detail)
        known = Persons(*persons_known(centre, persons)) if asked.identities else Persons()
        base = str(request.base_url).rstrip("/") + "/v1/fhir"
        page = searchset(
            base,
            matches,
            [patient(ref, known) for ref in persons],
            {
                "self": str(request.url),
                "next": str(request.url.include_query_params(cursor=after)),
            },
        )
        page["meta"] = {"tag": [{"system": "urn:ioc:tag", "code": "last" if is_last else "more"}]}
        return JSONResponse(page, media_type=MEDIA_TYPE)

    return router


def described() -> dict[int | str, Schema]:
    """Return what the routes answer: a resource of FHIR, also where a bundle is refused."""
    told = answers("FhirResource")
    resource = {MEDIA_TYPE: {"schema": {"$ref": f"{REFERENCE}FhirResource"}}}
    told[200] = {**told[200], "content": resource}
    told[422] = {**told[422], "content": {**told[422]["content"], **resource}}
    return told


def _doses(centre: Centre, cursor: str, count: int) -> Page:
    page = doses_after(centre, *_numbers(cursor), count)
    resources = {dose.ref: immunization(dose, centre) for dose in page.doses}
    persons = sorted({dose.person for dose in page.doses})
    return list(resources.values()), persons, f"{page.entered}-{page.corrected}", page.is_last


def _results(make: Callable[..., Resource]) -> Callable[[Centre, str, int], Page]:
    def ask(centre: Centre, cursor: str, count: int) -> Page:
        page = results_after(centre, _numbers(cursor)[0], count)
        # Corrected twice on one page, a test stands there once, as it is last.
        resources = {
            sample.ref: make(sample, centre, is_correction=i in page.corrections)
            for i, sample in enumerate(page.samples)
        }
        persons = sorted({sample.person for sample in page.samples})
        return list(resources.values()), persons, f"{page.resulted}-0", page.is_last

    return ask


PAGES: dict[Wanted, Callable[[Centre, str, int], Page]] = {
    Wanted.IMMUNIZATION: _doses,
    Wanted.OBSERVATION: _results(observation),
    Wanted.DIAGNOSTIC_REPORT: _results(diagnostic_report),
}


def _numbers(cursor: str) -> tuple[int, int]:
    found = CURSOR.fullmatch(cursor)
    assert found is not None
    return int(found[1]), int(found[2])
