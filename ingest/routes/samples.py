"""`/v1/tests`, `/v1/cases`: samples by tube, results that come back, cases they make."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door, purpose_of
from ingest.batch import Result
from ingest.body import parse_batch, parse_object, read_body
from ingest.health_items import record_result_items, record_test_items
from ingest.health_payloads import parse_case_step, parse_outcome
from ingest.openapi import answers, body_of
from ioc.access.model import ApiKey, Right
from ioc.samples.facts import cases_in
from ioc.samples.model import Case, CaseState, HeldSample
from ioc.samples.resulting import give_result
from ioc.samples.rules import is_open
from ioc.samples.service import take_case_step

Body = Annotated[bytes, Depends(read_body)]
Ref = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$", description="The centre's own id.")]
State = Annotated[CaseState | None, Query(description="None: every case that is not over.")]
Purpose = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[^\x00-\x1f]*$", description="Why you look; it is audited."),
]


def create_router(door: Door) -> APIRouter:
    """Return the routes of tests and cases."""
    router = APIRouter(tags=["tests"])
    tester, cases = door.needs(Right.TESTS), door.needs(Right.CASES)

    @router.post("/v1/tests", responses=answers("TestResults"), openapi_extra=body_of("TestBatch"))
    def post_tests(key: Annotated[ApiKey, Depends(tester)], body: Body) -> JSONResponse:
        """Record up to 1,000 tests; the answer comes after the commit.

        A test that comes again with its result is the same test: its result is recorded.
        """
        results = record_test_items(door.centre, key.source, parse_batch(body))
        door.metrics.count("test", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.post(
        "/v1/tests/results",
        responses=answers("ResultResults"),
        openapi_extra=body_of("ResultBatch"),
    )
    def post_results(key: Annotated[ApiKey, Depends(tester)], body: Body) -> JSONResponse:
        """Record up to 1,000 results by tube or by test; a pool's is that of all in it."""
        results = record_result_items(door.centre, key.source, parse_batch(body))
        door.metrics.count("result", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.post(
        "/v1/tests/{ref}/result", responses=answers("Test"), openapi_extra=body_of("ResultBody")
    )
    def post_result(key: Annotated[ApiKey, Depends(tester)], ref: Ref, body: Body) -> JSONResponse:
        """Give the result of one test; the same again changes nothing."""
        outcome, why = parse_outcome(parse_object(body))
        sample = give_result(door.centre, ref, outcome, f"api:{key.source}", why)
        return JSONResponse(shown_test(sample))

    @router.get("/v1/cases", responses=answers("Cases"))
    def get_cases(
        key: Annotated[ApiKey, Depends(cases)], state: State = None, purpose: Purpose = None
    ) -> JSONResponse:
        """Return cases in a state, the longest in it first; the look-up is audited."""
        states = [s for s in CaseState if is_open(s)] if state is None else [state]
        why = purpose_of(purpose, Right.CASES)
        found = cases_in(door.centre, states, f"api:{key.source}", why)
        return JSONResponse({"items": [shown_case(case) for case in found]})

    @router.post(
        "/v1/cases/{ref}/steps", responses=answers("Case"), openapi_extra=body_of("CaseStepBody")
    )
    def post_case_step(
        key: Annotated[ApiKey, Depends(cases)], ref: Ref, body: Body
    ) -> JSONResponse:
        """Take a step with a case."""
        step, note = parse_case_step(parse_object(body))
        case = take_case_step(door.centre, ref, step, f"api:{key.source}", note)
        return JSONResponse(shown_case(case))

    return router


def shown_test(sample: HeldSample) -> Result:
    """Return a test as the API shows it: not whose it is."""
    return {
        "ref": sample.ref,
        "kind": sample.kind,
        "tube": sample.tube,
        "facility": sample.facility,
        "taken_at": sample.taken_at.isoformat(),
        "known_at": sample.known_at.isoformat(),
        "result": None if sample.finding is None else sample.finding.value,
        "resulted_at": None if sample.resulted_at is None else sample.resulted_at.isoformat(),
    }


def shown_case(case: Case) -> Result:
    """Return a case as the API shows it: not whose it is."""
    return {
        "ref": case.ref,
        "state": case.state.value,
        "test": case.test,
        "facility": case.facility,
        "unit": case.unit,
        "positive_at": case.positive_at.isoformat(),
        "opened_at": case.opened_at.isoformat(),
        "state_since": case.state_since.isoformat(),
    }
